# $rows: y "name" p50 p99 "label50" "label99" colour
left = 96; right = 60
load templates.'/style.gp'
set xrange [0:xmax]
set yrange [-0.5:rows-0.5]
set xlabel xtitle
plot $rows using 3:1:($4-$3):(0):7 with vectors nohead lw 2 lc rgb variable, \
     $rows using 3:1:7 with points pt 7 ps 0.85 lc rgb variable, \
     $rows using 4:1:(PAPER) with points pt 7 ps 0.85 lc rgb variable, \
     $rows using 4:1:7 with points pt 6 ps 0.85 lw 2 lc rgb variable, \
     $rows using (0):1:2 with labels right offset -1,0 tc rgb INK, \
     $rows using 3:1:5 with labels right offset -0.9,0 tc rgb MUTED font ",12", \
     $rows using 4:1:6 with labels left offset 0.9,0 tc rgb INK
