/*
 * A load of hours: what is asked for, what is left of it after it was cut off, what is kept of a
 * round that never came to its end, and what a line says of it meanwhile.
 */
#include <math.h>

#include "golden_run.h"

#include "cmd/soak.h"
#include "cmd/status.h"
#include "data/phases.h"
#include "data/resume.h"
#include "measure/phase_plan.h"
#include "measure/settled.h"

static struct experiment soak_of(const char *text)
{
    struct experiment experiment = {.name = xstrdup("soak"), .phases = {.soak = true}};
    char *error = NULL;
    if (phases_read(&experiment.phases.phases, text, &error))
        fail_msg("%s", error);
    experiment.phases.set.window_s = phases_seconds(&experiment.phases.phases);
    strings_add(&experiment.phases.set.workloads, "plaintext");
    return experiment;
}

static void the_longest_load_is_as_long_as_leaves_what_is_asked_for(void **state)
{
    (void)state;
    static const struct {
        const char *phases;
        unsigned duration_s;
        const char *text;
    } table[] = {
        {"idle 30s, load 1h, idle 30s, close 15s", 600,
         "idle 30s, load 600s at 1x, idle 30s, close 15s"},
        {"load 1h", 86400, "load 86400s at 1x"},
        {"load 30s, burst 2s, load 50s at 700", 900,
         "load 30s at 1x, burst 2s at 2x, load 870s at 700"},
        {"load 15m, load 20m", 901, "load 900s at 1x, load 1s at 1x"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct experiment experiment = soak_of(table[i].phases);
        struct selection selection = {.duration_s = table[i].duration_s, .rate_rps = 1234};
        assert_int_equal(soak_choose(&experiment, &selection), 0);
        char *text = phases_text(&experiment.phases.phases);
        assert_string_equal(text, table[i].text);
        assert_int_equal(experiment.phases.set.window_s, phases_seconds(&experiment.phases.phases));
        assert_int_equal(experiment.phases.rate_rps, 1234);
        free(text);
        experiment_release(&experiment);
    }
}

/* The others alone take as long. */
static void less_than_the_other_loads_is_refused(void **state)
{
    (void)state;
    struct experiment experiment = soak_of("load 8m, load 9m, load 8m");
    struct selection selection = {.duration_s = 600};
    assert_int_equal(soak_choose(&experiment, &selection), 2);
    experiment_release(&experiment);
}

static void of_the_first_seconds_so_many_are_load(void **state)
{
    (void)state;
    static const struct {
        uint32_t seconds, load_s;
    } table[] = {{0, 0}, {3, 0}, {4, 1}, {13, 10}, {20, 10}, {25, 12}, {33, 20}, {99, 20}};
    struct phases phases;
    char *error = NULL;
    assert_int_equal(
        phases_read(&phases, "idle 3s, load 10s, burst 5s, close 5s, load 10s", &error), 0);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_int_equal(phases_load_within(&phases, table[i].seconds), table[i].load_s);
}

/* ---- what is left ---- */

enum { HOUR_S = 3600, WINDOW_S = HOUR_S + 40, LEAST_S = 102 };

static void add_try(struct result *result, uint32_t attempt, unsigned window_s, unsigned seen_s,
                    enum reason_code code)
{
    struct round round;
    round_init(&round);
    round.number = 1;
    round.attempt = attempt;
    round.with = -1;
    round.load_kind = LOAD_OPEN;
    round.window_s = window_s;
    round.phases = result->experiment.phases.phases;
    phases_set_load(&round.phases, window_s - (WINDOW_S - HOUR_S));
    round.course = (struct course){.count = seen_s, .interval_ns = 1000000000};
    if (code != REASON_CODES)
        outcome_add(&round.outcome, code, "made up");
    result_add_round(result, &round);
}

/* Idle for 20 s before the load and after it; so many seconds of course. */
static void what_was_cut_off_goes_on_with_the_load_that_is_left(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        unsigned seen_s[3]; /* by tries that were cut off; 0: none */
        unsigned left_s;    /* of load; 0: it is settled */
    } table[] = {
        {"of nothing, all is left", {0, 0, 0}, HOUR_S},
        {"rest is no load", {20, 0, 0}, HOUR_S},
        {"a part leaves the rest", {20 + 600, 0, 0}, 3000},
        {"parts add up", {20 + 600, 20 + 1000, 20 + 10}, 1990},
        {"what is left is enough for a verdict", {20 + 3590, 0, 0}, LEAST_S},
        {"and then done", {20 + 3590, 20 + 10, 0}, 0},
        {"after its load it is whole", {20 + 3600, 0, 0}, 0},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct result result;
        char *error = NULL;
        result_init(&result);
        result.experiment = soak_of("idle 20s, load 1h, idle 20s");
        result_add_arm(&result, "epoll");
        uint32_t attempt = 0;
        unsigned left_s = HOUR_S, seen_s = 0;
        for (; attempt < 3 && table[i].seen_s[attempt] > 0; attempt++) {
            unsigned more_s = table[i].seen_s[attempt];
            add_try(&result, attempt, WINDOW_S - HOUR_S + left_s, more_s, REASON_INTERRUPTED);
            seen_s += more_s - 20;
            left_s = HOUR_S - seen_s > LEAST_S ? HOUR_S - seen_s : LEAST_S;
        }
        struct schedule schedule = {.plans = xcalloc(1, sizeof(struct round_plan)), .count = 1};
        schedule.plans[0] = phase_plan_of(&result, 0, 0, 0);
        schedule.plans[0].number = 1;
        print_message("# %s\n", table[i].sentence);
        assert_int_equal(settled_take_out(&schedule, &result, &error), 0);
        assert_int_equal(schedule.count, table[i].left_s > 0);
        if (table[i].left_s > 0) {
            struct phases phases;
            const struct round_plan *plan = &schedule.plans[0];
            phase_plan_window(&phases, &result, plan);
            assert_int_equal(plan->attempt, attempt);
            assert_int_equal(phases_load_seconds(&phases), table[i].left_s);
            assert_int_equal(plan->window_s, phases_seconds(&phases));
        }
        for (size_t k = 0; k < result.round_count; k++)
            result.rounds[k].course.count = 0;
        schedule_release(&schedule);
        result_release(&result);
    }
}

