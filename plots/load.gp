# load.gp - how a service meets its load: panels one above the other on one time axis. Given:
#   HEADING; PANELS  how many; for each of REQUESTS, USE, LATENCY, TASKS, FLEET, RESERVATION its _PLACE from
#   the top (0: left out), its _TOP, the upper end of its axis, _STEP of its tics, _LIMITS 1: $..._LIMITS value
#   name and the name's height, and, of the first four, $..._ALARMS t_low t_high value: when it was in ALARM
#   $REQUESTS t offered allowed; ALLOWED 1: threshold per target x healthy is there
#   $FAILED t failed; FAILED 1: some did; FAILED_TITLE in text; FAILED_NOTE, '': none, in pictures; REQUESTS_NOTE
#   $USE t percent percent; CPU, MEMORY  their columns, 0: not there
#   $LATENCY t mean p50 p95 p99, in ms (QUANTILES 0: the mean alone); $TASKS t desired running healthy; $FLEET t instances; $COST t usd
#   INSTANCES, COST  1: above zero; COST_TOP, COST_STEP
#   $DECISIONS t tasks kind (1 out, 2 in, 3 blocked); DECISIONS  size of their marks, 0: none; TASKS_NOTE counts
#   them; $GROUP_DECISIONS, GROUP_DECISIONS, FLEET_NOTE  the same of Auto Scaling groups, at the group's desired capacity
#   $RESERVATION t percent …; PROVIDERS  how many columns; PROVIDER[i] their names
#   $DEPLOYMENTS t; DEPLOYMENTS 1: there are
# In text the blocks hold NaN where another line has the place.
set multiplot title (TEXT ? '' : HEADING) noenhanced textcolor rgb BLACK
set xrange [T_LOW:T_HIGH]
if (TEXT) { set lmargin 8; set rmargin 9; set tics in }
if (!TEXT) { LEFT = 85.5/WIDTH; RIGHT = 819.0/WIDTH; set lmargin at screen LEFT; set rmargin at screen RIGHT }
PITCH = 172.0; HEAD = 34.0 # pixels, as in load_plot.c; right of RIGHT is room for names of thresholds
PANEL = SCRIPT[1:strlen(SCRIPT) - strlen('load.gp')].'panel.gp'
COST_AXES = INSTANCES ? 'x1y2' : 'x1y1'

