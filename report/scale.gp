# $curves: connections value colour, a block per model; $idle: the same of idle connections; $names: y "name" colour;
# the tics of x stand in the data; ylog: on a logarithmic axis
left = 46
load templates.'/style.gp'
load templates.'/scale-axis.gp'
if (ylog) {
    set logscale y 10
    set ytics (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 40, 60, 80, 100, 200, 500, 1000)
}
set yrange [yfrom:yto]
set xlabel xtitle
plot for [i=0:curves-1] $curves index i using 1:2:3 with lines lw 2 lc rgb variable, \
     $curves using 1:2:3 with points pt 7 ps 0.5 lc rgb variable, \
     $idle using 1:2:(PAPER) with points pt 7 ps 0.7 lc rgb variable, \
     $idle using 1:2:3 with points pt 6 ps 0.7 lw 1.8 lc rgb variable, \
     $names using (xto):1:2:3 with labels left offset 0.9,0 tc rgb variable
