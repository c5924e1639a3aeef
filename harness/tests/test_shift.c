/* The shift between two sets against tables and values that can be checked by hand, and against its
 * own promise: how often two sets of the same are told apart, simulated with a fixed seed. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <cmocka.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "analyse/shift.h"

static void near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("got %.6f, expected %.6f within %g", actual, expected, tolerance);
}

/* By counting: of the C(m+n, m) orders, 1, 2, 4, 7, 12, 19
 * have U at most 0 .. 5 where m and n are large enough. */
static void the_rank_is_that_of_the_exact_test(void **state)
{
    (void)state;
    static const struct {
        size_t m, n, rank;
    } table[] = {
        {0, 5, 0}, {3, 3, 0}, {3, 4, 0},  {3, 5, 1},  {4, 4, 1}, {5, 5, 3}, {6, 6, 5},
        {2, 8, 0}, {2, 9, 1}, {1, 48, 0}, {1, 49, 1}, {5, 3, 1}, {9, 2, 1},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        print_message("# %zu and %zu\n", table[i].m, table[i].n);
        assert_int_equal(shift_rank(table[i].m, table[i].n), table[i].rank);
    }
}

static void many_readings_have_the_rank_that_fewer_lead_to(void **state)
{
    (void)state;
    size_t exact = shift_rank(40, 40), normal = shift_rank(41, 41);
    assert_true(normal > exact && normal < exact + 50);
}

static void a_shift_is_found_whatever_the_order(void **state)
{
    (void)state;
    static const double base[] = {.3, .1, .2, .4}, head[] = {1.2, 1.4, 1.1, 1.3};
    struct estimate shift = shift_find(base, 4, head, 4);
    near(log(shift.value), 1, 1e-12);
    near(log(shift.low), .7, 1e-12);
    near(log(shift.high), 1.3, 1e-12);
    near(shift.robust_sd, 1.4826 * .1, 1e-9);
    assert_int_equal(shift.n, 4);
    shift = shift_find(head, 4, base, 4);
    near(log(shift.value), -1, 1e-12);
}

static void one_that_lies_far_out_moves_nothing(void **state)
{
    (void)state;
    static const double base[] = {.0, .1, .2, .3, .4, 50}, head[] = {.0, .1, .2, .3, .4, .5};
    struct estimate shift = shift_find(base, 6, head, 6);
    near(log(shift.value), 0, .05);
    assert_false(estimate_separable(&shift));
}

/* Memory comes in pages. */
static void what_is_all_alike_has_no_shift(void **state)
{
    (void)state;
    static const double same[] = {14, 14, 14, 14, 14, 14};
    struct estimate shift = shift_find(same, 6, same, 6);
    assert_true(shift.value == 1 && shift.low == 1 && shift.high == 1);
    assert_int_equal(stats_verdict(&shift, .02), VERDICT_EQUIVALENT);
}

static void of_too_few_there_is_no_interval(void **state)
{
    (void)state;
    static const double few[] = {.1, .2, .3};
    struct estimate shift = shift_find(few, 3, few, 3);
    near(shift.value, 1, 1e-12);
    assert_false(estimate_has_interval(&shift));
    shift = shift_find(few, 3, few, 0);
    assert_true(isnan(shift.value));
    shift = shift_find(few, 1, few + 1, 1);
    assert_true(isnan(shift.robust_sd) && shift.value > 1);
}

/* With heavy tails, and of unequal numbers. A true shift is found. */
static void two_of_the_same_are_told_apart_as_seldom_as_promised(void **state)
{
    (void)state;
    enum { TRIES = 4000, MOST = 21 };
    static const struct {
        size_t m, n;
        double least_found;
    } table[] = {{4, 4, .5}, {6, 6, .8}, {6, 15, .9}, {15, 15, .99}, {21, 11, .98}};
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 7);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        unsigned apart = 0, found = 0;
        for (unsigned t = 0; t < TRIES; t++) {
            double base[MOST], head[MOST];
            for (size_t k = 0; k < table[i].m; k++)
                base[k] = gsl_ran_tdist(rng, 3);
            for (size_t k = 0; k < table[i].n; k++)
                head[k] = gsl_ran_tdist(rng, 3);
            struct estimate shift = shift_find(base, table[i].m, head, table[i].n);
            apart += estimate_separable(&shift);
            for (size_t k = 0; k < table[i].n; k++)
                head[k] += 4;
            shift = shift_find(base, table[i].m, head, table[i].n);
            found += estimate_separable(&shift) && shift.low > 1;
        }
        print_message("# %zu and %zu: %.2f %% told apart, %.1f %% of shifts found\n", table[i].m,
                      table[i].n, 100. * apart / TRIES, 100. * found / TRIES);
        assert_true(apart <= TRIES * .048); /* 4 %, and three standard errors */
        assert_true(found >= TRIES * table[i].least_found);
    }
    gsl_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rank_is_that_of_the_exact_test),
        cmocka_unit_test(many_readings_have_the_rank_that_fewer_lead_to),
        cmocka_unit_test(a_shift_is_found_whatever_the_order),
        cmocka_unit_test(one_that_lies_far_out_moves_nothing),
        cmocka_unit_test(what_is_all_alike_has_no_shift),
        cmocka_unit_test(of_too_few_there_is_no_interval),
        cmocka_unit_test(two_of_the_same_are_told_apart_as_seldom_as_promised),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("shift", tests, NULL, NULL);
}
