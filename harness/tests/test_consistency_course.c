/* What of a round is judged: which stretches, and what each of them is told by. */
#include "tests/consistency_room.h"

static struct consistency_course course;

static const struct consistency_course *course_of(const struct round *round,
                                                  enum consistency_measure measure)
{
    consistency_course_release(&course);
    consistency_course_make(&course, round, measure);
    return &course;
}

static int forget(void **state)
{
    consistency_course_release(&course);
    return release(state);
}

/* idle 2, load 30, burst 2, load 30, idle 5, close 5, load 50:
 * each load without its first two seconds. */
static void rests_bursts_and_the_first_seconds_of_a_load_are_cut_out(void **state)
{
    (void)state;
    begin();
    course_of(add(&flat, 1), CONSISTENCY_MEMORY);
    assert_int_equal(course.course.count, 28 + 28 + 48);
    assert_int_equal(course.stretches[0], 4);
    assert_int_equal(course.stretches[27], 31);
    assert_int_equal(course.stretches[28], 36);
    assert_int_equal(course.stretches[55], 63);
    assert_int_equal(course.stretches[56], 76);
    assert_int_equal(course.stretches[103], 123);
    near(course.course.interval_s, 1, 0);
}

static void a_stretch_that_lies_partly_elsewhere_is_left_out(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    round->course.interval_ns = INT64_C(3000000000);
    round->course.count = 41; /* to 123 s */
    course_of(round, CONSISTENCY_MEMORY);
    static const size_t stretches[] = {2,  3,  4,  5,  6,  7,  8,  9,      /* 6 to 30 s */
                                       12, 13, 14, 15, 16, 17, 18, 19, 20, /* 36 to 63 */
                                       26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40};
    assert_int_equal(course.course.count, sizeof stretches / sizeof *stretches);
    assert_memory_equal(course.stretches, stretches, sizeof stretches);
}

static void only_the_rate_that_has_most_of_the_time_is_judged(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    round->phases.items[1].rate_rps = 2 * CONSISTENCY_RPS;
    assert_int_equal(course_of(round, CONSISTENCY_MEMORY)->course.count, 28 + 48);
    near(consistency_rate_rps(round), CONSISTENCY_RPS, 0);
    round->phases.items[6].rate_rps = 2 * CONSISTENCY_RPS;
    assert_int_equal(course_of(round, CONSISTENCY_MEMORY)->course.count, 28 + 48);
    near(consistency_rate_rps(round), 2 * CONSISTENCY_RPS, 0);
}

static void memory_is_the_lowest_and_the_highest_reading_of_a_stretch(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    round->course.rss_low_bytes[40] = 1000;
    round->course.rss_high_bytes[40] = 9000;
    round->course.rss_low_bytes[41] = MISSING;
    course_of(round, CONSISTENCY_MEMORY);
    near(course.low[32], 1000, 0);
    near(course.high[32], 9000, 0);
    assert_true(isnan(course.low[33]));
    assert_int_equal(course.stretches[32], 40);
}

/* Those, too, that are left out of the latencies. */
static void requests_are_all_that_were_answered(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    round->requests_count = 1234567;
    for (size_t i = 0; i < round->latency.count; i++)
        round->latency.n[i] /= 2;
    near(course_of(round, CONSISTENCY_MEMORY)->course.requests, 1234567. * 112 / 114, 1);
    near(course.requests, 1234567. * 104 / 114, 1);
}

/* What comes before the first judged second and after the last
 * is no part of what was kept between them. */
static void requests_are_of_the_judged_span(void **state)
{
    (void)state;
    static const struct {
        const char *phases;
        double span_s, judged_s; /* at the judged rate */
    } table[] = {
        {"load 110s, burst 55s at 2x", 108, 108},
        {"burst 55s at 2x, load 110s", 108, 108},
        {"load 60s at 500k, load 120s at 50k", 118, 118},
        {"load 60s, load 20s at 10x, load 60s", 58 + 200 + 60, 58 + 58},
        {"load 110s", 108, 108},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *error = NULL;
        begin();
        assert_int_equal(phases_read(&s.result.experiment.phases.phases, table[i].phases, &error),
                         0);
        phases_settle(&s.result.experiment.phases.phases, CONSISTENCY_RPS);
        struct round *round = add(&flat, 1);
        near(course_of(round, CONSISTENCY_MEMORY)->course.requests,
             CONSISTENCY_RPS * table[i].span_s, 1);
        near(course.requests, CONSISTENCY_RPS * table[i].judged_s, 1);
        release(NULL);
    }
    begin();
}

