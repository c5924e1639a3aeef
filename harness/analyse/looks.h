/*
 * One figure of a duel, looked at while its blocks come in: at LOOKS_FIRST blocks, and where that decides nothing at
 * LOOKS_LAST. Each look has an exact order-statistic interval of its own for the median, chosen so that both looks together
 * call a change that is none with a chance of at most LOOK_ERRORS on either side (docs/method.md): (2,10) of 11 readings and
 * (6,16) of 21. Pure.
 */
#ifndef ANALYSE_LOOKS_H
#define ANALYSE_LOOKS_H

#include <stddef.h>

#include "analyse/stats.h"

enum { LOOKS_FIRST = 11, LOOKS_LAST = 21 };

/* Which order statistics (1-based; k and n + 1 - k) bound the median of n readings at the look of so many blocks: the
 * largest k whose one-sided error is at most that of (2,10) of 11 at the first, of (6,16) of 21 at the last. Fewer readings than
 * blocks are what is left when blocks were lost. 0: too few for an interval. */
unsigned looks_rank(unsigned look_blocks, size_t n);

struct looked {
    enum verdict
        verdict; /* at the latest look that was reached; NONE: none was, or too few of its readings are there */
    struct estimate
        ratio; /* of the blocks up to that look, with its interval; before the first: of all, without */
    unsigned wanted; /* how many blocks the next look takes in all; 0: nothing more is to be seen */
};
/* ln ratios by block, NAN for one that was lost; made: how many. Above 0 is worse. last: LOOKS_FIRST for what is looked at
 * once only, else LOOKS_LAST. */
struct looked looks_take(const double *ln_ratios, size_t made, unsigned last, double margin);

/* How many more readings would probably decide an INCONCLUSIVE one, if its scatter and its value stay what they are, since
 * an interval narrows with the root of their number; 0: it cannot be told, or more than LOOKS_MORE_MOST. */
enum { LOOKS_MORE_MOST = 999 };
unsigned looks_more(const struct estimate *ratio, double margin);

#endif
