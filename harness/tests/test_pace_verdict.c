/* What pace makes of its own audit: each reason from a trial that differs from a good one in one
 * thing, at both sides of its limit. */
#include <stdio.h>

#include "tests/pace_room.h"

#define NONE REASON_CODES

/* What is changed in a good trial of 50,000 requests. */
static void set_cpu(struct trial *trial, double share)
{
    trial->audit.cpu_ns = (int64_t)(share * (double)trial->audit.wall_ns);
}
static void set_run_delay(struct trial *trial, double share)
{
    trial->audit.run_delay_ns = (int64_t)(share * (double)trial->audit.wall_ns);
}
static void set_steal(struct trial *trial, double share)
{
    trial->audit.steal_ns = (int64_t)(share * (double)trial->audit.wall_ns);
}
static void set_nothing_known(struct trial *trial, double unused)
{
    (void)unused;
    trial->audit.run_delay_ns = trial->audit.steal_ns = MISSING;
}
static void set_faults(struct trial *trial, double count)
{
    for (int i = 0; i < (int)count; i++)
        record_fault(&trial->targets[0].record, FAULT_STATUS, "status 503 where 200 was expected");
}
static void set_reconnects(struct trial *trial, double count)
{
    trial->targets[0].record.reconnects = (uint64_t)count;
}
static void set_dropped(struct trial *trial, double count)
{
    trial->targets[0].record.dropped = (uint64_t)count;
}
/* As if so many had never come back, though others did at the very end. */
static void set_unfinished(struct trial *trial, double share)
{
    struct record *record = &trial->targets[0].record;
    uint64_t count = (uint64_t)(share * (double)record->offered);
    record->completed -= count;
    record->censored += count;
    record->last_byte_ns = record->start_ns + record->window_ns + 1000000000;
    trial->drained_ns = 2000000000;
}
static void set_silent(struct trial *trial, double after_end_s)
{
    struct record *record = &trial->targets[0].record;
    record->completed -= 100;
    record->censored += 100;
    record->last_byte_ns = record->start_ns + record->window_ns + (int64_t)(after_end_s * 1e9);
    trial->drained_ns = 2000000000;
}
/* The backlog was full, and for what was on its way pace waited so long, in vain. */
static void set_silent_and_full(struct trial *trial, double waited_s)
{
    set_silent(trial, -.1);
    trial->drained_ns = (int64_t)(waited_s * 1e9);
    trial->end = TRIAL_OVERLOADED;
    trial->targets[0].has_ended_it = true;
}
/* So many waited when the window opened, and all that came after them as well. */
static void set_behind(struct trial *trial, double count)
{
    trial->targets[0].record.backlog_start = (uint64_t)count;
    trial->targets[0].record.has_caught_up = false;
}
static void set_stall_at_opening(struct trial *trial, double count)
{
    trial->targets[0].record.backlog_start = (uint64_t)count;
}
static void set_unopened(struct trial *trial, double end)
{
    room_unopened((enum trial_end)end);
    trial->targets[0].has_ended_it = true;
    trial->targets[0].record.warmup = (struct record_warmup){.offered = 1000, .completed = 160};
    snprintf(trial->why, sizeof trial->why, "840 requests waited for a connection");
}
/* The same, and nothing came while pace waited. */
static void set_unopened_and_silent(struct trial *trial, double unused)
{
    (void)unused;
    set_unopened(trial, TRIAL_OVERLOADED);
    trial->drained_ns = 2000000000;
    trial->targets[0].record.last_byte_ns = trial->start_monotonic_ns - trial->warmup_ns;
}
static void set_nothing_due(struct trial *trial, double end)
{
    room_unopened((enum trial_end)end);
    trial->has_window = true;
    trial->measured_ns = trial->schedule->duration_ns;
}
/* Away since so long after the opening; the last requests found nobody. */
static void set_gone(struct trial *trial, double after_s)
{
    struct record *record = &trial->targets[0].record;
    for (int i = 0; i < 50; i++)
        record_fault(record, FAULT_CONNECT, "a connection could not be made");
    record->failed += 50;
    record->completed -= 50;
    record->gone_ns = record->start_ns + (int64_t)(after_s * 1e9);
    record->reconnects = 150;
}
static void set_one_lost(struct trial *trial, double after_end_s)
{
    set_silent(trial, after_end_s);
    trial->targets[0].record.completed += 99;
    trial->targets[0].record.censored -= 99;
}
static void set_end(struct trial *trial, double end)
{
    trial->end = (enum trial_end)end;
    trial->targets[0].has_ended_it = trial->target_count == 1;
    snprintf(trial->why, sizeof trial->why, "the connection was refused");
}
/* So many at the end, after a window whose last parts are like the others. */
static void set_backlog(struct trial *trial, double share)
{
    struct record *record = &trial->targets[0].record;
    record->backlog_end = (uint64_t)(share * (double)record->offered);
}
static void set_rising_backlog(struct trial *trial, double share)
{
    struct record *record = &trial->targets[0].record;
    set_backlog(trial, share);
    for (unsigned part = RECORD_PARTS - 3; part < RECORD_PARTS; part++)
        for (uint64_t i = 0, n = 2 * record->parts[part].total; i < n; i++)
            tally_add(&record->parts[part], (part + 1) * 1000000);
}

