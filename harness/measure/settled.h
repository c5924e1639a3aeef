/*
 * What of a schedule has a result, and what is measured again: a round that something outside of
 * the arms has spoiled gets one more try, with its partner. Paired rounds are not repeated for
 * interference alone, because a ratio survives it; an arm's own failure is its result. A try that
 * was interrupted counts for nothing, but of a soak: there it counts for the load that it saw.
 */
#ifndef MEASURE_SETTLED_H
#define MEASURE_SETTLED_H

#include <stdbool.h>

#include "data/result.h"
#include "measure/schedule.h"

/* Would another try of what gave these rounds be fair? One round
 * for each arm of the plan. Of a trial never: its search says what
 * is tried next. Nor of a round that confirms growth, of a soak, or
 * of phases for memory only, if its memory could be read, because that is all it is for. */
bool settled_may_repeat(const struct round_plan *plan, const struct round *rounds);

/* Does the plan need no further try, by what the result holds under its number?
 * 1: so it is; 0: it needs one, and which is its next the plan says now; -1:
 * what the result holds is something else. Looks from *at on, which is moved
 * behind its tries. *rounds, of the last try that counts: borrowed. */
int settled_look(struct round_plan *plan, const struct result *result, size_t *at,
                 const struct round **rounds);

/* Takes out of the schedule what the result holds, and tells each plan
 * that is left which try is its next. 0; -1 with one sentence in *error
 * where a round that the result holds is none of the schedule's. */
int settled_take_out(struct schedule *schedule, const struct result *result, char **error);

#endif
