/*
 * Everything rests on one fact: the number of values below the true median of a continuous
 * distribution is binomial(n, 1/2), so [d_(k), d_(n+1-k)] misses it with probability 2 * P(X <=
 * k-1) whatever the distribution (Conover, Practical Nonparametric Statistics, 3.2). No normality,
 * no resampling, no random numbers.
 */
#include "analyse/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>

#include "data/strings.h"

/* With 4 % the smallest n that has an interval at all is 6, and n = 9, 12 and 15 each gain a rank.
 */
static const double INTERVAL_ERROR_MAX = 0.04;
/* EQUIVALENT reaches a little beyond the margin: inside it exactly, an estimate near 0 needs twice
 * the blocks. */
static const double EQUIVALENT_MARGINS = 1.5;
static const double APART_CHANCE_MOST = 0.01;

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double *sorted_copy(const double *values, size_t n)
{
    double *copy = xcalloc(n, sizeof *copy);
    memcpy(copy, values, n * sizeof *copy);
    qsort(copy, n, sizeof *copy, compare_doubles);
    return copy;
}

static double quantile_of_sorted(const double *sorted, size_t n, double q)
{
    assert(q >= 0 && q <= 1);
    double at = q * (double)(n - 1);
    size_t below = (size_t)at;
    double result = sorted[below];
    if (below + 1 < n)
        result += (at - (double)below) * (sorted[below + 1] - sorted[below]);
    return result;
}

double stats_quantile(const double *values, size_t n, double q)
{
    if (n == 0)
        return NAN;
    double *sorted = sorted_copy(values, n);
    double result = quantile_of_sorted(sorted, n, q);
    free(sorted);
    return result;
}

double stats_median(const double *values, size_t n)
{
    return stats_quantile(values, n, 0.5);
}

static double robust_sd_around(const double *values, size_t n, double median)
{
    double *deviations = xcalloc(n, sizeof *deviations);
    for (size_t i = 0; i < n; i++)
        deviations[i] = fabs(values[i] - median);
    qsort(deviations, n, sizeof *deviations, compare_doubles);
    double sd = 1.4826 * quantile_of_sorted(deviations, n, 0.5);
    free(deviations);
    return sd;
}

double stats_robust_sd(const double *values, size_t n)
{
    return n == 0 ? NAN : robust_sd_around(values, n, stats_median(values, n));
}

void stats_smooth(double *values, size_t n, size_t neighbours)
{
    double *read = xcalloc(n + 1, sizeof *read), *around = xcalloc(n + 1, sizeof *around);
    for (size_t i = 0; i < n; i++)
        read[i] = values[i];
    for (size_t i = 0; i < n; i++) {
        size_t count = 0;
        for (size_t k = i > neighbours ? i - neighbours : 0; k < n && k <= i + neighbours; k++)
            if (!isnan(read[k]))
                around[count++] = read[k];
        if (!isnan(read[i]))
            values[i] = stats_median(around, count);
    }
    free(around);
    free(read);
}

double stats_rank_error(size_t n, unsigned rank)
{
    assert(rank >= 1 && rank <= (n + 1) / 2);
    return gsl_cdf_binomial_P(rank - 1, 0.5, (unsigned)n);
}

unsigned stats_rank_within(size_t n, double error_most)
{
    unsigned rank = 0;
    while (rank + 1 <= n / 2 && stats_rank_error(n, rank + 1) <= error_most)
        rank++;
    return rank;
}

double stats_interval_coverage(size_t n, unsigned rank)
{
    return 1 - 2 * stats_rank_error(n, rank);
}

unsigned stats_interval_rank(size_t n)
{
    return n < STATS_INTERVAL_MIN_N ? 0 : stats_rank_within(n, INTERVAL_ERROR_MAX / 2);
}

struct spread stats_spread(const double *values, size_t n)
{
    struct spread spread = {.median = NAN, .low = NAN, .high = NAN, .n = n};
    unsigned rank = stats_interval_rank(n);
    if (n == 0)
        return spread;
    /* Type 7 at i/(n-1) is the (i+1)th order statistic itself. */
    double edge = rank > 1 ? (double)(rank - 1) / (double)(n - 1) : 0;
    spread.median = stats_median(values, n);
    spread.low = stats_quantile(values, n, edge);
    spread.high = stats_quantile(values, n, 1 - edge);
    spread.is_interval = rank > 0;
    return spread;
}

