# packing.gp - how full each instance is over time. Given:
#   HEADING, TIME_LABEL, T_LOW, T_HIGH; ROWS  lines of the map; ROW_LABEL  of the y axis
#   $CELLS   t_low t_high row percent: reserved share, runs of equal cells joined
#   $SHADES  t row character: the same for text
#   $NAMES   row name, for the labels of the y axis
set title HEADING noenhanced textcolor rgb BLACK
set xlabel TIME_LABEL textcolor rgb BLACK
set ylabel ROW_LABEL textcolor rgb BLACK
set cblabel 'reserved (%)' textcolor rgb BLACK
set cbrange [0:100]
set cbtics 25
set palette defined (0 '#f7fbff', 25 '#c6dbef', 50 '#6baed6', 75 '#2171b5', 100 '#08306b')
unset grid
unset key
set border 15 linecolor rgb GREY
set xrange [T_LOW:T_HIGH]
if (TEXT) set yrange [ROWS:-1]; else set yrange [ROWS-0.5:-0.5]
set style fill solid 1 noborder
HALF = ROWS <= 60 ? 0.47 : 0.5
if (!TEXT) set object 1 rectangle from graph 0,0 to graph 1,1 fillcolor rgb '#eeeeee' fillstyle solid noborder behind
if (TEXT) {
    unset colorbox
    plot $NAMES using (T_LOW):1:ytic(stringcolumn(2)) with points pointtype -1 notitle, \
         $SHADES using 1:2:(stringcolumn(3)) with labels notitle
} else {
    plot $NAMES using (T_LOW):1:ytic(stringcolumn(2)) with points pointtype -1 notitle, \
         $CELLS using 1:3:1:2:($3-HALF):($3+HALF):4 with boxxyerror linecolor palette notitle
}
