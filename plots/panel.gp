# panel.gp - the frame of one panel of load.gp. Given: PLACE from the top, UNIT of its axis, NOTE above it.
if (TEXT) {
    set origin 0, 1 - 1.0*PLACE/PANELS; set size 1, 1.0/PANELS
    set title (PLACE == 1 ? HEADING.': ' : '').UNIT.(NOTE eq '' ? '' : ', '.NOTE) noenhanced
    set key outside top right horizontal maxrows 1 width -1
} else {
    FROM = HEAD + (PLACE - 1)*PITCH
    set tmargin at screen 1 - (FROM + 32)/HEIGHT; set bmargin at screen 1 - (FROM + 154)/HEIGHT
    set label 1 UNIT at screen 18.0/WIDTH, 1 - (FROM + 93)/HEIGHT center rotate textcolor rgb BLACK
    set label 2 NOTE at screen RIGHT, 1 - (FROM + 17)/HEIGHT right noenhanced textcolor rgb GREY
    set key at screen LEFT, 1 - (FROM + 17)/HEIGHT left center horizontal Left reverse maxrows 1 width -1 samplen 2
}
if (PLACE == PANELS) { set xlabel TIME_LABEL textcolor rgb BLACK; eval SHOW_TIME } else { set format x ''; set xlabel '' }
