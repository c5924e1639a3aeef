/*
 * Which rounds an experiment consists of, in which order, and how long they take. Pure: the same
 * result header and seed give the same schedule, so a run can be explained, printed without being
 * run, and later resumed.
 *
 * Blocks are the unit of replication. A block holds, for each paired workload, one paired round for
 * every subject, the same at a rate for each paced workload, and one solo round for every arm of
 * each solo workload; within a block the order is one random permutation of all its rounds. Where
 * no rate is said, the first block is preceded by one look at each arm, from which it is chosen
 * (rate.h): the solo rounds lie among the others, and a rate must be known before the first paced
 * one. Glances come after the blocks, then the rounds of a sweep, server by server, those that go
 * through phases, and last those that take the number of connections up.
 * What latency curves and searches consist of depends on what they measure: latency_plan.h says it,
 * round by round, after all these; and phase_plan.h which servers go through longer phases then.
 */
#ifndef MEASURE_SCHEDULE_H
#define MEASURE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/result.h"
#include "measure/round.h"

enum {
    SCHEDULE_BLOCKS_MIN = 6
}; /* a budget never goes below: no interval is possible with fewer */

struct schedule {
    struct round_plan *plans;
    size_t count;
};

/* Does this arm take part in this workload's paired or solo rounds? (Routes declared, not excluded
 * or skipped; ceilings and A' only where the experiment asks for them.) */
bool schedule_takes(const struct result *result, size_t arm, size_t workload);

/* The reference's index where it takes part in this workload, else -1: then there are no pairs. */
int schedule_reference(const struct result *result, size_t workload);
/* Does this arm take part in pairs at a rate? */
bool schedule_takes_pace(const struct result *result, size_t arm, size_t workload);

void schedule_make(struct schedule *schedule, const struct result *result);
/* The A/A' pairs alone, at saturation and at a rate, again on as many fresh
 * blocks, numbered on after the experiment's own: what confirms or refutes a
 * self-check that came out different. Rounds are numbered on after `last`. */
void schedule_make_self_check(struct schedule *schedule, const struct result *result,
                              uint32_t last);
void schedule_release(struct schedule *schedule);

double schedule_seconds(const struct schedule *schedule);
double schedule_round_seconds(const struct round_plan *plan);

/* Makes the experiment fit into budget_s: fewer paced blocks, then paired ones, never
 * below SCHEDULE_BLOCKS_MIN; then fewer glances, from the end; then fewer solo blocks,
 * not below 1; then less of a sweep (schedule_scale.h); then less of curves and searches
 * (latency_budget.h), of which whatever still fits in the end comes back; then blocks of
 * connections (schedule_stairs.h); then less of phases (schedule_phases.h); then fewer
 * paced workloads, from the end, to none if there are other rounds; then fewer paired and
 * solo workloads, from the end, not below one. What was left out is said in one of
 * result->notes. False if even the least does not fit: that is what result then holds. */
bool schedule_fit(struct result *result, double budget_s);

#endif
