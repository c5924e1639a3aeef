/* What curves and searches leave out where the time is too short: private to schedule.c. */
#ifndef MEASURE_LATENCY_BUDGET_H
#define MEASURE_LATENCY_BUDGET_H

#include "data/result.h"

/* The next thing to go: blocks of curves down to SCHEDULE_BLOCKS_MIN,
 * then rates from the lowest on, then objectives but for the first,
 * then workloads from the end. False: nothing is left to drop. */
bool latency_drop(struct experiment *experiment);
/* What was dropped may leave more room than it had to, and some of what
 * went before it may come back: an objective (0), a rate (1), a block of
 * curves (2). False: of that there is no more in what was asked for. */
enum { LATENCY_RETURNS = 3 };
bool latency_put_back(struct experiment *now, const struct experiment *asked, unsigned what);
/* Says in notes what was left out. */
void latency_note_dropped(struct strings *notes, const struct experiment *asked,
                          const struct experiment *now);

#endif
