/*
 * Which round of latency curves and of searches comes next: pure, because it depends on what was
 * measured, and a function of nothing else. The same rounds give the same next one, so a run that
 * was cut off goes on where it was, and every prefix of a record gives the round that followed it.
 *
 * Curves go level by level, the lowest rate first. A level has the experiment's
 * blocks, each one random permutation of the servers that still go on
 * (analyse/climb.h); whoever is overloaded in its first two rounds at a level is
 * spared the rest. Then come the searches (analyse/capacity.h), in turns: in each turn
 * every server's search for every objective makes one trial, in random order. All are
 * solo rounds; those of one block, or of one turn, draw their arrivals from one seed.
 */
#ifndef MEASURE_LATENCY_PLAN_H
#define MEASURE_LATENCY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/result.h"
#include "measure/round.h"

/* Does this server take part in the curves and searches of this
 * workload? As in other solo rounds, but for a second copy. */
bool latency_plan_takes(const struct result *result, size_t arm, size_t workload);

enum latency_step {
    LATENCY_NEXT,    /* *plan is to be measured */
    LATENCY_DONE,    /* nothing is left */
    LATENCY_FOREIGN, /* round plan->number of the record is none of these */
};

/* Rounds are numbered on after `last`, that of the last round of the experiment's schedule. */
enum latency_step latency_plan_next(struct round_plan *plan, const struct result *result,
                                    uint32_t last);

/* What is left, if servers give what a common one gives, and
 * searches end where they mostly do: a guess, to announce. */
struct latency_estimate {
    size_t rounds, curve_rounds; /* in all, and those of curves */
    double seconds, curve_seconds;
};
/* So many times as long do searches take in the mean where the machine stalls often
 * (docs/method.md; the simulation of test_capacity_restless.c): stalls make long trials fail, and
 * each that fails is one step more. */
extern const double latency_restless;
struct latency_estimate latency_plan_estimate(const struct result *result, uint32_t last);

/* The number of the last round of a curve or a search; 0: the result holds none. */
uint32_t latency_plan_last(const struct result *result);

#endif
