/*
 * One figure of a duel, looked at while its blocks come in: at LOOKS_FIRST blocks, and where that
 * decides nothing at LOOKS_LAST. Each look has an exact order-statistic interval of its own for the
 * median: (2,10) of 11 readings and (6,16) of 21, which miss it on either side with a chance of
 * .0059 and .0133; so both looks together take what is no change for one to the worse with a chance
 * below .0192, and as seldom for one to the better (docs/duel.md). Pure.
 */
#ifndef ANALYSE_LOOKS_H
#define ANALYSE_LOOKS_H

#include <stddef.h>

#include "analyse/stats.h"

enum { LOOKS_FIRST = 11, LOOKS_LAST = 21 };

/* Which order statistics (1-based; k and n + 1 - k) bound the median of n readings at the look of
 * so many blocks: the largest k whose one-sided error is at most that of (2,10) of 11 at the first,
 * of (6,16) of 21 at the last. Fewer readings than blocks are what is left when blocks were lost.
 * 0: too few for an interval, which takes 8 at the first look and 7 at the last. */
unsigned looks_rank(unsigned look_blocks, size_t n);

struct looked {
    /* Of the latest look that was reached, by the rule of stats.h;
     * NONE: none was, or too few of its readings are there. */
    enum verdict verdict;
    /* Of the blocks of that look, with its interval; before the first look: of all, without one. */
    struct estimate ratio;
    /* That the ratio is of, lost ones among them; below LOOKS_FIRST: no look was reached. */
    size_t blocks;
    unsigned wanted; /* how many blocks the next look takes in all; 0: nothing more is to be seen */
};
/* ln ratios by block, NAN for one that was lost; made: how many. Above 0 is worse. last:
 * LOOKS_FIRST for what is looked at once only, else LOOKS_LAST. The next look is wanted where the
 * first leaves open what it is; of what has too few readings for a word only if, lost as often in
 * the blocks to come, it would have enough. */
struct looked looks_take(const double *ln_ratios, size_t made, unsigned last, double margin);
/* The same of what is made of exactly so many blocks, and looked at once,
 * with the interval of stats_ratio. At LOOKS_FIRST and at LOOKS_LAST that
 * is the look's own. Until then: of the blocks that are there. */
struct looked looks_take_all(const double *ln_ratios, size_t made, unsigned blocks, double margin);

/* How many more readings would probably decide an INCONCLUSIVE one, if its scatter and its value
 * stay what they are, since an interval narrows with the root of their number; 0: it is decided, it
 * cannot be told, or more than LOOKS_MORE_MOST. */
enum { LOOKS_MORE_MOST = 999 };
unsigned looks_more(const struct estimate *ratio, double margin);

#endif
