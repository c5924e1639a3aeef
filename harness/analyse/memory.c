#include "analyse/memory.h"

#include <math.h>
#include <gsl/gsl_fit.h>

#include "analyse/stats.h"

double memory_slope(const double *connections, const double *bytes, size_t n)
{
    bool differ = false;
    for (size_t i = 1; i < n; i++)
        differ |= connections[i] != connections[0];
    if (!differ)
        return NAN;
    double base, slope, base_variance, covariance, slope_variance, residual;
    gsl_fit_linear(connections, 1, bytes, 1, n, &base, &slope, &base_variance, &covariance,
                   &slope_variance, &residual);
    return slope;
}

static double furthest(const double *values, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(values[i]));
    return most;
}

struct memory_share memory_kernel_share(const struct memory_growths *growths)
{
    if (growths->subject_n < MEMORY_KERNEL_MIN_N || growths->ceiling_n < MEMORY_KERNEL_MIN_N ||
        growths->idle_n < MEMORY_KERNEL_MIN_N || !(growths->connections > 0))
        return (struct memory_share){.bytes = NAN, .spread_bytes = NAN};
    double more = stats_median(growths->subject, growths->subject_n) -
                  stats_median(growths->ceiling, growths->ceiling_n);
    return (struct memory_share){
        .bytes = more / growths->connections,
        .spread_bytes = furthest(growths->idle, growths->idle_n) / growths->connections,
    };
}

bool memory_is_visible(const struct memory_share *share)
{
    return fabs(share->bytes) > share->spread_bytes;
}
