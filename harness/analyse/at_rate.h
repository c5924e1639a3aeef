/*
 * What a request costs and how long it takes at a rate, from pairs that one
 * open-loop generator asks: each server against the reference, in the same
 * microseconds. Kept apart from the costs at saturation, because a cost
 * belongs to its load point: at a rate fewer requests share a wake-up. Pure.
 *
 * Percentiles are compared as ratios within a pair and say how far a server
 * itself differs from the one beside it. Two that share a CPU share its
 * stalls, so they are no comparison of users' latencies between models.
 */
#ifndef ANALYSE_AT_RATE_H
#define ANALYSE_AT_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/self_check.h"
#include "analyse/stats.h"
#include "data/result.h"

enum at_rate_figure { AT_RATE_COST, AT_RATE_P50, AT_RATE_P99, AT_RATE_FIGURES };
const char *at_rate_name(enum at_rate_figure figure); /* "CPU per request", "p50", "p99" */

struct at_rate_row {
    size_t arm;
    bool reference;
    struct estimate ratios[AT_RATE_FIGURES]; /* x the reference's, which has 1; value NAN: none */
    double cost_ns;      /* the ratio x the reference's median cost at this rate; NAN: none */
    unsigned used, lost; /* rounds */
    /* Of the first that was lost, borrowed from the result; NULL: none was. */
    const struct reason *why;
    bool failed; /* one of them by the server's own fault */
};

struct at_rate {
    size_t workload;
    uint32_t rate_rps;        /* of both servers of a pair together */
    struct at_rate_row *rows; /* the cheapest first, those without a number last */
    size_t count;
    /* The reference against its own copy. One that DIFFERS leaves no ratio in the rows. */
    struct self_check checks[AT_RATE_FIGURES];
    bool discards_unequal; /* between the arms (discards.h): no ratio is left in the rows */
};

/* Does the round have this percentile of its own? Above trusted_p it is the generator's, and of too
 * few requests beyond it the chance of the slowest one or two. */
bool at_rate_has_percentile(const struct round *round, double p);

/* False: this workload was asked at no rate. Of several rates the first that has a pair counts. */
bool at_rate_make(struct at_rate *at_rate, const struct result *result, size_t workload);
void at_rate_release(struct at_rate *at_rate);
bool at_rate_has_numbers(const struct at_rate *at_rate);
/* Is anybody in the rows but the reference? */
bool at_rate_compares(const struct at_rate *at_rate);
/* The worst of the three. */
enum self_check_state at_rate_self_check(const struct at_rate *at_rate);

/* In words, UTF-8; the caller frees. "plaintext at 20,000 requests/s" */
char *at_rate_title(const struct at_rate *at_rate, const struct result *result);
/* Whose rate it is, what the percentiles are not, and why
 * there is no comparison, where there is none. */
char *at_rate_caption(const struct at_rate *at_rate);
/* Why a row has no ratio, or not of all its rounds; NULL: it has. */
char *at_rate_why(const struct at_rate *at_rate, const struct at_rate_row *row);
/* All ratios that the rows have; NULL: none. */
char *at_rate_finding(const struct at_rate *at_rate, const struct result *result);
/* What came of the reference against its own copy; NULL: they were not paired. */
char *at_rate_self_check_finding(const struct at_rate *at_rate, const struct result *result);
/* Appends what a reader must know: rounds that were lost,
 * unequally or not, a self-check that differs. */
void at_rate_cautions(const struct at_rate *at_rate, const struct result *result,
                      struct strings *cautions);

#endif
