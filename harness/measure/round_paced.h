/* The open-loop load of a round, one pace for all its arms:
 * private to round.c; see measurement.h. */
#ifndef MEASURE_ROUND_PACED_H
#define MEASURE_ROUND_PACED_H

#include "measure/measurement.h"

/* Warm-up and window: every number of the rounds, and their outcomes. False: the round is over, and
 * the outcome of every arm says why. */
bool round_measure_paced(struct measurement *m);

#endif
