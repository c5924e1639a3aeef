# $curves: rate ns colour, a block per model; $bars: rate low high colour; $failures: a mark each; $rises: from the last
# value to it; $bounds: rate ns length colour; $names, $leaders as in latency-percentiles.gp; name: of the percentile
width = 400; left = 54
load templates.'/style.gp'
load templates.'/latency-axis.gp'
set xlabel "requests/s; ".name
plot $bars using 1:2:(0):($3-$2):4 with vectors nohead lw 1 lc rgb variable, \
     for [i=1:curves] $rises index i using 1:2:3 with lines lw 1.2 dt (4,4) lc rgb variable, \
     for [i=0:curves-1] $curves index i using 1:2:3 with lines lw 2 lc rgb variable, \
     $curves using 1:2:3 with points pt 7 ps 0.5 lc rgb variable, \
     $bounds using 1:2:3:(0):4 with vectors head filled size screen 0.016,22 lw 1.5 lc rgb variable, \
     $failures using 1:2:3 with points pt 2 ps 0.8 lw 2 lc rgb variable, \
     $names using (xto):1:2:3 with labels left offset 0.9,0 tc rgb variable
