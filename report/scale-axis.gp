# What the plots of a sweep share: connections on a logarithmic axis, with tics where servers were measured.
set logscale x 10
eval "set xtics (".tics.")"
set xrange [xfrom:xto]
set ytics nomirror scale 0 tc rgb MUTED font ",12" offset 0.4,0
set grid xtics ytics ls 1