/* Late or disturbed as it was, its memory was read for an hour. */
static void a_soak_that_could_be_read_is_not_repeated(void **state)
{
    (void)state;
    struct round round;
    struct round_plan plan = {.phased = true, .paced = true, .arm_count = 1, .load_s = HOUR_S};
    round_init(&round);
    outcome_add(&round.outcome, REASON_GEN_LATE, "made up");
    assert_true(settled_may_repeat(&plan, &round));
    round.course.count = HOUR_S;
    assert_false(settled_may_repeat(&plan, &round));
    plan.load_s = 0;
    assert_true(settled_may_repeat(&plan, &round));
    outcome_add(&round.outcome, REASON_LOAD_FAILED, "made up");
    plan.load_s = HOUR_S;
    assert_true(settled_may_repeat(&plan, &round));
    round_release(&round);
}

/* ---- what is kept ---- */

static char *unfinished_of(const char *directory)
{
    return text_format("%s/" RESULT_UNFINISHED, directory);
}

/* The header and an unfinished phased round in it; as after a
 * kill. The caller frees the folder's path. */
static char *leave_unfinished(struct result *result, uint32_t number)
{
    struct journal journal;
    struct round round;
    char *error = NULL;
    make_header(result);
    assert_int_equal(journal_open(&journal, folder, result, &error), 0);
    make_phased_round(&round);
    round.number = number;
    outcome_add(&round.outcome, REASON_INTERRUPTED, "cut off without a word");
    assert_int_equal(journal_keep(&journal, result, &round, &error), 0);
    assert_int_equal(journal_keep(&journal, result, &round, &error), 0); /* in place of it */
    round_release(&round);
    char *directory = xstrdup(journal.directory);
    journal_abandon(&journal);
    return directory;
}

