/* Curves from made-up rounds, by hand: values and their
 * ranges, rates, and where all can be compared. */
#include "latency_curve_room.h"

static void values_are_of_all_rounds_together(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 6; b++)
        add(0, b, RATE, REQUESTS, 40000 + 1000 * b);
    summarise();
    const struct latency_point *here = point(0, RATE);
    is(&here->p_ns[LATENCY_P50], 43000, 40000, 45000, 6); /* the slow hundredth tips it */
    assert_true(here->p_ns[LATENCY_P50].is_interval);
    is(&here->p_ns[LATENCY_P99], 160000, 160000, 180000, 6);
    is(&here->p_ns[LATENCY_P999], 1600000, 1600000, 1800000, 6);
    assert_int_equal(here->merged.total, 6 * REQUESTS);
    assert_int_equal(here->used, 6);
    assert_int_equal(here->lost, 0);
    near(here->cost_ns.median, 8000, .1);
    near(here->answered_rps, REQUESTS / 10., 1);
    near(here->trusted_p, 1, 0);
    for (size_t i = 0; i < LATENCY_PERCENTILES; i++)
        assert_null(here->why[i]);
}

static void below_six_rounds_there_is_a_range(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 3; b++)
        add(0, b, RATE, REQUESTS, 40000 + 1000 * b);
    summarise();
    const struct spread *p50 = &point(0, RATE)->p_ns[LATENCY_P50];
    is(p50, 41000, 40000, 42000, 3);
    assert_false(p50->is_interval);
}

/* Of nine rounds the interval leaves out the extremes; the value is made by one of them. */
static void the_interval_holds_the_value(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 9; b++) {
        struct round *round = synthetic_curve_round(&s, 0, b, RATE, 1000);
        histogram_release(&round->response);
        histogram_add(&round->response, 50000, b == 4 ? 80000 : 100000);
        histogram_add(&round->response, 900000, b == 4 ? 20000 : 0);
    }
    summarise();
    is(&point(0, RATE)->p_ns[LATENCY_P99], 900000, 50000, 900000, 9);
    assert_true(point(0, RATE)->p_ns[LATENCY_P99].is_interval);
}

/* And the other way round: one that has nearly all of the requests, and fast ones. */
static void the_interval_holds_a_low_value_as_well(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 9; b++) {
        struct round *round = synthetic_curve_round(&s, 0, b, RATE, 1000);
        histogram_release(&round->response);
        histogram_add(&round->response, b == 4 ? 10000 : 50000, b == 4 ? 90000000 : 100000);
    }
    summarise();
    is(&point(0, RATE)->p_ns[LATENCY_P99], 10000, 10000, 50000, 9);
}

struct support {
    const char *name;
    unsigned rounds;
    int64_t requests; /* of each */
    bool has_p99, has_p999;
    size_t n_p999;
};

static const struct support supports[] = {
    {"a hundred beyond in all, ten in each", 10, 10000, true, true, 10},
    {"fewer than ten in each: a value without a range", 12, 9000, true, true, 0},
    {"fewer than a hundred in all", 3, 20000, true, false, 0},
    {"one long round", 1, 100000, true, true, 1},
    {"not even a p99", 3, 3000, false, false, 0},
};

static void a_percentile_needs_requests_beyond_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof supports / sizeof *supports; i++) {
        const struct support *support = &supports[i];
        begin();
        for (uint32_t b = 0; b < support->rounds; b++)
            add(0, b, RATE, support->requests, 40000);
        summarise();
        const struct latency_point *here = point(0, RATE);
        const struct spread *p999 = &here->p_ns[LATENCY_P999];
        if (isnan(here->p_ns[LATENCY_P99].median) == support->has_p99 ||
            isnan(p999->median) == support->has_p999 || p999->n != support->n_p999 ||
            isnan(p999->low) != (support->n_p999 == 0))
            fail_msg("%s: p99 %f, p99.9 %f of %zu", support->name, here->p_ns[LATENCY_P99].median,
                     p999->median, p999->n);
        if (!support->has_p999)
            has(here->why[LATENCY_P999], "too few requests");
        release(NULL);
    }
}

/* The server's own reason speaks before one from outside. */
static void the_gravest_reason_is_kept(void **state)
{
    (void)state;
    begin();
    outcome_add(&add(0, 0, RATE, REQUESTS, 40000)->outcome, REASON_INTERFERED, "a neighbour");
    outcome_add(&add(0, 1, RATE, REQUESTS, 40000)->outcome, REASON_HUNG, "no answer for 2 s");
    add(0, 2, RATE, REQUESTS, 40000);
    summarise();
    assert_int_equal(point(0, RATE)->why_lost->code, REASON_HUNG);
    assert_false(point(0, RATE)->failed);
    assert_int_equal(point(0, RATE)->used, 1);
}

/* One that is repeated counts once; another of the same block
 * at another rate is no repeat of it. */
