/* Which rate paced rounds ask for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "measure/rate.h"
#include "tests/synthetic.h"

static void the_grid_is_1_2_5_and_goes_down(void **state)
{
    (void)state;
    static const struct {
        double rps;
        uint32_t grid;
    } table[] = {
        {NAN, 0},
        {-5, 0},
        {0, 0},
        {.9, 0},
        {1, 1},
        {1.9, 1},
        {2, 2},
        {4.99, 2},
        {5, 5},
        {9.99, 5},
        {10, 10},
        {19999, 10000},
        {20000, 20000},
        {49999, 20000},
        {50000, 50000},
        {99999, 50000},
        {1e8, 100000000},
        {4e8, 200000000},
        {1e12, 500000000},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(rate_on_grid(table[i].rps), table[i].grid);
}

static void the_grid_goes_up_step_by_step(void **state)
{
    (void)state;
    static const uint32_t steps[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

    for (size_t i = 0; i + 1 < sizeof steps / sizeof *steps; i++)
        assert_int_equal(rate_grid_up(steps[i]), steps[i + 1]);
    assert_int_equal(rate_grid_up(50000), 100000);
}

static void connections_are_four_times_those_that_are_busy(void **state)
{
    (void)state;
    static const uint32_t table[][2] = {{1, 32},      {1600, 32},    {2000, 40},
                                        {20000, 400}, {51200, 1024}, {10000000, 1024}};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(rate_connections(table[i][0]), table[i][1]);
}

static struct round *look(struct synthetic *s, size_t arm, size_t workload, int64_t requests)
{
    struct round round;
    round_init(&round);
    round.arm = (uint32_t)arm;
    round.workload = (uint32_t)workload;
    round.probe = true;
    round.requests_count = requests;
    round.duration_ns = 1000000000;
    return result_add_round(&s->result, &round);
}

static void make(struct synthetic *s)
{
    synthetic_init(s, 6);
    synthetic_arm(s, "thread");
    synthetic_arm(s, "epoll");
    synthetic_workload(s, "plaintext", "one");
    synthetic_workload(s, "json", "two");
}

static void the_rate_is_at_most_half_of_what_the_slowest_gave(void **state)
{
    (void)state;
    struct synthetic s;
    make(&s);
    assert_int_equal(rate_of(&s.result, 0), 0);
    look(&s, 0, 0, 100000);
    assert_int_equal(rate_of(&s.result, 0), 50000);
    look(&s, 1, 0, 99999);
    assert_int_equal(rate_of(&s.result, 0), 20000);
    look(&s, 0, 1, 3000); /* of the other workload */
    assert_int_equal(rate_of(&s.result, 0), 20000);
    assert_int_equal(rate_of(&s.result, 1), 1000);
    result_release(&s.result);
}

static void the_better_look_at_an_arm_counts_and_failed_ones_do_not(void **state)
{
    (void)state;
    struct synthetic s;
    make(&s);
    outcome_add(&look(&s, 0, 0, 30000)->outcome, REASON_INTERFERED, "others");
    assert_int_equal(rate_of(&s.result, 0), 10000); /* too low is no fault */
    look(&s, 0, 0, 100000);
    assert_int_equal(rate_of(&s.result, 0), 50000);
    outcome_add(&look(&s, 1, 0, 50)->outcome, REASON_ERRORS, "wrong answers");
    look(&s, 1, 0, MISSING);
    look(&s, 1, 0, 0);
    assert_int_equal(rate_of(&s.result, 0), 50000);
    outcome_add(&look(&s, 1, 0, 80000)->outcome, REASON_GEN_BOUND, "a bound");
    assert_int_equal(rate_of(&s.result, 0), 20000);
    result_release(&s.result);
}

static void a_rate_of_disturbed_looks_is_doubtful(void **state)
{
    (void)state;
    struct synthetic s;
    make(&s);
    assert_false(rate_is_doubtful(&s.result, 0));
    outcome_add(&look(&s, 0, 0, 30000)->outcome, REASON_INTERFERED, "others");
    assert_true(rate_is_doubtful(&s.result, 0));
    look(&s, 1, 0, 90000); /* who is faster says nothing of the slowest */
    assert_true(rate_is_doubtful(&s.result, 0));
    look(&s, 0, 0, 25000);
    assert_false(rate_is_doubtful(&s.result, 0));
    result_release(&s.result);
}

