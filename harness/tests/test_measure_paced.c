/*
 * Rounds at a rate, from fresh processes to numbers: what one generator of both servers says of
 * each, in each way in which it can go wrong; and once with the real one.
 */
#include "measure_room.h"

enum { RATE_RPS = 2000, CONNECTIONS = 40, EVEN_BLOCK = 2 };

static void measure_paced(const char *subject, const char *reference, const char *pace,
                          struct round *rounds)
{
    struct round_plan plan = usual_plan(reference, 1);
    plan.paced = true;
    plan.rate_rps = RATE_RPS;
    plan.block = EVEN_BLOCK;
    measure_as_planned(&plan, NULL, subject, reference, "well", pace, rounds);
}

static void release_pair(struct round *rounds)
{
    round_release(&rounds[0]);
    round_release(&rounds[1]);
}

static void both_arms_have_what_the_one_generator_says_of_each(void **state)
{
    (void)state;
    struct round rounds[2];
    measure_paced("well", "well", "well", rounds);
    for (unsigned i = 0; i < 2; i++) {
        const struct round *round = &rounds[i];
        assert_no_fault_of_its_own(round);
        assert_false(outcome_has(&round->outcome, REASON_LOAD_FAILED));
        assert_int_equal(round->load_kind, LOAD_OPEN);
        assert_int_equal(round->rate_rps, RATE_RPS);
        assert_int_equal(round->connections, CONNECTIONS);
        assert_int_equal(round->load_seed, EVEN_BLOCK); /* the run's seed, which is 0, and that */
        assert_int_equal(round->requests_count, 100);
        assert_int_equal(round->duration_ns, 1000000000);
        assert_int_equal(round->bytes_read, 14700);
        assert_int_equal(round->cpu_server_ns, 700000 * (i + 1));
        assert_int_equal(round->cpu_server_user_ns, MISSING);
        assert_string_equal(round_why_missing(round, "cpu_server_user_ns"),
                            "the generator reads all CPU time as one");
        assert_int_equal(round->cpu_load_ns, 990000000);
        assert_int_equal(round->run_delay_load_ns, 1000);
        assert_int_equal(round->errors.read, 3);
        assert_int_equal(round->errors.status, 7);
        assert_int_equal(round->response.total, 100);
        assert_int_equal(histogram_quantile_ns(&round->response, .9), 1000);
        assert_false(round->corrected);
        assert_true(round->trusted_p == 1);
        assert_true(round->passive_opens >= 2 * CONNECTIONS);
        assert_int_equal(round->with, (int)(1 - i));
    }
    assert_int_equal(most_alive, 3); /* two servers and one generator */
    release_pair(rounds);
}

static void servers_change_places_from_block_to_block(void **state)
{
    (void)state;
    struct round rounds[2];
    struct round_plan plan = usual_plan("well", 1);
    plan.paced = true;
    plan.rate_rps = RATE_RPS;
    plan.block = EVEN_BLOCK + 1;
    measure_as_planned(&plan, NULL, "well", "well", "well", "well", rounds);
    for (unsigned i = 0; i < 2; i++) /* the generator's second server takes twice as much */
        assert_int_equal(rounds[i].cpu_server_ns, 700000 * (2 - i));
    release_pair(rounds);
}

static const struct reason *find(const struct round *round, enum reason_code code)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (round->outcome.reasons[i].code == code)
            return &round->outcome.reasons[i];
    return NULL;
}

/* What the subject and the reference must be, with
 * REASON_CODES for "no reason that makes them invalid". */
