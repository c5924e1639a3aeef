/* Numbers and times as people type them. Pure. */
#ifndef CMD_PARSE_H
#define CMD_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/* A plain decimal number within [low, high]; nothing before or after it. */
bool parse_number(const char *text, uint64_t low, uint64_t high, uint64_t *number);

/* "90", "90s", "10m", "1.5h": more than 0, at most 30 days. */
bool parse_duration(const char *text, double *seconds);

#endif
