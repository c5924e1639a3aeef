/*
 * Two servers that were asked in the same microseconds, as ratios B / A. What disturbed one disturbed the other, so a
 * ratio holds where the absolute numbers do not.
 */
#ifndef PACE_DUET_H
#define PACE_DUET_H

#include "analyse/stats.h"
#include "pace/trial.h"

/* Of a percentile: the ratio of the whole window, and the interval that the parts' ratios give. value NAN: a
 * percentile is not supported, not trusted, or a target has no latencies; low NAN: too few requests in the parts. */
struct estimate duet_percentile(const struct trial *trial, double p);
/* Of the CPU time per request; NAN: unknown. One number, without an interval. */
double duet_cost(const struct trial *trial);
/* CPU time per request of one target in ns, or NAN. */
double duet_cost_ns(const struct trial *trial, unsigned target);

#endif
