/* Numbers and times as people type them. Pure. */
#ifndef CMD_PARSE_H
#define CMD_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* A plain decimal number within [low, high]; nothing before or after it. */
bool parse_number(const char *text, uint64_t low, uint64_t high, uint64_t *number);

/* "90", "90s", "10m", "1.5h", and what parse_whole_duration
 * takes, "1h30m": more than 0, at most 30 days. */
bool parse_duration(const char *text, double *seconds);

/* "90m", "2h", "1h30m", "600s": whole hours, minutes and seconds, each at most once and in this
 * order; "90" alone is none. Nothing that it writes is above 2^32 - 1. */
bool parse_whole_duration(const char *text, unsigned *seconds);

#endif
