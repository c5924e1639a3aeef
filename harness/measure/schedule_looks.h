/*
 * Looks at how much servers can take, one each, from which rates are chosen (rate.h): private to
 * schedule.c, which puts them before all else.
 */
#ifndef MEASURE_SCHEDULE_LOOKS_H
#define MEASURE_SCHEDULE_LOOKS_H

#include "measure/schedule.h"

/* Of each workload with pairs, curves or phases whose rates are not said, or with searches, at each
 * server that takes part in them. */
void schedule_add_looks(struct schedule *schedule, const struct result *result);

#endif
