/* The statistics against values that can be checked by hand or in a table, and against their own
 * promise: how often two identical servers are called different, simulated with a generator of its
 * own and a fixed seed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <cmocka.h>

#include "analyse/stats.h"

static void near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("got %.6f, expected %.6f within %g", actual, expected, tolerance);
}

static void the_interval_has_the_rank_and_coverage_of_the_binomial(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        unsigned rank;
        double coverage; /* 1 - 2 sum_{i<k} C(n,i) / 2^n */
    } table[] = {
        {6, 1, .96875},   {7, 1, .984375},  {8, 1, .9921875}, {9, 2, .9609375},
        {10, 2, .978516}, {11, 2, .988281}, {12, 3, .961426}, {13, 3, .977539},
        {14, 3, .987061}, {15, 4, .964844}, {21, 6, .973396}, {25, 7, .985367},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(stats_interval_rank(table[i].n), table[i].rank);
        near(stats_interval_coverage(table[i].n, table[i].rank), table[i].coverage, 1e-6);
    }
}

static void below_six_blocks_there_is_no_interval(void **state)
{
    (void)state;
    static const double d[] = {.1, .2, .3, .4, .5};
    for (size_t n = 0; n < 6; n++)
        assert_int_equal(stats_interval_rank(n), 0);
    struct estimate estimate = stats_ratio(d, 5);
    assert_false(estimate_has_interval(&estimate));
    assert_false(estimate_separable(&estimate));
    assert_int_equal(stats_verdict(&estimate, .02), VERDICT_NONE);
    near(estimate.value, exp(.3), 1e-12);
}

static void no_values_give_no_number(void **state)
{
    (void)state;
    struct estimate estimate = stats_ratio(NULL, 0);
    assert_true(isnan(estimate.value));
    assert_true(isnan(stats_median(NULL, 0)));
    assert_true(isnan(stats_robust_sd(NULL, 0)));
    assert_int_equal(stats_verdict(&estimate, .02), VERDICT_NONE);
}

static void median_and_quantiles_leave_the_values_as_they_are(void **state)
{
    (void)state;
    double values[] = {9, 1, 5, 3};
    near(stats_median(values, 4), 4, 0);
    near(stats_quantile(values, 4, 0), 1, 0);
    near(stats_quantile(values, 4, 1), 9, 0);
    near(stats_quantile(values, 4, .25), 2.5, 1e-12); /* R: quantile(c(9,1,5,3), .25) */
    near(stats_quantile(values, 1, .7), 9, 0);
    near(values[0], 9, 0);
    near(values[3], 3, 0);
}

static void the_robust_sd_does_not_feel_one_outlier(void **state)
{
    (void)state;
    static const double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 1e9};
    near(stats_robust_sd(values, 9), 1.4826 * 2, 1e-9);
}

static void the_ratio_is_that_of_the_middle_block(void **state)
{
    (void)state;
    double d[9];
    for (int i = 0; i < 9; i++)
        d[(i * 4) % 9] = log(1.0 + i / 100.0);
    struct estimate estimate = stats_ratio(d, 9);
    near(estimate.value, 1.04, 1e-12);
    near(estimate.low, 1.01, 1e-12);
    near(estimate.high, 1.07, 1e-12);
    assert_true(estimate_separable(&estimate));
}

static void an_interval_becomes_a_word(void **state)
{
    (void)state;
    static const struct {
        double value, low, high, margin;
        enum verdict verdict;
    } table[] = {
        {1.025, 1.019, 1.031, .02, VERDICT_REGRESSED},
        {1.025, 1.001, 1.080, .02, VERDICT_REGRESSED}, /* need not lie beyond the margin */
        {.970, .960, .990, .02, VERDICT_IMPROVED},
        {1.001, .990, 1.010, .02, VERDICT_EQUIVALENT},
        {1.010, 1.005, 1.015, .02, VERDICT_EQUIVALENT}, /* known, and too little to matter */
        {1.015, 1.005, 1.040, .02, VERDICT_SMALL},
        {1.030, .990, 1.070, .02, VERDICT_INCONCLUSIVE},
        {1.000, .900, 1.100, .02, VERDICT_INCONCLUSIVE},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct estimate estimate = {table[i].value, table[i].low, table[i].high, 9, .01};
        assert_int_equal(stats_verdict(&estimate, table[i].margin), table[i].verdict);
    }
}

static void fisher_agrees_with_the_tables(void **state)
{
    (void)state;
    static const struct {
        unsigned a, b, c, d;
        double p;
    } table[] = {
        {3, 1, 1, 3, 0.485714},  /* the lady tasting tea */
        {1, 9, 11, 3, 0.002759}, /* scipy.stats.fisher_exact */
        {8, 2, 1, 5, 0.034965},  {0, 9, 0, 9, 1}, {0, 0, 5, 5, 1}, {6, 6, 0, 48, 0.0000184560},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        near(stats_fisher_p(table[i].a, table[i].b, table[i].c, table[i].d), table[i].p, 1e-6);
}

/* xorshift64*, Vigna 2016: the same numbers on every machine. */
static double uniform(uint64_t *seed)
{
    *seed ^= *seed >> 12;
    *seed ^= *seed << 25;
    *seed ^= *seed >> 27;
    return (double)((*seed * 2685821657736338717u) >> 11) / 9007199254740992.0;
}

/* ln ratio of a pair: normal, and one block in ten is disturbed five times as much. */
static double disturbed_ln(uint64_t *seed, double effect, double sd)
{
    double u = uniform(seed), v = uniform(seed), scale = uniform(seed) < .1 ? 5 * sd : sd;
    return effect + scale * sqrt(-2 * log(1 - u)) * cos(2 * M_PI * v);
}

static double share_of(enum verdict one, enum verdict other, size_t n, double effect,
                       double *separable)
{
    enum { TRIALS = 5000 };
    uint64_t seed = 20240607;
    unsigned hits = 0, apart = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double d[32];
        for (size_t i = 0; i < n; i++)
            d[i] = disturbed_ln(&seed, effect, .02);
        struct estimate estimate = stats_ratio(d, n);
        enum verdict verdict = stats_verdict(&estimate, .02);
        hits += verdict == one || verdict == other;
        apart += estimate_separable(&estimate);
    }
    *separable = (double)apart / TRIALS;
    return (double)hits / TRIALS;
}

