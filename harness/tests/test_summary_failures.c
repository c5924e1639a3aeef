/* Summaries of made-up results in which something failed: what
 * is void, what is said of it, and how the run ends. */
#include "analyse/flags.h"
#include "tests/summary_room.h"

static void interference_voids_solo_figures_and_no_ratio(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    spoil(URING, PLAINTEXT, ROLE_SUBJECT, 2, REASON_INTERFERED);
    spoil(URING, PLAINTEXT, ROLE_SOLO, 1, REASON_INTERFERED);
    summarise();
    assert_int_equal(row_of(PLAINTEXT, URING)->cost_ratio.n, 6);
    assert_int_equal(row_of(PLAINTEXT, URING)->throughput_rps.n, 2);
    assert_int_equal(row_of(PLAINTEXT, URING)->rounds_discarded, 1);
    assert_int_equal(summary.exit_code, 0);
}

static void the_arms_own_failure_voids_its_pair_and_fails_the_run(void **state)
{
    (void)state;
    synthetic_bench(&s, 9);
    spoil(THREAD, PLAINTEXT, ROLE_SUBJECT, 1, REASON_ERRORS);
    summarise();
    assert_int_equal(row_of(PLAINTEXT, THREAD)->cost_ratio.n, 8);
    assert_int_equal(row_of(PLAINTEXT, THREAD)->kind, ROW_RANKED);
    assert_int_equal(summary.exit_code, 1);
    says(&summary.cautions,
         "thread on plaintext failed in 1 of its rounds (ERRORS: spoiled by the test");
}

static void an_arm_that_failed_in_half_its_rounds_has_no_number(void **state)
{
    (void)state;
    synthetic_bench(&s, 9);
    spoil(THREAD, PLAINTEXT, ROLE_SUBJECT, 6, REASON_HUNG);
    summarise();
    const struct row *row = row_of(PLAINTEXT, THREAD);
    assert_int_equal(row->kind, ROW_INVALID);
    assert_true(isnan(row->cost_ns));
    assert_true(isnan(row->throughput_rps.median));
    assert_int_equal(row->reasons[0]->code, REASON_HUNG);
    assert_int_equal(summary.exit_code, 1);
    assert_true(summary.tables[PLAINTEXT].ranked);
    says(&summary.cautions, "thread on plaintext has no valid number: HUNG: spoiled by the test.");
}

static void a_repeat_replaces_the_round_it_repeats(void **state)
{
    (void)state;
    synthetic_init(&s, 6);
    synthetic_arm(&s, "thread");
    synthetic_arm(&s, "epoll");
    synthetic_workload(&s, "plaintext", "");
    exact_pairs(0, 0, 2, 0, 6);
    spoil(0, 0, ROLE_SUBJECT, 1, REASON_PORTS);
    synthetic_pair(&s, 0, 1, 0, 0, 1.5, 0);
    for (size_t i = s.result.round_count - 2; i < s.result.round_count; i++) {
        s.result.rounds[i].attempt = 1;
        s.result.rounds[i].number = 1; /* as the first attempt had */
    }
    summarise();
    assert_int_equal(row_of(0, 0)->cost_ratio.n, 6);
    near(row_of(0, 0)->cost_ratio.low, 1.5, 1e-3);
    near(row_of(0, 0)->cost_ratio.value, 2, 1e-3);
    assert_int_equal(row_of(0, 0)->rounds_discarded, 1);
}

static void unequal_discards_void_the_comparison(void **state)
{
    (void)state;
    synthetic_bench(&s, 15);
    spoil(URING, PLAINTEXT, ROLE_SUBJECT, 8, REASON_LOAD_FAILED);
    summarise();
    assert_true(summary.tables[PLAINTEXT].discards_unequal);
    assert_false(summary.tables[PLAINTEXT].ranked);
    assert_int_equal(row_of(PLAINTEXT, THREAD)->kind, ROW_INVALID);
    assert_true(isnan(row_of(PLAINTEXT, THREAD)->cost_ratio.value));
    assert_true(summary.tables[JSON].ranked);
    says(&summary.cautions, "lost significantly more rounds");
    char *why = words_why(&s.result, &summary.tables[PLAINTEXT], row_of(PLAINTEXT, THREAD));
    has(why, "discarded rounds are unequal");
    free(why);
}

static void equal_discards_leave_it_standing(void **state)
{
    (void)state;
    synthetic_bench(&s, 15);
    for (size_t arm = 0; arm <= CEILING_URING; arm++)
        if (arm != EPOLL)
            spoil(arm, PLAINTEXT, ROLE_SUBJECT, 4, REASON_LOAD_FAILED);
    summarise();
    assert_false(summary.tables[PLAINTEXT].discards_unequal);
    assert_true(summary.tables[PLAINTEXT].ranked);
}

