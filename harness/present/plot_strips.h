/*
 * The p99 over the window as strips of colour: a row a server, a step of colour for each interval,
 * the same steps for all. An interval for which the generator vouches for nothing stays empty.
 * Drawn by report/latency-over-time.gp. Internal to present.
 */
#ifndef PRESENT_PLOT_STRIPS_H
#define PRESENT_PLOT_STRIPS_H

#include <stddef.h>
#include <stdio.h>

#include "data/result.h"

/* From the top down, those that have any; some may be NULL; so many pixels each. The height of the
 * drawing, or 0 where there is nothing to draw. */
double plot_strips(FILE *out, const struct result *result, const struct round *const *rounds,
                   size_t count, double row_height);

#endif
