/*
 * A histogram of values in nanoseconds with the bucket layout of HdrHistogram: 3 significant
 * decimal digits (2,048 sub-buckets, so a value is known to 1 part in 1,024 or better), unit 1 ns,
 * no upper cap but the type's. Source of the layout: https://hdrhistogram.org, HdrHistogram's
 * AbstractHistogram. Mergeable: same layout always.
 */
#ifndef DATA_HISTOGRAM_H
#define DATA_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

enum { HISTOGRAM_INDEXES = 54 * 1024 + 1024 }; /* an index is below this */

struct histogram_bin {
    uint32_t index;
    uint64_t count;
};

/* Sparse: bins sorted by index, counts > 0; total is their sum. */
struct histogram {
    struct histogram_bin *bins;
    size_t count, capacity;
    uint64_t total;
};

void histogram_init(struct histogram *histogram);
void histogram_release(struct histogram *histogram); /* leaves an empty one */

uint32_t histogram_index(uint64_t value_ns);
uint64_t histogram_lowest_ns(uint32_t index);  /* smallest value of the bin */
uint64_t histogram_highest_ns(uint32_t index); /* largest value of the bin */

void histogram_add(struct histogram *histogram, uint64_t value_ns, uint64_t count);
void histogram_add_bin(struct histogram *histogram, uint32_t index, uint64_t count);
void histogram_merge(struct histogram *into, const struct histogram *from);

/* The highest value of the last bin; 0 when empty. */
uint64_t histogram_max_ns(const struct histogram *histogram);
/* The highest value of the bin that holds quantile q in 0..1, the least value that at least q of
 * all are not above (HdrHistogram's convention); 0 when empty. */
uint64_t histogram_quantile_ns(const struct histogram *histogram, double q);
/* The rank, from 1, of quantile q among total values (at least one), by that convention. */
uint64_t histogram_rank(uint64_t total, double q);
double
histogram_mean_ns(const struct histogram *histogram); /* of the bins' middles; 0 when empty */

#endif
