/* The layout's arithmetic at its edges, and quantiles against sorted samples. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "data/histogram.h"

/* By hand from the layout: 2,048 bins of 1, then 1,024 of 2, 1,024 of 4, and so on. */
static void indexes_follow_the_layout(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        uint32_t index;
        uint64_t lowest, highest;
    } table[] = {
        {0, 0, 0, 0},
        {1, 1, 1, 1},
        {1024, 1024, 1024, 1024},
        {2047, 2047, 2047, 2047},
        {2048, 2048, 2048, 2049},
        {2049, 2048, 2048, 2049},
        {2050, 2049, 2050, 2051},
        {4095, 3071, 4094, 4095},
        {4096, 3072, 4096, 4099},
        {8191, 4095, 8188, 8191},
        {8192, 4096, 8192, 8199},
        {1000000, 11169, 999936, 1000447},
        {UINT64_C(1) << 63, 55296, UINT64_C(1) << 63,
         (UINT64_C(1) << 63) + (UINT64_C(1) << 53) - 1},
        {UINT64_MAX, 56319, UINT64_MAX - (UINT64_C(1) << 53) + 1, UINT64_MAX},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(histogram_index(table[i].value), table[i].index);
        assert_true(histogram_lowest_ns(table[i].index) == table[i].lowest);
        assert_true(histogram_highest_ns(table[i].index) == table[i].highest);
    }
}

static void every_index_round_trips_and_bins_have_no_gap(void **state)
{
    (void)state;
    for (uint32_t index = 0; index < HISTOGRAM_INDEXES; index++) {
        uint64_t lowest = histogram_lowest_ns(index), highest = histogram_highest_ns(index);
        assert_int_equal(histogram_index(lowest), index);
        assert_int_equal(histogram_index(highest), index);
        if (index + 1 < HISTOGRAM_INDEXES)
            assert_true(highest + 1 == histogram_lowest_ns(index + 1));
        assert_true(highest - lowest <= lowest / 1024);
    }
    assert_int_equal(histogram_index(UINT64_MAX), HISTOGRAM_INDEXES - 1);
}

/* splitmix64: the same samples in each run. */
static uint64_t next_random(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static int ascending(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return (left > right) - (left < right);
}

enum { SAMPLES = 10000 };

/* From nanoseconds to hours: every magnitude alike. */
static void make_samples(uint64_t *samples, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++)
        samples[i] = next_random(&seed) >> (20 + next_random(&seed) % 44);
}

static void fill(struct histogram *histogram, const uint64_t *samples, size_t count)
{
    histogram_init(histogram);
    for (size_t i = 0; i < count; i++)
        histogram_add(histogram, samples[i], 1);
}

static void quantiles_agree_with_sorted_samples(void **state)
{
    (void)state;
    static const double quantiles[] = {0, 1e-9, .1, .25, .5, .75, .9, .99, .999, .9999, 1};
    static uint64_t samples[SAMPLES];
    struct histogram histogram;

    make_samples(samples, SAMPLES, 1);
    fill(&histogram, samples, SAMPLES);
    qsort(samples, SAMPLES, sizeof *samples, ascending);
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
        size_t rank = (size_t)ceill((long double)quantiles[i] * SAMPLES - 1e-9L);
        uint64_t exact = samples[rank ? rank - 1 : 0];
        uint64_t binned = histogram_quantile_ns(&histogram, quantiles[i]);
        assert_true(binned == histogram_highest_ns(histogram_index(exact)));
        assert_true(binned >= exact && binned - exact <= exact / 1024);
    }
    assert_true(histogram_quantile_ns(&histogram, 1) ==
                histogram_highest_ns(histogram_index(samples[SAMPLES - 1])));
    assert_int_equal(histogram.total, SAMPLES);
    histogram_release(&histogram);
}