static void no_usable_row_ends_with_3(void **state)
{
    (void)state;
    synthetic_init(&s, 6);
    synthetic_arm(&s, "epoll");
    synthetic_workload(&s, "plaintext", "");
    for (unsigned b = 0; b < 3; b++)
        outcome_add(&synthetic_solo(&s, 0, 0, b, 4600, 3e6)->outcome, REASON_INTERFERED,
                    "others used 12 %% of the server's CPU");
    summarise();
    assert_int_equal(summary.exit_code, 3);
    assert_int_equal(row_of(0, 0)->kind, ROW_INVALID);
    has(summary.headline, "No usable row");
    says(&summary.cautions, "INTERFERED: others used 12 % of the server's CPU");
}

static void an_excluded_arm_stands_apart_with_its_reason(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    size_t pool = synthetic_arm(&s, "pool");
    s.result.arms[pool].excluded = xstrdup("answered GET /json with 500");
    s.result.arms[pool].excluded_is_failure = true;
    summarise();
    assert_int_equal(row_of(PLAINTEXT, pool)->kind, ROW_EXCLUDED);
    assert_int_equal(summary.exit_code, 1);
    char *why = words_why(&s.result, &summary.tables[0], row_of(PLAINTEXT, pool));
    assert_string_equal(why, "answered GET /json with 500");
    free(why);
    says(&summary.cautions, "pool was not measured because it failed its check");
}

static void a_missing_route_is_said(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    size_t other = synthetic_arm(&s, "other");
    strings_add(&s.result.arms[other].server.routes, "plaintext");
    summarise();
    char *why = words_why(&s.result, &summary.tables[JSON], row_of(JSON, other));
    assert_string_equal(why, "declares no route /json");
    free(why);
}

static void leave_out(size_t arm, const char *workload, const char *reason, bool declared)
{
    strings_add(&s.result.arms[arm].skipped_workloads, workload);
    strings_add(&s.result.arms[arm].skipped_reasons, reason);
    s.result.arms[arm].failed_workload = declared;
}

static void a_declared_route_that_is_answered_wrongly_fails_the_run(void **state)
{
    (void)state;
    static const char reason[] =
        "own on json: its route json is answered wrongly although it is declared";
    synthetic_bench(&s, 6);
    size_t own = synthetic_arm(&s, "own");
    leave_out(own, "json", reason, true);
    summarise();
    assert_int_equal(summary.exit_code, 1);
    assert_int_equal(row_of(JSON, own)->kind, ROW_EXCLUDED);
    char *why = words_why(&s.result, &summary.tables[JSON], row_of(JSON, own));
    assert_string_equal(why, reason);
    free(why);
    why = words_why(&s.result, &summary.tables[WAIT], row_of(WAIT, own));
    assert_string_equal(why, "not part of this experiment on this workload");
    free(why);
    says(&summary.cautions, "Not measured: own on json: its route json is answered wrongly");
}

static void a_ceiling_that_answers_its_one_question_wrongly_fails_the_run(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    leave_out(CEILING, "plaintext", "ceiling on plaintext: its route plaintext is answered wrongly",
              true);
    summarise();
    assert_int_equal(summary.exit_code, 1);
}

static void an_undeclared_route_that_is_answered_wrongly_is_only_said(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    size_t own = synthetic_arm(&s, "own");
    leave_out(own, "json", "own on json: its route json is answered wrongly", false);
    summarise();
    assert_int_equal(summary.exit_code, 0);
    says(&summary.cautions, "Not measured: own on json");
}

static void a_throughput_that_drifts_in_most_windows_is_not_printed(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    spoil(THREAD, PLAINTEXT, ROLE_SOLO, 2, REASON_NOT_STEADY);
    spoil(URING, JSON, ROLE_SOLO, 2, REASON_NOT_STEADY);
    spoil(EPOLL, JSON, ROLE_SOLO, 2, REASON_NOT_STEADY);
    summarise();
    assert_true(isnan(row_of(PLAINTEXT, THREAD)->throughput_rps.median));
    assert_int_equal(row_of(PLAINTEXT, THREAD)->kind, ROW_RANKED);   /* pairs do not care */
    assert_false(isnan(row_of(JSON, URING)->throughput_rps.median)); /* the reference drifts too */
}

