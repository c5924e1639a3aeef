# $rows: y "name" value low high "label" colour roof
left = 96; right = 78
load templates.'/style.gp'
set xrange [0:xmax]
set yrange [-0.5:rows-0.5]
set xlabel "server CPU per request, µs"
plot $rows using (0):1:(0):3:($1-0.17):($1+0.17):7 with boxxyerror fs transparent solid 0.22 noborder lc rgb variable, \
     $rows using 8:($1-0.36):(0):(0.72) with vectors nohead lw 2 lc rgb INK, \
     $rows using 4:1:($5-$4):(0):7 with vectors nohead lw 3 lc rgb variable, \
     $rows using 3:1:7 with points pt 7 ps 0.85 lc rgb variable, \
     $rows using (0):1:2 with labels right offset -1,0 tc rgb INK, \
     $rows using 5:1:6 with labels left offset 0.9,0 tc rgb INK
