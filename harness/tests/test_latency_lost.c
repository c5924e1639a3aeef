/* Rates at which rounds were lost, because the generator was
 * late or the server failed: what is shown in spite of it. */
#include "latency_curve_room.h"

static void nothing_is_said_further_out_than_the_generator_vouches_for(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 6; b++)
        add(0, b, RATE, REQUESTS, 40000)->trusted_p = b == 3 ? .99 : 1;
    summarise();
    const struct latency_point *here = point(0, RATE);
    near(here->trusted_p, .99, 0);
    near(here->p_ns[LATENCY_P99].median, 160000, 400);
    assert_true(isnan(here->p_ns[LATENCY_P999].median));
    has(here->why[LATENCY_P999], "the generator was late so far out");
}

/* One sound round counts more than five that are good in part. */
static void late_rounds_serve_only_where_there_are_no_others(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 6; b++) {
        struct round *round = add(0, b, RATE, REQUESTS, b == 2 ? 40000 : 50000);
        if (b != 2)
            late(round, .95);
    }
    summarise();
    const struct latency_point *here = point(0, RATE);
    assert_int_equal(here->used, 1);
    assert_int_equal(here->lost, 5);
    assert_true(here->late);
    near(here->p_ns[LATENCY_P99].median, 160000, 400);
    assert_int_equal(here->why_lost->code, REASON_GEN_LATE);
}

static void of_late_rounds_alone_stands_what_lies_below(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 6; b++)
        late(add(0, b, RATE, REQUESTS, 40000), b == 0 ? .5 : .95);
    for (uint32_t b = 0; b < 6; b++)
        late(add(0, b, 2 * RATE, REQUESTS, 40000), .1);
    summarise();
    const struct latency_point *here = point(0, RATE);
    assert_int_equal(here->used, 6);
    assert_true(here->late);
    near(here->p_ns[LATENCY_P50].median, 40000, 100);
    assert_true(isnan(here->p_ns[LATENCY_P99].median));
    assert_int_equal(here->cost_ns.n, 5); /* those on time for it */
    const struct latency_point *there = point(0, 2 * RATE);
    assert_int_equal(there->used, 0);
    has(there->why[LATENCY_P50], "the generator was late");
    assert_int_equal(curve(0)->best_rps, RATE);
    assert_true(curve(0)->is_bound);
    assert_int_equal(curve(0)->knee_rps, 0);
}

/* Where only one can be shown; of the rounds whose p99 the generator vouches for. */
static void the_round_that_stands_for_all_has_a_p99(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 3; b++)
        add(0, b, RATE, REQUESTS, 40000 + 10000 * b);
    summarise();
    assert_ptr_equal(latency_typical(&s.result, &summary.latencies[0], 0), &s.result.rounds[1]);
    s.result.rounds[1].trusted_p = .9;
    assert_ptr_equal(latency_typical(&s.result, &summary.latencies[0], 0), &s.result.rounds[0]);
    late(&s.result.rounds[0], .9);
    late(&s.result.rounds[2], .9);
    assert_null(latency_typical(&s.result, &summary.latencies[0], 0));
}

static void a_cost_that_is_missing_says_why(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 6; b++) {
        add(0, b, RATE, REQUESTS, 40000);
        late(add(0, b, 2 * RATE, REQUESTS, 40000), .5);
        late(add(0, b, 3 * RATE, REQUESTS, 40000), .9);
        add(0, b, 4 * RATE, REQUESTS, 40000)->cpu_server_ns = MISSING;
        late(add(0, b, 5 * RATE, REQUESTS, 40000), 0);
        if (b < 4)
            outcome_add(&add(0, b, 6 * RATE, REQUESTS, 40000)->outcome, REASON_HUNG, "silence");
        else
            add(0, b, 6 * RATE, REQUESTS, 40000);
    }
    summarise();
    static const char *const why[] = {NULL,
                                      "a crowd of requests costs less",
                                      NULL,
                                      "the server's CPU time could not be read",
                                      "the generator was late",
                                      "the server failed here"};
    for (uint32_t i = 0; i < sizeof why / sizeof *why; i++) {
        const struct latency_point *here = point(0, (i + 1) * RATE);
        assert_true(isnan(here->cost_ns.median) == (why[i] != NULL));
        if (why[i])
            has(here->why_cost, why[i]);
        else
            assert_null(here->why_cost);
    }
    near(point(0, 2 * RATE)->p_ns[LATENCY_P50].median, 40000, 100); /* there is a median */
}

