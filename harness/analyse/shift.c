/* See shift.h. */
#include "analyse/shift.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "data/strings.h"

static const double ERROR_MOST = .04 + 1e-9; /* sums of chances are not exact */
enum { EXACT_MOST = 1600 }; /* differences; with more the normal distribution is as good */

/* chances[u] of a statistic u of Mann & Whitney for m and n readings, from
 * those for one reading less on either side: the largest of all is one of
 * the m with chance m / (m + n), and then beats all n. The caller frees. */
static double *mann_whitney(size_t m, size_t n)
{
    size_t size = m * n + 1;
    double *row = xcalloc((n + 1) * size, sizeof *row); /* row[j * size + u]: of i and j readings */
    for (size_t j = 0; j <= n; j++)
        row[j * size] = 1;
    for (size_t i = 1; i <= m; i++)
        for (size_t j = 1; j <= n; j++) {
            double *now = row + j * size, *fewer = row + (j - 1) * size;
            for (size_t u = i * j + 1; u-- > 0;) {
                double beats =
                    u >= j ? now[u - j] : 0; /* still of i - 1: from the highest u down */
                now[u] = ((double)i * beats + (double)j * fewer[u]) / (double)(i + j);
            }
        }
    double *chances = xcalloc(size, sizeof *chances);
    memcpy(chances, row + n * size, size * sizeof *chances);
    free(row);
    return chances;
}

static size_t exact_rank(size_t m, size_t n)
{
    double *chances = mann_whitney(m, n);
    double sum = 0;
    size_t rank = 0;
    while (rank <= m * n && 2 * (sum + chances[rank]) <= ERROR_MOST)
        sum += chances[rank++];
    free(chances);
    return rank;
}

static size_t normal_rank(size_t m, size_t n)
{
    double mean = (double)m * (double)n / 2,
           sd = sqrt((double)m * (double)n * (double)(m + n + 1) / 12);
    double rank = floor(mean - gsl_cdf_ugaussian_Qinv(ERROR_MOST / 2) * sd);
    return rank > 0 ? (size_t)rank : 0;
}

size_t shift_rank(size_t m, size_t n)
{
    if (m == 0 || n == 0)
        return 0;
    return m * n <= EXACT_MOST ? exact_rank(m, n) : normal_rank(m, n);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How readings scatter about their own set's median. */
static double spread_of(const double *base, size_t base_count, const double *head,
                        size_t head_count)
{
    double *rest = xcalloc(base_count + head_count, sizeof *rest);
    double base_median = stats_median(base, base_count),
           head_median = stats_median(head, head_count);
    for (size_t i = 0; i < base_count; i++)
        rest[i] = base[i] - base_median;
    for (size_t i = 0; i < head_count; i++)
        rest[base_count + i] = head[i] - head_median;
    double sd = stats_robust_sd(rest, base_count + head_count);
    free(rest);
    return sd;
}

struct estimate shift_find(const double *ln_base, size_t base_count, const double *ln_head,
                           size_t head_count)
{
    size_t count = base_count * head_count, rank = shift_rank(base_count, head_count);
    struct estimate estimate = {.value = NAN,
                                .low = NAN,
                                .high = NAN,
                                .n = base_count < head_count ? base_count : head_count,
                                .robust_sd = NAN};
    if (count == 0)
        return estimate;
    double *differences = xcalloc(count, sizeof *differences);
    for (size_t i = 0; i < base_count; i++)
        for (size_t k = 0; k < head_count; k++)
            differences[i * head_count + k] = ln_head[k] - ln_base[i];
    qsort(differences, count, sizeof *differences, ascending);
    estimate.value = exp(stats_median(differences, count));
    if (count > 1)
        estimate.robust_sd = spread_of(ln_base, base_count, ln_head, head_count);
    if (rank > 0) {
        estimate.low = exp(differences[rank - 1]);
        estimate.high = exp(differences[count - rank]);
    }
    free(differences);
    return estimate;
}