static void identical_servers_are_told_apart_as_seldom_as_promised(void **state)
{
    (void)state;
    static const size_t blocks[] = {6, 9, 12, 21};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        double separable,
            error = 1 - stats_interval_coverage(blocks[i], stats_interval_rank(blocks[i]));
        double wrong = share_of(VERDICT_REGRESSED, VERDICT_IMPROVED, blocks[i], 0, &separable);
        near(separable, error, .008); /* 3 standard errors of 5,000 trials */
        assert_true(wrong <= separable);
    }
}

static void a_slowdown_of_twice_the_noise_is_found(void **state)
{
    (void)state;
    double separable;
    assert_true(share_of(VERDICT_REGRESSED, VERDICT_REGRESSED, 12, .04, &separable) > .95);
}

/* The chances are 2 / C(n + m, n), and where an interval leaves
 * figures out, those of the orders in which they may lie. */
static void a_few_figures_lie_apart_where_that_is_no_luck(void **state)
{
    (void)state;
    static const struct {
        size_t below, above;
        bool are_apart;
    } table[] = {
        {1, 6, false}, {2, 6, false},                 /* 2/28 */
        {3, 6, false},                                /* 2/84 */
        {4, 6, true},                                 /* 2/210 */
        {6, 4, true},  {4, 5, false},                 /* 2/126 */
        {5, 5, true},                                 /* 2/252 */
        {6, 6, true},  {0, 6, false}, {3, 12, false}, /* 20/455 */
        {5, 12, true},                                /* 42/6188 */
        {12, 5, true},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double values[24];
        for (size_t v = 0; v < 24; v++)
            values[v] = (double)v;
        struct spread below = stats_spread(values, table[i].below),
                      above = stats_spread(values + 12, table[i].above);
        if (spread_is_below(&below, &above) != table[i].are_apart)
            fail_msg("%zu below %zu are %s", table[i].below, table[i].above,
                     table[i].are_apart ? "not apart" : "apart");
        assert_false(spread_is_below(&above, &below));
        assert_false(spread_is_below(&above, &above));
    }
}

static void what_stands_out_for_a_moment_is_smoothed_away(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        double values[9], smooth[9];
    } table[] = {
        {"a dip of one", {5, 5, 5, 1, 5, 5, 5, 5, 5}, {5, 5, 5, 5, 5, 5, 5, 5, 5}},
        {"a dip of two", {5, 5, 5, 1, 1, 5, 5, 5, 5}, {5, 5, 5, 5, 5, 5, 5, 5, 5}},
        {"one of three stays", {5, 5, 5, 1, 1, 1, 5, 5, 5}, {5, 5, 5, 1, 1, 1, 5, 5, 5}},
        {"a step stays", {1, 1, 1, 1, 5, 5, 5, 5, 5}, {1, 1, 1, 1, 5, 5, 5, 5, 5}},
        {"a slope stays, but for its ends",
         {1, 2, 3, 4, 5, 6, 7, 8, 9},
         {2, 2.5, 3, 4, 5, 6, 7, 7.5, 8}},
        {"what is missing is missing",
         {5, 5, NAN, 1, 5, 5, 5, 5, 5},
         {5, 5, NAN, 5, 5, 5, 5, 5, 5}},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double values[9];
        print_message("# %s\n", table[i].what);
        for (size_t k = 0; k < 9; k++)
            values[k] = table[i].values[k];
        stats_smooth(values, 9, 2);
        for (size_t k = 0; k < 9; k++)
            if (isnan(table[i].smooth[k]))
                assert_true(isnan(values[k]));
            else
                near(values[k], table[i].smooth[k], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_has_the_rank_and_coverage_of_the_binomial),
        cmocka_unit_test(below_six_blocks_there_is_no_interval),
        cmocka_unit_test(no_values_give_no_number),
        cmocka_unit_test(what_stands_out_for_a_moment_is_smoothed_away),
        cmocka_unit_test(median_and_quantiles_leave_the_values_as_they_are),
        cmocka_unit_test(the_robust_sd_does_not_feel_one_outlier),
        cmocka_unit_test(the_ratio_is_that_of_the_middle_block),
        cmocka_unit_test(an_interval_becomes_a_word),
        cmocka_unit_test(fisher_agrees_with_the_tables),
        cmocka_unit_test(a_few_figures_lie_apart_where_that_is_no_luck),
        cmocka_unit_test(identical_servers_are_told_apart_as_seldom_as_promised),
        cmocka_unit_test(a_slowdown_of_twice_the_noise_is_found),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