/* It failed in most of its rounds: those it survived say
 * nothing. In half of them is not in most. */
static void a_server_that_fails_is_not_judged_by_what_it_survived(void **state)
{
    (void)state;
    begin();
    for (uint32_t b = 0; b < 4; b++)
        add(0, b, RATE, REQUESTS, 40000);
    for (uint32_t b = 0; b < 4; b++)
        if (b < 1)
            add(0, b, 2 * RATE, REQUESTS, 50000);
        else
            synthetic_overload(&s, 0, b, 2 * RATE);
    outcome_add(&s.result.rounds[0].outcome, REASON_OVERLOADED, "twice in four rounds");
    outcome_add(&s.result.rounds[1].outcome, REASON_OVERLOADED, "twice in four rounds");
    summarise();
    assert_false(point(0, RATE)->failed);
    assert_int_equal(point(0, RATE)->used, 2);
    assert_int_equal(point(0, RATE)->faults, 2);
    assert_false(isnan(point(0, RATE)->p_ns[LATENCY_P99].median));
    says(&summary.cautions,
         "epoll failed in 2 of 4 rounds at 10,000 requests/s (OVERLOADED: twice in four rounds); "
         "its latency is from the others.");
    const struct latency_point *knee = point(0, 2 * RATE);
    assert_true(knee->failed);
    assert_false(knee->late);
    assert_true(isnan(knee->p_ns[LATENCY_P50].median));
    has(knee->why[LATENCY_P50], "the server failed here");
    assert_int_equal(knee->why_lost->code, REASON_OVERLOADED);
    assert_int_equal(curve(0)->knee_rps, 2 * RATE);
    assert_int_equal(curve(0)->best_rps, RATE);
    assert_false(curve(0)->is_bound);
}

/* Late in four of six and overloaded in one; what is left is one round, or none. */
static void a_point_of_which_little_is_left_says_how_much(void **state)
{
    (void)state;
    for (uint32_t kept = 0; kept < 2; kept++) {
        begin();
        for (uint32_t b = 0; b < 6; b++) {
            add(0, b, RATE, REQUESTS, 40000);
            if (b == 0)
                synthetic_overload(&s, 0, b, 2 * RATE);
            else if (b <= kept)
                add(0, b, 2 * RATE, REQUESTS, 90000);
            else
                late(add(0, b, 2 * RATE, REQUESTS, 90000), 0);
        }
        summarise();
        const struct strings *sentences = &summary.latencies[0].sentences;
        says(&summary.cautions, "epoll failed in 1 of 6 rounds at 20,000 requests/s (OVERLOADED: ");
        says(&summary.cautions, kept ? "; its latency is from one of the others."
                                     : "; none of the others could be used.");
        says(sentences, kept ? ", 360 µs (one round of 6) at 20,000/s; at 20,000/s the generator "
                               "was late in 4 of 6 rounds: what the server bears is not known."
                             : "; at 20,000/s the generator was late in 5 of 6 rounds: what the "
                               "server bears is not known.");
        release(NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(nothing_is_said_further_out_than_the_generator_vouches_for),
        CASE(late_rounds_serve_only_where_there_are_no_others),
        CASE(of_late_rounds_alone_stands_what_lies_below),
        CASE(the_round_that_stands_for_all_has_a_p99),
        CASE(a_cost_that_is_missing_says_why),
        CASE(a_point_of_which_little_is_left_says_how_much),
        CASE(a_server_that_fails_is_not_judged_by_what_it_survived),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("latency, of what was lost", tests, NULL, NULL);
}
