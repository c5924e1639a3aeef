/*
 * Numbers as people write them: rates "500", "20k", "1.5M" (per second), durations "500us",
 * "250ms", "30s", "2m", "1h", "7d". No unit: requests per second, seconds. Strict: nothing before
 * or after, no sign, no exponent, no NaN, at most 18 digits, and digits on both sides of a point.
 */
#ifndef PACE_UNITS_H
#define PACE_UNITS_H

#include <stddef.h>
#include <stdint.h>

/* What pace takes: past it a clear sentence is better than a generator that cannot follow. */
#define UNITS_RATE_LEAST    1e-3                              /* a request in 17 minutes */
#define UNITS_RATE_MOST     10e6                              /* requests per second */
#define UNITS_DURATION_MOST (INT64_C(7) * 86400 * 1000000000) /* a week, in ns */

/* 0, or -1 with one sentence in *error (owned by the caller): what was
 * read, what is wrong, what would be right. Zero is refused in both; what
 * is below a ns is cut. text is not changed; len bytes of it are read. */
int units_rate(double *rate_rps, const char *text, size_t len, char **error);
int units_duration(int64_t *duration_ns, const char *text, size_t len, char **error);

#endif
