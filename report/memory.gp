# $series: t bytes colour, a block per model; $marks: t start t peak t end colour; $names: y "name" "figures" colour;
# right: the margin that these names and figures need
left = 46
load templates.'/style.gp'
set xrange [0:xmax]
set yrange [0:ymax]
set ytics nomirror scale 0 tc rgb MUTED font ",12" offset 0.4,0
set grid xtics ytics ls 1
set xlabel "seconds of the window; resident set, MiB"
plot for [i=0:models-1] $series index i using 1:2:3 with lines lw 2 lc rgb variable, \
     $marks using 1:2:(PAPER) with points pt 7 ps 0.6 lc rgb variable, \
     $marks using 1:2:7 with points pt 6 ps 0.6 lw 1.5 lc rgb variable, \
     $marks using 3:4:7 with points pt 8 ps 0.75 lw 1.5 lc rgb variable, \
     $marks using 5:6:7 with points pt 7 ps 0.6 lc rgb variable, \
     $names using (xmax):1:2:4 with labels left offset 1.2,0.4 tc rgb variable, \
     $names using (xmax):1:3 with labels left offset 1.2,-0.45 tc rgb MUTED font ",11"
