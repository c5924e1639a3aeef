/*
 * Rounds that go through phases, from fresh processes to numbers: what the generator is asked for,
 * what fills a state before, which marks there are and when; and once with the real generator, for
 * so short that no verdict can follow.
 *
 * run-tests: waits
 */
#include <signal.h>
#include <sys/time.h>

#include "measure_room.h"

#include "analyse/consistency.h"
#include "data/mark_parts.h"
#include "data/phases.h"
#include "tree_file.h"

enum { RATE_RPS = 2000, NO_FILL = 0 };

static void measure_phased(const char *server, const char *phases, unsigned fill, const char *pace,
                           struct round *round)
{
    struct result result;
    char *error = NULL;
    make_result(&result, server, NULL);
    struct phase_set *set = &result.experiment.phases;
    if (phases_read(&set->phases, phases, &error))
        fail_msg("%s", error);
    set->rate_rps = RATE_RPS;
    result.workloads[0].workload.warm_requests = fill;
    struct round_plan plan = usual_plan(NULL, phases_seconds(&set->phases));
    plan.paced = plan.phased = true;
    measure_result(&result, &plan, request, "well", pace, round);
    result_release(&result);
}

static char *log_path(void)
{
    return text_format("%s/asked", tools.folder);
}

/* What the generator was asked for, all times one after the other; the caller frees. */
static char *take_log(void)
{
    char *path = log_path(), *text = read_file(path);
    unlink(path);
    free(path);
    return text ? text : xstrdup("");
}

static void the_generator_is_asked_for_all_phases_in_one_life(void **state)
{
    (void)state;
    struct round round;
    measure_phased("well", "idle 1s, load 2s, burst 1s, close 1s, load 2s at 700", NO_FILL, "well",
                   &round);
    char *asked = take_log();
    assert_non_null(strstr(asked, "-S idle:1s,poisson:2000:2s,burst:4000:1s,close:1s,"
                                  "poisson:700:2s -c 80 --warmup 0s "));
    assert_null(strstr(asked, "-r "));
    assert_null(strstr(asked, "--requests-per-connection"));
    assert_null(strchr(strchr(asked, '\n') + 1, '\n')); /* once */
    assert_no_fault_of_its_own(&round);
    assert_int_equal(round.load_kind, LOAD_OPEN);
    assert_int_equal(round.rate_rps, RATE_RPS);
    assert_int_equal(round.phases.count, 5);
    assert_int_equal(round.phases.items[2].rate_rps, 4000);
    assert_int_equal(round.window_s, 7);
    assert_false(round.confirms_growth);
    assert_int_equal(round.latency.count, 2); /* of the whole window */
    assert_int_equal(round.series.count, 0);
    assert_string_equal(round_why_missing(&round, "series"),
                        "of a window of phases there is a course");
    assert_int_equal(round.requests_count, 100);
    free(asked);
    round_release(&round);
}

/* As pace has it: four times as many as are busy if each request takes 5 ms. */
static void connections_come_and_go_where_that_is_asked_for(void **state)
{
    (void)state;
    struct round round;
    struct result result;
    struct round_plan plan = usual_plan(NULL, 1);
    char *error = NULL, *asked;
    make_result(&result, "well", NULL);
    struct phase_set *set = &result.experiment.phases;
    assert_int_equal(phases_read(&set->phases, "load 1s", &error), 0);
    set->rate_rps = RATE_RPS;
    set->requests_per_connection = 100;
    plan.paced = plan.phased = true;
    measure_result(&result, &plan, request, "well", "well", &round);
    asked = take_log();
    assert_non_null(strstr(asked, " --requests-per-connection 100 "));
    free(asked);
    round_release(&round);
    result_release(&result);
}

static void there_are_connections_for_the_highest_rate(void **state)
{
    (void)state;
    struct round round;
    measure_phased("well", "load 1s, burst 1s at 10x, load 1s", NO_FILL, "well", &round);
    assert_int_equal(round.connections, 400);
    round_release(&round);
    free(take_log());
}

