/*
 * Whole distributions: response time against 1 / (1 - p), both on logarithmic axes, so that each
 * further nine takes as much room as the one before it. A curve ends where fewer than
 * LATENCY_BEYOND requests lie beyond, or where the generator was late.
 */
#include <math.h>
#include <stdlib.h>

#include "present/latency_grid.h"
#include "present/palette.h"
#include "present/plot_latency.h"

enum { STEPS_PER_DECADE = 24, RIGHT = 112 };

/* Where the axis of percentiles begins: at 10 %, as 0 % is a single request. */
static const double FROM = 1 / .9;
static const double MEDIAN = 2; /* a curve that does not even reach it is none */

static double end_of(const struct latency_point *point)
{
    double supported = (double)point->merged.total / LATENCY_BEYOND;
    double trusted = point->trusted_p < 1 ? 1 / (1 - point->trusted_p) : INFINITY;
    return fmin(supported, trusted);
}

static double time_at(const struct latency_point *point, double x)
{
    return (double)histogram_quantile_ns(&point->merged, 1 - 1 / x);
}

/* What is drawn of a curve; NULL: nothing. */
static const struct latency_point *point_of(const struct latency *latency, size_t curve)
{
    const struct latency_point *point =
        latency->common_rps > 0 ? latency_point_at(&latency->curves[curve], latency->common_rps)
                                : NULL;
    return point && !point->failed && end_of(point) >= MEDIAN ? point : NULL;
}

static void put_curve(FILE *out, const struct latency_point *point, unsigned colour)
{
    double end = end_of(point), x = FROM;
    for (unsigned step = 1; x < end; step++) {
        fprintf(out, "%.6g %.6g %u\n", x, time_at(point, x), colour);
        x = FROM * pow(10, (double)step / STEPS_PER_DECADE);
    }
    fprintf(out, "%.6g %.6g %u\n\n\n", end, time_at(point, end), colour);
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* 50 %, 90 %, 99 % and on; gnuplot takes a tic for a format. */
static void put_axis(FILE *out, double to)
{
    fputs("tics = '\"50 %%\" 2", out);
    for (int nines = 1; pow(10, nines) <= larger(to, 10); nines++)
        fprintf(out, ", \"%.*f %%%%\" 1e%d", nines > 2 ? nines - 2 : 0, 100 - pow(10, 2 - nines),
                nines);
    fprintf(out, "'\nxfrom = %.6g\nxto = %.6g\nright = %d\n", FROM, to, RIGHT);
}

double plot_latency_percentiles(FILE *out, const struct result *result,
                                const struct latency *latency)
{
    struct plot_endings endings = plot_endings_of(latency);
    struct plot_times times;
    double low = INFINITY, high = 0;
    fputs("$curves << EOD\n", out);
    for (size_t i = 0; i < latency->curve_count; i++) {
        const struct latency_point *point = point_of(latency, i);
        size_t arm = latency->curves[i].arm;
        if (!point)
            continue;
        put_curve(out, point, palette_stand_in(result, arm));
        double end = end_of(point), end_ns = time_at(point, end);
        endings.items[endings.count++] = (struct plot_ending){arm, end, end_ns};
        low = fmin(low, time_at(point, FROM));
        high = fmax(high, end_ns);
        endings.right_x = fmax(endings.right_x, end);
    }
    fputs("EOD\n", out);
    if (endings.count > 0) {
        plot_times_put(out, &times, low, high);
        plot_endings_put(out, result, &endings, &times);
        put_axis(out, endings.right_x);
        fprintf(out, "curves = %zu\n", endings.count);
    }
    free(endings.items);
    return endings.count > 0 ? PLOT_LATENCY_HEIGHT : 0;
}