static void other_rounds_are_no_looks_and_a_rate_that_is_said_stands(void **state)
{
    (void)state;
    struct synthetic s;
    make(&s);
    synthetic_solo(&s, 0, 0, 0, 4600, 3e6);
    synthetic_pair(&s, 0, 1, 0, 0, 1.4, .01);
    assert_int_equal(rate_of(&s.result, 0), 0);
    s.result.experiment.paced.rate_rps = 12345;
    assert_int_equal(rate_of(&s.result, 0), 12345);
    result_release(&s.result);
}

static void curves_begin_at_a_twentieth_of_the_slowest_look(void **state)
{
    (void)state;
    struct synthetic s;
    struct rates rates;
    make(&s);
    rate_levels(&rates, &s.result, 0);
    assert_int_equal(rates.count, 0);
    look(&s, 0, 0, 41000);
    look(&s, 1, 0, 90000);
    rate_levels(&rates, &s.result, 0);
    assert_int_equal(rates.items[0], 2000);
    assert_int_equal(rates.items[1], 5000);
    assert_int_equal(rates.items[rates.count - 1], 10000000); /* nobody asks for more */
    s.result.experiment.curve.skipped = 2;
    rate_levels(&rates, &s.result, 0);
    assert_int_equal(rates.items[0], 10000);
    look(&s, 0, 1, 3); /* of the other workload: less than one a second is none */
    s.result.experiment.curve.skipped = 0;
    rate_levels(&rates, &s.result, 1);
    assert_int_equal(rates.items[0], 1);
    assert_int_equal(rates.count, 22);
    s.result.experiment.curve.rates = (struct rates){{7, 9}, 2};
    rate_levels(&rates, &s.result, 0);
    assert_int_equal(rates.count, 2);
    assert_int_equal(rates.items[1], 9);
    result_release(&s.result);
}

/* Of servers alone: by the highest rate, and by the longest
 * time that an objective of the workload allows. */
static void connections_alone_are_the_same_for_all(void **state)
{
    (void)state;
    struct synthetic s;
    make(&s);
    struct slo_set *slo = &s.result.experiment.slo;
    assert_int_equal(rate_curve_connections(&s.result, 0), 32);
    look(&s, 0, 0, 10000);
    look(&s, 1, 0, 20000);
    assert_int_equal(rate_curve_connections(&s.result, 0), 400);
    assert_int_equal(rate_search_connections(&s.result, 0), 400);
    s.result.experiment.curve.rates = (struct rates){{1000, 5000}, 2};
    assert_int_equal(rate_curve_connections(&s.result, 0), 100);
    assert_int_equal(rate_search_connections(&s.result, 0), 400);
    slo->slos[0] = (struct slo){.99, 2000000};
    slo->slos[1] = (struct slo){.999, 8000000};
    slo->slo_count = 2;
    assert_int_equal(rate_curve_connections(&s.result, 0), 100); /* of no workload yet */
    strings_add(&slo->set.workloads, "plaintext");
    assert_int_equal(rate_curve_connections(&s.result, 0), 160);
    assert_int_equal(rate_search_connections(&s.result, 0), 640);
    slo->slo_count = 1;
    assert_int_equal(rate_search_connections(&s.result, 0), 160);
    look(&s, 1, 0, 1000000);
    assert_int_equal(rate_search_connections(&s.result, 0), 1024);
    result_release(&s.result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_grid_is_1_2_5_and_goes_down),
        cmocka_unit_test(the_grid_goes_up_step_by_step),
        cmocka_unit_test(curves_begin_at_a_twentieth_of_the_slowest_look),
        cmocka_unit_test(connections_alone_are_the_same_for_all),
        cmocka_unit_test(connections_are_four_times_those_that_are_busy),
        cmocka_unit_test(the_rate_is_at_most_half_of_what_the_slowest_gave),
        cmocka_unit_test(the_better_look_at_an_arm_counts_and_failed_ones_do_not),
        cmocka_unit_test(a_rate_of_disturbed_looks_is_doubtful),
        cmocka_unit_test(other_rounds_are_no_looks_and_a_rate_that_is_said_stands),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