/* idle 2, load 30, burst 2, load 30, ...: 114 s of the usual rate in all. */
static void between_two_moments_are_what_the_rates_have_there(void **state)
{
    (void)state;
    static const struct {
        double from_s, to_s, seconds; /* at the usual rate; 0: none */
    } table[] = {{0, 2, 0},    {1, 3, 1},       {31, 35, 6},   {0, 1000, 114}, {64, 74, 0},
                 {-5, 33, 32}, {123, 124.5, 1}, {200, 210, 0}, {40, 40, 0}};
    begin();
    struct round *round = add(&flat, 1);
    round->requests_count = 114 * 3000;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double requests = consistency_requests(round, 1e9 * table[i].from_s, 1e9 * table[i].to_s);
        if (table[i].seconds > 0)
            near(requests, 3000 * table[i].seconds, 1e-6);
        else
            assert_true(isnan(requests));
    }
}

/* An interrupted generator says nothing of them: 30 s at the rate, 2 s at twice that, and 6 s. */
static void of_a_round_that_was_cut_off_they_are_those_that_were_due(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    synthetic_interrupt(round, 40);
    near(course_of(round, CONSISTENCY_MEMORY)->course.requests, CONSISTENCY_RPS * (28 + 4 + 6.), 1);
    assert_int_equal(course.course.count, 28 + 4);
}

/* As a dry run says of the same phases. */
static void what_is_needed_is_load_with_the_seconds_that_are_not_judged(void **state)
{
    (void)state;
    static const struct {
        const char *phases;
        double needed_s; /* 0: it is decided */
    } table[] = {
        {"load 100s", 102},
        {"load 102s", 0},
        {"load 50s, idle 2s, load 50s", 104},
        {"load 52s, idle 2s, load 52s", 0},
        {"load 99s, load 5s at 10x", 102},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct flatness flatness;
        char *error = NULL;
        begin();
        assert_int_equal(phases_read(&s.result.experiment.phases.phases, table[i].phases, &error),
                         0);
        consistency_judge(&flatness, add(&flat, 1), CONSISTENCY_MEMORY);
        assert_int_equal(flatness.kind == FLATNESS_UNDECIDED, table[i].needed_s > 0);
        near(flatness.needed_s, table[i].needed_s, 0);
        release(NULL);
    }
    begin();
}

static void a_cost_is_the_cpu_time_of_a_stretch_over_its_requests(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    round->course.cpu_server_ns[10] = INT64_C(400000000);
    round->course.cpu_server_ns[11] = MISSING;
    course_of(round, CONSISTENCY_COST);
    near(course.low[6], 400e6 / CONSISTENCY_RPS, 1e-6);
    assert_true(isnan(course.low[7]));
    double *costs = consistency_costs_ns(round);
    assert_true(isnan(costs[0]));    /* nothing was asked */
    near(costs[32], .9 * 8000, 200); /* a burst is no rest */
    free(costs);
}

/* Intervals of 300 ms do not end where seconds do. */
static void requests_are_spread_over_stretches_by_time(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    round->latency.interval_ns = 300000000;
    for (size_t i = 0; i < round->latency.count; i++)
        round->latency.n[i] = 15000;
    round->course.cpu_server_ns[10] = INT64_C(400000000);
    course_of(round, CONSISTENCY_COST);
    near(course.low[6], 400e6 / CONSISTENCY_RPS, 1e-6);
}

/* The generator was kept away, and left out what was due
 * meanwhile; the server answered it all the same. */
static void a_stretch_whose_requests_were_left_out_has_no_cost(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    round->latency.n[105] = 0;
    course_of(round, CONSISTENCY_COST);
    assert_true(isnan(course.low[6]));
    assert_false(isnan(course.low[7]));
    round->latency.n[105] = round->latency.n[104] - 2000; /* 4 % */
    assert_false(isnan(course_of(round, CONSISTENCY_COST)->low[6]));
}

static void a_percentile_is_the_median_of_its_intervals(void **state)
{
    (void)state;
    static const int64_t p99_ns[] = {5, 3, MISSING, 900, 4, 2, 1, 6, MISSING, MISSING};
    begin();
    struct round *round = add(&flat, 1);
    memcpy(&round->latency.p99_ns[100], p99_ns, sizeof p99_ns);
    for (size_t i = 110; i < 120; i++)
        round->latency.p99_ns[i] = MISSING;
    course_of(round, CONSISTENCY_P99);
    near(course.low[6], 4, 0);
    assert_true(isnan(course.low[7]));
}