static void one_thing_makes_one_reason(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*change)(struct trial *, double);
        double by;
        enum outcome_kind kind;
        enum reason_code code;
        int exit_code;
    } table[] = {
        {"a good trial", NULL, 0, OUTCOME_VALID, NONE, 0},
        {"what could not be read is no reason", set_nothing_known, 0, OUTCOME_VALID, NONE, 0},
        {"99.6 % of its CPU is what a quiet machine gives", set_cpu, .996, OUTCOME_VALID, NONE, 0},
        {"99.4 % is noisy", set_cpu, .994, OUTCOME_NOISY, REASON_NOISY, 0},
        {"97.1 % is noisy still", set_cpu, .971, OUTCOME_NOISY, REASON_NOISY, 0},
        {"96.9 % is interfered with", set_cpu, .969, OUTCOME_INVALID, REASON_INTERFERED, 3},
        {"a run delay of 0.4 % is quiet", set_run_delay, .004, OUTCOME_VALID, NONE, 0},
        {"of 0.6 % noisy", set_run_delay, .006, OUTCOME_NOISY, REASON_NOISY, 0},
        {"of 1.9 % noisy still", set_run_delay, .019, OUTCOME_NOISY, REASON_NOISY, 0},
        {"of 2.1 % interfered with", set_run_delay, .021, OUTCOME_INVALID, REASON_INTERFERED, 3},
        {"0.9 % of steal is quiet", set_steal, .009, OUTCOME_VALID, NONE, 0},
        {"1.1 % noisy", set_steal, .011, OUTCOME_NOISY, REASON_NOISY, 0},
        {"2.9 % noisy still", set_steal, .029, OUTCOME_NOISY, REASON_NOISY, 0},
        {"3.1 % interfered with", set_steal, .031, OUTCOME_INVALID, REASON_INTERFERED, 3},
        {"one wrong answer is an error", set_faults, 1, OUTCOME_INVALID, REASON_ERRORS, 1},
        {"each connection may end once", set_reconnects, 100, OUTCOME_VALID, NONE, 0},
        {"and not more", set_reconnects, 101, OUTCOME_INVALID, REASON_ERRORS, 1},
        {"a request that was dropped is overload", set_dropped, 1, OUTCOME_INVALID,
         REASON_OVERLOADED, 1},
        {"0.09 % unfinished is a time-out somewhere", set_unfinished, .0009, OUTCOME_VALID, NONE,
         0},
        {"0.11 % is overload", set_unfinished, .0011, OUTCOME_INVALID, REASON_OVERLOADED, 1},
        {"a full backlog is overload", set_end, TRIAL_OVERLOADED, OUTCOME_INVALID,
         REASON_OVERLOADED, 1},
        {"unfinished ones and a last answer after the end: not hung", set_silent, .1,
         OUTCOME_INVALID, REASON_OVERLOADED, 1},
        {"unfinished ones and none after the end: hung", set_silent, -.1, OUTCOME_INVALID,
         REASON_HUNG, 1},
        {"one lost answer among thousands is no server that hangs", set_one_lost, -.1,
         OUTCOME_VALID, NONE, 0},
        {"a full backlog, and an answer 1.9 s before: slow", set_silent_and_full, 1.9,
         OUTCOME_INVALID, REASON_OVERLOADED, 1},
        {"a full backlog, and none for 2 s: hung", set_silent_and_full, 2, OUTCOME_INVALID,
         REASON_HUNG, 1},
        {"what waits when the window opens is an overload, were it one", set_behind, 1,
         OUTCOME_INVALID, REASON_OVERLOADED, 1},
        {"and not where the server caught up", set_stall_at_opening, 4000, OUTCOME_VALID, NONE, 0},
        {"an overload in the warm-up is one", set_unopened, TRIAL_OVERLOADED, OUTCOME_INVALID,
         REASON_OVERLOADED, 1},
        {"a hang in the warm-up is one", set_unopened_and_silent, 0, OUTCOME_INVALID, REASON_HUNG,
         1},
        {"nobody answers before the window", set_unopened, TRIAL_SILENT, OUTCOME_INVALID,
         REASON_HUNG, 1},
        {"an interrupt before the window", set_unopened, TRIAL_INTERRUPTED, OUTCOME_INVALID,
         REASON_INTERRUPTED, 130},
        {"where nothing was due nothing is valid", set_nothing_due, TRIAL_WHOLE, OUTCOME_INVALID,
         REASON_LOAD_FAILED, 3},
        {"who goes away has died, whatever else it makes", set_gone, 9.9, OUTCOME_INVALID,
         REASON_DIED, 1},
        {"and before the window, too", set_gone, -.5, OUTCOME_INVALID, REASON_DIED, 1},
        {"a stall at the very end fills the backlog and is no overload", set_backlog, .02,
         OUTCOME_VALID, NONE, 0},
        {"0.4 % waiting is no overload", set_rising_backlog, .004, OUTCOME_VALID, NONE, 0},
        {"0.6 % waiting, and later ones longer, is", set_rising_backlog, .006, OUTCOME_INVALID,
         REASON_OVERLOADED, 1},
        {"no connection was made", set_end, TRIAL_REFUSED, OUTCOME_INVALID, REASON_FAILED_START, 5},
        {"no port was left", set_end, TRIAL_PORTS, OUTCOME_INVALID, REASON_PORTS, 3},
        {"the server went away", set_end, TRIAL_LOST, OUTCOME_INVALID, REASON_DIED, 1},
        {"somebody interrupted it", set_end, TRIAL_INTERRUPTED, OUTCOME_INVALID, REASON_INTERRUPTED,
         130},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct trial *trial = room_make(&room_fine);
        const struct outcome *outcome = &trial->outcome[0];
        if (table[i].change)
            table[i].change(trial, table[i].by);
        verdict_judge(trial);
        const struct reason *cause = verdict_cause(outcome);
        enum reason_code code = cause ? cause->code : NONE;
        if (outcome->kind != table[i].kind || code != table[i].code ||
            verdict_exit_code(trial) != table[i].exit_code)
            fail_msg("%s: %s, %s, exit %d", table[i].name, outcome_name(outcome->kind),
                     cause ? cause->detail : "no reason", verdict_exit_code(trial));
        room_release();
    }
}

