# as scale.gp, with $kernel and $idlekernel beside them
left = 46
load templates.'/style.gp'
load templates.'/scale-axis.gp'
set logscale y 10
set yrange [yfrom:yto]
set ytics ("¼" .25, "½" .5, "1" 1, "2" 2, "4" 4, "8" 8, "16" 16, "32" 32, "64" 64, "128" 128)
set xlabel "connections; KiB each: ── process, ┄┄ kernel (both ends)"
plot for [i=0:curves-1] $kernel index i using 1:2:3 with lines lw 1.2 dt (4,4) lc rgb variable, \
     for [i=0:curves-1] $curves index i using 1:2:3 with lines lw 2 lc rgb variable, \
     $curves using 1:2:3 with points pt 7 ps 0.5 lc rgb variable, \
     $idlekernel using 1:2:3 with points pt 4 ps 0.6 lw 1.2 lc rgb variable, \
     $idle using 1:2:(PAPER) with points pt 7 ps 0.7 lc rgb variable, \
     $idle using 1:2:3 with points pt 6 ps 0.7 lw 1.8 lc rgb variable, \
     $names using (xto):1:2:3 with labels left offset 0.9,0 tc rgb variable
