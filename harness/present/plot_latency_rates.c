/*
 * One percentile against the rate, both on logarithmic axes. Where a server
 * failed its curve rises to a mark at the top, for there is no latency
 * without a bound; where the generator was the end of it, an arrow goes on.
 */
#include <math.h>
#include <stdlib.h>

#include "present/latency_grid.h"
#include "present/palette.h"
#include "present/plot_latency.h"

enum { RIGHT = 112, LEFT = 54, TIC_WIDTH = 36, MARK_HEIGHT = 13, FRAME = 54 };

struct canvas {
    FILE *out;
    const struct result *result;
    const struct latency *latency;
    size_t percentile;
    const uint32_t *rates;
    size_t rates_count;
    double from, to; /* of the axis of rates */
    struct plot_times times;
};

static bool has_value(const struct latency_point *point, size_t percentile)
{
    return !isnan(point->p_ns[percentile].median);
}

static unsigned colour_of(const struct canvas *c, const struct latency_curve *curve)
{
    return palette_stand_in(c->result, curve->arm);
}

/* All are asked at the same rates: beside each other, a hair's
 * breadth apart, their intervals can be told apart. */
static double place_of(const struct canvas *c, size_t curve, uint32_t rate_rps)
{
    static const double BREADTH = .035; /* of the axis, for all of them */
    double shift = ((double)curve + .5) / (double)c->latency->curve_count - .5;
    return rate_rps * pow(c->to / c->from, BREADTH * shift);
}

/* A hole in a curve stays one. */
static void put_curves(const struct canvas *c)
{
    fputs("$curves << EOD\n", c->out);
    for (size_t i = 0; i < c->latency->curve_count; i++) {
        const struct latency_curve *curve = &c->latency->curves[i];
        for (size_t p = 0; p < curve->count; p++) {
            const struct latency_point *point = &curve->points[p];
            double x = place_of(c, i, point->rate_rps);
            if (has_value(point, c->percentile))
                fprintf(c->out, "%.6g %.6g %u\n", x, point->p_ns[c->percentile].median,
                        colour_of(c, curve));
            else
                fprintf(c->out, "%.6g NaN %u\n", x, colour_of(c, curve));
        }
        fputs("\n\n", c->out);
    }
    fputs("EOD\n", c->out);
}

/* An empty block would stop gnuplot: a point that is nowhere
 * is always there, in this one and those below. */
static void put_bars(const struct canvas *c)
{
    fputs("$bars << EOD\n1 NaN NaN 0\n", c->out);
    for (size_t i = 0; i < c->latency->curve_count; i++) {
        const struct latency_curve *curve = &c->latency->curves[i];
        for (size_t p = 0; p < curve->count; p++) {
            const struct spread *spread = &curve->points[p].p_ns[c->percentile];
            if (has_value(&curve->points[p], c->percentile) && spread->n > 1 &&
                !isnan(spread->low) && !isnan(spread->high))
                fprintf(c->out, "%.6g %.6g %.6g %u\n", place_of(c, i, curve->points[p].rate_rps),
                        spread->low, spread->high, colour_of(c, curve));
        }
    }
    fputs("EOD\n", c->out);
}

/* Marks at one rate stand below each other. */
static double mark_height_ns(const struct canvas *c, size_t curve)
{
    size_t above = 1;
    for (size_t i = 0; i < curve; i++)
        above += c->latency->curves[i].knee_rps == c->latency->curves[curve].knee_rps;
    double share = (double)above * MARK_HEIGHT / (PLOT_LATENCY_HEIGHT - FRAME);
    return c->times.to_ns / pow(c->times.to_ns / c->times.from_ns, share);
}

static void put_failures(const struct canvas *c)
{
    fputs("$failures << EOD\n1 NaN 0\n", c->out);
    for (size_t i = 0; i < c->latency->curve_count; i++) {
        const struct latency_curve *curve = &c->latency->curves[i];
        if (curve->knee_rps > 0)
            fprintf(c->out, "%.6g %.6g %u\n", place_of(c, i, curve->knee_rps), mark_height_ns(c, i),
                    colour_of(c, curve));
    }
    fputs("EOD\n$rises << EOD\n1 NaN 0\n\n\n", c->out);
    for (size_t i = 0; i < c->latency->curve_count; i++) {
        const struct latency_curve *curve = &c->latency->curves[i];
        const struct latency_point *last = latency_last_with(curve, c->percentile);
        if (curve->knee_rps > 0 && last)
            fprintf(c->out, "%.6g %.6g %u\n%.6g %.6g %u\n\n\n", place_of(c, i, last->rate_rps),
                    last->p_ns[c->percentile].median, colour_of(c, curve),
                    place_of(c, i, curve->knee_rps), mark_height_ns(c, i), colour_of(c, curve));
    }
    fputs("EOD\n", c->out);
}

