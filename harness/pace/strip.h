/*
 * Latency over time as a row of bars, eight heights, each a fixed factor above the one below it,
 * because a tail is not two or three times the median but tens and hundreds of times.
 */
#ifndef PACE_STRIP_H
#define PACE_STRIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "pace/record.h"

enum { STRIP_HEIGHTS = 8 };

/* Height k, from 0, reaches up to least_ns * factor^k; the last one takes what is above it, too. */
struct strip_scale {
    double least_ns, factor;
};
/* One for all rows that are to be compared. least is a round number that the lowest median needs;
 * factor the smallest of a few round ones with which the highest p99 fits. */
void strip_scale_of(struct strip_scale *scale, const struct record *const *records, size_t count);

struct strip {
    const struct record *record;
    size_t folded;  /* intervals to a column: the worst of them is drawn */
    size_t columns; /* at most so many as strip_of was given */
};
void strip_of(struct strip *strip, const struct record *record, size_t columns);
/* A blank stands where nothing was due, or all that was is left out (record.h). */
void strip_put(FILE *out, const struct strip *strip, const struct strip_scale *scale, bool p99,
               bool utf8);
bool strip_has_blanks(const struct strip *strip);
/* The bar of that height, as strip_put draws it. */
const char *strip_bar(unsigned height, bool utf8);

#endif