if (REQUESTS_PLACE) {
    PLACE = REQUESTS_PLACE; UNIT = 'requests/s'; NOTE = REQUESTS_NOTE
    load PANEL
    set yrange [0:REQUESTS_TOP]; set ytics REQUESTS_STEP
    if (!TEXT && FAILED_NOTE ne '') {
        set label 2 at screen RIGHT, 1 - (FROM + 8)/HEIGHT
        set label 3 FAILED_NOTE at screen RIGHT, 1 - (FROM + 24)/HEIGHT right noenhanced textcolor rgb GREY
    }
    if (TEXT) {
        plot for [i = 1:ALLOWED] $REQUESTS using 1:3 with points pointtype '-' linecolor rgb GREY title 'allowed', \
             $REQUESTS using 1:2 with points pointtype 'o' linecolor rgb BLUE title 'offered', \
             for [i = 1:FAILED] $FAILED using 1:2 with points pointtype '#' linecolor rgb VERMILION title FAILED_TITLE
    } else {
        plot for [i = 1:FAILED] $FAILED using 1:2 with filledcurves y1=0 fillcolor rgb VERMILION fillstyle solid 1 noborder title 'failed', \
             for [i = 1:ALLOWED] $REQUESTS using 1:3 with lines linetype 11 linewidth 1.5 linecolor rgb GREY title 'allowed', \
             $REQUESTS using 1:2 with lines linewidth 2 linecolor rgb BLUE title 'offered', \
             for [i = 1:REQUESTS_LIMITS] $REQUESTS_LIMITS using (T_LOW):1:(T_HIGH - T_LOW):(0) with vectors nohead linetype 11 linewidth 1 linecolor rgb VERMILION notitle, \
             for [i = 1:REQUESTS_LIMITS] $REQUESTS_ALARMS using 1:3:($2 - $1):(0) with vectors nohead linewidth 4 linecolor rgb VERMILION title (i == 1 ? 'in ALARM' : ''), \
             for [i = 1:REQUESTS_LIMITS] $REQUESTS_LIMITS using (T_HIGH):3:(stringcolumn(2)) with labels left offset 0.8,0 textcolor rgb VERMILION noenhanced notitle
    }
}
unset label 3
if (USE_PLACE) {
    PLACE = USE_PLACE; UNIT = 'used (%)'; NOTE = 'of what its tasks reserve'
    load PANEL
    set yrange [0:USE_TOP]; set ytics USE_STEP
    if (TEXT) {
        plot for [i = 1:CPU > 0] $USE using 1:CPU with points pointtype 'c' linecolor rgb BLUE title 'CPU', \
             for [i = 1:MEMORY > 0] $USE using 1:MEMORY with points pointtype 'm' linecolor rgb ORANGE title 'memory'
    } else {
        plot for [i = 1:CPU > 0] $USE using 1:CPU with lines linewidth 2 linecolor rgb BLUE title 'CPU', \
             for [i = 1:MEMORY > 0] $USE using 1:MEMORY with lines linewidth 2 linecolor rgb ORANGE title 'memory', \
             for [i = 1:USE_LIMITS] $USE_LIMITS using (T_LOW):1:(T_HIGH - T_LOW):(0) with vectors nohead linetype 11 linewidth 1 linecolor rgb VERMILION notitle, \
             for [i = 1:USE_LIMITS] $USE_ALARMS using 1:3:($2 - $1):(0) with vectors nohead linewidth 4 linecolor rgb VERMILION title (i == 1 ? 'in ALARM' : ''), \
             for [i = 1:USE_LIMITS] $USE_LIMITS using (T_HIGH):3:(stringcolumn(2)) with labels left offset 0.8,0 textcolor rgb VERMILION noenhanced notitle
    }
}
if (LATENCY_PLACE) {
    PLACE = LATENCY_PLACE; UNIT = 'latency (ms)'; NOTE = 'of the requests answered well'
    LOGARITHMIC = !TEXT && LATENCY_LOW > 0
    if (LOGARITHMIC) { NOTE = NOTE.', logarithmic' }
    load PANEL
    if (LOGARITHMIC) { set logscale y; set ytics autofreq }
    set yrange [(LOGARITHMIC ? LATENCY_LOW : 0):LATENCY_TOP]
    if (!LOGARITHMIC) { set ytics LATENCY_STEP }
    if (TEXT) {
        plot for [i = 1:QUANTILES] $LATENCY using 1:5 with points pointtype '9' linecolor rgb VERMILION title 'p99', \
             for [i = 1:QUANTILES] $LATENCY using 1:4 with points pointtype '5' linecolor rgb ORANGE title 'p95', \
             for [i = 1:QUANTILES] $LATENCY using 1:3 with points pointtype 'h' linecolor rgb BLUE title 'p50', \
             $LATENCY using 1:2 with points pointtype 'o' linecolor rgb GREEN title 'mean'
    } else {
        plot for [i = 1:QUANTILES] $LATENCY using 1:5 with lines linewidth 2 linecolor rgb VERMILION title 'p99', \
             for [i = 1:QUANTILES] $LATENCY using 1:4 with lines linewidth 2 linecolor rgb ORANGE title 'p95', \
             for [i = 1:QUANTILES] $LATENCY using 1:3 with lines linewidth 2 linecolor rgb BLUE title 'p50', \
             $LATENCY using 1:2 with lines linetype 11 linewidth 1.5 linecolor rgb BLACK title 'mean'
    }
}

unset logscale
# With deployments the legend has no room for 'in ALARM' beside the note.
PLACE = TASKS_PLACE; UNIT = 'tasks'; NOTE = TASKS_NOTE
load PANEL
set yrange [0:TASKS_TOP]; set ytics TASKS_STEP
if (TEXT) {
    plot $TASKS using 1:2 with points pointtype '-' linecolor rgb GREY title 'desired', \
         $TASKS using 1:3 with points pointtype 'o' linecolor rgb ORANGE title 'running', \
         $TASKS using 1:4 with points pointtype '#' linecolor rgb BLUE title 'healthy'
} else {
    plot for [i = 1:DEPLOYMENTS] $DEPLOYMENTS using 1:(0):(0):(TASKS_TOP) with vectors nohead linetype 12 linewidth 1 linecolor rgb BLACK title 'deploy', \
         $TASKS using 1:3 with lines linewidth 2 linecolor rgb ORANGE title 'running', \
         $TASKS using 1:4 with lines linewidth 2.5 linecolor rgb BLUE title 'healthy', \
         $TASKS using 1:2 with lines linetype 11 linewidth 1.5 linecolor rgb BLACK title 'desired', \
         for [i = 1:DECISIONS > 0] $DECISIONS using 1:($3 == 1 ? $2 : NaN) with points pointtype 9 pointsize DECISIONS*MARK linecolor rgb GREEN notitle, \
         for [i = 1:DECISIONS > 0] $DECISIONS using 1:($3 == 2 ? $2 : NaN) with points pointtype 11 pointsize DECISIONS*MARK linecolor rgb PINK notitle, \
         for [i = 1:DECISIONS > 0] $DECISIONS using 1:($3 == 3 ? $2 : NaN) with points pointtype 2 pointsize DECISIONS*MARK linecolor rgb GREY notitle, \
         for [i = 1:TASKS_LIMITS] $TASKS_LIMITS using (T_LOW):1:(T_HIGH - T_LOW):(0) with vectors nohead linetype 11 linewidth 1 linecolor rgb VERMILION notitle, \
             for [i = 1:TASKS_LIMITS] $TASKS_ALARMS using 1:3:($2 - $1):(0) with vectors nohead linewidth 4 linecolor rgb VERMILION title (i == 1 && !DEPLOYMENTS ? 'in ALARM' : ''), \
         for [i = 1:TASKS_LIMITS] $TASKS_LIMITS using (T_HIGH):3:(stringcolumn(2)) with labels left offset 0.8,0 textcolor rgb VERMILION noenhanced notitle
}

