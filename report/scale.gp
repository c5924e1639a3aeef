# $curves: connections value colour, a block per model; $idle: the same of idle connections; $names: y "name" colour;
# the tics of x stand in the data
left = 46
load templates.'/style.gp'
load templates.'/scale-axis.gp'
set yrange [yfrom:yto]
set xlabel xtitle
plot for [i=0:curves-1] $curves index i using 1:2:3 with lines lw 2 lc rgb variable, \
     $curves using 1:2:3 with points pt 7 ps 0.5 lc rgb variable, \
     $idle using 1:2:(PAPER) with points pt 7 ps 0.7 lc rgb variable, \
     $idle using 1:2:3 with points pt 6 ps 0.7 lw 1.8 lc rgb variable, \
     $names using (xto):1:2:3 with labels left offset 0.9,0 tc rgb variable