static void the_servers_own_reason_decides_over_one_from_outside(void **state)
{
    (void)state;
    struct trial *trial = room_make(&room_fine);
    set_cpu(trial, .9);
    set_faults(trial, 3);
    verdict_judge(trial);
    assert_true(outcome_has(&trial->outcome[0], REASON_INTERFERED));
    assert_true(outcome_has(&trial->outcome[0], REASON_ERRORS));
    assert_int_equal(verdict_exit_code(trial), 1);
    assert_false(verdict_has_latency(&trial->outcome[0]));
    room_release();
}

static void a_shortfall_that_pace_may_have_made_is_not_the_servers(void **state)
{
    (void)state;
    static const struct {
        double away, unfinished;
        enum reason_code code;
        int exit_code;
    } table[] = {
        {.02, .01, REASON_OVERLOADED, 1}, /* noisy: no excuse */
        {.10, .09, REASON_INTERFERED, 3},
        {.10, .11, REASON_OVERLOADED, 1},
        {.70, .50, REASON_INTERFERED, 3},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int duet = 0; duet < 2; duet++) {
            struct trial *trial = room_make(&room_fine);
            if (duet)
                room_second(&room_fine);
            set_cpu(trial, 1 - table[i].away);
            set_unfinished(trial, table[i].unfinished);
            verdict_judge(trial);
            if (verdict_cause(&trial->outcome[0])->code != table[i].code ||
                verdict_exit_code(trial) != table[i].exit_code)
                fail_msg("away %g, unfinished %g, %s: %s", table[i].away, table[i].unfinished,
                         duet ? "duet" : "alone", verdict_cause(&trial->outcome[0])->detail);
            room_release();
        }
}

