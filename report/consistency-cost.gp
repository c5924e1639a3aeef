# $courses: t y colour, a block per model, around whole numbers; $rows: y "name" "median"; share: of a row, above and below
left = 112; right = 66
load templates.'/style.gp'
set xrange [0:xmax]
set yrange [-0.5:rows-0.5]
set xlabel xtitle
plot $rows using (0):1:(0):(xmax):($1-share):($1+share) with boxxyerror fs transparent solid 0.4 noborder lc rgb GRID, \
     $rows using (0):1:(xmax):(0) with vectors nohead lw 1 lc rgb PAPER, \
     for [i=0:rows-1] $courses index i using 1:2:3 with lines lw 1.5 lc rgb variable, \
     $rows using (0):1:2 with labels right offset -1,0 tc rgb INK, \
     $rows using (xmax):1:3 with labels left offset 0.9,0 tc rgb MUTED
