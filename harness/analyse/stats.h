/*
 * The statistics behind every verdict: medians, robust spread, the exact order-statistic interval
 * of the median, and the rule that turns an interval into a word. Pure: arrays in, values out.
 * docs/method.md gives the reasons.
 */
#ifndef ANALYSE_STATS_H
#define ANALYSE_STATS_H

#include <stdbool.h>
#include <stddef.h>

enum { STATS_INTERVAL_MIN_N = 6 }; /* below it no interval of the median is worth printing */

/* The next three sort a copy; values is left as it is. NAN for n = 0. */
double stats_median(const double *values, size_t n);
double stats_quantile(const double *values, size_t n,
                      double q); /* linear interpolation, type 7 of Hyndman & Fan 1996 */
double stats_robust_sd(const double *values, size_t n); /* 1.4826 x median absolute deviation */
/* Puts in place of each value the median of it and of as many neighbours on both sides, fewer at
 * the ends: what stands out for no longer than them goes, steps and slopes stay. NAN among them is
 * passed over, and stays NAN in its own place. */
void stats_smooth(double *values, size_t n, size_t neighbours);

/* Which order statistics (1-based) bound the median for n blocks: (1,6) at n = 6 .. 8, (2,8) at 9
 * .. 11 with n+1-k, (3, n-2) from 12, (4, n-3) from 15; generally the largest k with two-sided
 * error <= 4 % (k = 1 where none is). */
unsigned stats_interval_rank(size_t n);                  /* 0 for n < STATS_INTERVAL_MIN_N */
double stats_interval_coverage(size_t n, unsigned rank); /* exact, from the binomial distribution */
/* The chance that the median lies below the rank-th of n; as
 * likely it lies above the (n+1-rank)-th. Exact. */
double stats_rank_error(size_t n, unsigned rank);
/* The largest rank whose error is at most this, and at most n / 2; 0: none. */
unsigned stats_rank_within(size_t n, double error_most);

/* Median and range of a few figures; from STATS_INTERVAL_MIN_N
 * on, the interval of the median instead of the range. */
struct spread {
    double median, low, high; /* NAN: none */
    size_t n;
    bool is_interval;
};
struct spread stats_spread(const double *values, size_t n);
/* Is all of the second above all of the first? Where both are intervals, if they do not touch. Else
 * if ranges, or a range and an interval, do not touch, and two that are alike would lie so by luck
 * not more than once in 100 times: of so few figures a range says little. */
bool spread_is_below(const struct spread *below, const struct spread *above);

/* A ratio subject/reference from paired blocks: exp of the median of ln ratios, with its interval.
 */
struct estimate {
    double value;     /* NAN: none */
    double low, high; /* NAN without interval */
    size_t n;
    double robust_sd; /* of ln ratio per block */
};
struct estimate stats_ratio(const double *ln_ratios, size_t n);
/* The same with an interval of the rank-th and the (n+1-rank)-th; rank 0: without one. */
struct estimate stats_ratio_ranked(const double *ln_ratios, size_t n, unsigned rank);
struct estimate estimate_inverse(const struct estimate *estimate); /* reference/subject */
bool estimate_has_interval(const struct estimate *estimate);
bool estimate_separable(const struct estimate *estimate); /* the interval excludes 1 */

enum verdict {
    VERDICT_NONE, /* too few blocks for an interval */
    VERDICT_REGRESSED,
    VERDICT_IMPROVED,
    VERDICT_EQUIVALENT,
    VERDICT_SMALL,
    VERDICT_INCONCLUSIVE,
};
/* More is worse. margin is the smallest effect worth a word, as a ratio: 0.02 for 2 %. */
enum verdict stats_verdict(const struct estimate *estimate, double margin);
/* How far an interval may reach on either side and be EQUIVALENT, as a logarithm. */
double stats_equivalent_reach(double margin);

/* Two-sided Fisher exact test of a 2x2 table: are a of a+b and c of c+d different? */
double stats_fisher_p(unsigned a, unsigned b, unsigned c, unsigned d);

#endif
