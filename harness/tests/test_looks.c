/* The looks at a figure of a duel: their ranks and chances against the binomial distribution,
 * counted here by Pascal's triangle, and what follows from readings that can be checked by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <cmocka.h>

#include "analyse/looks.h"

static void near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("got %.6f, expected %.6f within %g", actual, expected, tolerance);
}

/* How many of the 2^n outcomes have at most so many heads. */
static double outcomes(unsigned n, unsigned most)
{
    double sum = 0, ways = 1;
    for (unsigned heads = 0; heads <= most && heads <= n; heads++) {
        sum += ways;
        ways = ways * (n - heads) / (heads + 1);
    }
    return sum;
}

static double chance(unsigned n, unsigned most)
{
    return ldexp(outcomes(n, most), -(int)n);
}

/* ---- ranks ---- */

static void every_number_of_readings_has_its_rank(void **state)
{
    (void)state;
    static const unsigned first[LOOKS_FIRST + 1] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2};
    static const unsigned last[LOOKS_LAST + 1] = {0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2,
                                                  2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 6};

    for (unsigned n = 0; n <= LOOKS_FIRST; n++)
        assert_int_equal(looks_rank(LOOKS_FIRST, n), first[n]);
    for (unsigned n = 0; n <= LOOKS_LAST; n++)
        assert_int_equal(looks_rank(LOOKS_LAST, n), last[n]);
}

static void a_rank_is_the_largest_that_errs_no_more_than_without_losses(void **state)
{
    (void)state;
    static const struct {
        unsigned blocks;
        double error; /* (1 + 11) / 2^11; (1 + 21 + 210 + 1330 + 5985 + 20349) / 2^21 */
    } table[] = {{LOOKS_FIRST, 12 / 2048.}, {LOOKS_LAST, 27896 / 2097152.}};

    for (size_t i = 0; i < 2; i++)
        for (unsigned n = 1; n <= table[i].blocks; n++) {
            unsigned rank = looks_rank(table[i].blocks, n);
            assert_true(rank == 0 || chance(n, rank - 1) <= table[i].error);
            assert_true(2 * (rank + 1) > n || chance(n, rank) > table[i].error);
        }
    near(chance(11, 1), .0059, .00005);
    near(chance(21, 5), .0133, .00005);
}

/* The first look errs, or it does not and the last does: the
 * 10 blocks between them know nothing of those before. */
static void both_looks_together_err_less_than_the_sum_of_them(void **state)
{
    (void)state;
    double both = chance(11, 1);
    for (unsigned below = 2; below <= 5; below++) {
        double exactly = chance(11, below) - chance(11, below - 1);
        both += exactly * chance(10, 5 - below);
    }
    near(both, .0168, .00005);
    assert_true(both < chance(11, 1) + chance(21, 5));
    assert_true(chance(11, 1) + chance(21, 5) < .0192);
}

/* ---- looks ---- */

/* From the middle out, so that as many readings as there are
 * have their median at it: middle, and steps beside it. */
static void spread_out(double *readings, size_t count, double middle, double step)
{
    for (size_t i = 0; i < count; i++)
        readings[i] = middle + (i % 2 ? 1. : -1.) * step * (double)((i + 1) / 2);
}

static void a_look_takes_its_blocks_and_their_order_statistics(void **state)
{
    (void)state;
    double d[30];
    spread_out(d, 30, .1, .001);
    struct looked looked = looks_take(d, 11, LOOKS_LAST, .02);
    near(log(looked.ratio.value), .1, 1e-12);
    near(log(looked.ratio.low), .096, 1e-12); /* the 2nd of 11: five below the middle, less one */
    near(log(looked.ratio.high), .104, 1e-12);
    assert_int_equal(looked.blocks, 11);
    for (size_t made = 21; made <= 30; made++) {
        looked = looks_take(d, made, LOOKS_LAST, .02);
        near(log(looked.ratio.low), .095, 1e-12); /* the 6th of 21 */
        near(log(looked.ratio.high), .105, 1e-12);
        assert_int_equal(looked.blocks, 21);
        assert_int_equal(looked.ratio.n, 21);
    }
    looked = looks_take(d, 30, LOOKS_FIRST, .02);
    assert_int_equal(looked.blocks, 11);
}