static void a_bounded_state_is_filled_before_the_first_phase(void **state)
{
    (void)state;
    struct round round;
    measure_phased("well", "idle 1s, load 1s", 90, "well", &round);
    char *asked = take_log(), *end = strchr(asked, '\n');
    /* 90 and five times the square root of it, at the first load's rate */
    assert_non_null(strstr(asked, "-r 2000 -d 1s "));
    assert_true(strstr(asked, "-r 2000 -d 1s ") < end);
    assert_non_null(strstr(end, "-S idle:1s,poisson:2000:1s "));
    assert_no_fault_of_its_own(&round);
    assert_int_equal(round.requests_count, 100);
    free(asked);
    round_release(&round);
}

static void a_state_that_cannot_be_filled_ends_the_round(void **state)
{
    (void)state;
    static const struct {
        const char *way, *detail;
        unsigned fill;
        enum reason_code code;
    } table[] = {
        {"errs", "while its state was filled: as the fake says", 50, REASON_ERRORS},
        {"well", "100 of 101 requests were sent to fill its state", 101, REASON_LOAD_FAILED},
        {"torn", "the generator's report is not whole: it is no JSON", 50, REASON_LOAD_FAILED},
        {"/nowhere/pace", "cannot start /nowhere/pace: No such file or directory", 50,
         REASON_LOAD_FAILED},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct round round;
        measure_phased("well", "idle 1s, load 1s", table[i].fill, table[i].way, &round);
        char *asked = take_log();
        print_message("# %s\n", table[i].way);
        assert_null(strstr(asked, "-S "));
        assert_int_equal(round.outcome.kind, OUTCOME_INVALID);
        assert_int_equal(round.outcome.reasons[0].code, table[i].code);
        assert_string_equal(round.outcome.reasons[0].detail, table[i].detail);
        assert_int_equal(round.requests_count, MISSING);
        free(asked);
        round_release(&round);
    }
}

/* By so much the window may open later than it could. */
static bool marks_are_at_ends(const struct phase_marks *marks)
{
    assert_non_null(marks);
    for (size_t i = 0; i < marks->count; i++)
        if (llabs(marks->items[i].at_ns - (int64_t)i * 1000000000) > 700000000 ||
            marks->items[i].pss_bytes == MISSING)
            return false;
    return true;
}

/* One before the generator's first connection, then one at each phase's
 * end. Each begins the kernel's own peak anew: that of the window is the
 * highest of theirs. A busy machine may be late for them, now and then. */
static void each_phase_ends_with_a_mark(void **state)
{
    (void)state;
    struct round round;
    bool in_time = false;
    int64_t highest = 0;
    for (int tries = 0; tries < 6 && !in_time; tries++) {
        if (tries > 0)
            round_release(&round);
        measure_phased("swells", "idle 1s, load 1s, close 1s", NO_FILL, "lasts", &round);
        free(take_log());
        in_time = marks_are_at_ends(round.phase_marks);
    }
    assert_no_fault_of_its_own(&round);
    const struct phase_marks *marks = round.phase_marks;
    assert_int_equal(marks->count, 4);
    assert_int_equal(marks->items[0].at_ns, 0);
    for (size_t i = 0; i < marks->count; i++) {
        const struct phase_mark *mark = &marks->items[i];
        print_message("# mark %zu at %lld ns\n", i, (long long)mark->at_ns);
        assert_true(mark->rss_bytes > 65536 && mark->pss_bytes > 0 && mark->uss_bytes > 0);
        assert_true(mark->descriptors >= 3 && mark->threads >= 1);
        assert_true(mark->kernel_slab_bytes > 0);
        if (i > 0 && mark->peak_bytes > highest)
            highest = mark->peak_bytes;
    }
    assert_true(in_time);
    assert_true(highest - round.memory.rss_bytes > 8 << 20);
    assert_true(round.memory.rss_peak_bytes >= highest);
    assert_in_range(round.course.count, 2, 4);
    assert_int_equal(round.course.interval_ns, 1000000000);
    assert_true(round.course.rss_low_bytes[0] > 65536);
    assert_true(round.course.rss_high_bytes[0] >= round.course.rss_low_bytes[0]);
    round_release(&round);
}

