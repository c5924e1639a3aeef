# $curves: 1/(1-p) ns colour, a block per model; $names: y "name" colour; $ends: x ns colour; $leaders: from there to the name;
# the tics of both axes stand in the data
left = 54
load templates.'/style.gp'
load templates.'/latency-axis.gp'
set xlabel "share of requests answered within"
plot for [i=1:curves] $leaders index i using 1:2:3 with lines lw 0.8 dt (2,3) lc rgb variable, \
     for [i=0:curves-1] $curves index i using 1:2:3 with lines lw 2 lc rgb variable, \
     $ends using 1:2:3 with points pt 7 ps 0.5 lc rgb variable, \
     $names using (xto):1:2:3 with labels left offset 0.9,0 tc rgb variable
