/*
 * Two servers that were asked in the same microseconds, as ratios B / A. What disturbed one
 * disturbed the other, so a ratio holds where the absolute numbers do not.
 */
#ifndef PACE_DUET_H
#define PACE_DUET_H

#include "analyse/stats.h"
#include "pace/trial.h"

/* Of a percentile: the median of the ratios of the window's parts, and its interval, so that a
 * stall within a few parts is no difference between the servers. Where the parts have too few
 * requests for that, low and high are NAN and value is the ratio of the whole window. value NAN: a
 * percentile is not supported, not trusted, a bound or 0, or a target has no latencies. */
struct estimate duet_percentile(const struct trial *trial, double p);
/* Of the CPU time per request; NAN: unknown. One number, without an interval. */
double duet_cost(const struct trial *trial);
/* CPU time per request of one target in ns, or NAN. */
double duet_cost_ns(const struct trial *trial, unsigned target);

#endif
