# deploy.gp - the timeline of a deployment: tasks above, failed requests below, on one time axis.
# Given:
#   HEADING             the title; TIME_LABEL  with its unit; T_LOW, T_HIGH  the window
#   TASKS_TOP           the upper end of the tasks' axis
#   $TASKS              t desired running healthy pending, at change points and both ends
#   $BAND               t lower upper (what the deployment must keep to), steps drawn out
#   $MARKS              t: starts and ends of deployments
#   FAILED_COUNT        causes to draw; array FAILED_NAME, FAILED_COLOR
#   $FAILED             t cause1 ... causeN: requests/s, stacked, averaged over BIN
#   FAILED_TOP, FAILED_STEP  of the failed requests' axis; FAILED_NOTE, BIN
set multiplot title (TEXT ? '' : HEADING) noenhanced textcolor rgb BLACK
set xrange [T_LOW:T_HIGH]
if (!TEXT) set lmargin at screen 0.095; set rmargin at screen 0.975

# ---- Tasks ----
if (TEXT) { set origin 0,0.38; set size 1,0.62 } else { set tmargin at screen 0.845; set bmargin at screen 0.405 }
if (TEXT) set title HEADING noenhanced
if (!TEXT) set key at screen 0.53,0.895 center horizontal maxrows 1 width -1
if (TEXT) set ylabel 'tasks'; else set label 1 'tasks' at screen 0.02,0.625 center rotate textcolor rgb BLACK
set yrange [0:TASKS_TOP]
if (TASKS_TOP <= 12) set ytics 1; else set ytics autofreq
if (TASKS_TOP > 6 && TASKS_TOP <= 12) set ytics 2
set format x ''
if (TEXT) {
    plot $TASKS using 1:2 with steps linecolor rgb GREY title 'desired', \
         '' using 1:3 with steps linecolor rgb ORANGE title 'running', \
         '' using 1:4 with steps linecolor rgb BLUE title 'healthy', \
         '' using 1:5 with steps linecolor rgb PINK title 'pending'
} else {
    plot $BAND using 1:2:3 with filledcurves fillcolor rgb BLUE fillstyle transparent solid 0.08 noborder title 'min to max', \
         $MARKS using 1:(0):(0):(TASKS_TOP) with vectors nohead dashtype 3 linewidth 1 linecolor rgb GREY notitle, \
         $TASKS using 1:5 with fillsteps fillcolor rgb PINK fillstyle transparent solid 0.45 noborder title 'pending', \
         '' using 1:3 with steps linewidth 2 linecolor rgb ORANGE title 'running', \
         '' using 1:4 with steps linewidth 2.5 linecolor rgb BLUE title 'healthy', \
         '' using 1:2 with steps dashtype 2 linewidth 1.5 linecolor rgb BLACK title 'desired'
}

# ---- Failed requests ----
if (TEXT) { set origin 0,0; set size 1,0.38 } else { set tmargin at screen 0.315; set bmargin at screen 0.125 }
set title FAILED_NOTE noenhanced textcolor rgb BLACK offset 0,(TEXT ? 0 : -0.4)
set xlabel TIME_LABEL textcolor rgb BLACK
if (TEXT) set ylabel 'failed/s'; else set label 1 'failed/s' at screen 0.02,0.22 center rotate textcolor rgb BLACK
set yrange [0:FAILED_TOP]
set format x '%g'
set ytics FAILED_STEP
if (FAILED_COUNT == 0) {
    unset key
    plot $MARKS using 1:(0):(0):(FAILED_TOP) with vectors nohead dashtype 3 linewidth 1 linecolor rgb GREY notitle
} else {
    if (TEXT) { set key outside top right horizontal } else { set key inside top right vertical maxrows auto width 0 samplen 1 }
    set style fill solid 1 noborder
    set boxwidth BIN
    plot for [i = FAILED_COUNT:1:-1] $FAILED using ($1 + BIN/2):(sum [c = 2:i+1] column(c)) \
             with boxes linecolor rgb FAILED_COLOR[i] title FAILED_NAME[i], \
         $MARKS using 1:(0):(0):(FAILED_TOP) with vectors nohead dashtype 3 linewidth 1 linecolor rgb GREY notitle
}
unset multiplot
