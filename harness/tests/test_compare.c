/* Two made-up results side by side: what is told of one machine,
 * of two, of other work, and of what only one of them has. */
#include "compare_room.h"

static void two_runs_alone_can_only_suspect(void **state)
{
    (void)state;
    compare(&(struct synthetic_run){1, 1, 1, NULL}, &(struct synthetic_run){1.3, 1, 2, NULL});
    is_word(URING, METRIC_SATURATED, DECISION_SUSPECT);
    is_word(URING, METRIC_MEMORY, DECISION_EQUIVALENT);
    assert_true(row_of(EPOLL, METRIC_SATURATED)->word != DECISION_SUSPECT);
    assert_true(fabs(row_of(URING, METRIC_SATURATED)->ratio.value - 1.3) < .06);
    assert_int_equal(row_of(URING, METRIC_SATURATED)->base_count, SOLO_BLOCKS);
    assert_int_equal(decision.exit_code, 3);
    has(decision.headline, "uring on plaintext: CPU per request at saturation +");
    has(decision.headline, "past your 2 %: SUSPECT.");
}

static void what_became_cheaper_is_suspect_too_and_stops_nobody(void **state)
{
    (void)state;
    compare(&(struct synthetic_run){1.3, 1, 1, NULL}, &(struct synthetic_run){1, 1, 2, NULL});
    is_word(URING, METRIC_SATURATED, DECISION_SUSPECT);
    assert_int_equal(decision.exit_code, 0);
}

static void two_runs_of_the_same_differ_in_nothing(void **state)
{
    (void)state;
    compare(&(struct synthetic_run){1, 1, 1, NULL}, &(struct synthetic_run){1, 1, 1, NULL});
    for (size_t i = 0; i < decision.count; i++)
        if (decision.rows[i].metric != METRIC_THROUGHPUT)
            assert_true(decision.rows[i].ratio.value == 1);
    assert_int_equal(decision.exit_code, 0);
    notes_hold("Every program is the same in both, to the byte");
    has(decision.headline, "Nothing of this gates (");
}

/* Of what it lacks there are no rows, and nothing else would tell. */
static void whoever_fails_its_check_in_the_head_alone_is_broken(void **state)
{
    (void)state;
    synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
    synthetic_run(&head, &(struct synthetic_run){1, 1, 2, NULL});
    head.result.arms[URING].excluded = xstrdup("it closed before its answer");
    head.result.arms[URING].excluded_is_failure = true;
    compare_with(NULL, 0);
    assert_int_equal(decision.exit_code, 1);
    assert_string_equal(decision.headline, "BROKEN: uring fails its check in the head, and did not "
                                           "in the base: it closed before its answer.");
}

static void a_route_that_the_head_alone_answers_wrongly_is_broken(void **state)
{
    (void)state;
    synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
    synthetic_run(&head, &(struct synthetic_run){1, 1, 2, NULL});
    struct arm *arm = &head.result.arms[URING];
    strings_add(&arm->skipped_workloads, "json");
    strings_add(&arm->skipped_reasons, "its route /json is answered wrongly");
    arm->failed_workload = true;
    compare_with(NULL, 0);
    assert_int_equal(decision.exit_code, 1);
    has(decision.headline, "in the base: its route /json is answered wrongly.");
}

static void who_failed_in_both_or_cannot_run_here_is_not_broken(void **state)
{
    (void)state;
    synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
    synthetic_run(&head, &(struct synthetic_run){1, 1, 2, NULL});
    base.result.arms[URING].excluded = xstrdup("it closed before its answer");
    head.result.arms[URING].excluded = xstrdup("it closed before its answer");
    head.result.arms[URING].excluded_is_failure = true;
    head.result.arms[THREAD].excluded = xstrdup("threads are forbidden here");
    compare_with(NULL, 0);
    assert_int_equal(decision.exit_code, 0);
}

/* A roof is nobody's work, and the second copy of the reference has no row. */
static void a_ceiling_is_shown_and_stops_nobody(void **state)
{
    (void)state;
    compare(&(struct synthetic_run){1, 1, 1, NULL}, &(struct synthetic_run){1, 1, 2, NULL});
    assert_non_null(row_of(CEILING, METRIC_SATURATED));
    assert_false(row_of(CEILING, METRIC_SATURATED)->gates);
    assert_null(row_of(COPY, METRIC_SATURATED));
}

