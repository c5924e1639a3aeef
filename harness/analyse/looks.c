/* See looks.h. */
#include "analyse/looks.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "data/strings.h"

/* Of the ranks that the method gives each look when no block was lost. */
enum { RANK_OF_FIRST = 2, RANK_OF_LAST = 6 };

unsigned looks_rank(unsigned look_blocks, size_t n)
{
    assert(look_blocks == LOOKS_FIRST || look_blocks == LOOKS_LAST);
    unsigned rank = look_blocks == LOOKS_FIRST ? RANK_OF_FIRST : RANK_OF_LAST;
    return n == look_blocks ? rank : stats_rank_within(n, stats_rank_error(look_blocks, rank));
}

/* The readings of the first blocks; the caller frees. */
static double *usable(size_t *count, const double *ln_ratios, size_t blocks)
{
    double *readings = xcalloc(blocks + 1, sizeof *readings);
    *count = 0;
    for (size_t i = 0; i < blocks; i++)
        if (!isnan(ln_ratios[i]))
            readings[(*count)++] = ln_ratios[i];
    return readings;
}

/* Would as many readings a block be enough at the last look? */
static bool is_hopeful(size_t readings)
{
    return looks_rank(LOOKS_LAST, readings * LOOKS_LAST / LOOKS_FIRST) > 0;
}

static unsigned next_look(const struct looked *looked, unsigned last)
{
    if (looked->blocks < LOOKS_FIRST)
        return LOOKS_FIRST;
    if (looked->blocks >= last)
        return 0;
    bool is_open = looked->verdict == VERDICT_INCONCLUSIVE ||
                   (looked->verdict == VERDICT_NONE && is_hopeful(looked->ratio.n));
    return is_open ? last : 0;
}

struct looked looks_take(const double *ln_ratios, size_t made, unsigned last, double margin)
{
    assert(last == LOOKS_FIRST || last == LOOKS_LAST);
    struct looked looked = {.blocks = made >= last ? last : made};
    if (made >= LOOKS_FIRST && made < last)
        looked.blocks = LOOKS_FIRST;
    size_t n;
    double *readings = usable(&n, ln_ratios, looked.blocks);
    unsigned rank = looked.blocks < LOOKS_FIRST ? 0 : looks_rank((unsigned)looked.blocks, n);
    looked.ratio = stats_ratio_ranked(readings, n, rank);
    looked.verdict = stats_verdict(&looked.ratio, margin);
    looked.wanted = next_look(&looked, last);
    free(readings);
    return looked;
}

struct looked looks_take_all(const double *ln_ratios, size_t made, unsigned blocks, double margin)
{
    struct looked looked = {.blocks = made < blocks ? made : blocks};
    size_t n;
    double *readings = usable(&n, ln_ratios, looked.blocks);
    looked.ratio = stats_ratio(readings, n);
    looked.verdict = stats_verdict(&looked.ratio, margin);
    looked.wanted = made < blocks ? blocks : 0;
    free(readings);
    return looked;
}

/* To what share of itself an interval must narrow, so that it excludes 0 or lies within what is
 * EQUIVALENT. Not above 0: that does not decide it. */
static double narrowing(const struct estimate *ratio, double margin)
{
    double effect = log(ratio->value), below = effect - log(ratio->low),
           above = log(ratio->high) - effect, reach = stats_equivalent_reach(margin);
    double apart = effect > 0 ? effect / below : -effect / above;
    double alike = fmin((effect + reach) / below, (reach - effect) / above);
    return fmax(apart, alike);
}

unsigned looks_more(const struct estimate *ratio, double margin)
{
    if (stats_verdict(ratio, margin) != VERDICT_INCONCLUSIVE)
        return 0;
    double share = narrowing(ratio, margin), n = (double)ratio->n;
    if (!(share > 0))
        return 0;
    double more = fmax(ceil(n / (share * share) - n), 1);
    return more <= LOOKS_MORE_MOST ? (unsigned)more : 0;
}
