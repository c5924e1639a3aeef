/* A counter for every bin of the layout. */
#include "pace/tally.h"

#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

/* Written to, because calloc's pages are the kernel's one page of noughts until then, and each
 * first write to one would be a page fault within the window. */
void tally_open(struct tally *tally)
{
    *tally = (struct tally){
        .counts = xreallocarray(NULL, HISTOGRAM_INDEXES, sizeof *tally->counts),
    };
    memset(tally->counts, 0, HISTOGRAM_INDEXES * sizeof *tally->counts);
}

void tally_release(struct tally *tally)
{
    free(tally->counts);
    *tally = (struct tally){0};
}

void tally_add_at(struct tally *tally, uint32_t index, uint64_t value_ns)
{
    tally->counts[index]++;
    tally->total++;
    tally->sum += value_ns;
    if (value_ns > tally->max)
        tally->max = value_ns;
}

void tally_add(struct tally *tally, uint64_t value_ns)
{
    tally_add_at(tally, histogram_index(value_ns), value_ns);
}

uint64_t tally_quantile_ns(const struct tally *tally, double q)
{
    if (tally->total == 0)
        return 0;

    uint64_t rank = histogram_rank(tally->total, q), seen = 0;
    uint32_t index = 0;
    while ((seen += tally->counts[index]) < rank)
        index++;
    return histogram_highest_ns(index);
}

uint64_t tally_quantile_both_ns(const struct tally *tally, const struct tally *other, double q)
{
    uint64_t total = tally->total + other->total, seen = 0;
    uint32_t index = 0;

    if (total == 0)
        return 0;
    uint64_t rank = histogram_rank(total, q);
    while ((seen += tally->counts[index] + other->counts[index]) < rank)
        index++;
    return histogram_highest_ns(index);
}

uint64_t tally_quantile_without_ns(const struct tally *tally, const struct tally *some, double q)
{
    uint64_t total = tally->total - some->total, seen = 0;
    uint32_t index = 0;

    if (total == 0)
        return 0;
    uint64_t rank = histogram_rank(total, q);
    while ((seen += tally->counts[index] - some->counts[index]) < rank)
        index++;
    return histogram_highest_ns(index);
}

uint64_t tally_above(const struct tally *tally, uint64_t value_ns)
{
    uint64_t above = 0;

    for (uint32_t index = histogram_index(value_ns) + 1; index < HISTOGRAM_INDEXES; index++)
        above += tally->counts[index];
    return above;
}

double tally_mean_ns(const struct tally *tally)
{
    return tally->total ? (double)tally->sum / (double)tally->total : 0;
}

void tally_histogram(const struct tally *tally, struct histogram *histogram)
{
    histogram_init(histogram);
    for (uint32_t index = 0; index < HISTOGRAM_INDEXES; index++)
        histogram_add_bin(histogram, index, tally->counts[index]);
}
