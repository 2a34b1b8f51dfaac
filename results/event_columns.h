/* event_columns.h - the event log kept in memory, to be written as columns (hdf5_file.h says
 * which).
 *
 * Kept packed, a byte for the kind and only the cells that it has, some 40 bytes an event; spread
 * over the columns a chunk at a time when it is written. The columns are made from the table of
 * event kinds, so a new kind or key needs nothing here.
 */
#ifndef BERTH_RESULTS_EVENT_COLUMNS_H
#define BERTH_RESULTS_EVENT_COLUMNS_H

#include "results/record_table.h"
#include "results/result_strings.h"

typedef struct event_columns event_columns;

/* strings must outlive it. */
event_columns *event_columns_create(result_strings *strings);
void event_columns_destroy(event_columns *e);
void event_columns_add(event_columns *e, const names *t, const model_event *ev);

uint64_t event_columns_rows(const event_columns *e);
uint32_t event_columns_count(const event_columns *e);
const column_spec *event_columns_spec(const event_columns *e, uint32_t column);

/* Where the reading stands; a zeroed one is at the first event. */
typedef struct {
    size_t block, offset;
    uint64_t row;
} event_cursor;

/* Spreads the next count events over buffer[column], each an array of at least count values of the
 * column's type that holds its fill value beforehand; touched[column] becomes true where something
 * else was written. Returns how many events there were. */
uint64_t event_columns_read(const event_columns *e, event_cursor *at, uint64_t count,
                            void *const *buffer, bool *touched);

#endif
