/* Histograms of every kind of shape, the same in each process: what the tests of their written
 * forms share. */
#ifndef TESTS_HISTOGRAM_ROOM_H
#define TESTS_HISTOGRAM_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "data/histogram.h"
#include "data/strings.h"

struct pair {
    uint64_t value_ns, count;
};

static inline void fill_pairs(struct histogram *histogram, const struct pair *pairs, size_t count)
{
    histogram_init(histogram);
    for (size_t i = 0; i < count; i++)
        histogram_add(histogram, pairs[i].value_ns, pairs[i].count);
}

/* splitmix64: the same numbers in each run. */
static inline uint64_t next_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Response times as a server has them: around 100 us, with a tail to 300 ms. */
static inline void fill_responses(struct histogram *histogram)
{
    uint64_t seed = 1;

    histogram_init(histogram);
    for (unsigned i = 0; i < 100000; i++) {
        uint64_t random = next_random(&seed), spread = 50000 + random % 100000;
        unsigned tail = (unsigned)(random >> 32) % 1000;
        histogram_add(histogram, tail == 0 ? spread * 2000 : tail < 10 ? spread * 20 : spread, 1);
    }
}

static inline void fill_nothing(struct histogram *histogram)
{
    histogram_init(histogram);
}

static inline void fill_one(struct histogram *histogram)
{
    fill_pairs(histogram, (struct pair[]){{1000000, 1}}, 1);
}

static inline void fill_nought(struct histogram *histogram)
{
    fill_pairs(histogram, (struct pair[]){{0, 7}}, 1);
}

static inline void fill_two(struct histogram *histogram)
{
    fill_pairs(histogram, (struct pair[]){{1000, 90}, {5000, 10}}, 2);
}

/* Every value of the bins that are one value wide. */
static inline void fill_dense(struct histogram *histogram)
{
    histogram_init(histogram);
    for (uint64_t value = 0; value < 3000; value++)
        histogram_add(histogram, value, value + 1);
}

/* Both ends of every bucket up to 2^49: the logarithm by which hdr-histogram-js finds buckets is
 * one of doubles, to which one less is the same from there on. */
static inline void fill_edges(struct histogram *histogram)
{
    histogram_init(histogram);
    for (unsigned bits = 0; bits < 49; bits++) {
        histogram_add(histogram, UINT64_C(1) << bits, 1 + bits);
        histogram_add(histogram, (UINT64_C(1) << bits) - 1, 100);
    }
}

/* Up to 2^52 in one bin. */
static inline void fill_many(struct histogram *histogram)
{
    histogram_init(histogram);
    for (unsigned bits = 0; bits <= 51; bits++)
        histogram_add(histogram, 1000 + 100 * bits, UINT64_C(1) << bits);
}

/* So many that a double cannot count them; the last bin is the one that makes the range wider. */
static inline void fill_past_a_double(struct histogram *histogram)
{
    fill_pairs(histogram, (struct pair[]){{1000, 1LL << 62}, {1LL << 43, 1}}, 2);
}

struct shape {
    const char *name;
    void (*fill)(struct histogram *histogram);
};
static const struct shape shapes[] = {
    {"responses", fill_responses}, {"nothing", fill_nothing}, {"one", fill_one},
    {"nought", fill_nought},       {"two", fill_two},         {"dense", fill_dense},
    {"edges", fill_edges},         {"many", fill_many},
};
enum { SHAPES = sizeof shapes / sizeof *shapes };

/* For another implementation: a file TO/SHAPE.ENDING of each; 0, or 1. */
static inline int write_shapes(const char *to, const char *ending,
                               int (*write)(FILE *out, const struct histogram *histogram))
{
    int status = 0;

    for (size_t i = 0; i < SHAPES; i++) {
        struct histogram histogram;
        char *path = text_format("%s/%s.%s", to, shapes[i].name, ending);
        FILE *out = fopen(path, "w");
        shapes[i].fill(&histogram);
        if (!out || write(out, &histogram) || fclose(out)) {
            perror(path);
            status = 1;
        }
        histogram_release(&histogram);
        free(path);
    }
    return status;
}

static inline bool is_same(const struct histogram *one, const struct histogram *other)
{
    bool is = one->count == other->count && one->total == other->total;

    for (size_t i = 0; is && i < one->count; i++)
        is = one->bins[i].index == other->bins[i].index &&
             one->bins[i].count == other->bins[i].count;
    return is;
}

#endif
