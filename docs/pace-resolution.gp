# Ratios of two equal servers by block, a panel for each metric; colours are stand-ins (harness/tests/measured_page.py).
# $FORM_METRIC: block off-in-%; blocks, reach_METRIC, target.
DUET = 0x010004; SEQUENTIAL = 0x010005; WRKS = 0x010006
width = 620; height = 560; left = 62; right = 16
load 'report/style.gp'
set output target
set multiplot
set xrange [0.5:blocks+0.5]
set xtics 5
set xzeroaxis ls 1
panels = 3; top = 44.0; foot = 44.0
panel_height = (height-top-foot)/panels
do for [i=1:panels] {
    metric = word("cost p50 p99", i)
    set tmargin at screen 1-(top+(i-1)*panel_height+14)/height
    set bmargin at screen 1-(top+i*panel_height-6)/height
    reach = value("reach_".metric)
    set yrange [-reach:reach]
    set ytics autofreq nomirror scale 0 tc rgb MUTED font ",12" offset 0.4,0 format "%+g %%"
    set grid xtics ytics ls 1
    unset label
    set label 1 (i == 1 ? "CPU per request" : metric) at graph 0.005,1.02 left offset 0,0.4 tc rgb INK
    if (i == 1) {
        set label 2 "● one pace, both at once" at screen (left+0.0)/width,1-16.0/height left tc rgb DUET
        set label 3 "● one after the other" at screen (left+200.0)/width,1-16.0/height left tc rgb SEQUENTIAL
        set label 4 "● two wrks, both at once" at screen (left+370.0)/width,1-16.0/height left tc rgb WRKS
    }
    if (i == panels) { set xlabel "block: a pair of each form, fresh processes" tc rgb MUTED font ",12" offset 0,0.6 } else { unset xlabel }
    set format x (i == panels ? "%g" : "")
    if (i == 1) {
        plot $sequential_cost with linespoints pt 7 ps 0.6 lw 1.2 lc rgb SEQUENTIAL, \
             $wrks_cost with linespoints pt 7 ps 0.6 lw 1.2 lc rgb WRKS, \
             $duet_cost with linespoints pt 7 ps 0.6 lw 2 lc rgb DUET
    }
    if (i == 2) {
        plot $sequential_p50 with linespoints pt 7 ps 0.6 lw 1.2 lc rgb SEQUENTIAL, \
             $duet_p50 with linespoints pt 7 ps 0.6 lw 2 lc rgb DUET
    }
    if (i == 3) {
        plot $sequential_p99 with linespoints pt 7 ps 0.6 lw 1.2 lc rgb SEQUENTIAL, \
             $duet_p99 with linespoints pt 7 ps 0.6 lw 2 lc rgb DUET
    }
}
unset multiplot
unset output
