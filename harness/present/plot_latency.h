/*
 * The drawings of latency: whole distributions and their course over the window at the rate that
 * all servers have in common, and each percentile against the rate. Internal to present.
 */
#ifndef PRESENT_PLOT_LATENCY_H
#define PRESENT_PLOT_LATENCY_H

#include <stdio.h>

#include "analyse/latency.h"

enum plot_latency_kind {
    PLOT_LATENCY_P50, /* these against the rate */
    PLOT_LATENCY_P99,
    PLOT_LATENCY_P999,
    PLOT_LATENCY_PERCENTILES,
    PLOT_LATENCY_OVER_TIME,
    PLOT_LATENCY_KINDS,
};

/* folder/plots/WORKLOAD-latency-KIND.svg, relative with folder
 * ""; and what it shows, in plain text. Caller frees. */
char *plot_latency_path(const char *folder, const struct result *result,
                        const struct latency *latency, size_t kind);
char *plot_latency_title(const struct result *result, const struct latency *latency, size_t kind);
void plot_latency(FILE *out, const struct result *result, const struct latency *latency,
                  const char *folder, const char *templates);
void plot_latency_finish(const char *folder, const struct result *result,
                         const struct latency *latency);

/* One file each: what gnuplot needs to know before report/latency-KIND.gp is called; the height of
 * the drawing, or 0 where there is nothing to draw. */
double plot_latency_rates(FILE *out, const struct result *result, const struct latency *latency,
                          size_t percentile);
double plot_latency_percentiles(FILE *out, const struct result *result,
                                const struct latency *latency);
double plot_latency_over_time(FILE *out, const struct result *result,
                              const struct latency *latency);

/* An upright axis of times, logarithmic, from low to high,
 * with the room that is left over and under them. */
struct plot_times {
    double from_ns, to_ns;
};
void plot_times_put(FILE *out, struct plot_times *times, double low_ns, double high_ns);

/* Names at the right end of a logarithmic axis of times, none over another; with a thin line from
 * the end of a curve to its name, where the curve ends before. */
struct plot_ending {
    size_t arm;
    double x, y_ns;
};
struct plot_endings {
    struct plot_ending *items; /* the caller frees them */
    size_t count;
    double right_x; /* where the names begin */
};
/* None yet, with room for one a curve. */
struct plot_endings plot_endings_of(const struct latency *latency);
void plot_endings_put(FILE *out, const struct result *result, const struct plot_endings *endings,
                      const struct plot_times *times);
/* Three stand side by side on a wide window: they are narrower than other drawings, as
 * report/latency-rate.gp says, too. */
enum { PLOT_LATENCY_HEIGHT = 300, PLOT_LATENCY_WIDTH = 400 };

#endif
