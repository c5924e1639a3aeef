/*
 * Numbers for people: three digits at most, with a unit, because a measurement of this kind carries
 * no more. Where the terminal takes no UTF-8 the micro sign is a u.
 */
#ifndef PACE_QUANTITY_H
#define PACE_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

enum { QUANTITY_SIZE = 40 };

/* Each fills text and returns it. */
const char *quantity_time(char text[QUANTITY_SIZE], double ns, bool utf8); /* "42.1 µs" */
const char *quantity_seconds(char text[QUANTITY_SIZE],
                             double ns); /* of durations: "90 s", "12 min", "250 ms" */
const char *quantity_count(char text[QUANTITY_SIZE], uint64_t n);  /* "50,021" */
const char *quantity_rate(char text[QUANTITY_SIZE], double per_s); /* "5,000/s", "1.5/s" */
const char *quantity_share(char text[QUANTITY_SIZE],
                           double share); /* "61 %", "99.98 %", "< 0.01 %" */
const char *quantity_percentile(char text[QUANTITY_SIZE], double p); /* "p99.9" */

#endif
