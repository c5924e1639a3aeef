# $lines: t low high, a block per model; colours: theirs; $idle, $burst, $closed: from to; $phases: middle x name; $names: y
# "name" "verdict" colour; ylog, yfrom, yto and bytes, the tics, of the upright axis; xto, xtitle
width = 560; left = 52; right = 150
load templates.'/style.gp'
set tmargin at screen 1-30.0/height
if (ylog) { set logscale y 10 }
set xrange [0:xto]
set yrange [yfrom:yto]
set ytics nomirror scale 0 tc rgb MUTED font ",12" offset 0.4,0
eval "set ytics (".bytes.")"
set grid xtics ytics ls 1
set xlabel xtitle
top = 1-30.0/height
do for [k=1:|$phases|] {
    set label word($phases[k],3) at first word($phases[k],2)+0, screen top+18.0/height center tc rgb MUTED font ",11"
    set arrow from first word($phases[k],1)+0, screen top to first word($phases[k],2)+0, screen top+10.0/height nohead lw 0.8 lc rgb MUTED
}
plot $idle using 1:(yfrom):1:2:(yfrom):(yto) with boxxyerror fs transparent solid 0.55 noborder lc rgb GRID, \
     $closed using 1:(yfrom):1:2:(yfrom):(yto) with boxxyerror fs transparent solid 0.28 noborder lc rgb MUTED, \
     $burst using 1:(yfrom):1:2:(yfrom):(yto) with boxxyerror fs transparent solid 0.45 noborder lc rgb 0x020002, \
     for [i=1:models] $lines index i-1 using 1:2:3 with filledcurves fs transparent solid 0.22 noborder lc rgb int(word(colours,i)), \
     for [i=1:models] $lines index i-1 using 1:2 with lines lw 2 lc rgb int(word(colours,i)), \
     $names using (xto):1:2:4 with labels left offset 1.2,0.4 tc rgb variable, \
     $names using (xto):1:3 with labels left offset 1.2,-0.45 tc rgb MUTED font ",11"
unset arrow