/* The other one must not be blamed for it. */
static void an_early_end_is_the_doing_of_one_server_of_two(void **state)
{
    (void)state;
    static const struct {
        enum trial_end end;
        enum reason_code code;
        int exit_code;
    } table[] = {
        {TRIAL_OVERLOADED, REASON_OVERLOADED, 1},
        {TRIAL_LOST, REASON_DIED, 1},
        {TRIAL_REFUSED, REASON_FAILED_START, 5},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct trial *trial = room_make(&room_fine);
        room_second(&room_fine);
        set_end(trial, table[i].end);
        trial->targets[1].has_ended_it = true;
        verdict_judge(trial);
        assert_false(outcome_has(&trial->outcome[0], table[i].code));
        assert_true(outcome_has(&trial->outcome[0], REASON_LOAD_FAILED));
        assert_true(outcome_has(&trial->outcome[1], table[i].code));
        assert_int_equal(verdict_exit_code(trial), table[i].exit_code);
        room_release();
    }
}

static void a_wrong_answer_before_the_window_is_the_servers_error(void **state)
{
    (void)state;
    struct trial *trial = room_make(&room_fine);
    set_end(trial, TRIAL_REFUSED);
    set_faults(trial, 1);
    verdict_judge(trial);
    assert_int_equal(verdict_cause(&trial->outcome[0])->code, REASON_ERRORS);
    assert_int_equal(verdict_exit_code(trial), 1);
    room_release();
}

static void a_disturbance_leaves_a_duets_ratios_alone(void **state)
{
    (void)state;
    struct trial *trial = room_make(&room_fine);
    room_second(&room_fine);
    set_cpu(trial, .9);
    verdict_judge(trial);
    assert_int_equal(trial->outcome[0].kind, OUTCOME_NOISY);
    assert_int_equal(trial->outcome[1].kind, OUTCOME_NOISY);
    assert_int_equal(verdict_exit_code(trial), 0);
    room_release();
}

/* One part in a thousand above it is not to read as if it were the limit. */
static void what_is_above_a_limit_does_not_read_like_it(void **state)
{
    (void)state;
    static const struct {
        void (*change)(struct trial *, double);
        double by;
        const char *words;
    } table[] = {
        {set_steal, .0101, "took the CPU for just above 1.0 % of the time, quiet is below 1.0 %"},
        {set_steal, .0301, "took the CPU for just above 3.0 % of the time, the limit is 3.0 %"},
        {set_run_delay, .00501, "just above 0.5 % of the time, quiet is below 0.5 %"},
        {set_steal, .0112, "took the CPU for 1.1 % of the time"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct trial *trial = room_make(&room_fine);
        table[i].change(trial, table[i].by);
        verdict_judge(trial);
        const struct reason *cause = verdict_cause(&trial->outcome[0]);
        if (!strstr(cause->detail, table[i].words))
            fail_msg("not \"%s\" but \"%s\"", table[i].words, cause->detail);
        room_release();
    }
}

static void one_bad_server_of_two_decides(void **state)
{
    (void)state;
    struct trial *trial = room_make(&room_fine);
    room_second(&room_fine);
    record_fault(&trial->targets[1].record, FAULT_READ, "reset");
    verdict_judge(trial);
    assert_int_equal(trial->outcome[0].kind, OUTCOME_VALID);
    assert_int_equal(trial->outcome[1].kind, OUTCOME_INVALID);
    assert_int_equal(verdict_exit_code(trial), 1);
    room_release();
}

static void a_server_that_falls_behind_is_overloaded(void **state)
{
    (void)state;
    struct made made = room_fine;
    made.answered_share = .6;
    struct trial *trial = room_make(&made);
    verdict_judge(trial);
    assert_non_null(strstr(verdict_cause(&trial->outcome[0])->detail,
                           "answered 7")); /* 60 % of 10 s, and 2 s more */
    assert_int_equal(verdict_cause(&trial->outcome[0])->code, REASON_OVERLOADED);
    assert_true(fabs(verdict_answered_rps(trial, &trial->targets[0].record) - 3000) < 60);
    room_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thing_makes_one_reason),
        cmocka_unit_test(the_servers_own_reason_decides_over_one_from_outside),
        cmocka_unit_test(a_shortfall_that_pace_may_have_made_is_not_the_servers),
        cmocka_unit_test(an_early_end_is_the_doing_of_one_server_of_two),
        cmocka_unit_test(a_wrong_answer_before_the_window_is_the_servers_error),
        cmocka_unit_test(a_disturbance_leaves_a_duets_ratios_alone),
        cmocka_unit_test(what_is_above_a_limit_does_not_read_like_it),
        cmocka_unit_test(one_bad_server_of_two_decides),
        cmocka_unit_test(a_server_that_falls_behind_is_overloaded),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    int status = cmocka_run_group_tests_name("pace_verdict", tests, NULL, NULL);
    schedule_clear(&room_schedule);
    return status;
}
