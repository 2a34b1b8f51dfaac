# theme.gp - the look that all pictures share: colours that the colour-blind tell apart (Okabe-Ito),
# a thin grey frame, fonts of one family. berth sets, before this file is loaded:
#   FORMAT  'svg', 'png', 'pdf' or 'text'; the picture goes to standard output
#   TIME_LABEL, TIME_FORMAT, TIME_STEP, T_LOW, T_HIGH  of the axis of time
#   WIDTH, HEIGHT  in pixels, or characters for text; COLOR  1: text may be coloured
if (FORMAT eq 'svg') set terminal svg size WIDTH,HEIGHT dynamic enhanced font 'DejaVu Sans,13' background rgb 'white'
if (FORMAT eq 'png') set terminal pngcairo size 2*WIDTH,2*HEIGHT enhanced font 'DejaVu Sans,10' fontscale 2 linewidth 2 background rgb 'white'
if (FORMAT eq 'pdf') set terminal pdfcairo size WIDTH/96.0,HEIGHT/96.0 enhanced font 'DejaVu Sans,9' background rgb 'white'
if (FORMAT eq 'text' && COLOR) set terminal dumb size WIDTH,HEIGHT enhanced ansi256
if (FORMAT eq 'text' && !COLOR) set terminal dumb size WIDTH,HEIGHT enhanced mono
TEXT = FORMAT eq 'text'
# The terminals have dash patterns, and units of an own pattern, each of their own: lines 11 (dashes)
# and 12 (dots) look the same in all.
if (FORMAT eq 'png') {
    set linetype 11 dashtype (10,16)
    set linetype 12 dashtype (4,8)
} else {
    set linetype 11 dashtype (5,8)
    set linetype 12 dashtype (2,4)
}

BLUE = '#0072B2'; VERMILION = '#D55E00'; GREEN = '#009E73'; PINK = '#CC79A7'; ORANGE = '#E69F00'
SKY = '#56B4E9'; BLACK = '#222222'; GREY = '#777777'; PALE = '#dddddd'
MARK = FORMAT eq 'svg' ? 0.7 : FORMAT eq 'png' ? 2.5 : 1 # look about the same
set pointsize MARK
set encoding utf8
set border 3 linecolor rgb GREY linewidth 1
set tics nomirror out textcolor rgb '#333333'
if (!TEXT) set grid ytics linecolor rgb PALE linewidth 1
set key outside top center horizontal samplen 2 textcolor rgb BLACK noenhanced
set datafile missing 'NaN'
# Tics of time: TIME_STEP 0: numbers; else hours, minutes and seconds, TIME_STEP seconds apart.
SHOW_TIME = TIME_STEP > 0 ? 'set format x TIME_FORMAT timedate' : 'set format x "%g"'
if (TIME_STEP > 0) set xtics TIME_STEP
eval SHOW_TIME
