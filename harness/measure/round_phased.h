/*
 * What a round that goes through phases has beside any other at a rate
 * (round_paced.h): a state that is filled first, a course instead of a
 * series, and marks. Private to round.c; see measurement.h.
 *
 * When the generator opens its window is known only from its report; until then it is taken to be
 * as early as it can be. So a mark at the end of a phase is read while it lasts (phase_watch.h),
 * earlier by as much as the generator took to open its connections, mostly some hundredths of a
 * second. By the report the course is shifted to where the window opened, by whole stretches, and a
 * mark that was not read in its phase loses its figures, but for the peak.
 */
#ifndef MEASURE_ROUND_PHASED_H
#define MEASURE_ROUND_PHASED_H

#include "measure/measurement.h"

/* Sends as many requests as the workload says that fill its state, before anything is read. False:
 * the round is over, and the outcome says why. */
bool round_fill(struct measurement *m);

/* The sampler is open: the first mark, before the generator's first connection. */
void round_phased_begin(struct measurement *m);
/* Tells the context's goes_on what was read so far; argument: the measurement. */
void round_phased_pulse(void *argument);
/* The window ended before its time, but not because nothing was started: the mark of the phase that
 * it ended in, and for an interruption how much of it there was. */
void round_phased_cut(struct measurement *m, bool was_interrupted);
/* The window is over, the sampler not closed: course and marks, and why something is missing. */
void round_phased_end(struct measurement *m);
/* By when the window opened: marks and course count from
 * there, and end with it. MISSING: it did not. */
void round_phased_settle(struct measurement *m, int64_t start_ns);

#endif