static void between_the_looks_the_first_counts(void **state)
{
    (void)state;
    double d[20];
    spread_out(d, 11, .1, .001);
    spread_out(d + 11, 9, -.5, .1);
    struct looked first = looks_take(d, 11, LOOKS_LAST, .02);
    for (size_t made = 12; made <= 20; made++) {
        struct looked looked = looks_take(d, made, LOOKS_LAST, .02);
        assert_memory_equal(&looked.ratio, &first.ratio, sizeof first.ratio);
        assert_int_equal(looked.verdict, VERDICT_REGRESSED);
        assert_int_equal(looked.wanted, 0);
    }
}

static void before_the_first_look_there_is_a_middle_and_no_word(void **state)
{
    (void)state;
    double d[10];
    spread_out(d, 10, .5, .001);
    for (size_t made = 0; made <= 10; made++) {
        struct looked looked = looks_take(d, made, LOOKS_LAST, .02);
        assert_int_equal(looked.verdict, VERDICT_NONE);
        assert_int_equal(looked.wanted, LOOKS_FIRST);
        assert_int_equal(looked.blocks, made);
        assert_false(estimate_has_interval(&looked.ratio));
        assert_true(made == 0 ? isnan(looked.ratio.value)
                              : fabs(log(looked.ratio.value) - .5) < .01);
    }
}

/* 11 or 21 readings around a middle, with a margin of 2 %
 * (.0198): the interval reaches 4 or 5 steps beside it. */
static void the_word_follows_from_interval_and_margin(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double middle, step;
        enum verdict verdict;
        unsigned wanted;
    } table[] = {
        {"worse by more than the margin", .03, .005, VERDICT_REGRESSED, 0},
        {"better by more than the margin", -.03, .005, VERDICT_IMPROVED, 0},
        {"within one and a half margins", .009, .005, VERDICT_EQUIVALENT, 0},
        {"apart from 0, and within one and a half margins", .015, .003, VERDICT_EQUIVALENT, 0},
        {"a little worse, and perhaps more", .019, .004, VERDICT_SMALL, 0},
        {"a little better, and perhaps more", -.019, .004, VERDICT_SMALL, 0},
        {"worse, or better", .03, .01, VERDICT_INCONCLUSIVE, LOOKS_LAST},
        {"anything", 0, .01, VERDICT_INCONCLUSIVE, LOOKS_LAST},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double d[LOOKS_LAST];
        print_message("# %s\n", table[i].name);
        spread_out(d, LOOKS_LAST, table[i].middle, table[i].step);
        struct looked looked = looks_take(d, LOOKS_FIRST, LOOKS_LAST, .02);
        assert_int_equal(looked.verdict, table[i].verdict);
        assert_int_equal(looked.wanted, table[i].wanted);
        looked = looks_take(d, LOOKS_FIRST, LOOKS_FIRST, .02);
        assert_int_equal(looked.verdict, table[i].verdict);
        assert_int_equal(looked.wanted, 0);
        looked = looks_take(d, LOOKS_LAST, LOOKS_LAST, .02);
        assert_int_equal(looked.wanted, 0);
    }
}

static void lost_blocks_leave_fewer_readings_and_a_rank_of_theirs(void **state)
{
    (void)state;
    static const struct {
        size_t left; /* of the first look's */
        enum verdict verdict;
        unsigned wanted;
    } table[] = {
        {8, VERDICT_REGRESSED, 0},     {7, VERDICT_NONE, LOOKS_LAST},
        {4, VERDICT_NONE, LOOKS_LAST}, {3, VERDICT_NONE, 0}, /* 6 of 21 would be too few again */
        {1, VERDICT_NONE, 0},          {0, VERDICT_NONE, 0},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double d[LOOKS_FIRST];
        spread_out(d, LOOKS_FIRST, .1, .001);
        for (size_t k = table[i].left; k < LOOKS_FIRST; k++)
            d[k] = NAN;
        struct looked looked = looks_take(d, LOOKS_FIRST, LOOKS_LAST, .02);
        print_message("# %zu readings\n", table[i].left);
        assert_int_equal(looked.verdict, table[i].verdict);
        assert_int_equal(looked.wanted, table[i].wanted);
        assert_int_equal(looked.ratio.n, table[i].left);
        assert_int_equal(looked.blocks, LOOKS_FIRST);
    }
}

