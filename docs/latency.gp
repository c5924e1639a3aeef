# One server's response times as percentile curves, on paper and on dark: colours are the stand-ins of report/style.gp and
# three more, which the maker replaces. $pace, $record, $printed: 1/(1-p) ms; target, height.
PACE = 0x010004; RECORD = 0x010005; PRINTED = 0x010006
width = 460; height = 300; left = 54; right = 96
load 'report/style.gp'
set logscale xy 10
set xrange [1.25:12000]
set yrange [0.02:300]
set xtics ("50 %%" 2, "90 %%" 10, "99 %%" 100, "99.9 %%" 1000, "99.99 %%" 10000)
set ytics nomirror scale 0 tc rgb MUTED font ",12" offset 0.4,0 \
    ("0.1 ms" .1, "1 ms" 1, "10 ms" 10, "100 ms" 100)
set grid xtics ytics ls 1
set xlabel "share of the requests that were at least as fast as the curve says"
set output target
plot $printed using 1:2 with lines lw 1.6 dt (5,4) lc rgb PRINTED, \
     $record using 1:2 with lines lw 2 lc rgb RECORD, \
     $pace using 1:2 with lines lw 2.4 lc rgb PACE, \
     $names using 1:2:3:4 with labels left offset 0.8,0 tc rgb variable
unset output
