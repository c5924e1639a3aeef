/* Servers that fall behind, stop or go away, at each moment of a
 * trial: what is counted then, and what the verdict makes of it. */
/* run-tests: timeout 120 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pace/backlog.h"
#include "verdict_room.h"

static void a_backlog_full_in_the_warm_up_is_an_overload(void **state)
{
    (void)state;
    struct habits slow = {.service_ns = 10 * MS};
    struct asked asked = {.schedule = "poisson:400:500ms",
                          .connections = CONNECTIONS,
                          .warmup_ns = 5000 * (int64_t)MS,
                          .max_backlog_ns = 200 * MS};

    run(&slow, 1, &asked);
    judge_as_if_undisturbed();
    const struct record *record = &room.trial.targets[0].record;
    assert_int_equal(room.trial.end, TRIAL_OVERLOADED);
    assert_false(room.trial.has_window);
    assert_int_equal(record->offered, 0);
    assert_int_equal(room.trial.measured_ns, 0);
    assert_in_range(room.trial.warmed_ns, 100 * MS, 4000 * (uint64_t)MS);
    expect(0, REASON_OVERLOADED, "before the window opened");
    assert_int_equal(verdict_exit_code(&room.trial), 1);
    /* What was on its way has come back, and what waited was not sent. */
    assert_int_equal(record->warmup.completed, servers[0]->answers - CONNECTIONS);
    assert_int_equal(servers[0]->answers, servers[0]->requests);
    assert_in_range(record->warmup.offered - record->warmup.completed, 81, 83);
    stop();
}

static void the_other_of_two_is_not_to_blame_for_it(void **state)
{
    (void)state;
    struct habits habits[] = {{0}, {.service_ns = 20 * MS}};
    struct asked asked = {.schedule = "poisson:400:500ms",
                          .connections = CONNECTIONS,
                          .warmup_ns = 5000 * (int64_t)MS,
                          .max_backlog_ns = 200 * MS};

    run(habits, 2, &asked);
    judge_as_if_undisturbed();
    expect(0, REASON_LOAD_FAILED, "the other server ended the trial");
    expect(1, REASON_OVERLOADED, "before the window opened");
    assert_false(outcome_has(&room.trial.outcome[0], REASON_OVERLOADED));
    assert_int_equal(verdict_exit_code(&room.trial), 1);
    stop();
}

/* The window's own requests stand behind them, and none of
 * them is sent: the server answers all the while. */
static void what_waits_when_the_window_opens_is_an_overload_and_no_hang(void **state)
{
    (void)state;
    struct habits slow = {.service_ns = 10 * MS};
    struct asked asked = {
        .schedule = "poisson:800:200ms", .connections = CONNECTIONS, .warmup_ns = 600 * MS};

    run(&slow, 1, &asked);
    judge_as_if_undisturbed();
    const struct record *record = &room.trial.targets[0].record;
    assert_true(room.trial.has_window);
    assert_int_equal(record->sent, 0);
    assert_int_equal(record->completed, 0);
    assert_true(record->backlog_start > 300);
    assert_false(record->has_caught_up);
    assert_true(record->warmup.in_window > 100);
    assert_true(record->warmup.in_window < record->warmup.completed);
    expect(0, REASON_OVERLOADED, "before the window opened");
    assert_false(outcome_has(&room.trial.outcome[0], REASON_HUNG));
    stop();
}

/* A loop that comes late to the opening has taken some of the window's already. */
static void only_those_due_before_the_window_are_the_warm_ups(void **state)
{
    (void)state;
    struct backlog backlog;
    struct waiting waiting;

    backlog_open(&backlog, 4);
    for (int64_t due_ns = 1; due_ns <= 6; due_ns++) {
        if (backlog.count == 4)
            backlog_pop(&backlog, &waiting);
        backlog_push(&backlog, (struct waiting){.intended_ns = due_ns});
    }
    assert_int_equal(backlog_before(&backlog, 1), 0); /* 3 to 6 are in it, around the ring's end */
    assert_int_equal(backlog_before(&backlog, 3), 0);
    assert_int_equal(backlog_before(&backlog, 4), 1);
    assert_int_equal(backlog_before(&backlog, 6), 3);
    assert_int_equal(backlog_before(&backlog, 7), 4);
    backlog_release(&backlog);
}