static void the_generators_verdict_is_the_rounds(void **state)
{
    (void)state;
    static const struct {
        const char *way;
        enum reason_code codes[2];
        double trusted_p;
        bool has_latency[2];
    } table[] = {
        {"noisy", {REASON_NOISY, REASON_NOISY}, 1, {true, true}},
        {"unpunctual", {REASON_SENT_LATE, REASON_SENT_LATE}, 1, {true, true}},
        {"late", {REASON_GEN_LATE, REASON_GEN_LATE}, .9, {true, true}},
        {"errs", {REASON_ERRORS, REASON_CODES}, 1, {false, true}},
        {"overloaded", {REASON_OVERLOADED, REASON_CODES}, 1, {false, true}},
        {"hung", {REASON_CODES, REASON_HUNG}, 1, {true, false}},
        {"lost", {REASON_LOAD_FAILED, REASON_DIED}, 1, {false, false}},
        {"ports", {REASON_PORTS, REASON_PORTS}, 1, {false, false}},
        {"disturbed", {REASON_INTERFERED, REASON_CODES}, 1, {false, true}},
        {"refused", {REASON_FAILED_START, REASON_LOAD_FAILED}, 1, {false, false}},
    };

    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        struct round rounds[2];
        measure_paced("well", "well", table[t].way, rounds);
        for (unsigned i = 0; i < 2; i++) {
            const struct reason *reason = find(&rounds[i], table[t].codes[i]);
            if (table[t].codes[i] == REASON_CODES && rounds[i].outcome.kind == OUTCOME_INVALID)
                fail_msg("%s: arm %u is INVALID: %s", table[t].way, i,
                         rounds[i].outcome.reasons[0].detail);
            if (table[t].codes[i] != REASON_CODES && !reason)
                fail_msg("%s: arm %u is not %s", table[t].way, i, reason_name(table[t].codes[i]));
            if (reason && reason->code != REASON_NOISY) /* of which a busy machine has its own */
                assert_string_equal(reason->detail, "as the fake says");
            assert_int_equal(rounds[i].response.total > 0, table[t].has_latency[i]);
            assert_true(rounds[i].trusted_p == table[t].trusted_p);
            assert_int_equal(rounds[i].requests_count, 100);
        }
        release_pair(rounds);
    }
}

static void a_report_that_is_none_makes_no_number(void **state)
{
    (void)state;
    static const struct {
        const char *way, *detail;
    } table[] = {
        {"torn", "the generator's report is not whole: it is no JSON"},
        {"chats", "the generator's report is not whole: it is no JSON"},
        {"newer", "the generator's report is not whole: it is none of this pace"},
        {"fewer", "the generator's report is not whole: it is of another number of servers"},
        {"nameless", "the generator's report is not whole: completed_count"},
        {"miscounts", "the generator's report is not whole: connects_count"},
        {"garbled", "the generator's report is not whole: histograms.response"},
        {"stranger", "the generator's report is not whole: it gives a reason that is unknown"},
        {"contradicts",
         "the generator's report is not whole: the outcome is not what its reasons make it"},
        {"trusting", "the generator's report is not whole: trusted_p"},
        {"silent", "the generator ended with 0 and without a report"},
        {"fails", "the generator ended with 1, which its report does not say"},
        {"killed", "the generator was killed by signal 9"},
        {"complains", "the generator wrote to stderr: script.lua: syntax error"},
        {"/nowhere/pace", "cannot start /nowhere/pace: No such file or directory"},
    };

    for (size_t t = 0; t < sizeof table / sizeof *table; t++) {
        struct round rounds[2];
        measure_paced("well", "well", table[t].way, rounds);
        for (unsigned i = 0; i < 2; i++) {
            const struct reason *reason = find(&rounds[i], REASON_LOAD_FAILED);
            if (!reason)
                fail_msg("%s: arm %u is not LOAD_FAILED", table[t].way, i);
            assert_string_equal(reason->detail, table[t].detail);
            assert_no_fault_of_its_own(&rounds[i]);
            assert_int_equal(rounds[i].requests_count, MISSING);
            assert_int_equal(rounds[i].response.total, 0);
        }
        release_pair(rounds);
    }
}

static void a_generator_that_does_not_end_is_ended(void **state)
{
    (void)state;
    struct round rounds[2];
    measure_paced("well", "well", "hangs", rounds);
    for (unsigned i = 0; i < 2; i++) {
        assert_string_equal(find(&rounds[i], REASON_LOAD_FAILED)->detail,
                            "the generator did not end within 3 s of its time");
        assert_no_fault_of_its_own(&rounds[i]);
    }
    release_pair(rounds);
}

static void what_the_generator_could_not_read_has_a_reason(void **state)
{
    (void)state;
    struct round rounds[2];
    measure_paced("well", "well", "blind", rounds);
    assert_int_equal(rounds[0].run_delay_load_ns, MISSING);
    assert_non_null(round_why_missing(&rounds[0], "run_delay_load_ns"));
    release_pair(rounds);
}

