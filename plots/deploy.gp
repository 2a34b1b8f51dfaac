# deploy.gp - the timeline of a deployment: tasks above, failed requests below, on one time axis.
# Given:
#   HEADING             the title
#   DESIRED, RUNNING, HEALTHY, PENDING, BAND  1: there is something to draw, 0: it is always zero
#   TASKS_TOP           the upper end of the tasks' axis
#   $TASKS              t desired running healthy pending, at change points and both ends
#   $LETTERS            the same for text, NaN where another line has the place
#   $BAND               t lower upper (what the deployment must keep to), steps drawn out
#   $MARKS              t: starts and ends of deployments
#   OFFERED             0: no traffic, then only the tasks are drawn
#   FAILED_COUNT        causes to draw; array FAILED_NAME, FAILED_COLOR
#   $FAILED             t cause1 ... causeN: requests/s, each on top of those before, steps drawn out
#   FAILED_TOP, FAILED_STEP  of the failed requests' axis; FAILED_NOTE
set multiplot title (TEXT ? '' : HEADING) noenhanced textcolor rgb BLACK
set xrange [T_LOW:T_HIGH]
if (!TEXT) { set lmargin at screen 0.095; set rmargin at screen 0.975 }
if (TEXT) { set lmargin 8; set rmargin 3; set tics in }

# ---- Tasks ----
if (TEXT) { set origin 0,(OFFERED ? 0.38 : 0); set size 1,(OFFERED ? 0.62 : 1) }
if (!TEXT) { set tmargin at screen 0.845; set bmargin at screen (OFFERED ? 0.405 : 0.125) }
if (TEXT) set title HEADING noenhanced
if (!TEXT) set key at screen 0.53,0.895 center horizontal maxrows 1 width -1
if (TEXT) set ylabel 'tasks'; else set label 1 'tasks' at screen 0.02,(OFFERED ? 0.625 : 0.485) center rotate textcolor rgb BLACK
set yrange [0:TASKS_TOP]
if (TASKS_TOP <= 12) set ytics 1; else set ytics autofreq
if (TASKS_TOP > 6 && TASKS_TOP <= 12) set ytics 2
if (OFFERED) { set format x '' } else { set xlabel TIME_LABEL textcolor rgb BLACK }
if (TEXT) {
    plot for [i = 1:DESIRED] $LETTERS using 1:2 with points pointtype '-' linecolor rgb GREY title 'desired', \
         for [i = 1:PENDING] $LETTERS using 1:5 with points pointtype '.' linecolor rgb PINK title 'pending', \
         for [i = 1:RUNNING] $LETTERS using 1:3 with points pointtype 'o' linecolor rgb ORANGE title 'running', \
         for [i = 1:HEALTHY] $LETTERS using 1:4 with points pointtype '#' linecolor rgb BLUE title 'healthy', \
         -1 notitle
} else {
    plot for [i = 1:BAND] $BAND using 1:2:3 with filledcurves fillcolor rgb BLUE fillstyle transparent solid 0.08 noborder title 'min to max', \
         $MARKS using 1:(0):(0):(TASKS_TOP) with vectors nohead linetype 12 linewidth 1 linecolor rgb GREY notitle, \
         for [i = 1:PENDING] $TASKS using 1:5 with fillsteps fillcolor rgb PINK fillstyle transparent solid 0.45 noborder title 'pending', \
         for [i = 1:RUNNING] $TASKS using 1:3 with steps linewidth 2 linecolor rgb ORANGE title 'running', \
         for [i = 1:HEALTHY] $TASKS using 1:4 with steps linewidth 2.5 linecolor rgb BLUE title 'healthy', \
         for [i = 1:DESIRED] $TASKS using 1:2 with steps linetype 11 linewidth 1.5 linecolor rgb BLACK title 'desired'
}

# ---- Failed requests ----
if (OFFERED) {
    if (TEXT) { set origin 0,0; set size 1,0.38 } else { set tmargin at screen 0.315; set bmargin at screen 0.125 }
    set title FAILED_NOTE noenhanced textcolor rgb BLACK offset 0,(TEXT ? 0 : -0.4)
    set xlabel TIME_LABEL textcolor rgb BLACK
    if (TEXT) { set ylabel 'failed/s' } else { set label 1 'failed/s' at screen 0.02,0.22 center rotate textcolor rgb BLACK }
    set yrange [0:FAILED_TOP]
    eval SHOW_TIME
    set ytics FAILED_STEP
    if (TEXT) { set key outside top right horizontal } else { set key inside top right vertical maxrows auto width 0 samplen 1 }
    if (FAILED_COUNT == 0) { unset key }
    set style fill solid 1 noborder
    cause(i) = i > 0 ? i : 1 # the loop is looked at once even when there is no cause
    plot for [i = FAILED_COUNT:1:-1] $FAILED using 1:(column(i + 1)) with filledcurves y1=0 \
             linecolor rgb FAILED_COLOR[cause(i)] title FAILED_NAME[cause(i)], \
         $MARKS using 1:(0):(0):(FAILED_TOP) with vectors nohead linetype 12 linewidth 1 linecolor rgb GREY notitle
}
unset multiplot
