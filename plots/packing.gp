# packing.gp - how full each instance is over time. Given:
#   HEADING; ROWS  lines of the map; ROW_LABEL  of the y axis
#   MAP_HEIGHT  of the map in pixels, a multiple of ROWS
#   $CELLS   t_low t_high row percent: reserved share, runs of equal cells joined; -1: not registered
#   $SHADES  t row character: the same for text, without what is not registered
#   ABSENT   1: something is not registered
#   $AWAY    t_low t_high row state: 1 draining, 2 disconnected; DRAINING, DISCONNECTED  1: there are
#   $NAMES   row name, for the labels of the y axis
set title HEADING noenhanced textcolor rgb BLACK
set xlabel TIME_LABEL.(TEXT && ABSENT ? ', blank: not registered' : '') textcolor rgb BLACK
set ylabel ROW_LABEL textcolor rgb BLACK
set cblabel 'reserved (%)' textcolor rgb BLACK
set cbrange [0:100]
set cbtics 25
set palette defined (0 '#e3eef9', 25 '#c0d8ee', 50 '#6baed6', 75 '#2171b5', 100 '#08306b')
unset grid
unset key
set border 15 linecolor rgb GREY
set xrange [T_LOW:T_HIGH]
if (TEXT) set yrange [ROWS:-1]; else set yrange [ROWS-0.5:-0.5]
if (TEXT) {
    unset colorbox
    plot $NAMES using (T_LOW):1:ytic(stringcolumn(2)) with points pointtype -1 notitle, \
         $SHADES using 1:2:(stringcolumn(3)) with labels notitle
} else {
    set tmargin at screen 1 - 60.0/HEIGHT
    set bmargin at screen 1 - (60.0 + MAP_HEIGHT)/HEIGHT
    set lmargin at screen 0.14; set rmargin at screen 0.86
    # Few lines stand apart. Many touch, and each reaches half a pixel below the next one, which is
    # drawn later: else the edges of neighbours, smoothed, let the background through.
    HALF = ROWS < 30 ? 0.47 : 0.5
    UNDER = ROWS < 30 ? 0 : 0.5 * ROWS / MAP_HEIGHT
    ASIDE = 0.5 * (T_HIGH - T_LOW) / (0.72 * WIDTH)
    low(row) = row + HALF + (row < ROWS - 1 ? UNDER : 0)
    aside(t) = t + (t < T_HIGH ? ASIDE : 0)
    LEGEND = ABSENT || DRAINING || DISCONNECTED
    if (LEGEND) { set key at screen 0.14, 1 - 52.0/HEIGHT left bottom horizontal Left reverse samplen 2 }
    set title offset 0,(LEGEND ? 1 : 0)
    set style fill solid 1 noborder
    plot $NAMES using (T_LOW):1:ytic(stringcolumn(2)) with points pointtype -1 notitle, \
         $CELLS using 1:3:1:(aside($2)):($3-HALF):(low($3)):($4 < 0 ? NaN : $4) with boxxyerror linecolor palette notitle, \
         for [i = 1:ABSENT] '' using ($4 < 0 ? $1 : NaN):3:1:2:($3-HALF):($3+HALF) with boxxyerror \
             fillcolor rgb '#8a8a8a' fillstyle pattern 4 noborder title 'not registered', \
         for [i = 1:DRAINING] $AWAY using ($4 == 1 ? $1 : NaN):3:1:2:($3-HALF):($3+HALF) with boxxyerror \
             fillcolor rgb ORANGE fillstyle transparent pattern 5 noborder title 'draining', \
         for [i = 1:DISCONNECTED] $AWAY using ($4 == 2 ? $1 : NaN):3:1:2:($3-HALF):($3+HALF) with boxxyerror \
             fillcolor rgb VERMILION fillstyle transparent pattern 1 noborder title 'agent disconnected'
}
