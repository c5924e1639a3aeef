/*
 * Which round of a duel comes next: looks at how much base and head can take, where no rate is
 * said; then what duel.h wants, block by block. Pure, a function of the record: every prefix of one
 * gives the round that followed it, so a duel that was cut off goes on where it was.
 *
 * A pair that something outside of it spoiled is tried once more; a witness's round is not, because
 * time is short and its block is one of many.
 */
#ifndef MEASURE_DUEL_PLAN_H
#define MEASURE_DUEL_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "analyse/duel.h"
#include "data/gate.h"
#include "data/result.h"
#include "measure/round.h"

/* A pair at this rate, of both together, and for so long tells costs apart by less than a percent,
 * and has 80,000 requests of each beyond which a p99 is not the chance of a few (docs/duel.md). */
enum { DUEL_RATE_RPS = 20000, DUEL_WARMUP_S = 1, DUEL_WINDOW_S = 8 };
/* Under wrk, for information. */
enum { DUEL_SATURATED_S = 2 };
/* Of a workload, unless a user says otherwise. */
enum { DUEL_BUDGET_S = 12 * 60 };

enum duel_step {
    DUEL_STEP_NEXT,    /* *plan is to be measured */
    DUEL_STEP_DONE,    /* nothing is left */
    DUEL_STEP_BUDGET,  /* what is left does not fit into the budget */
    DUEL_STEP_FOREIGN, /* round plan->number of the record is none of a duel like this */
};

/* budget_s: of all rounds but those of phases, by what they take as
 * a rule; INFINITY: none. elapsed_s: what has passed of it, if that
 * is known to be more than the record's rounds take as a rule. */
enum duel_step duel_plan_next(struct round_plan *plan, const struct result *result,
                              const struct gate *gate, const struct duel_rules *rules,
                              double budget_s, double elapsed_s);

/* What its rounds take as a rule, in seconds: those that are
 * measured, and if nothing changed all that would be. */
double duel_plan_spent_s(const struct result *result);
double duel_plan_expected_s(const struct result *result, const struct gate *gate,
                            const struct duel_rules *rules, size_t *rounds);

/* The highest number of a round that is of no phases; 0: none. */
uint32_t duel_plan_last(const struct result *result);

/* The rate of pairs on this workload; 0: it is not known. */
uint32_t duel_plan_rate(const struct result *result, size_t workload);

#endif