struct estimate stats_ratio_ranked(const double *ln_ratios, size_t n, unsigned rank)
{
    assert(rank <= n / 2);
    struct estimate estimate = {.value = NAN, .low = NAN, .high = NAN, .n = n, .robust_sd = NAN};
    if (n == 0)
        return estimate;
    double *sorted = sorted_copy(ln_ratios, n), median = quantile_of_sorted(sorted, n, 0.5);
    estimate.value = exp(median);
    if (n > 1)
        estimate.robust_sd = robust_sd_around(sorted, n, median);
    if (rank > 0) {
        estimate.low = exp(sorted[rank - 1]);
        estimate.high = exp(sorted[n - rank]);
    }
    free(sorted);
    return estimate;
}

struct estimate stats_ratio(const double *ln_ratios, size_t n)
{
    return stats_ratio_ranked(ln_ratios, n, stats_interval_rank(n));
}

struct estimate estimate_inverse(const struct estimate *estimate)
{
    struct estimate inverse = *estimate;
    inverse.value = 1 / estimate->value;
    inverse.low = 1 / estimate->high;
    inverse.high = 1 / estimate->low;
    return inverse;
}

/* The chance that, of figures drawn from one distribution, all of the few lie on one side of the
 * rank-th of the many that is next to them: at most rank - 1 of the many are then among the few or
 * beyond them, and all orders are equally likely. */
static double chance_of_lying_apart(size_t few, size_t many, unsigned rank)
{
    double orders = 0;
    for (unsigned among = 0; among < rank; among++)
        orders += gsl_sf_choose((unsigned)few - 1 + among, among);
    return 2 * orders / gsl_sf_choose((unsigned)(few + many), (unsigned)few);
}

bool spread_is_below(const struct spread *below, const struct spread *above)
{
    const struct spread *few = below->n < above->n ? below : above,
                        *many = few == below ? above : below;
    if (!(below->high < above->low))
        return false;
    if (few->is_interval && many->is_interval)
        return true;
    unsigned rank = many->is_interval ? stats_interval_rank(many->n) : 1;
    return few->n > 0 && chance_of_lying_apart(few->n, many->n, rank) <= APART_CHANCE_MOST;
}

bool estimate_has_interval(const struct estimate *estimate)
{
    return !isnan(estimate->low) && !isnan(estimate->high);
}

bool estimate_separable(const struct estimate *estimate)
{
    return estimate_has_interval(estimate) && (estimate->low > 1 || estimate->high < 1);
}

double stats_equivalent_reach(double margin)
{
    return EQUIVALENT_MARGINS * log1p(margin);
}

enum verdict stats_verdict(const struct estimate *estimate, double margin)
{
    assert(margin > 0);
    if (!estimate_has_interval(estimate))
        return VERDICT_NONE;
    double effect = log(estimate->value), m = log1p(margin), reach = stats_equivalent_reach(margin);
    bool separable = estimate_separable(estimate);
    if (separable && fabs(effect) >= m)
        return effect > 0 ? VERDICT_REGRESSED : VERDICT_IMPROVED;
    if (log(estimate->low) > -reach && log(estimate->high) < reach)
        return VERDICT_EQUIVALENT;
    return separable ? VERDICT_SMALL : VERDICT_INCONCLUSIVE;
}

double stats_fisher_p(unsigned a, unsigned b, unsigned c, unsigned d)
{
    unsigned marked = a + c, unmarked = b + d, drawn = a + b;
    if (marked == 0 || unmarked == 0 || drawn == 0 || c + d == 0)
        return 1;
    /* Two-sided by likelihood: all tables no more probable than the one seen; the tolerance keeps
     * equals in. */
    double seen = gsl_ran_hypergeometric_pdf(a, marked, unmarked, drawn) * (1 + 1e-7), p = 0;
    unsigned most = drawn < marked ? drawn : marked;
    for (unsigned k = drawn > unmarked ? drawn - unmarked : 0; k <= most; k++) {
        double pdf = gsl_ran_hypergeometric_pdf(k, marked, unmarked, drawn);
        if (pdf <= seen)
            p += pdf;
    }
    return p < 1 ? p : 1;
}
