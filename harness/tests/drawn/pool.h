/*
 * Blocks of duels that were measured and kept (calibrate_duel.py),
 * of one scenario: what duels are drawn from. A file of JSON lines,
 * packed by gzip or not, in the order in which they were measured.
 */
#ifndef TESTS_DRAWN_POOL_H
#define TESTS_DRAWN_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "analyse/duel.h"

struct pool {
    char *scenario; /* the file's name without its endings */
    struct duel_stretch stretches[DUEL_SERIES];
    double seconds[DUEL_SERIES]; /* that a block took, the median; NAN: nobody knows */
    uint32_t rate_rps;           /* of the first */
};
/* 0, or -1 with one sentence. Release it in either case. */
int pool_read(struct pool *pool, const char *path, char **error);
void pool_release(struct pool *pool);

#endif
