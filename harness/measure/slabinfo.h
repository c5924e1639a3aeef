/*
 * How much memory each cache of the kernel's allocator takes, from /proc/slabinfo (slabinfo(5),
 * version 2.1), which only root may read; and what of it moved over several readings. Caches of
 * like objects may be merged, and have one name then.
 */
#ifndef MEASURE_SLABINFO_H
#define MEASURE_SLABINFO_H

#include <stdint.h>
#include <stdio.h>

#include "data/explanation.h"

/* Every cache that any reading saw, with what it took in each. */
struct slabinfo {
    struct slab_cache *caches; /* owned */
    size_t count, room;
};

/* Takes the text as reading number `mark` (from 0, each once, in
 * order). 0; or -errno, EPROTO for a text of another form. */
int slabinfo_take(struct slabinfo *slabinfo, FILE *text, size_t mark);
/* Those that moved by SLAB_LEAST_MOVED_BYTES or more between any two of
 * `marks` readings: at most SLAB_CACHES_MOST, those that moved furthest,
 * in order of their names. The caller frees *caches; returns how many. */
size_t slabinfo_moved(const struct slabinfo *slabinfo, size_t marks, struct slab_cache **caches);
void slabinfo_release(struct slabinfo *slabinfo);

#endif
