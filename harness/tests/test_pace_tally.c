/* Counters in HdrHistogram's layout against sorted samples, and as the histograms they become. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "pace/random.h"
#include "pace/tally.h"

enum { SAMPLES = 20011 };

/* ---- distributions of response times, in ns ---- */

static uint64_t small(struct random *random)
{
    return random_below(random, 2000);
}

static uint64_t even(struct random *random)
{
    return random_below(random, 1000000);
}

static uint64_t exponential(struct random *random)
{
    return (uint64_t)(250000 * random_exponential(random));
}

/* One in fifty comes out of a stall of up to 100 ms. */
static uint64_t stalled(struct random *random)
{
    return random_below(random, 50) ? 40000 + random_below(random, 5000)
                                    : random_below(random, 100000000);
}

/* Pareto with a tail so long that its mean does not exist. */
static uint64_t heavy(struct random *random)
{
    return (uint64_t)(20000 / pow(random_unit(random), 1.25));
}

static uint64_t same(struct random *random)
{
    (void)random;
    return 123456789;
}

static uint64_t any_size(struct random *random)
{
    return random_u64(random) >> random_below(random, 64);
}

static const struct {
    const char *name;
    uint64_t (*draw)(struct random *random);
} distributions[] = {
    {"small", small}, {"even", even}, {"exponential", exponential}, {"stalled", stalled},
    {"heavy", heavy}, {"same", same}, {"any size", any_size},
};
enum { DISTRIBUTIONS = sizeof distributions / sizeof *distributions };

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static uint64_t samples[SAMPLES];

/* The tally of that distribution; samples holds them, sorted. */
static void fill(struct tally *tally, size_t distribution)
{
    struct random random;

    random_init(&random, 1, (enum random_stream)0);
    tally_open(tally);
    for (size_t i = 0; i < SAMPLES; i++) {
        samples[i] = distributions[distribution].draw(&random);
        tally_add(tally, samples[i]);
    }
    qsort(samples, SAMPLES, sizeof *samples, compare);
}

static void quantiles_are_those_of_the_sorted_samples(void **state)
{
    (void)state;
    static const double quantiles[] = {0, .001, .1, .25, .5, .75, .9, .99, .999, .9999, 1};

    for (size_t d = 0; d < DISTRIBUTIONS; d++) {
        struct tally tally;
        fill(&tally, d);
        for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++) {
            double rank = ceil(quantiles[i] * SAMPLES);
            uint64_t exact = samples[rank < 1 ? 0 : (size_t)rank - 1];
            uint64_t found = tally_quantile_ns(&tally, quantiles[i]);
            assert_true(found == histogram_highest_ns(histogram_index(exact)));
            assert_true(found >= exact && found - exact <= exact / 1024);
        }
        tally_release(&tally);
    }
}

static void count_sum_and_greatest_are_exact(void **state)
{
    (void)state;
    for (size_t d = 0; d < DISTRIBUTIONS; d++) {
        struct tally tally;
        long double sum = 0;
        fill(&tally, d);
        for (size_t i = 0; i < SAMPLES; i++)
            sum += (long double)samples[i];
        assert_int_equal(tally.total, SAMPLES);
        assert_true(tally.max == samples[SAMPLES - 1]);
        assert_true(fabsl((long double)tally.sum - sum) <= sum * 1e-17L);
        assert_true(fabs(tally_mean_ns(&tally) - (double)(sum / SAMPLES)) <=
                    (double)(sum / SAMPLES) * 1e-15);
        tally_release(&tally);
    }
}

static void sums_do_not_wrap(void **state)
{
    (void)state;
    struct tally tally;

    tally_open(&tally);
    for (unsigned i = 0; i < 3; i++)
        tally_add(&tally, UINT64_MAX);
    tally_add(&tally, 7);
    assert_true(tally.sum == (unsigned __int128)UINT64_MAX * 3 + 7);
    assert_true(tally.max == UINT64_MAX);
    assert_true(tally_quantile_ns(&tally, 1) == UINT64_MAX);
    assert_true(tally_quantile_ns(&tally, .25) == 7);
    tally_release(&tally);
}

