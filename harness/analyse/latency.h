/*
 * Latency against rate, and the highest rates within objectives,
 * from solo rounds that an open-loop generator asked. Pure.
 *
 * Servers are compared at the same absolute rates, from rounds that took turns: two that share a
 * CPU would share its stalls. The rounds of a server at a rate are merged for the value of a
 * percentile, and their own percentiles give its range, and from STATS_INTERVAL_MIN_N on its
 * interval, where each has CAPACITY_BEYOND / 2 requests beyond it. The range holds the value, which
 * can lie outside where one round has nearly all of the tail.
 *
 * A round serves that is not INVALID. Where a rate has none, those serve in which the generator was
 * late further out than the median only: their percentiles are good up to where it was.
 */
#ifndef ANALYSE_LATENCY_H
#define ANALYSE_LATENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/capacity.h"
#include "analyse/stats.h"
#include "data/histogram.h"
#include "data/result.h"

enum { LATENCY_P50, LATENCY_P99, LATENCY_P999, LATENCY_PERCENTILES };
extern const double latency_percentiles[LATENCY_PERCENTILES]; /* .5, .99, .999 */

/* So many requests must lie beyond a percentile in all rounds together, or it has no value: it
 * would be the chance of the slowest few. */
enum { LATENCY_BEYOND = 100 };

struct latency_point {
    uint32_t rate_rps;
    double answered_rps; /* median of the usable rounds; NAN */
    /* Value of the merged ones in median, and around it the rounds' range, from 6 on interval; n:
     * of so many rounds, 0 where none has enough requests beyond it and there is no range. NAN: not
     * supported, or not vouched for. */
    struct spread p_ns[LATENCY_PERCENTILES];
    const char *why[LATENCY_PERCENTILES]; /* a clause where there is no value; static; else NULL */
    /* The lowest of the usable rounds; percentiles above it are the generator's. */
    double trusted_p;
    struct histogram merged; /* of the usable rounds; empty: none */
    /* CPU per request at this rate; NAN: none is known, or the server failed. */
    struct spread cost_ns;
    const char *why_cost;          /* a clause where there is none; static; else NULL */
    unsigned used, lost;           /* rounds */
    unsigned faults;               /* of the lost ones, those by the server's own fault */
    unsigned lates;                /* of all, those in which the generator was late */
    const struct reason *why_lost; /* the gravest, borrowed; NULL */
    /* Of all its rounds here (climb.h). Failed: its knee lies below. Late: nothing is known from
     * here on. Both: neither was in most, but together they were. */
    bool failed, late, both;
};

struct latency_curve {
    size_t arm;
    struct latency_point *points; /* ascending; those rates at which it was asked */
    size_t count;
    uint32_t best_rps; /* the highest rate with a usable latency; 0: none */
    uint32_t knee_rps; /* the rate at which it failed; 0: it did at none */
    bool is_bound;     /* the generator, not the server, ended it: "at least" */
    bool is_mixed;     /* each ended it for some of its rounds, neither for most */
};

struct latency_limit { /* of one server within one objective */
    size_t arm;
    struct capacity found;
};

struct latency {
    size_t workload;
    /* In the result's order of arms; none: the part was not asked for. */
    struct latency_curve *curves;
    size_t curve_count;
    /* The highest at which every curve has its p99, but those that have none anywhere; 0: none.
     * What a picture of whole distributions shows. */
    uint32_t common_rps;
    struct slo slos[SLOS_MOST];
    size_t slo_count;
    /* slo_count times as many as limit_arms, objective by objective. */
    struct latency_limit *limits;
    size_t limit_arms;
    struct strings sentences; /* one for each curve, one for each limit */
};

extern const char *const latency_names[LATENCY_PERCENTILES]; /* "p50", "p99", "p99.9" */

/* Of one workload; false if none of its rounds belongs here, and then nothing is owned. */
bool latency_make(struct latency *latency, const struct result *result, size_t workload);
void latency_release(struct latency *latency);
/* A latency at some rate, or an answer to some search. */
bool latency_has_numbers(const struct latency *latency);
/* The round of this server at common_rps whose p99 is the median one (of an even number, the
 * lower), and which has a course over time; borrowed from the result; NULL: none. */
const struct round *latency_typical(const struct result *result, const struct latency *latency,
                                    size_t arm);
/* NULL: it was not asked at this rate. */
const struct latency_point *latency_point_at(const struct latency_curve *curve, uint32_t rate_rps);
/* Puts them in ascending order, each once; so many are left. */
size_t latency_distinct_rates(uint32_t *rates, size_t count);
/* The highest rate that has this percentile; NULL: none has. */
const struct latency_point *latency_last_with(const struct latency_curve *curve, size_t percentile);

/* Fills the objectives and what was found within each; latency_make has called it. */
void latency_find_limits(struct latency *latency, const struct result *result);
/* Writes the sentences; latency_make has called it. */
void latency_say(struct latency *latency, const struct result *result);
/* "71.0 µs [68.0, 75.4]", "71.0 µs (68.0 – 75.4 in 3 rounds)",
 * "71.0 µs (one round)", "71.0 µs", "–"; the caller frees. */
char *latency_time_words(const struct spread *spread);
/* Of one percentile, or of the cost, at a point: as above, but "71.0 µs (one round of 6)". */
char *latency_point_words(const struct latency_point *point, const struct spread *spread);
/* "(one round of 6)", "(one round)"; "" where the spread has more, or none. The caller frees. */
char *latency_lonely_words(const struct latency_point *point, const struct spread *spread);
/* Who answers fastest at common_rps and who keeps the first objective longest; NULL: there is
 * nothing to say. The caller frees. */
char *latency_headline(const struct latency *latency, const struct result *result);
/* Who has rounds and no number, and why; unusual ends of searches. One sentence each. */
void latency_cautions(const struct latency *latency, const struct result *result,
                      struct strings *cautions);

#endif
