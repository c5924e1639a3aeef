/*
 * HdrHistogram's bucket arithmetic and a sparse array of bins. A value below 2,048 has a bin of its
 * own; above, each doubling of the value is one bucket of 1,024 equally wide bins. The index counts
 * bins from value 0 upwards without a gap, as HdrHistogram's counts array does.
 */
#include "data/histogram.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

enum {
    HALF_BITS = 10, /* 1,024 bins a bucket */
    HALF_COUNT = 1 << HALF_BITS,
    SUB_BITS = HALF_BITS + 1, /* the first bucket has 2,048: its lower half is no other bucket's */
};

void histogram_init(struct histogram *histogram)
{
    *histogram = (struct histogram){0};
}

void histogram_release(struct histogram *histogram)
{
    free(histogram->bins);
    histogram_init(histogram);
}

/* How far a value is shifted right until SUB_BITS bits are left: its bucket. */
static unsigned bucket_of(uint64_t value_ns)
{
    uint64_t at_least_first = value_ns | ((UINT64_C(1) << SUB_BITS) - 1);

    return 64 - SUB_BITS - (unsigned)__builtin_clzll(at_least_first);
}

uint32_t histogram_index(uint64_t value_ns)
{
    unsigned bucket = bucket_of(value_ns);

    return (uint32_t)(bucket * HALF_COUNT + (value_ns >> bucket));
}

/* The inverse. Index 0..2047 is bucket 0; from there 1,024 a bucket, whose sub-buckets are
 * 1024..2047. */
static unsigned bucket_at(uint32_t index)
{
    return index < 2 * HALF_COUNT ? 0 : index / HALF_COUNT - 1;
}

uint64_t histogram_lowest_ns(uint32_t index)
{
    unsigned bucket = bucket_at(index);

    return (uint64_t)(index - bucket * HALF_COUNT) << bucket;
}

uint64_t histogram_highest_ns(uint32_t index)
{
    return histogram_lowest_ns(index) + ((UINT64_C(1) << bucket_at(index)) - 1);
}

/* The position of the first bin whose index is not below index. */
static size_t lower_bound(const struct histogram *histogram, uint32_t index)
{
    size_t low = 0, high = histogram->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (histogram->bins[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert_bin(struct histogram *histogram, size_t at, struct histogram_bin bin)
{
    if (histogram->count == histogram->capacity) {
        histogram->capacity = histogram->capacity ? 2 * histogram->capacity : 64;
        histogram->bins =
            xreallocarray(histogram->bins, histogram->capacity, sizeof *histogram->bins);
    }
    memmove(histogram->bins + at + 1, histogram->bins + at,
            (histogram->count - at) * sizeof *histogram->bins);
    histogram->bins[at] = bin;
    histogram->count++;
}

static void add_bin(struct histogram *histogram, struct histogram_bin bin)
{
    if (bin.count == 0)
        return;

    size_t at = lower_bound(histogram, bin.index);
    if (at < histogram->count && histogram->bins[at].index == bin.index)
        histogram->bins[at].count += bin.count;
    else
        insert_bin(histogram, at, bin);
    histogram->total += bin.count;
}

void histogram_add(struct histogram *histogram, uint64_t value_ns, uint64_t count)
{
    add_bin(histogram, (struct histogram_bin){histogram_index(value_ns), count});
}

void histogram_add_bin(struct histogram *histogram, uint32_t index, uint64_t count)
{
    add_bin(histogram, (struct histogram_bin){index, count});
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    for (size_t i = 0; i < from->count; i++)
        add_bin(into, from->bins[i]);
}

/* Not the quantile of 1, whose rank is a double's: past 2^53
 * values it may be one before the last. */
uint64_t histogram_max_ns(const struct histogram *histogram)
{
    size_t count = histogram->count;

    return count ? histogram_highest_ns(histogram->bins[count - 1].index) : 0;
}

/* The rank is the least integer >= q x total, but never above what q x total is in exact
 * arithmetic: 0.1 x 10 may come out a little over 1, and q is therefore taken one step of a double
 * lower, as HdrHistogram 2.1.12 does. */
uint64_t histogram_rank(uint64_t total, double q)
{
    double rank = ceil(nextafter(q, -1.0) * (double)total);

    if (rank < 1)
        return 1;
    return rank < (double)total ? (uint64_t)rank : total;
}

uint64_t histogram_quantile_ns(const struct histogram *histogram, double q)
{
    if (histogram->count == 0)
        return 0;

    uint64_t rank = histogram_rank(histogram->total, q), seen = 0;
    size_t i = 0;
    while ((seen += histogram->bins[i].count) < rank)
        i++;
    return histogram_highest_ns(histogram->bins[i].index);
}

double histogram_mean_ns(const struct histogram *histogram)
{
    double sum = 0;

    for (size_t i = 0; i < histogram->count; i++) {
        const struct histogram_bin *bin = &histogram->bins[i];
        double low = (double)histogram_lowest_ns(bin->index);
        double high = (double)histogram_highest_ns(bin->index);
        sum += (low + high) / 2 * (double)bin->count;
    }
    return histogram->total ? sum / (double)histogram->total : 0;
}
