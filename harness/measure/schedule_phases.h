/*
 * The rounds of servers that go through phases (experiment
 * [phases]): private to schedule.c, which puts them last.
 *
 * Each server once a block, in random order; ceilings in the first block only, because all that is
 * asked of them is what the same load takes of the kernel's memory. Whoever grows is measured
 * again, which depends on what was measured: phase_plan.h.
 */
#ifndef MEASURE_SCHEDULE_PHASES_H
#define MEASURE_SCHEDULE_PHASES_H

#include "measure/schedule.h"

void schedule_add_phases(struct schedule *schedule, const struct result *result, unsigned block);
/* The next thing to go where the time is too short: blocks, then load time, not below what a
 * verdict needs, then workloads from the end but for the first. False: nothing is left to drop. */
bool schedule_drop_phases(struct phase_set *set);
/* What was left out, as a sentence; NULL: nothing. The caller frees. */
char *schedule_phases_note(const struct phase_set *asked, const struct phase_set *now);

#endif
