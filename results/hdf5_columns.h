/* hdf5_columns.h - the pieces that a result file is made of: columns, texts, attributes, groups.
 *
 * A call that HDF5 refuses makes hdf5_columns_ok false from then on; the calls after it do nothing.
 * Objects carry no times, so equal contents give equal bytes.
 */
#ifndef BERTH_RESULTS_HDF5_COLUMNS_H
#define BERTH_RESULTS_HDF5_COLUMNS_H

#include "results/event_columns.h"
#include "results/record_table.h"
#include <hdf5.h>
#include <stdbool.h>

#ifdef H5_HAVE_PARALLEL
#error "berth needs the serial HDF5 (on Debian: libhdf5-dev, pkg-config hdf5-serial)"
#endif

typedef struct hdf5_columns hdf5_columns;

/* Silences HDF5's own error messages while it lives. */
hdf5_columns *hdf5_columns_create(void);
void hdf5_columns_destroy(hdf5_columns *w);
bool hdf5_columns_ok(const hdf5_columns *w);

hid_t hdf5_columns_group(hdf5_columns *w, hid_t parent, const char *name);
void hdf5_columns_close_group(hdf5_columns *w, hid_t group);

/* Every column of a table, as datasets of the group. */
void hdf5_columns_table(hdf5_columns *w, hid_t group, const record_table *t);
void hdf5_columns_events(hdf5_columns *w, hid_t group, const event_columns *e);

void hdf5_columns_texts(hdf5_columns *w, hid_t group, const char *name, const char *const *text,
                        uint32_t count);
void hdf5_columns_text(hdf5_columns *w, hid_t group, const char *name, const char *text);
/* Three dimensions of doubles, not chunked, with the attribute `outcomes`. */
void hdf5_columns_cube(hdf5_columns *w, hid_t group, const char *name, const double *value,
                       const uint64_t size[3], const char *outcomes);
void hdf5_columns_text_attribute(hdf5_columns *w, hid_t object, const char *name, const char *text);
void hdf5_columns_number_attribute(hdf5_columns *w, hid_t object, const char *name, uint64_t value);

#endif
