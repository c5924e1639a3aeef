/*
 * Round numbers on a logarithmic axis: 1, 2, 5, 10, 20 ... where the span allows, finer or coarser
 * where it does not. For tics, and for the limits between steps of colour. Internal to present.
 */
#ifndef PRESENT_LADDER_H
#define PRESENT_LADDER_H

#include <stddef.h>

enum { LADDER_MOST = 16 };

/* Ascending: from the last rung at or below low to the first
 * at or above high, at least two of them. */
struct ladder {
    double rungs[LADDER_MOST];
    size_t count;
};
/* The finest of at most `most` rungs, which is at least 4 and at most LADDER_MOST; 0 < low <= high.
 * Where not even powers of ten are few enough, the topmost ones are left out. */
void ladder_make(struct ladder *ladder, double low, double high, size_t most);

#endif
