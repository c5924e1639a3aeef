# What the drawings of latency share: times on a logarithmic axis upright, and another one along.
set logscale xy 10
set xrange [xfrom:xto]
set yrange [yfrom:yto]
eval "set xtics (".tics.")"
set ytics nomirror scale 0 tc rgb MUTED font ",12" offset 0.4,0
eval "set ytics (".ytimes.")"
set grid xtics ytics ls 1