/* From the last value on, by a part of the axis. */
static void put_bounds(const struct canvas *c)
{
    static const double LENGTH = .07;
    fputs("$bounds << EOD\n1 NaN 0 0\n", c->out);
    for (size_t i = 0; i < c->latency->curve_count; i++) {
        const struct latency_curve *curve = &c->latency->curves[i];
        const struct latency_point *last = latency_last_with(curve, c->percentile);
        if (!curve->is_bound || !last)
            continue;
        double x = place_of(c, i, last->rate_rps);
        fprintf(c->out, "%.6g %.6g %.6g %u\n", x, last->p_ns[c->percentile].median,
                x * (pow(c->to / c->from, LENGTH) - 1), colour_of(c, curve));
    }
    fputs("EOD\n", c->out);
}

static void put_endings(const struct canvas *c)
{
    struct plot_endings endings = plot_endings_of(c->latency);
    endings.right_x = c->to;
    for (size_t i = 0; i < c->latency->curve_count; i++) {
        const struct latency_point *last = latency_last_with(&c->latency->curves[i], c->percentile);
        if (last)
            endings.items[endings.count++] =
                (struct plot_ending){c->latency->curves[i].arm, place_of(c, i, last->rate_rps),
                                     last->p_ns[c->percentile].median};
    }
    plot_endings_put(c->out, c->result, &endings, &c->times);
    free(endings.items);
}

static void put_tic(FILE *out, const char *between, uint32_t rate_rps)
{
    if (rate_rps >= 1000000)
        fprintf(out, "%s\"%gM\" %u", between, rate_rps / 1e6, rate_rps);
    else if (rate_rps >= 1000)
        fprintf(out, "%s\"%gk\" %u", between, rate_rps / 1e3, rate_rps);
    else
        fprintf(out, "%s\"%u\" %u", between, rate_rps, rate_rps);
}

/* Where servers were asked, as far as the words have room. */
static void put_axis(const struct canvas *c)
{
    double pixels = (PLOT_LATENCY_WIDTH - LEFT - RIGHT) / log(c->to / c->from), last = -TIC_WIDTH;
    fputs("tics = '", c->out);
    for (size_t i = 0; i < c->rates_count; i++) {
        double at = log(c->rates[i] / c->from) * pixels;
        if (at - last < TIC_WIDTH)
            continue;
        put_tic(c->out, i ? ", " : "", c->rates[i]);
        last = at;
    }
    fprintf(c->out, "'\nxfrom = %.6g\nxto = %.6g\nright = %d\n", c->from, c->to, RIGHT);
}

/* At least a decade, so that what hardly differs does not look
 * as if it did; false: there is no value at all. */
static bool find_span(const struct latency *latency, size_t percentile, double *low, double *high)
{
    *low = INFINITY, *high = 0;
    for (size_t i = 0; i < latency->curve_count; i++)
        for (size_t p = 0; p < latency->curves[i].count; p++) {
            const struct latency_point *point = &latency->curves[i].points[p];
            const struct spread *spread = &point->p_ns[percentile];
            if (!has_value(point, percentile))
                continue;
            *low = fmin(*low, fmin(spread->median, spread->low));
            *high = fmax(*high, fmax(spread->median, spread->high));
        }
    bool any = *high > 0;
    *high = fmax(*high, *low * 10);
    return any;
}

/* Marks stand above all values: what the most of them at one
 * rate need of the height is added there. */
static double room_for_marks(const struct latency *latency, double low, double high)
{
    size_t most = 0;
    for (size_t i = 0; i < latency->curve_count; i++) {
        size_t same = 0;
        for (size_t k = 0; latency->curves[i].knee_rps > 0 && k < latency->curve_count; k++)
            same += latency->curves[k].knee_rps == latency->curves[i].knee_rps;
        most = same > most ? same : most;
    }
    double height = PLOT_LATENCY_HEIGHT - FRAME, marks = (double)MARK_HEIGHT * (double)most;
    return pow(high / low, height / (height - fmin(marks, height / 2)));
}

static void draw(struct canvas *c, double low, double high)
{
    plot_times_put(c->out, &c->times, low, low * room_for_marks(c->latency, low, high));
    put_curves(c);
    put_bars(c);
    put_failures(c);
    put_bounds(c);
    put_endings(c);
    put_axis(c);
    fprintf(c->out, "curves = %zu\nname = '%s'\n", c->latency->curve_count,
            latency_names[c->percentile]);
}

double plot_latency_rates(FILE *out, const struct result *result, const struct latency *latency,
                          size_t percentile)
{
    double low, high;
    uint32_t *rates;
    if (!find_span(latency, percentile, &low, &high))
        return 0;
    struct canvas c = {.out = out, .result = result, .latency = latency, .percentile = percentile};
    c.rates_count = latency_rates(latency, &rates);
    c.rates = rates;
    c.from = rates[0] * .8;
    c.to = rates[c.rates_count - 1] * 1.25;
    draw(&c, low, high);
    free(rates);
    return PLOT_LATENCY_HEIGHT;
}
