# $cells: from to row colour; $rows: row "name" "worst" end; $steps: from to colour; $limits: x "time"; legend: its height in rows
left = 112; right = 66
load templates.'/style.gp'
set xrange [0:xmax]
set yrange [-0.5:rows-0.5+legend]
set xlabel "seconds of the window"
unset grid
top = rows-0.5+legend
plot $cells using 1:3:1:2:($3-0.34):($3+0.34):4 with boxxyerror fs solid noborder lc rgb variable, \
     $rows using (0):1:2 with labels right offset -1,0 tc rgb INK, \
     $rows using 4:1:3 with labels left offset 0.9,0 tc rgb MUTED, \
     $steps using 1:(top-0.3):1:2:(top-0.55):(top-0.05):3 with boxxyerror fs solid noborder lc rgb variable, \
     $limits using 1:(top-0.95):2 with labels center tc rgb MUTED font ",12", \
     $limits every ::0::0 using (0):(top-0.3):("p99") with labels right offset -1,0 tc rgb MUTED
