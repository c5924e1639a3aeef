# How many leaks are found, against their size in smallest visible ones; colours are stand-ins (harness/tests/measured_page.py).
# $first, $last: size share; $kinds: the same for each kind, parted by empty lines; target.
FIRST = 0x010005; LAST = 0x010004
width = 620; height = 340; left = 62; right = 16
load 'report/style.gp'
set output target
set logscale x 2
set xrange [0.45:4.4]
set yrange [-3:103]
set xtics ("0.5 ×" .5, "0.7 ×" .7, "1 ×" 1, "1.4 ×" 1.4, "2 ×" 2, "4 ×" 4)
set ytics nomirror scale 0 tc rgb MUTED font ",12" offset 0.4,0 format "%g %%" 0,20,100
set grid xtics ytics ls 1
set xlabel "leak, in smallest visible leaks"
set arrow 1 from 2,95 to 4.4,95 nohead lc rgb INK lw 1 dt (3,3)
set arrow 2 from 0.45,10 to .5,10 nohead lc rgb INK lw 1 dt (3,3)
set label 1 "called GROWING" at screen (left+0.0)/width,1-16.0/height left tc rgb INK
set label 2 "● at first" at screen (left+130.0)/width,1-16.0/height left tc rgb FIRST
set label 3 "● after the longer run" at screen (left+220.0)/width,1-16.0/height left tc rgb LAST
set label 4 "— each kind of server" at screen (left+390.0)/width,1-16.0/height left tc rgb MUTED
set label 5 "asked for" at 4.3,91 right tc rgb INK font ",12"
set tmargin at screen 1-32.0/height
plot $kinds with lines lw 1 lc rgb MUTED, \
     $first with linespoints pt 7 ps 0.6 lw 1.6 lc rgb FIRST, \
     $last with linespoints pt 7 ps 0.6 lw 2.4 lc rgb LAST
unset output
