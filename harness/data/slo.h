/*
 * Service-level objectives as people write them: "p99=5ms p99.9=20ms",
 * separated by blanks or commas. A percentile above 50 and below 100;
 * a limit above 0 and up to 10 s, its unit us, ms or s.
 */
#ifndef DATA_SLO_H
#define DATA_SLO_H

#include <stdbool.h>
#include <stddef.h>

#include "data/catalog.h"

/* In the order in which they stand, each once. 0; -1 with a clause in
 * *error that begins with the word that is wrong, and then none of
 * them is taken. The caller puts in front of it where they stand. */
int slos_read(struct slo slos[SLOS_MOST], size_t *count, const char *text, char **error);

/* The share may have gone through decimals. */
bool slo_is_same(const struct slo *a, const struct slo *b);

#endif