/* It opens two seconds late, and is given three to end: what
 * was read meanwhile is of its window, but for the mark. */
static void a_generator_that_is_late_for_all_is_asked_what_it_did(void **state)
{
    (void)state;
    struct round round;
    measure_phased("well", "load 1s", NO_FILL, "stays", &round);
    free(take_log());
    assert_true(outcome_has(&round.outcome, REASON_GEN_LATE));
    assert_false(outcome_has(&round.outcome, REASON_LOAD_FAILED));
    assert_string_equal(round.outcome.reasons[0].detail,
                        "the generator did not end within 3 s of its time");
    assert_int_equal(round.requests_count, 100);
    assert_int_equal(round.course.count, 1);
    assert_true(round.course.rss_low_bytes[0] > 65536);
    const struct phase_mark *marks = round.phase_marks->items;
    assert_true(marks[0].pss_bytes > 0);
    assert_int_equal(marks[1].pss_bytes, MISSING); /* read before the load began */
    assert_non_null(
        strstr(round_why_missing(&round, "phase_marks.pss_bytes"), " before its phase"));
    round_release(&round);
}

static void a_window_that_ends_before_it_opens_has_no_course(void **state)
{
    (void)state;
    struct round round;
    measure_phased("well", "idle 1s, load 1s", NO_FILL, "delays", &round);
    free(take_log());
    assert_int_equal(round.course.count, 0);
    const char *why = round_why_missing(&round, "course");
    assert_non_null(why);
    assert_non_null(strstr(why, "the generator opened its window 2."));
    assert_non_null(strstr(why, " s later than it could have"));
    round_release(&round);
}

static void what_spoils_times_leaves_memory(void **state)
{
    (void)state;
    static const struct {
        const char *way;
        bool has_resources;
    } table[] = {{"late", true}, {"disturbed", true}, {"overloaded", false}, {"lost", false}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct round round;
        measure_phased("well", "load 1s", NO_FILL, table[i].way, &round);
        print_message("# %s\n", table[i].way);
        assert_int_equal(round.outcome.kind, OUTCOME_INVALID);
        assert_true(round_has_resources(&round) == table[i].has_resources);
        round_release(&round);
        free(take_log());
    }
}

/*
 * Seven seconds, of which nothing can follow, and that is said. A server that answers after 100 ms
 * can do 320 requests a second over 32 connections: the burst leaves some 300 waiting, and it
 * catches up in the load after it.
 */
static void a_server_that_falls_behind_in_a_burst_is_not_overloaded(void **state)
{
    (void)state;
    struct round round;
    struct flatness flatness;
    struct consistency_course course;
    char *pace = tools_built("../../../bin/pace");
    measure_phased("delay100",
                   "idle 1s, load 1s at 100, burst 1s at 600, load 2s at 100, close 1s, load 1s at "
                   "100",
                   20, pace, &round);
    free(pace);
    assert_no_fault_of_its_own(&round);
    assert_false(outcome_has(&round.outcome, REASON_LOAD_FAILED));
    assert_false(outcome_has(&round.outcome, REASON_NOT_STEADY));
    assert_true(round_has_resources(&round));
    assert_in_range(round.requests_count, 840, 1160); /* Poisson: five standard deviations */
    if (round.response.total > 0)
        assert_true(histogram_quantile_ns(&round.response, .95) > 200000000); /* they waited */
    assert_true(round.passive_opens >=
                33); /* again after they were closed; others open some, too */
    assert_int_equal(round.phase_marks->count, 7);
    assert_in_range(round.course.count, 6, 8);
    assert_int_equal(round.duration_ns, 7000000000);
    const struct phase_mark *marks = round.phase_marks->items;
    assert_in_range(marks[2].descriptors - marks[0].descriptors, 32, 40); /* with connections */
    assert_in_range(marks[5].descriptors, marks[0].descriptors, marks[0].descriptors + 4);
    consistency_course_make(&course, &round, CONSISTENCY_MEMORY);
    flatness_find(&flatness, &course.course);
    assert_int_equal(flatness.kind, FLATNESS_UNDECIDED);
    assert_true(flatness.needed_s >= FLATNESS_LOAD_S_MIN);
    consistency_course_release(&course);
    round_release(&round);
}