if (FLEET_PLACE) {
    PLACE = FLEET_PLACE; UNIT = !INSTANCES ? 'USD an hour' : TEXT && COST ? 'instances, USD an hour (right)' : 'instances'; NOTE = FLEET_NOTE
    load PANEL
    set yrange [0:(INSTANCES ? FLEET_TOP : COST_TOP)]
    set y2range [0:COST_TOP]
    set ytics 0, INSTANCES ? FLEET_STEP : COST_STEP
    if (INSTANCES && COST) {
        set y2tics COST_STEP nomirror out textcolor rgb '#333333'
        if (!TEXT) { set label 3 'USD an hour' at screen RIGHT + 72.0/WIDTH, 1 - (FROM + 93)/HEIGHT center rotate textcolor rgb BLACK }
    }
    if (TEXT) {
        plot for [i = 1:INSTANCES] $FLEET using 1:2 with points pointtype 'i' linecolor rgb BLUE title 'instances', \
             for [i = 1:COST] $COST using 1:2 axes @COST_AXES with points pointtype '$' linecolor rgb GREEN title 'cost'
    } else {
        plot for [i = 1:INSTANCES] $FLEET using 1:2 with lines linewidth 2 linecolor rgb BLUE title 'instances', \
             for [i = 1:COST] $COST using 1:2 axes @COST_AXES with lines linewidth 2 linecolor rgb GREEN title 'cost', \
             for [i = 1:GROUP_DECISIONS > 0] $GROUP_DECISIONS using 1:($3 == 1 ? $2 : NaN) with points pointtype 9 pointsize GROUP_DECISIONS*MARK linecolor rgb GREEN notitle, \
             for [i = 1:GROUP_DECISIONS > 0] $GROUP_DECISIONS using 1:($3 == 2 ? $2 : NaN) with points pointtype 11 pointsize GROUP_DECISIONS*MARK linecolor rgb PINK notitle, \
             for [i = 1:GROUP_DECISIONS > 0] $GROUP_DECISIONS using 1:($3 == 3 ? $2 : NaN) with points pointtype 2 pointsize GROUP_DECISIONS*MARK linecolor rgb GREY notitle
    }
}
if (RESERVATION_PLACE) {
    unset y2tics; unset label 3
    PLACE = RESERVATION_PLACE; UNIT = 'reservation (%)'; NOTE = 'CapacityProviderReservation: instances needed as a share of those there'
    load PANEL
    set yrange [0:RESERVATION_TOP]; set ytics RESERVATION_STEP
    COLOUR(i) = word(BLUE.' '.ORANGE.' '.GREEN.' '.PINK, i)
    if (TEXT) {
        plot for [i = 1:PROVIDERS] $RESERVATION using 1:(column(i + 1)) with points pointtype word('r s t u', i) linecolor rgb COLOUR(i) title PROVIDER[i]
    } else {
        plot for [i = 1:PROVIDERS] $RESERVATION using 1:(column(i + 1)) with lines linewidth 2 linecolor rgb COLOUR(i) title PROVIDER[i], \
             for [i = 1:RESERVATION_LIMITS] $RESERVATION_LIMITS using (T_LOW):1:(T_HIGH - T_LOW):(0) with vectors nohead linetype 11 linewidth 1 linecolor rgb BLACK notitle, \
             for [i = 1:RESERVATION_LIMITS] $RESERVATION_LIMITS using (T_HIGH):3:(stringcolumn(2)) with labels left offset 0.8,0 textcolor rgb BLACK noenhanced notitle
    }
}
unset multiplot
