/*
 * A histogram as percentiles in text, HdrHistogram's .hgrm: a line for each of 5 steps in every
 * halving of the distance to 100 %, with the value, the percentile, how many values are not above
 * it, and 1/(1 - percentile). HdrHistogram's plotting page draws such files, one curve each:
 * https://hdrhistogram.github.io/HdrHistogram/plotFiles.html
 * Source of the form: its Java library (AbstractHistogram.outputPercentileDistribution,
 * PercentileIterator).
 */
#ifndef DATA_HGRM_H
#define DATA_HGRM_H

#include <stdio.h>

#include "data/histogram.h"

#define HGRM_US 1e3 /* nanoseconds in the unit that values are written in */
#define HGRM_MS 1e6

/* Writes and flushes. 0, or -errno of a write that failed; out stays open. */
int hgrm_write(FILE *out, const struct histogram *histogram, double unit_ns);
/* The same without the lines beyond a percentile (0.9), and without mean, deviation and maximum,
 * which depend on what is beyond it. */
int hgrm_write_up_to(FILE *out, const struct histogram *histogram, double unit_ns,
                     double percentile);

#endif
