/*
 * A histogram in HdrHistogram's layout (data/histogram) with a counter
 * for every bin, so that counting a value is one addition wherever it
 * falls. All memory is had, and touched, when it is opened.
 */
#ifndef PACE_TALLY_H
#define PACE_TALLY_H

#include <stdint.h>

#include "data/histogram.h"

struct tally {
    uint64_t *counts; /* HISTOGRAM_INDEXES of them; owned */
    uint64_t total;
    uint64_t max;          /* exact */
    unsigned __int128 sum; /* exact */
};

void tally_open(struct tally *tally);
void tally_release(struct tally *tally);
void tally_add(struct tally *tally, uint64_t value_ns);
/* The same for a caller that knows index = histogram_index(value_ns) already. */
void tally_add_at(struct tally *tally, uint32_t index, uint64_t value_ns);

uint64_t tally_quantile_ns(const struct tally *tally,
                           double q); /* HdrHistogram's convention; 0 when empty */
/* The same of both together. */
uint64_t tally_quantile_both_ns(const struct tally *tally, const struct tally *other, double q);
/* The same of those that are not in the second, which holds some of the first's. */
uint64_t tally_quantile_without_ns(const struct tally *tally, const struct tally *some, double q);
/* How many are in bins wholly above value's. */
uint64_t tally_above(const struct tally *tally, uint64_t value_ns);
double tally_mean_ns(const struct tally *tally); /* of the values themselves; 0 when empty */
void tally_histogram(const struct tally *tally, struct histogram *histogram); /* initialised here */

#endif