/* All became dearer by a third in this hour, thread too, whose program is the same. */
static void a_program_that_is_the_same_says_what_the_machine_moved(void **state)
{
    static const struct {
        double uring;
        enum decision_word word;
    } table[] = {{.85, DECISION_INCONCLUSIVE}, {1.5, DECISION_SUSPECT}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
        synthetic_run(&head, &(struct synthetic_run){table[i].uring, 1.33, 2, NULL});
        free(head.result.arms[THREAD].sha256);
        head.result.arms[THREAD].sha256 = xstrdup(base.result.arms[THREAD].sha256);
        compare_with(NULL, 0);
        assert_false(row_of(THREAD, METRIC_SATURATED)->gates);
        notes_hold("thread: the same program in both, to the byte.");
        is_word(THREAD, METRIC_SATURATED, DECISION_SUSPECT);
        is_word(URING, METRIC_SATURATED, table[i].word);
        if (table[i].word == DECISION_INCONCLUSIVE)
            has(row_of(URING, METRIC_SATURATED)->why,
                "a program that is the same in both moved by 3");
        if (i == 0)
            end(state);
    }
}

static void sessions_say_what_is_usual(void **state)
{
    (void)state;
    enum { SESSIONS = 5 };
    static const struct {
        double hours[SESSIONS]; /* how dear everything was */
        double uring;           /* now */
        enum decision_word word;
        unsigned exit_code;
    } table[] = {
        {{1, 1.004, .996, 1.002, .998}, 1.3, DECISION_REGRESSED, 1},
        {{1, 1.004, .996, 1.002, .998}, .7, DECISION_IMPROVED, 0},
        {{1.2, .8, 1.1, .9, 1}, 1.3, DECISION_INCONCLUSIVE, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct synthetic sessions[SESSIONS];
        struct result results[SESSIONS];
        print_message("# case %zu\n", i);
        synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
        synthetic_run(&head, &(struct synthetic_run){table[i].uring, 1, 2, NULL});
        for (size_t k = 0; k < SESSIONS; k++) {
            synthetic_run(&sessions[k],
                          &(struct synthetic_run){1, table[i].hours[k], 10 + k, NULL});
            results[k] = sessions[k].result;
        }
        compare_with(results, SESSIONS);
        is_word(URING, METRIC_SATURATED, table[i].word);
        assert_int_equal(decision.exit_code, table[i].exit_code);
        end(state);
        /* of four there is no standard deviation worth the name */
        synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
        synthetic_run(&head, &(struct synthetic_run){table[i].uring, 1, 2, NULL});
        compare_with(results, 3);
        is_word(URING, METRIC_SATURATED, DECISION_SUSPECT);
        end(state);
        for (size_t k = 0; k < SESSIONS; k++)
            result_release(&results[k]);
    }
    compare(&(struct synthetic_run){1, 1, 1, NULL}, &(struct synthetic_run){1, 1, 2, NULL});
}

/* Dearer than the base, which was a cheap run, and hardly than the machine's others. */
static void who_is_near_the_middle_is_inconclusive_and_says_so(void **state)
{
    (void)state;
    enum { SESSIONS = 5 };
    struct synthetic sessions[SESSIONS];
    struct result results[SESSIONS];
    synthetic_run(&base, &(struct synthetic_run){.932, 1, 1, NULL});
    synthetic_run(&head, &(struct synthetic_run){1.162, 1, 2, NULL});
    for (size_t k = 0; k < SESSIONS; k++) {
        synthetic_run(&sessions[k], &(struct synthetic_run){1, 1, 10 + k, NULL});
        results[k] = sessions[k].result;
    }
    gate_init(&gate);
    gate.margins[METRIC_SATURATED] = .2;
    decision_init(&decision, "base", "head", &gate);
    compare_results(&decision, &base.result, &head.result, results, SESSIONS);
    is_word(URING, METRIC_SATURATED, DECISION_INCONCLUSIVE);
    has(row_of(URING, METRIC_SATURATED)->why,
        "it is less than its 20 % from the middle of this machine's runs");
    for (size_t k = 0; k < SESSIONS; k++)
        result_release(&results[k]);
}

/* ---- of two machines ---- */

static void of_two_machines_there_are_ratios_to_each_reference(void **state)
{
    (void)state;
    synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
    synthetic_run(&head, &(struct synthetic_run){1.3, 2, 2, NULL});
    free(head.result.host_fingerprint);
    head.result.host_fingerprint = xstrdup("another");
    compare_with(NULL, 0);
    is_word(URING, METRIC_SATURATED, DECISION_RATIO_ONLY);
    assert_true(fabs(row_of(URING, METRIC_SATURATED)->ratio.value - 1.3) < .1);
    assert_false(row_of(URING, METRIC_SATURATED)->gates);
    assert_true(isnan(row_of(EPOLL, METRIC_SATURATED)->ratio.value));
    assert_int_equal(decision.exit_code, 0);
    notes_hold("different machines");
    has(decision.headline, "Ratios only");
}

/* ---- of other work ---- */

static void other_work_is_named_and_not_compared(void **state)
{
    (void)state;
    static const struct {
        const char *what, *why;
    } table[] = {
        {"requests", "other requests were sent"},
        {"workers", "it ran with 1 workers and now with 2"},
        {"connections",
         "it was asked over 64 connections and now over 128: measure both with --connections 64"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
        synthetic_run(&head, &(struct synthetic_run){1.3, 1, 2, NULL});
        struct result *result = &head.result;
        if (strcmp(table[i].what, "requests") == 0) {
            free(result->workloads[0].requests_hash);
            result->workloads[0].requests_hash = xstrdup("another");
        }
        for (size_t a = 0; strcmp(table[i].what, "workers") == 0 && a < ARMS; a++) {
            base.result.arms[a].workers = 1;
            result->arms[a].workers = 2;
        }
        for (size_t k = 0; strcmp(table[i].what, "connections") == 0 && k < result->round_count;
             k++)
            result->rounds[k].connections = 128;
        compare_with(NULL, 0);
        print_message("# %s\n", table[i].what);
        is_word(URING, METRIC_SATURATED, DECISION_INCOMPARABLE);
        has(row_of(URING, METRIC_SATURATED)->why, table[i].why);
        assert_int_equal(decision.exit_code, 4);
        has(decision.headline, "Nothing can be compared: ");
        if (i + 1 < sizeof table / sizeof *table)
            end(state);
    }
}

/* So that what cannot be compared does not pass for what did not change. */
static void other_work_stands_in_a_row_that_gates(void **state)
{
    (void)state;
    synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
    synthetic_run(&head, &(struct synthetic_run){1, 1, 2, NULL});
    free(head.result.workloads[0].requests_hash);
    head.result.workloads[0].requests_hash = xstrdup("another");
    gate_init(&gate);
    assert_int_equal(gate_name_metrics(&gate, "memory,instructions", NULL), 0);
    decision_init(&decision, "base", "head", &gate);
    compare_results(&decision, &base.result, &head.result, NULL, 0);
    decision_conclude(&decision, false);
    is_word(URING, METRIC_MEMORY, DECISION_INCOMPARABLE);
    assert_true(row_of(URING, METRIC_MEMORY)->gates);
    assert_null(row_of(URING, METRIC_SATURATED));
}

/* Two copies of one server are a tenth apart there. */
static void a_machine_that_disagrees_with_itself_compares_nothing(void **state)
{
    (void)state;
    for (size_t differing = 0; differing < 2; differing++) {
        synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
        synthetic_run(&head, &(struct synthetic_run){1, 1, 2, NULL});
        struct synthetic *one = differing == 0 ? &base : &head;
        for (uint32_t block = 0; block < 12; block++)
            synthetic_pair(one, COPY, EPOLL, 0, block, 1.1, .005);
        compare_with(NULL, 0);
        is_word(URING, METRIC_MEMORY, DECISION_INCOMPARABLE);
        assert_int_equal(decision.exit_code, 4);
        has(decision.headline, differing == 0 ? "in the base two copies of one server differ"
                                              : "in the head two copies of one server differ");
        if (differing == 0)
            end(state);
    }
}

/* ---- what one of them lacks ---- */

static void what_one_of_them_lacks_is_named(void **state)
{
    (void)state;
    synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
    synthetic_run(&head, &(struct synthetic_run){1, 1, 2, NULL});
    free(head.result.arms[URING].id);
    head.result.arms[URING].id = xstrdup("uv");
    head.result.arms[THREAD].excluded = xstrdup("it failed its check");
    free(head.result.finished_utc);
    head.result.finished_utc = NULL;
    compare_with(NULL, 0);
    notes_hold("uring is in the base alone.");
    notes_hold("uv is in the head alone.");
    notes_hold("thread was not measured in the head: it failed its check.");
    notes_hold("The head was interrupted");
    assert_null(row_of(URING, METRIC_SATURATED));
}

static void a_figure_that_is_lost_is_invalid_with_its_reason(void **state)
{
    (void)state;
    synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
    synthetic_run(&head, &(struct synthetic_run){1, 1, 2, NULL});
    for (size_t i = 0; i < head.result.round_count; i++)
        if (head.result.rounds[i].arm == URING)
            outcome_add(&head.result.rounds[i].outcome, REASON_ERRORS, "3 answers were wrong");
    compare_with(NULL, 0);
    is_word(URING, METRIC_SATURATED, DECISION_INVALID);
    has(row_of(URING, METRIC_SATURATED)->why,
        "the head has no figure that could be used: 3 answers were wrong");
    is_word(EPOLL, METRIC_MEMORY, DECISION_EQUIVALENT);
}

static void what_the_generator_bounded_is_no_throughput(void **state)
{
    (void)state;
    synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
    synthetic_run(&head, &(struct synthetic_run){1, 1, 2, NULL});
    for (size_t i = 0; i < head.result.round_count; i++)
        outcome_add(&head.result.rounds[i].outcome, REASON_GEN_BOUND, "wrk used 99 %% of its CPU");
    compare_with(NULL, 0);
    is_word(EPOLL, METRIC_THROUGHPUT, DECISION_INVALID);
    has(row_of(EPOLL, METRIC_THROUGHPUT)->why, "the generator was the limit");
    is_word(EPOLL, METRIC_MEMORY, DECISION_EQUIVALENT);
}

static void of_too_few_readings_nothing_is_concluded(void **state)
{
    (void)state;
    synthetic_run(&base, &(struct synthetic_run){1, 1, 1, NULL});
    synthetic_run(&head, &(struct synthetic_run){1.5, 1, 2, NULL});
    for (size_t i = 0; i < head.result.round_count; i++)
        if (head.result.rounds[i].block >= 3)
            outcome_add(&head.result.rounds[i].outcome, REASON_INTERFERED, "others had the CPU");
    for (size_t i = 0; i < base.result.round_count; i++)
        if (base.result.rounds[i].block >= 3)
            outcome_add(&base.result.rounds[i].outcome, REASON_INTERFERED, "others had the CPU");
    compare_with(NULL, 0);
    is_word(URING, METRIC_SATURATED, DECISION_INCONCLUSIVE);
    has(row_of(URING, METRIC_SATURATED)->why, "too few readings (3 and 3)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(two_runs_alone_can_only_suspect),
        CASE(what_became_cheaper_is_suspect_too_and_stops_nobody),
        CASE(two_runs_of_the_same_differ_in_nothing),
        CASE(whoever_fails_its_check_in_the_head_alone_is_broken),
        CASE(a_route_that_the_head_alone_answers_wrongly_is_broken),
        CASE(who_failed_in_both_or_cannot_run_here_is_not_broken),
        CASE(a_ceiling_is_shown_and_stops_nobody),
        CASE(a_program_that_is_the_same_says_what_the_machine_moved),
        CASE(sessions_say_what_is_usual),
        CASE(who_is_near_the_middle_is_inconclusive_and_says_so),
        CASE(of_two_machines_there_are_ratios_to_each_reference),
        CASE(other_work_is_named_and_not_compared),
        CASE(other_work_stands_in_a_row_that_gates),
        CASE(a_machine_that_disagrees_with_itself_compares_nothing),
        CASE(what_one_of_them_lacks_is_named),
        CASE(a_figure_that_is_lost_is_invalid_with_its_reason),
        CASE(what_the_generator_bounded_is_no_throughput),
        CASE(of_too_few_readings_nothing_is_concluded),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