/* Connections beyond those that the generator tells of are others', of whom a ratio is told. */
static void what_the_generator_cannot_see_is_judged_as_well(void **state)
{
    (void)state;
    struct round rounds[2];
    measure_paced("well", "well", "secretive", rounds);
    for (unsigned i = 0; i < 2; i++) {
        bool found = false;
        for (unsigned r = 0; r < rounds[i].outcome.count; r++)
            found |= strstr(rounds[i].outcome.reasons[r].detail,
                            "other programs in this network namespace made") != NULL;
        assert_true(found);
        assert_no_fault_of_its_own(&rounds[i]);
    }
    release_pair(rounds);
}

/* More processes than pace takes are no reason to leave some of them out. */
static void a_server_of_more_processes_than_pace_takes_has_no_cost(void **state)
{
    (void)state;
    struct round rounds[2];
    measure_paced("crowd", "well", "well", rounds);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(rounds[i].cpu_server_ns, MISSING);
        assert_non_null(round_why_missing(&rounds[i], "cpu_server_ns"));
        assert_int_equal(rounds[i].requests_count, 100);
    }
    release_pair(rounds);
}

static void without_a_rate_nothing_is_started(void **state)
{
    (void)state;
    struct round rounds[2];
    struct round_plan plan = usual_plan("well", 1);
    plan.paced = true; /* and no look in the result */
    measure_as_planned(&plan, NULL, "well", "well", "well", "well", rounds);
    assert_int_equal(most_alive, 0);
    for (unsigned i = 0; i < 2; i++)
        assert_string_equal(find(&rounds[i], REASON_LOAD_FAILED)->detail,
                            "no look at a server has a throughput from which to choose a rate");
    release_pair(rounds);
}

/* False: pace was disturbed, and says so. */
static bool has_latencies(const struct round *round)
{
    if (outcome_has(&round->outcome, REASON_LOAD_FAILED))
        fail_msg("%s", round->outcome.reasons[0].detail);
    assert_false(outcome_has(&round->outcome, REASON_ERRORS));
    /* the harness sleeps while pace keeps time on the same CPU */
    assert_true(round->cpu_harness_ns < round->duration_ns / 3);
    return round->outcome.kind != OUTCOME_INVALID && round->response.total > 0;
}

/* Where others take the CPU, in three runs of three, there is no number to look at. */
static void the_real_generator_feeds_both(void **state)
{
    (void)state;
    enum { ATTEMPTS = 3 };
    struct round rounds[2];
    bool are_measured = false;
    char *pace = tools_built("../../../bin/pace");
    for (unsigned attempt = 0; attempt < ATTEMPTS && !are_measured; attempt++) {
        if (attempt > 0)
            release_pair(rounds);
        measure_paced("well", "well", pace, rounds);
        assert_int_equal(most_alive, 3);
        bool first = has_latencies(&rounds[0]), other = has_latencies(&rounds[1]);
        are_measured = first && other;
    }
    for (unsigned i = 0; i < 2 && are_measured; i++) {
        const struct round *round = &rounds[i];
        assert_in_range(round->requests_count, RATE_RPS / 2 * 8 / 10, RATE_RPS / 2 * 12 / 10);
        assert_true(round->cpu_server_ns > 0);
        assert_true(round->cpu_server_ns < round->duration_ns);
        /* but for those that were due while pace was kept away */
        assert_in_range(round->response.total, round->requests_count / 2, round->requests_count);
        assert_true(histogram_quantile_ns(&round->response, .5) > 1000);
    }
    if (!are_measured)
        print_message("# pace was disturbed: %s\n", rounds[0].outcome.reasons[0].detail);
    release_pair(rounds);
    free(pace);
    if (!are_measured)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_arms_have_what_the_one_generator_says_of_each),
        cmocka_unit_test(servers_change_places_from_block_to_block),
        cmocka_unit_test(the_generators_verdict_is_the_rounds),
        cmocka_unit_test(a_report_that_is_none_makes_no_number),
        cmocka_unit_test(a_generator_that_does_not_end_is_ended),
        cmocka_unit_test(what_the_generator_could_not_read_has_a_reason),
        cmocka_unit_test(what_the_generator_cannot_see_is_judged_as_well),
        cmocka_unit_test(a_server_of_more_processes_than_pace_takes_has_no_cost),
        cmocka_unit_test(without_a_rate_nothing_is_started),
        cmocka_unit_test(the_real_generator_feeds_both),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("measure_paced", tests, open_all, close_all);
}