/* Half a second in which nothing is served, at the window's
 * opening: the tail is true, and no overload. */
static void who_catches_up_was_not_overloaded(void **state)
{
    (void)state;
    struct habits habits = {.stalls_at = 30, .stall_ns = 400 * MS};
    struct asked asked = {.schedule = "constant:200:1s", .connections = 2, .warmup_ns = 300 * MS};

    run(&habits, 1, &asked);
    judge_as_if_undisturbed();
    const struct record *record = &room.trial.targets[0].record;
    assert_true(record->backlog_start > 5);
    assert_true(record->has_caught_up);
    assert_int_equal(record->completed, record->offered);
    assert_false(outcome_has(&room.trial.outcome[0], REASON_OVERLOADED));
    stop();
}

static void what_is_on_its_way_when_the_backlog_is_full_still_comes_back(void **state)
{
    (void)state;
    struct habits slow = {.service_ns = 20 * MS};
    struct asked asked = {
        .schedule = "poisson:400:20s", .connections = CONNECTIONS, .max_backlog_ns = 300 * MS};

    run(&slow, 1, &asked);
    judge_as_if_undisturbed();
    const struct record *record = &room.trial.targets[0].record;
    assert_int_equal(room.trial.end, TRIAL_OVERLOADED);
    assert_int_equal(record->sent, record->completed);
    assert_int_equal(record->completed, servers[0]->answers - CONNECTIONS);
    assert_int_equal(servers[0]->answers, servers[0]->requests);
    assert_int_equal(record->censored, record->offered - record->completed - 1);
    assert_true(room.trial.drained_ns < 1000 * MS + room.trial.audit.longest_gap_ns);
    expect(0, REASON_OVERLOADED, "of what was asked");
    assert_false(outcome_has(&room.trial.outcome[0], REASON_HUNG));
    stop();
}

static void who_stops_answering_hangs_whenever_it_was(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        unsigned after;
        struct asked asked;
    } table[] = {
        {"with a backlog that is full",
         60,
         {.schedule = "poisson:400:20s", .connections = CONNECTIONS, .max_backlog_ns = 200 * MS}},
        {"in the warm-up, and the window opens",
         30,
         {.schedule = "constant:200:300ms", .connections = CONNECTIONS, .warmup_ns = 400 * MS}},
        {"in the warm-up, and the backlog is full",
         30,
         {.schedule = "constant:200:300ms",
          .connections = CONNECTIONS,
          .warmup_ns = 5000 * (int64_t)MS,
          .max_backlog_ns = 200 * MS}},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct habits habits = {.hangs_after = table[i].after};
        print_message("# %s\n", table[i].sentence);
        run(&habits, 1, &table[i].asked);
        judge_as_if_undisturbed();
        expect(0, REASON_HUNG, "stopped answering");
        assert_false(outcome_has(&room.trial.outcome[0], REASON_OVERLOADED));
        assert_in_range(room.trial.drained_ns, 2000 * (uint64_t)MS,
                        3000 * (uint64_t)MS + (uint64_t)room.trial.audit.longest_gap_ns);
        assert_int_equal(verdict_exit_code(&room.trial), 1);
        stop();
    }
}

