/*
 * Rounds in which a server alone goes through phases of load and rest: who takes part, what a round
 * is, and which comes after all that the schedule has. Pure, a function of the record: the same
 * rounds give the same next one, so a run that was cut off goes on where it was, and every prefix
 * of a record gives the round that followed it.
 *
 * A server whose memory grew, in the last of its rounds that can tell, gets one more with
 * PHASE_PLAN_TIMES the load. A leak grows on with the requests; what fills up does not. But not in
 * a soak, which is as long as its user wants.
 *
 * A soak that was cut off goes on with the load that is left, in a fresh process: of what one
 * process kept, another knows nothing. So it is told stretch by stretch (analyse/consistency.h).
 */
#ifndef MEASURE_PHASE_PLAN_H
#define MEASURE_PHASE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/result.h"
#include "measure/round.h"

enum { PHASE_PLAN_TIMES = 4 };

/* Does this server go through the phases of this workload? As
 * in other solo rounds, but for a second copy. */
bool phase_plan_takes(const struct result *result, size_t arm, size_t workload);
struct round_plan phase_plan_of(const struct result *result, size_t arm, size_t workload,
                                unsigned block);
/* What its window consists of, and the rate that is said of the round:
 * the one that its phases are multiples of, else the first that is asked
 * for. 0: a phase needs a rate that is not known, and has none. */
uint32_t phase_plan_window(struct phases *phases, const struct result *result,
                           const struct round_plan *plan);
/* Of so much load at least a verdict can come: each begins with a moment that is not judged. */
uint32_t phase_plan_least_load_s(const struct phases *phases);
/* Of a soak of which one more try saw so much load: what is left of it is the plan's. Never less
 * than a verdict needs, or than the whole was. False: nothing is left. seen_s: by all tries. */
bool phase_plan_go_on(struct round_plan *plan, unsigned whole_s, unsigned seen_s);
/* How long a round takes that confirms growth, in its window. */
uint32_t phase_plan_longer_s(const struct experiment *experiment);

enum phase_step {
    PHASE_NEXT,    /* *plan is to be measured */
    PHASE_DONE,    /* nothing is left */
    PHASE_FOREIGN, /* round plan->number of the record is none of these */
};

/* Rounds are numbered on after `last`, that of the last round of all others. */
enum phase_step phase_plan_next(struct round_plan *plan, const struct result *result,
                                uint32_t last);

/* The number of the last round that confirms growth; 0: the result holds none. */
uint32_t phase_plan_last_longer(const struct result *result);

#endif
