# How often duels call a head worse, against how much worse it is; colours are stand-ins (harness/tests/measured_page.py).
# $quiet, $busy, $alike: change of cost in %, share in %, its interval; has_busy: is there any of the second; target.
QUIET = 0x010004; BUSY = 0x010005; ALIKE = 0x010006
width = 620; height = 340; left = 62; right = 34
load 'report/style.gp'
set output target
set xrange [-0.6:*]
set yrange [-3:103]
set xtics nomirror scale 0 tc rgb MUTED font ",12" offset 0,0.3 format "+%g %%"
set xtics add ("0 %%" 0)
set ytics nomirror scale 0 tc rgb MUTED font ",12" offset 0.4,0 format "%g %%" 0,20,100
set grid xtics ytics ls 1
set xlabel "what a request of the head costs more, by its own blocks"
set label 1 "called REGRESSED" at screen (left+0.0)/width,1-16.0/height left tc rgb INK
set label 2 "● cost" at screen (left+130.0)/width,1-16.0/height left tc rgb QUIET
if (has_busy) set label 3 "● cost, beside a competitor" at screen (left+195.0)/width,1-16.0/height left tc rgb BUSY
set label 4 "● two that are alike" at screen (left+(has_busy ? 380.0 : 195.0))/width,1-16.0/height left tc rgb ALIKE
set tmargin at screen 1-32.0/height
plot $quiet with lines lw 1.6 lc rgb QUIET, \
     $quiet using 1:2:3:4 with yerrorbars pt 7 ps 0.6 lw 1.2 lc rgb QUIET, \
     $busy using 1:2:3:4 with yerrorbars pt 7 ps 0.6 lw 1.2 lc rgb BUSY, \
     $alike using 1:2:3:4 with yerrorbars pt 7 ps 0.6 lw 1.2 lc rgb ALIKE
unset output
