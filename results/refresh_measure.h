/* refresh_measure.h - how long instance refreshes take, and how often they move tasks (contract: metrics, A91).
 *
 * A group's refreshes are numbered from 1 as they start; there are names for as many as its timeline asks for, and no
 * values of those that never start (AWS refuses a second one beside the first).
 */
#ifndef BERTH_RESULTS_REFRESH_MEASURE_H
#define BERTH_RESULTS_REFRESH_MEASURE_H

#include "models/model.h"

typedef struct refresh_measure refresh_measure;

typedef struct {
    double seconds; /* NAN: it has not succeeded */
    double moves;   /* NAN: no task was there */
} refresh_totals;

/* How many the timeline asks for of a group. */
uint32_t refresh_count_asked(const model_config *cfg, uint32_t group);

refresh_measure *refresh_measure_create(const model_config *cfg);
void refresh_measure_destroy(refresh_measure *r);
/* The group has changed. */
void refresh_measure_group(refresh_measure *r, const model *m, uint32_t group);
refresh_totals refresh_measure_totals(const refresh_measure *r, uint32_t group, uint32_t number);

#endif