static void a_given_number_of_blocks_is_looked_at_as_far_as_it_is(void **state)
{
    (void)state;
    double d[42];
    spread_out(d, 42, .1, .001);
    for (size_t i = 0; i < 2; i++) {
        unsigned blocks = i ? LOOKS_LAST : LOOKS_FIRST;
        struct looked all = looks_take_all(d, blocks, blocks, .02);
        struct looked look = looks_take(d, blocks, blocks, .02);
        assert_memory_equal(&all.ratio, &look.ratio, sizeof all.ratio);
        assert_int_equal(all.verdict, look.verdict);
    }
    struct looked looked = looks_take_all(d, 41, 42, .02);
    assert_int_equal(looked.blocks, 41);
    assert_int_equal(looked.wanted, 42);
    looked = looks_take_all(d, 42, 40, .02);
    assert_int_equal(looked.blocks, 40);
    assert_int_equal(looked.wanted, 0);
    assert_int_equal(looks_take_all(d, 5, 5, .02).verdict, VERDICT_NONE);
}

/* ---- how many more ---- */

static void more_readings_narrow_an_interval_with_the_root_of_their_number(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double effect, below, above; /* ln; a margin of 2 % reaches .0297 */
        unsigned more;
    } table[] = {
        {"half as wide it excludes 0", .05, .1, .1, 33},     /* 11 * 4 - 11 */
        {"likewise of what is better", -.05, .1, .1, 33},    /* to the other side */
        {"only what lies towards 0 counts", .05, .1, 9, 33}, /* */
        {"half as wide it is within the reach", 0, .0594, .0594, 33},
        {"the wider side decides that", 0, .01, .0594, 33},
        {"the easier of both", .005, .0499, .0494,
         33}, /* excluding 0 takes a hundred times as many */
        {"a hair's breadth is one more", .05, .0501, .05, 1},
        {"it is decided", .05, .04, .04, 0},
        {"alike is decided, too", 0, .01, .01, 0},
        {"more than anybody measures", .0299, .4, .4, 0},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct estimate ratio = {.value = exp(table[i].effect),
                                 .low = exp(table[i].effect - table[i].below),
                                 .high = exp(table[i].effect + table[i].above),
                                 .n = 11};
        print_message("# %s\n", table[i].name);
        near(looks_more(&ratio, .02), table[i].more, table[i].more > 1 ? 1 : 0);
    }
    struct estimate none = {.value = 1.5, .low = NAN, .high = NAN, .n = 3};
    assert_int_equal(looks_more(&none, .02), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_number_of_readings_has_its_rank),
        cmocka_unit_test(a_rank_is_the_largest_that_errs_no_more_than_without_losses),
        cmocka_unit_test(both_looks_together_err_less_than_the_sum_of_them),
        cmocka_unit_test(a_look_takes_its_blocks_and_their_order_statistics),
        cmocka_unit_test(between_the_looks_the_first_counts),
        cmocka_unit_test(before_the_first_look_there_is_a_middle_and_no_word),
        cmocka_unit_test(the_word_follows_from_interval_and_margin),
        cmocka_unit_test(lost_blocks_leave_fewer_readings_and_a_rank_of_theirs),
        cmocka_unit_test(a_given_number_of_blocks_is_looked_at_as_far_as_it_is),
        cmocka_unit_test(more_readings_narrow_an_interval_with_the_root_of_their_number),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("looks", tests, NULL, NULL);
}