static void who_goes_away_has_died_and_who_comes_back_errs(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct habits habits;
        int64_t warmup_ns;
        enum reason_code code, not ;
        const char *words;
    } table[] = {
        {"in the window",
         {.dies_after = 100},
         0,
         REASON_DIED,
         REASON_ERRORS,
         "into the window and did not come back"},
        {"in the warm-up",
         {.dies_after = 60},
         300 * MS,
         REASON_DIED,
         REASON_ERRORS,
         "before the window opened"},
        {"it is back at once", {.drops_all_at = 100}, 0, REASON_ERRORS, REASON_DIED, "went wrong"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct asked asked = {.schedule = "constant:300:800ms",
                              .connections = CONNECTIONS,
                              .warmup_ns = table[i].warmup_ns};
        print_message("# %s\n", table[i].sentence);
        run(&table[i].habits, 1, &asked);
        judge_as_if_undisturbed();
        assert_int_equal(room.trial.end, TRIAL_WHOLE);
        expect(0, table[i].code, table[i].words);
        assert_false(outcome_has(&room.trial.outcome[0], table[i].not ));
        assert_false(outcome_has(&room.trial.outcome[0], REASON_HUNG));
        assert_int_equal(verdict_exit_code(&room.trial), 1);
        stop();
    }
}

static void what_goes_wrong_in_the_warm_up_is_kept_apart(void **state)
{
    (void)state;
    struct habits habits = {.fails_from = CONNECTIONS + 1, .fails_to = CONNECTIONS + 40};
    struct asked asked = {
        .schedule = "constant:400:300ms", .connections = CONNECTIONS, .warmup_ns = 500 * MS};

    run(&habits, 1, &asked);
    judge_as_if_undisturbed();
    const struct record *record = &room.trial.targets[0].record;
    assert_int_equal(record->warmup.faults, 40);
    assert_string_equal(record->warmup.first_fault, "an answer has status 500, not 2xx");
    assert_int_equal(record->warmup.completed, record->warmup.offered);
    assert_in_range(record->warmup.offered, 150, 260);
    assert_int_equal(record->faults[FAULT_STATUS], 0);
    assert_string_equal(record->first_fault, "");
    assert_int_equal(record->statuses[2], record->completed);
    stop();
}

static void *interrupt_soon(void *unused)
{
    server_await_answers(servers[0], CONNECTIONS + 25); /* an eighth of a second of asking */
    room.interrupted = true;
    return unused;
}

static void an_interrupted_warm_up_has_no_window(void **state)
{
    (void)state;
    struct asked asked = {.schedule = "constant:200:1s",
                          .connections = CONNECTIONS,
                          .warmup_ns = 20000 * (int64_t)MS};
    pthread_t thread;

    servers[0] = server_start_with((struct habits){0});
    room_open(&room, &asked, &servers[0]->port, 1);
    assert_int_equal(pthread_create(&thread, NULL, interrupt_soon, NULL), 0);
    assert_int_equal(room_run(&room), 0);
    pthread_join(thread, NULL);
    verdict_judge(&room.trial);
    assert_int_equal(room.trial.end, TRIAL_INTERRUPTED);
    assert_false(room.trial.has_window);
    assert_in_range(room.trial.warmed_ns, 100 * MS, 10000 * (uint64_t)MS);
    assert_int_equal(room.trial.outcome[0].count, 1);
    expect(0, REASON_INTERRUPTED, "interrupted");
    stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backlog_full_in_the_warm_up_is_an_overload),
        cmocka_unit_test(the_other_of_two_is_not_to_blame_for_it),
        cmocka_unit_test(what_waits_when_the_window_opens_is_an_overload_and_no_hang),
        cmocka_unit_test(only_those_due_before_the_window_are_the_warm_ups),
        cmocka_unit_test(who_catches_up_was_not_overloaded),
        cmocka_unit_test(what_is_on_its_way_when_the_backlog_is_full_still_comes_back),
        cmocka_unit_test(who_stops_answering_hangs_whenever_it_was),
        cmocka_unit_test(who_goes_away_has_died_and_who_comes_back_errs),
        cmocka_unit_test(what_goes_wrong_in_the_warm_up_is_kept_apart),
        cmocka_unit_test(an_interrupted_warm_up_has_no_window),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
