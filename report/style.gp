# What all plots share. Colours are stand-ins (harness/present/palette.c) that become the page's own, so the same
# drawing serves on paper and on dark. Sizes are pixels; 460 wide reads well from a phone to half a wide window.
INK = 0x010000; MUTED = 0x010001; GRID = 0x010002; PAPER = 0x010003
set encoding utf8
set terminal svg size width,height dynamic font ",13" noenhanced
unset key; unset border; unset ytics; set ytics autofreq; unset ytics; unset title; unset logscale; unset label
set style line 1 lc rgb GRID lw 1
set xtics autofreq nomirror scale 0 tc rgb MUTED font ",12" offset 0,0.3
set grid xtics ls 1
set xlabel textcolor rgb MUTED font ",12" offset 0,0.6
set lmargin at screen (left+0.0)/width
set rmargin at screen 1-(right+0.0)/width
set tmargin at screen 1-8.0/height
set bmargin at screen 44.0/height
