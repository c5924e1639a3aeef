/*
 * Rounds of one server alone at a rate, as curves and searches have them: what the generator says
 * of the limit of a trial and of how the latency went over time; and once with the real one.
 */
#include "measure_room.h"

enum { RATE_RPS = 2000, CONNECTIONS = 24 };

static const struct slo slo = {.99, 5000000}, generous = {.95, 1000000000};

/* A trial of it, or a round of a curve. */
static void measure_alone(const struct slo *objective, const char *pace, struct round *round)
{
    struct round_plan plan = usual_plan(NULL, 1);
    plan.paced = true;
    plan.rate_rps = RATE_RPS;
    plan.connections = CONNECTIONS;
    plan.curve = objective == NULL;
    plan.slo = objective ? *objective : (struct slo){0};
    plan.confirms = objective != NULL;
    measure_as_planned(&plan, NULL, "well", NULL, "well", pace, round);
}

static void expect_what_both_kinds_have(const struct round *round)
{
    assert_no_fault_of_its_own(round);
    assert_int_equal(round->role, ROLE_SOLO);
    assert_int_equal(round->load_kind, LOAD_OPEN);
    assert_int_equal(round->rate_rps, RATE_RPS);
    assert_int_equal(round->connections, CONNECTIONS);
    assert_int_equal(round->load_seed, 3); /* the run's seed, which is 0, and the block */
    assert_int_equal(round->requests_count, 100);
    assert_int_equal(round->response.total, 100);
    assert_int_equal(round->cpu_server_ns, 700000);
    assert_int_equal(round->latency.count, 2);
    assert_int_equal(round->latency.interval_ns, 500000000);
    assert_int_equal(round->latency.n[0], 100);
    assert_int_equal(round->latency.n[1], 0);
    assert_int_equal(round->latency.p50_ns[0], 1000);
    assert_int_equal(round->latency.p90_ns[1], MISSING);
    assert_int_equal(round->latency.p99_ns[0], 5003);
    assert_int_equal(round->latency.max_ns[0], MISSING);
    assert_int_equal(most_alive, 2); /* a server and a generator */
}

static void a_trial_counts_who_missed_its_limit(void **state)
{
    (void)state;
    struct round round;
    measure_alone(&slo, "well", &round);
    expect_what_both_kinds_have(&round);
    assert_false(round.curve);
    assert_true(round.trial.slo.p == .99 && round.trial.confirms);
    assert_int_equal(round.trial.slo.limit_ns, 5000000);
    assert_int_equal(round.trial.n_count, 20000);
    assert_int_equal(round.trial.missed_count, 200);
    round_release(&round);
}

static void a_round_of_a_curve_has_no_limit(void **state)
{
    (void)state;
    struct round round;
    measure_alone(NULL, "well", &round);
    expect_what_both_kinds_have(&round);
    assert_true(round.curve && round.trial.slo.p == 0);
    assert_int_equal(round.trial.n_count, MISSING);
    assert_null(round_why_missing(&round, "trial.n_count"));
    round_release(&round);
}

/* What the generator does not vouch for is missing, with a reason. */
static void a_verdict_decides_what_there_is(void **state)
{
    (void)state;
    static const struct {
        const char *way;
        enum reason_code code; /* REASON_CODES: none */
        bool has_counts, has_series;
        const char *why_no_counts;
    } table[] = {
        {"well", REASON_CODES, true, true, NULL},
        {"vague", REASON_CODES, false, true, "the generator was too late to vouch for the share"},
        {"late", REASON_GEN_LATE, true, true, NULL},
        {"overloaded", REASON_OVERLOADED, false, false, NULL},
        {"disturbed", REASON_INTERFERED, false, false, NULL},
        {"errs", REASON_ERRORS, false, false, NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct round round;
        measure_alone(&slo, table[i].way, &round);
        print_message("# %s\n", table[i].way);
        if (table[i].code != REASON_CODES)
            assert_true(outcome_has(&round.outcome, table[i].code));
        assert_int_equal(round.trial.n_count != MISSING, table[i].has_counts);
        assert_int_equal(round.trial.missed_count != MISSING, table[i].has_counts);
        assert_int_equal(round.latency.count > 0, table[i].has_series);
        const char *why = round_why_missing(&round, "trial.missed_count");
        if (table[i].why_no_counts && round.outcome.kind != OUTCOME_INVALID)
            assert_string_equal(why, table[i].why_no_counts);
        round_release(&round);
    }
}

static void a_report_that_does_not_fit_makes_no_number(void **state)
{
    (void)state;
    static const struct {
        const char *way, *detail;
    } table[] = {
        {"strays", "the generator's report is not whole: it counts against another limit"},
        {"uneven", "the generator's report is not whole: p90_ns"},
        {"fewer", "the generator's report is not whole: it is of another number of servers"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct round round;
        measure_alone(&slo, table[i].way, &round);
        assert_true(outcome_has(&round.outcome, REASON_LOAD_FAILED));
        assert_string_equal(round.outcome.reasons[0].detail, table[i].detail);
        assert_int_equal(round.requests_count, MISSING);
        assert_int_equal(round.trial.n_count, MISSING);
        assert_int_equal(round.latency.count, 0);
        round_release(&round);
    }
}

/* Where others take the CPU pace says so itself: then its numbers are not looked at. */
static void the_real_generator_asks_one_server(void **state)
{
    (void)state;
    struct round round;
    char *pace = tools_built("../../../bin/pace");
    measure_alone(&generous, pace, &round);
    free(pace);
    assert_int_equal(most_alive, 2);
    if (outcome_has(&round.outcome, REASON_LOAD_FAILED))
        fail_msg("%s", round.outcome.reasons[0].detail);
    assert_false(outcome_has(&round.outcome, REASON_ERRORS));
    if (round.outcome.kind != OUTCOME_INVALID) {
        assert_in_range(round.requests_count, RATE_RPS * 8 / 10, RATE_RPS * 12 / 10);
        /* those that were due while pace was kept from its CPU are
         * answered, and count for nothing */
        assert_in_range(round.trial.n_count, 1, round.requests_count);
        assert_int_equal(round.trial.n_count, round.response.total);
        assert_int_equal(round.trial.missed_count, 0);
        assert_in_range(round.latency.count, 1, 10);
        int64_t counted = 0;
        for (size_t i = 0; i < round.latency.count; i++)
            counted += round.latency.n[i];
        assert_int_equal(counted, round.trial.n_count);
    }
    round_release(&round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_counts_who_missed_its_limit),
        cmocka_unit_test(a_round_of_a_curve_has_no_limit),
        cmocka_unit_test(a_verdict_decides_what_there_is),
        cmocka_unit_test(a_report_that_does_not_fit_makes_no_number),
        cmocka_unit_test(the_real_generator_asks_one_server),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("measure_alone", tests, open_all, close_all);
}