static int open_log(void **state)
{
    int status = open_all(state);
    char *path = log_path();
    setenv("FAKE_PACE_LOG", path, 1);
    free(path);
    return status;
}

static void on_alarm(int number)
{
    (void)number;
    interrupted = true;
}

static void measure_interrupted(const char *pace, struct round *round)
{
    struct itimerval timer = {.it_value = {.tv_sec = 2, .tv_usec = 500000}};
    signal(SIGALRM, on_alarm);
    setitimer(ITIMER_REAL, &timer, NULL);
    measure_phased("well", "load 5s, idle 1s", NO_FILL, pace, round);
    interrupted = false;
    free(take_log());
    assert_true(outcome_has(&round->outcome, REASON_INTERRUPTED));
    assert_true(round->course.count > 0 && round->course.count < 5);
    assert_int_equal(round->phase_marks->count,
                     2); /* one of before, one of the load that was cut */
    assert_true(round->phase_marks->items[1].pss_bytes > 0);
}

/* A generator that tells what it measured, and one that does not end by itself. */
static void what_was_read_before_an_interrupt_is_kept(void **state)
{
    (void)state;
    static const struct {
        const char *way;
        int64_t requests;
    } table[] = {{"lasts", 100}, {"hangs", MISSING}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct round round;
        measure_interrupted(table[i].way, &round);
        assert_int_equal(round.requests_count, table[i].requests);
        assert_int_equal(round.latency.count, table[i].requests == MISSING ? 0 : 2);
        assert_int_equal(round.outcome.reasons[0].code, REASON_INTERRUPTED);
        assert_non_null(strstr(round.outcome.reasons[0].detail, " s into its 6 s"));
        round_release(&round);
    }
}

/* 1.5 s of 2,000 requests a second, less what it takes to start. */
static void the_real_generator_tells_what_it_measured_before_an_interrupt(void **state)
{
    (void)state;
    struct round round;
    char *pace = tools_built("../../../bin/pace");
    measure_interrupted(pace, &round);
    free(pace);
    assert_false(outcome_has(&round.outcome, REASON_LOAD_FAILED));
    assert_in_range(round.requests_count, 100, 6000);
    assert_in_range(round.duration_ns, 100000000, 3000000000);
    const struct phase_mark *marks = round.phase_marks->items; /* with all connections still open */
    assert_true(marks[1].descriptors >= marks[0].descriptors + round.connections);
    round_release(&round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_is_asked_for_all_phases_in_one_life),
        cmocka_unit_test(connections_come_and_go_where_that_is_asked_for),
        cmocka_unit_test(there_are_connections_for_the_highest_rate),
        cmocka_unit_test(a_bounded_state_is_filled_before_the_first_phase),
        cmocka_unit_test(a_state_that_cannot_be_filled_ends_the_round),
        cmocka_unit_test(each_phase_ends_with_a_mark),
        cmocka_unit_test(a_generator_that_is_late_for_all_is_asked_what_it_did),
        cmocka_unit_test(a_window_that_ends_before_it_opens_has_no_course),
        cmocka_unit_test(what_spoils_times_leaves_memory),
        cmocka_unit_test(what_was_read_before_an_interrupt_is_kept),
        cmocka_unit_test(the_real_generator_tells_what_it_measured_before_an_interrupt),
        cmocka_unit_test(a_server_that_falls_behind_in_a_burst_is_not_overloaded),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("measure_phased", tests, open_log, close_all);
}