static void an_interval_longer_than_a_stretch_stands_for_all_in_it(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    round->latency.interval_ns = INT64_C(4000000000);
    round->latency.count = 31;
    for (size_t i = 0; i < 31; i++)
        round->latency.p50_ns[i] = (int64_t)i;
    course_of(round, CONSISTENCY_P50);
    near(course.low[0], 1, 0); /* 4 to 5 s */
    near(course.low[3], 1, 0);
    near(course.low[4], 2, 0);
}

static const struct time_case {
    const char *what;
    double trusted_p;
    enum reason_code code;
    bool cost, p50, p99; /* are judged */
} time_cases[] = {
    {"nothing", 1, REASON_CODES, true, true, true},
    {"a late tail", .98, REASON_GEN_LATE, true, true, false},
    {"a late generator", .8, REASON_GEN_LATE, false, true, false},
    {"a generator late throughout", .4, REASON_GEN_LATE, false, false, false},
    {"others on the CPU", 1, REASON_INTERFERED, false, false, false},
};

static void what_spoils_times_spoils_no_counts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof time_cases / sizeof *time_cases; i++) {
        const struct time_case *c = &time_cases[i];
        begin();
        struct round *round = add(&flat, 1);
        round->trusted_p = c->trusted_p;
        if (c->code != REASON_CODES)
            outcome_add(&round->outcome, c->code, "%s", c->what);
        if (!course_of(round, CONSISTENCY_COST)->why != c->cost ||
            !course_of(round, CONSISTENCY_P50)->why != c->p50 ||
            !course_of(round, CONSISTENCY_P99)->why != c->p99)
            fail_msg("after %s something else is judged", c->what);
        assert_null(course_of(round, CONSISTENCY_MEMORY)->why);
        assert_null(course_of(round, CONSISTENCY_THREADS)->why);
        assert_true(isnan(consistency_p99_worst_ratio(round)) == !c->p99);
        result_release(&s.result);
    }
    begin();
}

/* A sixth of all intervals takes three times as long. */
static void the_worst_tenth_is_told_as_a_multiple_of_the_usual(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    for (size_t i = 0; i < round->latency.count; i++)
        if (round->latency.p99_ns[i] != MISSING)
            round->latency.p99_ns[i] = i % 6 == 0 ? 300 : 100;
    near(consistency_p99_worst_ratio(round), 3, 0);
    for (size_t i = 0; i < round->latency.count; i++)
        round->latency.p99_ns[i] = i >= 10 * 32 && i < 10 * 36 ? 100000 : 100;
    near(consistency_p99_worst_ratio(round), 1, 0); /* a burst, and what follows it */
    round->latency.count = 60;
    assert_true(isnan(consistency_p99_worst_ratio(round))); /* of 20 intervals */
}

#define FORGET(name) cmocka_unit_test_teardown(name, forget)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORGET(rests_bursts_and_the_first_seconds_of_a_load_are_cut_out),
        FORGET(a_stretch_that_lies_partly_elsewhere_is_left_out),
        FORGET(only_the_rate_that_has_most_of_the_time_is_judged),
        FORGET(memory_is_the_lowest_and_the_highest_reading_of_a_stretch),
        FORGET(requests_are_all_that_were_answered),
        FORGET(requests_are_of_the_judged_span),
        FORGET(what_is_needed_is_load_with_the_seconds_that_are_not_judged),
        FORGET(between_two_moments_are_what_the_rates_have_there),
        FORGET(of_a_round_that_was_cut_off_they_are_those_that_were_due),
        FORGET(a_cost_is_the_cpu_time_of_a_stretch_over_its_requests),
        FORGET(requests_are_spread_over_stretches_by_time),
        FORGET(a_stretch_whose_requests_were_left_out_has_no_cost),
        FORGET(a_percentile_is_the_median_of_its_intervals),
        FORGET(an_interval_longer_than_a_stretch_stands_for_all_in_it),
        FORGET(what_spoils_times_spoils_no_counts),
        FORGET(the_worst_tenth_is_told_as_a_multiple_of_the_usual),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency's courses", tests, NULL, NULL);
}