static void a_repeat_replaces_the_round_at_its_own_rate(void **state)
{
    (void)state;
    begin();
    outcome_add(&add(0, 0, RATE, REQUESTS, 40000)->outcome, REASON_INTERFERED, "a neighbour");
    add(0, 0, RATE, REQUESTS, 50000)->attempt = 1;
    struct round *other = add(0, 0, 2 * RATE, REQUESTS, 60000);
    other->connections = s.result.rounds[1].connections;
    outcome_add(&add(0, 0, 3 * RATE, REQUESTS, 70000)->outcome, REASON_NOISY, "a little");
    summarise();
    assert_int_equal(point(0, RATE)->used, 1);
    assert_int_equal(point(0, RATE)->lost, 0);
    near(point(0, RATE)->p_ns[LATENCY_P50].median, 50000, 100);
    assert_int_equal(point(0, 2 * RATE)->used, 1);
    assert_int_equal(point(0, 3 * RATE)->used, 1);
}

static void rates_ascend_whatever_the_order_of_the_rounds(void **state)
{
    (void)state;
    synthetic_latency(&s, 2);
    for (size_t i = 0, last = s.result.round_count - 1; i < last; i++, last--) {
        struct round swap = s.result.rounds[i];
        s.result.rounds[i] = s.result.rounds[last];
        s.result.rounds[last] = swap;
    }
    summarise();
    static const uint32_t rates[] = {2000, 5000, 10000, 20000, 50000, 100000};
    assert_int_equal(curve(0)->count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(curve(0)->points[i].rate_rps, rates[i]);
    assert_int_equal(curve(0)->knee_rps, 100000);
    assert_int_equal(curve(0)->best_rps, 50000);
    assert_int_equal(curve(2)->count, 5); /* thread is not asked beyond its knee */
    assert_int_equal(curve(2)->knee_rps, 50000);
}

static void the_common_rate_is_the_highest_at_which_all_have_a_p99(void **state)
{
    (void)state;
    synthetic_latency(&s, 2);
    summarise();
    assert_int_equal(summary.latencies[0].common_rps, 20000);
}

/* One that has no p99 anywhere does not take everybody else's
 * away; nor does one that has none only there. */
static void who_has_no_p99_at_all_is_left_out_of_it(void **state)
{
    (void)state;
    begin();
    size_t thread = synthetic_arm(&s, "thread"), pool = synthetic_arm(&s, "pool");
    for (uint32_t rate = RATE; rate <= 3 * RATE; rate += RATE) {
        add(0, 0, rate, REQUESTS, 40000);
        add(pool, 0, rate, rate == 3 * RATE ? 5000 : REQUESTS, 40000);
        late(add(thread, 0, rate, REQUESTS, 40000), .5);
    }
    summarise();
    assert_int_equal(summary.latencies[0].common_rps, 2 * RATE);
    assert_null(latency_last_with(curve(thread), LATENCY_P99));
    assert_int_equal(latency_last_with(curve(pool), LATENCY_P99)->rate_rps, 2 * RATE);
    assert_int_equal(latency_last_with(curve(pool), LATENCY_P50)->rate_rps, 3 * RATE);
}

static void nobody_has_a_p99(void **state)
{
    (void)state;
    begin();
    add(0, 0, RATE, 5000, 40000);
    summarise();
    assert_int_equal(summary.latencies[0].common_rps, 0);
}

/* Objectives come first, servers within them; one that was only looked at has its place. */
static void searches_stand_objective_by_objective(void **state)
{
    (void)state;
    synthetic_latency_init(&s, 3);
    s.result.experiment.slo.slos[1] = (struct slo){.999, 5000000};
    s.result.experiment.slo.slo_count = 2;
    size_t epoll = synthetic_arm(&s, "epoll"), slow = synthetic_arm(&s, "slow"),
           ceiling = synthetic_arm(&s, "ceiling"), idle = synthetic_arm(&s, "idle");
    synthetic_search(&s, epoll, &s.result.experiment.slo.slos[0], 100000, 70000);
    synthetic_look(&s, slow, 400);
    synthetic_look(&s, ceiling, 900000);
    (void)idle;
    summarise();
    const struct latency *latency = &summary.latencies[0];
    assert_int_equal(latency->slo_count, 2);
    assert_int_equal(latency->limit_arms, 2);
    assert_int_equal(latency->limits[0].arm, epoll);
    assert_int_equal(latency->limits[0].found.end, CAPACITY_FOUND);
    assert_int_equal(latency->limits[1].arm, slow);
    assert_int_equal(latency->limits[1].found.end, CAPACITY_GOES_ON);
    assert_int_equal(latency->limits[2].arm, epoll);
    assert_int_equal(latency->limits[2].found.end, CAPACITY_GOES_ON);
    assert_int_equal(latency->limits[3].found.end, CAPACITY_TOO_FEW);
    assert_int_equal(latency->curve_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(values_are_of_all_rounds_together),
        CASE(below_six_rounds_there_is_a_range),
        CASE(the_interval_holds_the_value),
        CASE(the_interval_holds_a_low_value_as_well),
        CASE(a_percentile_needs_requests_beyond_it),
        CASE(the_gravest_reason_is_kept),
        CASE(a_repeat_replaces_the_round_at_its_own_rate),
        CASE(rates_ascend_whatever_the_order_of_the_rounds),
        CASE(the_common_rate_is_the_highest_at_which_all_have_a_p99),
        CASE(who_has_no_p99_at_all_is_left_out_of_it),
        CASE(nobody_has_a_p99),
        CASE(searches_stand_objective_by_objective),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
