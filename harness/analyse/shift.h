/*
 * How far one set of readings lies from another that shares no blocks with it: two runs, hours
 * apart. The estimate is the median of all differences between a reading of the one and a reading
 * of the other (Hodges & Lehmann 1963), its interval the one that belongs to the exact test of Mann
 * & Whitney (Hollander, Wolfe & Chicken, Nonparametric Statistical Methods, 4.2 and 4.3). Nothing
 * is taken from the shape of the readings, but that both sets have the same one. Pure.
 *
 * It says whether these readings differ. Whether another pair of runs
 * of the same would differ as much, it cannot know: what a machine does
 * from one hour to the next is in none of the two sets (sessions.h).
 */
#ifndef ANALYSE_SHIFT_H
#define ANALYSE_SHIFT_H

#include <stddef.h>

#include "analyse/stats.h"

/* head / base, of the natural logarithms of readings. Its n is the smaller number, its robust_sd
 * that of single readings about their own set's median. NAN without readings on both sides; no
 * interval below 4 and 4, 3 and 5, or 2 and 9. */
struct estimate shift_find(const double *ln_base, size_t base_count, const double *ln_head,
                           size_t head_count);

/* The k of the interval [D(k), D(m n + 1 - k)] of the sorted differences, the largest of which the
 * test's two-sided error is at most 4 %; 0: none. */
size_t shift_rank(size_t m, size_t n);

#endif
