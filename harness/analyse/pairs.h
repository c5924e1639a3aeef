/*
 * From a result's rounds to what may be compared: which rounds count, and which two of them are a
 * pair. A repeat replaces the round it repeats. A paired round stays usable under interference,
 * because both arms suffered it alike; it is void when either arm failed by its own fault, or when
 * the load itself was not what it should be.
 */
#ifndef ANALYSE_PAIRS_H
#define ANALYSE_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/result.h"

/* Is it of those that the tables are made of: no look, of no sweep, no curve, no trial, no open
 * loop, whose cost is of another load point? */
bool round_is_tabled(const struct round *round);
/* Is it of a pair of an open loop at this rate? */
bool round_is_at_rate(const struct round *round, uint32_t rate_rps);
bool round_is_trial(
    const struct round *round); /* of the search for the highest rate within an objective */
/* Is it a later try of the same? */
bool round_repeats(const struct round *round, const struct round *earlier);
bool round_is_replaced(const struct result *result, const struct round *round);
bool round_failed_itself(const struct round *round); /* invalid for the arm's own reason */
/* The same, where it is a fault: to be overloaded is none
 * where a rate is looked for at which that happens. */
bool round_is_fault(const struct round *round);
bool round_is_solo_usable(const struct result *result, const struct round *round);
bool round_is_scale_usable(const struct result *result, const struct round *round);
bool round_has_ratio(const struct result *result,
                     const struct round *round); /* either half of a pair, of whatever load */
bool round_is_paired_usable(const struct result *result,
                            const struct round *round); /* the same at saturation */
double round_cost_ns(const struct round *round);        /* server CPU per request; NAN: unknown */
double round_throughput_rps(const struct round *round);
/* What this arm gave in the better of its looks (round.probe),
 * saturated or at least so much; 0: no look has a number. */
double look_rps(const struct result *result, size_t arm, size_t workload);

struct pair {
    uint32_t block;
    const struct round *subject, *reference; /* borrowed from the result */
    double ln_ratio;                         /* of their costs */
};

/* The usable pairs of one subject on one workload at saturation,
 * by block. Owned; at most one pair a block counts. */
struct pairs {
    struct pair *items;
    size_t count;
};
void pairs_find(struct pairs *pairs, const struct result *result, size_t arm, size_t workload);
/* The same of an open loop at one rate. */
void pairs_find_at_rate(struct pairs *pairs, const struct result *result, size_t arm,
                        size_t workload, uint32_t rate_rps);
void pairs_release(struct pairs *pairs);
/* How many of them are of the planned blocks: those beyond are
 * the fresh ones that an alarm calls for. planned 0: all. */
size_t pairs_planned(const struct pairs *pairs, unsigned planned);
/* ln_ratio of each; the caller frees. NULL when there is none. */
double *pairs_ln_ratios(const struct pairs *pairs);
/* ln(a / b) block by block, where both were compared with the same reference; count in *n, the
 * caller frees. */
double *pairs_ln_between(const struct pairs *a, const struct pairs *b, size_t *n);

#endif