static void the_mean_is_within_half_a_bin(void **state)
{
    (void)state;
    static uint64_t samples[SAMPLES];
    struct histogram histogram;
    double sum = 0;

    make_samples(samples, SAMPLES, 2);
    fill(&histogram, samples, SAMPLES);
    for (size_t i = 0; i < SAMPLES; i++)
        sum += (double)samples[i];
    double mean = sum / SAMPLES;
    assert_true(fabs(histogram_mean_ns(&histogram) - mean) <= mean / 2048);
    histogram_release(&histogram);
}

static void merging_equals_adding_to_one(void **state)
{
    (void)state;
    static uint64_t samples[SAMPLES];
    struct histogram one, left, right;

    make_samples(samples, SAMPLES, 3);
    fill(&one, samples, SAMPLES);
    fill(&left, samples, SAMPLES / 3);
    fill(&right, samples + SAMPLES / 3, SAMPLES - SAMPLES / 3);
    histogram_merge(&left, &right);
    assert_int_equal(left.count, one.count);
    assert_int_equal(left.total, one.total);
    assert_memory_equal(left.bins, one.bins, one.count * sizeof *one.bins);
    histogram_release(&one);
    histogram_release(&left);
    histogram_release(&right);
}

static void bins_are_sorted_and_never_empty(void **state)
{
    (void)state;
    static uint64_t samples[SAMPLES];
    struct histogram histogram;

    make_samples(samples, SAMPLES, 4);
    fill(&histogram, samples, SAMPLES);
    histogram_add(&histogram, 12345, 0);
    for (size_t i = 0; i < histogram.count; i++) {
        assert_true(histogram.bins[i].count > 0);
        assert_true(i == 0 || histogram.bins[i - 1].index < histogram.bins[i].index);
    }
    histogram_release(&histogram);
}

static void an_empty_one_answers_nought(void **state)
{
    (void)state;
    struct histogram histogram;

    histogram_init(&histogram);
    assert_int_equal(histogram_quantile_ns(&histogram, .5), 0);
    assert_int_equal(histogram_quantile_ns(&histogram, 1), 0);
    assert_int_equal(histogram_max_ns(&histogram), 0);
    assert_true(histogram_mean_ns(&histogram) == 0);
    histogram_release(&histogram);
}

static void the_highest_value_is_the_last_bins_however_many_there_are(void **state)
{
    (void)state;
    struct histogram histogram;

    histogram_init(&histogram);
    for (unsigned bits = 0; bits < 63; bits++) {
        histogram_add(&histogram, 1000, UINT64_C(1) << bits);
        assert_int_equal(histogram_max_ns(&histogram), 1000);
    }
    histogram_add(&histogram, 4000, 1);
    assert_int_equal(histogram_max_ns(&histogram), 4001);
    histogram_release(&histogram);
}

/* 0.1 x 10 must be rank 1, not 2, though 0.1 is a little more than a tenth as a double. */
static void a_rank_is_not_rounded_over(void **state)
{
    (void)state;
    struct histogram histogram;

    histogram_init(&histogram);
    for (uint64_t value = 1; value <= 10; value++)
        histogram_add(&histogram, value, 1);
    for (unsigned tenth = 1; tenth <= 10; tenth++)
        assert_int_equal(histogram_quantile_ns(&histogram, tenth / 10.0), tenth);
    assert_int_equal(histogram_quantile_ns(&histogram, .11), 2);
    histogram_release(&histogram);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indexes_follow_the_layout),
        cmocka_unit_test(every_index_round_trips_and_bins_have_no_gap),
        cmocka_unit_test(quantiles_agree_with_sorted_samples),
        cmocka_unit_test(the_mean_is_within_half_a_bin),
        cmocka_unit_test(merging_equals_adding_to_one),
        cmocka_unit_test(bins_are_sorted_and_never_empty),
        cmocka_unit_test(an_empty_one_answers_nought),
        cmocka_unit_test(a_rank_is_not_rounded_over),
        cmocka_unit_test(the_highest_value_is_the_last_bins_however_many_there_are),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
