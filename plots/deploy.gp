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
#   TRAFFIC             target groups to draw, 0: fewer than two have requests; array TRAFFIC_NAME
#   $TRAFFIC1 ...       t offered, steps drawn out; TRAFFIC_TOP, TRAFFIC_STEP
FAILURES = OFFERED && FAILED_COUNT > 0
set multiplot title (TEXT ? '' : HEADING) noenhanced textcolor rgb BLACK
set xrange [T_LOW:T_HIGH]
if (!TEXT) { set lmargin at screen 0.095; set rmargin at screen 0.965 }
if (TEXT) { set lmargin 8; set rmargin 3; set tics in }

# Pixels from the top, as in deploy_plot.c: 81 to 309 tasks, each panel below 99, 47 above each.
UNDER = 0 # panels drawn below the tasks so far
SHARE = 1.0/(2.6 + (TRAFFIC > 0) + FAILURES)*1.3 # of the height, in text
PANELS = (TRAFFIC > 0) + FAILURES
array COLORS[4] = [BLUE, GREEN, PINK, SKY]

# ---- Tasks ----
if (TEXT) { set origin 0, PANELS*SHARE; set size 1, 1 - PANELS*SHARE }
if (!TEXT) { set tmargin at screen 1 - 81.0/HEIGHT; set bmargin at screen 1 - 309.0/HEIGHT }
if (TEXT) { set title (OFFERED && !FAILURES ? HEADING."\n".FAILED_NOTE : HEADING) noenhanced }
if (!TEXT && OFFERED && !FAILURES) { set label 2 FAILED_NOTE at screen 0.5, 1 - 37.0/HEIGHT center noenhanced textcolor rgb GREY }
if (!TEXT) { set key at screen 0.53, 1 - 58.0/HEIGHT center horizontal maxrows 1 width -1 }
if (TEXT) { set ylabel 'tasks' } else { set label 1 'tasks' at screen 0.02, 1 - 195.0/HEIGHT center rotate textcolor rgb BLACK }
set yrange [0:TASKS_TOP]
if (TASKS_TOP <= 12) set ytics 1; else set ytics autofreq
if (TASKS_TOP > 6 && TASKS_TOP <= 12) set ytics 2
if (PANELS > 0) { set format x '' } else { set xlabel TIME_LABEL textcolor rgb BLACK }
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

unset label 2

# ---- Traffic ----
if (TRAFFIC > 0) {
    UNDER = UNDER + 1
    if (TEXT) { set origin 0, (PANELS - UNDER)*SHARE; set size 1, SHARE }
    if (!TEXT) { set tmargin at screen 1 - (210.0 + UNDER*146)/HEIGHT; set bmargin at screen 1 - (309.0 + UNDER*146)/HEIGHT }
    if (TEXT) { set ylabel 'offered/s'; set title '' } else { set label 1 'offered/s' at screen 0.02, 1 - (259.5 + UNDER*146)/HEIGHT center rotate textcolor rgb BLACK }
    if (TEXT) { set key outside top right horizontal } else { set key at screen 0.53, 1 - (195.0 + UNDER*146)/HEIGHT center horizontal maxrows 1 width 0 }
    if (UNDER == PANELS) { set xlabel TIME_LABEL textcolor rgb BLACK; eval SHOW_TIME }
    set yrange [(TEXT ? -0.15*TRAFFIC_TOP : 0):TRAFFIC_TOP] # letters on the border would not be seen
    set ytics TRAFFIC_STEP
    if (TEXT) {
        plot for [i = 1:TRAFFIC] sprintf('$TRAFFIC%d', i) using 1:2 with points pointtype sprintf('%d', i) linecolor rgb COLORS[i] title TRAFFIC_NAME[i]
    } else {
        plot $MARKS using 1:(0):(0):(TRAFFIC_TOP) with vectors nohead linetype 12 linewidth 1 linecolor rgb GREY notitle, \
             for [i = 1:TRAFFIC] sprintf('$TRAFFIC%d', i) using 1:2 with lines linewidth 2 linecolor rgb COLORS[i] title TRAFFIC_NAME[i]
    }
}

# ---- Failed requests ----
if (FAILURES) {
    UNDER = UNDER + 1
    if (TEXT) { set origin 0,0; set size 1,SHARE } else { set tmargin at screen 1 - (210.0 + UNDER*146)/HEIGHT; set bmargin at screen 1 - (309.0 + UNDER*146)/HEIGHT }
    set title FAILED_NOTE noenhanced textcolor rgb BLACK offset 0,(TEXT ? 0 : -0.4)
    set xlabel TIME_LABEL textcolor rgb BLACK
    if (TEXT) { set ylabel 'failed/s' } else { set label 1 'failed/s' at screen 0.02, 1 - (259.5 + UNDER*146)/HEIGHT center rotate textcolor rgb BLACK }
    set yrange [0:FAILED_TOP]
    eval SHOW_TIME
    set ytics FAILED_STEP
    if (TEXT) { set key outside top right horizontal } else { set key inside top right horizontal maxrows 1 width 0 samplen 1 }
    set style fill solid 1 noborder
    plot for [i = FAILED_COUNT:1:-1] $FAILED using 1:(column(i + 1)) with filledcurves y1=0 \
             linecolor rgb FAILED_COLOR[i] title FAILED_NAME[i], \
         $MARKS using 1:(0):(0):(FAILED_TOP) with vectors nohead linetype 12 linewidth 1 linecolor rgb GREY notitle
}
unset multiplot
