/*
 * The closed-loop load of a round, each arm under a wrk of its own:
 * private to round.c; see measurement.h. A step that returns false
 * has ended the round, and the outcome of every arm says why.
 */
#ifndef MEASURE_ROUND_LOAD_H
#define MEASURE_ROUND_LOAD_H

#include "measure/measurement.h"

/* How a stretch of load ended: true if it is done, else the outcomes say what became of it. */
bool round_window_ended(struct measurement *m, enum window_end end, unsigned failed,
                        const char *error);

/* Its figures are thrown away; that its script runs and all was answered is not. */
bool round_warm_up(struct measurement *m);
/* The same at m->rounds[0].connections, for so many seconds;
 * the mark is taken shortly before they are over. */
bool round_mark_under_load(struct measurement *m, unsigned duration_s, struct marks *marks);
/* The window: every number of the rounds, and their outcomes. */
bool round_measure_window(struct measurement *m);

#endif
