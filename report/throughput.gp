# $rows: y "name" value low high "label" colour bound (1: only a lower bound is known)
left = 96; right = 78
load templates.'/style.gp'
set xrange [0:xmax]
set yrange [-0.5:rows-0.5]
set xlabel xtitle
plot $rows using (0):1:(0):3:($1-0.17):($1+0.17):7 with boxxyerror fs transparent solid 0.22 noborder lc rgb variable, \
     $rows using 4:1:($5-$4):(0):7 with vectors nohead lw 3 lc rgb variable, \
     $rows using ($8==1?$5:NaN):1:(0.055*xmax):(0):7 with vectors head filled size screen 0.018,22 lw 1.5 lc rgb variable, \
     $rows using 3:1:7 with points pt 7 ps 0.85 lc rgb variable, \
     $rows using (0):1:2 with labels right offset -1,0 tc rgb INK, \
     $rows using ($8==1?$5+0.055*xmax:$5):1:6 with labels left offset 0.9,0 tc rgb INK