static void what_was_being_measured_is_told(void **state)
{
    (void)state;
    struct result made, read;
    char *error = NULL, *directory = leave_unfinished(&made, 7);
    assert_int_equal(result_load(&read, directory, &error), 0);
    assert_true(read.is_last_unfinished);
    assert_false(read.is_running);
    assert_int_equal(read.round_count, 1);
    assert_int_equal(read.rounds[0].number, 7);
    assert_true(outcome_has(&read.rounds[0].outcome, REASON_INTERRUPTED));
    assert_true(read.rounds[0].course.count > 0);
    assert_int_equal(read.notes.count, made.notes.count);
    result_release(&read);
    result_release(&made);
    free(directory);
}

/* Whoever writes it holds its lock, until it has an end. */
static void a_run_that_goes_on_is_known_as_such(void **state)
{
    (void)state;
    struct result made, read;
    struct journal journal;
    char *error = NULL;
    make_header(&made);
    assert_int_equal(journal_open(&journal, folder, &made, &error), 0);
    assert_int_equal(result_load(&read, made.directory, &error), 0);
    assert_true(read.is_running);
    result_release(&read);
    journal_abandon(&journal);
    assert_int_equal(result_load(&read, made.directory, &error), 0);
    assert_false(read.is_running);
    result_release(&read);
    assert_int_equal(resume_open(&journal, made.directory, &read, &error), 0);
    assert_false(read.is_running); /* it is ours */
    assert_int_equal(journal_close(&journal, &made, &error), 0);
    result_release(&read);
    result_release(&made);
}

static void going_on_makes_a_line_of_it_once(void **state)
{
    (void)state;
    struct result made, stored;
    struct journal journal;
    char *error = NULL, *directory = leave_unfinished(&made, 7), *path = unfinished_of(directory);
    assert_int_equal(resume_open(&journal, directory, &stored, &error), 0);
    assert_int_equal(stored.round_count, 1);
    assert_int_equal(access(path, F_OK), -1);
    journal_abandon(&journal);
    result_release(&stored);
    assert_int_equal(resume_open(&journal, directory, &stored, &error), 0);
    assert_int_equal(stored.round_count, 1);
    journal_abandon(&journal);
    result_release(&stored);
    result_release(&made);
    free(path);
    free(directory);
}

/* Killed between the line and the removal of what was kept. */
static void a_round_that_has_its_line_is_not_there_twice(void **state)
{
    (void)state;
    struct result made, stored;
    struct journal journal;
    char *error = NULL, *directory = leave_unfinished(&made, 7), *path = unfinished_of(directory);
    char *kept = read_file(path);
    assert_int_equal(resume_open(&journal, directory, &stored, &error), 0);
    journal_abandon(&journal);
    result_release(&stored);
    FILE *again = fopen(path, "w");
    assert_non_null(again);
    fputs(kept, again);
    fclose(again);
    assert_int_equal(result_load(&stored, directory, &error), 0);
    assert_int_equal(stored.round_count, 1);
    assert_int_equal(stored.notes.count, made.notes.count); /* nor is it called damaged */
    assert_false(stored.is_last_unfinished);
    result_release(&stored);
    result_release(&made);
    free(kept);
    free(path);
    free(directory);
}

static void what_was_kept_and_damaged_leaves_the_record(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "{\"type\":\"rou", "[]", "{\"type\":\"round\"}",
                                        "{\"type\":\"else\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct result made, read;
        char *error = NULL, *directory = leave_unfinished(&made, 7);
        char *path = unfinished_of(directory);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(texts[i], file);
        fclose(file);
        print_message("# %s\n", texts[i]);
        if (result_load(&read, directory, &error) < 0)
            fail_msg("%s", error);
        assert_int_equal(read.round_count, 0);
        assert_false(read.is_last_unfinished);
        const char *note = read.notes.items[read.notes.count - 1];
        assert_non_null(strstr(note, RESULT_UNFINISHED " was not read: "));
        result_release(&read);
        result_release(&made);
        free(path);
        free(directory);
    }
}