static void what_lies_above_a_value_is_counted_by_whole_bins(void **state)
{
    (void)state;
    struct tally tally;

    tally_open(&tally);
    for (uint64_t value = 0; value < 10000; value++)
        tally_add(&tally, value);
    assert_int_equal(tally_above(&tally, 0), 9999);
    assert_int_equal(tally_above(&tally, 2047), 10000 - 2048);
    assert_int_equal(tally_above(&tally, 2048), 10000 - 2050); /* 2048 and 2049 share a bin */
    assert_int_equal(tally_above(&tally, 2049), 10000 - 2050);
    assert_int_equal(tally_above(&tally, 8193), 10000 - 8200);
    assert_int_equal(tally_above(&tally, 9999), 0);
    assert_int_equal(tally_above(&tally, UINT64_MAX), 0);
    tally_release(&tally);
}

static void a_histogram_of_it_says_the_same(void **state)
{
    (void)state;
    for (size_t d = 0; d < DISTRIBUTIONS; d++) {
        struct tally tally;
        struct histogram histogram, direct;
        fill(&tally, d);
        histogram_init(&direct);
        for (size_t i = 0; i < SAMPLES; i++)
            histogram_add(&direct, samples[i], 1);
        tally_histogram(&tally, &histogram);
        assert_int_equal(histogram.total, SAMPLES);
        assert_int_equal(histogram.count, direct.count);
        for (size_t i = 0; i < direct.count; i++) {
            assert_int_equal(histogram.bins[i].index, direct.bins[i].index);
            assert_int_equal(histogram.bins[i].count, direct.bins[i].count);
        }
        for (double q = 0; q <= 1; q += 1. / 64)
            assert_true(histogram_quantile_ns(&histogram, q) == tally_quantile_ns(&tally, q));
        histogram_release(&histogram);
        histogram_release(&direct);
        tally_release(&tally);
    }
}

/* Of tallies that were kept apart, the merged histogram is that of one which took all values. */
static void histograms_of_tallies_merge(void **state)
{
    (void)state;
    struct tally all, parts[3];
    struct histogram merged, whole, part;

    fill(&all, 4);
    histogram_init(&merged);
    for (unsigned i = 0; i < 3; i++)
        tally_open(&parts[i]);
    for (size_t i = 0; i < SAMPLES; i++)
        tally_add(&parts[i % 3], samples[i]);
    for (unsigned i = 0; i < 3; i++) {
        tally_histogram(&parts[i], &part);
        histogram_merge(&merged, &part);
        histogram_release(&part);
        tally_release(&parts[i]);
    }
    tally_histogram(&all, &whole);
    assert_int_equal(merged.total, SAMPLES);
    assert_int_equal(merged.count, whole.count);
    for (size_t i = 0; i < whole.count; i++) {
        assert_int_equal(merged.bins[i].index, whole.bins[i].index);
        assert_int_equal(merged.bins[i].count, whole.bins[i].count);
    }
    histogram_release(&merged);
    histogram_release(&whole);
    tally_release(&all);
}

static void an_empty_one_answers_nought(void **state)
{
    (void)state;
    struct tally tally;
    struct histogram histogram;

    tally_open(&tally);
    assert_int_equal(tally_quantile_ns(&tally, .5), 0);
    assert_int_equal(tally_quantile_ns(&tally, 1), 0);
    assert_int_equal(tally_above(&tally, 0), 0);
    assert_true(tally_mean_ns(&tally) == 0);
    tally_histogram(&tally, &histogram);
    assert_int_equal(histogram.count, 0);
    histogram_release(&histogram);
    tally_release(&tally);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_those_of_the_sorted_samples),
        cmocka_unit_test(count_sum_and_greatest_are_exact),
        cmocka_unit_test(sums_do_not_wrap),
        cmocka_unit_test(what_lies_above_a_value_is_counted_by_whole_bins),
        cmocka_unit_test(a_histogram_of_it_says_the_same),
        cmocka_unit_test(histograms_of_tallies_merge),
        cmocka_unit_test(an_empty_one_answers_nought),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_tally", tests, NULL, NULL);
}