static void a_server_that_had_to_be_killed_is_named(void **state)
{
    (void)state;
    static const char stubborn[] = "it did not stop within 2000 ms of SIGTERM and was killed";
    synthetic_bench(&s, 6);
    unsigned rounds = 0;
    for (size_t i = 0; i < s.result.round_count; i++) {
        struct round *round = &s.result.rounds[i];
        if (round->arm == THREAD && rounds++ < 3)
            outcome_add(&round->outcome, REASON_NOT_STOPPED, "%s",
                        rounds < 3 ? stubborn : "it did not end with 0");
    }
    summarise();
    char *killed = text_format("thread: in 2 of %u rounds %s.", rounds, stubborn);
    char *ended = text_format("thread: in 1 of %u rounds it did not end with 0.", rounds);
    says(&summary.cautions, killed);
    says(&summary.cautions, ended);
    assert_int_equal(row_of(PLAINTEXT, THREAD)->kind, ROW_RANKED); /* its numbers stand */
    for (size_t i = 0; i < summary.cautions.count; i++)
        assert_null(strstr(summary.cautions.items[i], "machine was busy"));
    free(killed);
    free(ended);
}

static void a_reason_says_how_many_rounds_carry_it(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    spoil(URING, PLAINTEXT, ROLE_SUBJECT, 2, REASON_INTERFERED); /* pairs share it: kept */
    spoil(URING, PLAINTEXT, ROLE_SOLO, 1, REASON_INTERFERED);    /* dropped */
    summarise();
    char *flags = flags_words(&s.result, row_of(PLAINTEXT, URING));
    has(flags, "INTERFERED in 3 of 9 rounds (1 dropped), first: spoiled by the test");
    has(flags, "; GEN_BOUND in 3 of 3 rounds alone, first: wrk used 99 %");
    free(flags);
}

static void blocks_that_were_lost_are_counted_in_the_headline(void **state)
{
    (void)state;
    synthetic_init(&s, 6);
    synthetic_arm(&s, "thread");
    synthetic_arm(&s, "epoll");
    synthetic_workload(&s, "plaintext", "");
    exact_pairs(0, 0, 1.5, .02, 6);
    spoil(0, 0, ROLE_SUBJECT, 1, REASON_ERRORS);
    summarise();
    assert_false(summary.tables[0].ranked);
    has(summary.headline,
        "5 of 6 blocks are usable: no interval; run again, or give --budget more.");
    assert_null(strstr(summary.headline, "the full bench"));
}

static void a_short_plan_lost_nothing(void **state)
{
    (void)state;
    synthetic_bench(&s, 1);
    summarise();
    has(summary.headline, "One block: direction only; the full bench measures how sure that is.");
}

static void an_interrupted_run_says_so(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    free(s.result.finished_utc);
    s.result.finished_utc = NULL;
    synthetic_arm(&s, "late");
    summarise();
    says(&summary.cautions, "interrupted");
    char *why = words_why(&s.result, &summary.tables[0], row_of(0, COPY + 1));
    has(why, "not reached");
    free(why);
}

static void an_empty_result_has_no_number_and_no_crash(void **state)
{
    (void)state;
    synthetic_init(&s, 6);
    summarise();
    assert_int_equal(summary.exit_code, 3);
    has(summary.headline, "No usable row");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(interference_voids_solo_figures_and_no_ratio),
        CASE(the_arms_own_failure_voids_its_pair_and_fails_the_run),
        CASE(an_arm_that_failed_in_half_its_rounds_has_no_number),
        CASE(a_repeat_replaces_the_round_it_repeats),
        CASE(unequal_discards_void_the_comparison),
        CASE(equal_discards_leave_it_standing),
        CASE(no_usable_row_ends_with_3),
        CASE(an_excluded_arm_stands_apart_with_its_reason),
        CASE(a_missing_route_is_said),
        CASE(a_declared_route_that_is_answered_wrongly_fails_the_run),
        CASE(a_ceiling_that_answers_its_one_question_wrongly_fails_the_run),
        CASE(an_undeclared_route_that_is_answered_wrongly_is_only_said),
        CASE(a_throughput_that_drifts_in_most_windows_is_not_printed),
        CASE(a_server_that_had_to_be_killed_is_named),
        CASE(a_reason_says_how_many_rounds_carry_it),
        CASE(blocks_that_were_lost_are_counted_in_the_headline),
        CASE(a_short_plan_lost_nothing),
        CASE(an_interrupted_run_says_so),
        CASE(an_empty_result_has_no_number_and_no_crash),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("summary: failures", tests, NULL, NULL);
}