/* ---- what is said ---- */

static void a_line_says_where_it_is(void **state)
{
    (void)state;
    enum { WIDE = 4000 };
    static const struct {
        int64_t at_s;
        int64_t rss_bytes;
        enum flatness_kind kind;
        size_t columns;
        const char *text;
    } table[] = {
        {4, 2097152, FLATNESS_UNDECIDED, WIDE,
         "epoll  UNDECIDED so far  RSS 2.0 MiB  until 21:47  4 s of 1 h 00 min  idle"},
        {754, 2109440, FLATNESS_FLAT, WIDE,
         "epoll  FLAT so far  RSS 2.0 MiB (+12 KiB under load)  until 21:47  12 min 34 s of 1 h 00 "
         "min  "
         "2,000/s"},
        {3611, 1994752, FLATNESS_GROWING, WIDE,
         "epoll  GROWING so far  RSS 1.9 MiB  until 21:47  1 h 00 min of 1 h "
         "00 min  "
         "close"},
        {9999, MISSING, FLATNESS_STEP, WIDE,
         "epoll  STEP so far  until 21:47  1 h 00 min of 1 h 00 min  close"},
        /* narrower: the least useful goes, and nothing is cut in two */
        {754, 2109440, FLATNESS_FLAT, 92,
         "epoll  FLAT so far  RSS 2.0 MiB (+12 KiB under load)  until 21:47  12 min 34 s of 1 h 00 "
         "min"},
        {754, 2109440, FLATNESS_FLAT, 91,
         "epoll  FLAT so far  RSS 2.0 MiB (+12 KiB under load)  until 21:47  2,000/s"},
        {754, 2109440, FLATNESS_FLAT, 40, "epoll  FLAT so far  until 21:47  2,000/s"},
        {754, 2109440, FLATNESS_FLAT, 18, "epoll  FLAT so far"},
        {754, 2109440, FLATNESS_FLAT, 17, "epoll  2,000/s"},
        {754, 2109440, FLATNESS_FLAT, 3, "epo"},
        {754, 2109440, FLATNESS_FLAT, 0, ""},
    };
    struct experiment experiment = soak_of("idle 10s, load 1h, close 10s");
    phases_settle(&experiment.phases.phases, 2000);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct round round;
        round_init(&round);
        round.phases = experiment.phases.phases;
        round.window_s = phases_seconds(&round.phases);
        round.duration_ns = table[i].at_s * 1000000000;
        round.memory.rss_bytes = table[i].rss_bytes;
        struct status status = {.kind = table[i].kind,
                                .loaded_bytes = table[i].at_s < 10 ? NAN : 2097152};
        char *text = status_text("epoll", &round, &status, "21:47", table[i].columns);
        assert_string_equal(text, table[i].text);
        free(text);
        round_release(&round);
    }
    experiment_release(&experiment);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_load_is_as_long_as_leaves_what_is_asked_for),
        cmocka_unit_test(less_than_the_other_loads_is_refused),
        cmocka_unit_test(of_the_first_seconds_so_many_are_load),
        cmocka_unit_test(what_was_cut_off_goes_on_with_the_load_that_is_left),
        cmocka_unit_test(a_soak_that_could_be_read_is_not_repeated),
        IN_FOLDER(what_was_being_measured_is_told),
        IN_FOLDER(a_run_that_goes_on_is_known_as_such),
        IN_FOLDER(going_on_makes_a_line_of_it_once),
        IN_FOLDER(a_round_that_has_its_line_is_not_there_twice),
        IN_FOLDER(what_was_kept_and_damaged_leaves_the_record),
        cmocka_unit_test(a_line_says_where_it_is),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("soak", tests, NULL, NULL);
}
