/* Requests that were left waiting for a connection: was it the
 * server that held them all, or pace? */
#include <stdio.h>

#include "tests/pace_room.h"

#define NONE REASON_CODES

/* While requests waited, pace held the connections for that share of the time. */
static void set_held(struct trial *trial, double share)
{
    struct record *record = &trial->targets[0].record;
    record->untaken_ns = (int64_t)(share * 1e9);
    record->served_ns = (int64_t)((1 - share) * 1e9);
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

/* Connections are busy until their answers are taken: who held
 * them, where requests waited for one? */
static void only_who_held_the_connections_is_to_blame(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double held, unfinished, away;
        enum reason_code code;
        int exit_code;
        const char *words;
    } table[] = {
        {"a server that holds them all the time", .004, .01, 0, REASON_OVERLOADED, 1,
         "answered 99"},
        {"one that falls short by less than what any pace takes", .029, .002, 0, REASON_OVERLOADED,
         1, "answered"},
        {"by less than pace held them: it may be pace's", .04, .03, 0, REASON_GEN_LATE, 3,
         "it cannot be told"},
        {"by more: it is the server's", .04, .05, 0, REASON_OVERLOADED, 1, "answered 95 %"},
        {"one that holds them for nearly half of the time, at ten times its rate", .49, .9, 0,
         REASON_OVERLOADED, 1, "answered 10 %"},
        {"pace held them for more than half of it", .51, .9, 0, REASON_GEN_LATE, 3,
         "could not keep up"},
        {"and the rate is beyond both", .97, .98, 0, REASON_GEN_LATE, 3, "for 97 % of the time"},
        {"and somebody else had its CPU", .97, .98, .5, REASON_INTERFERED, 3, "kept from its CPU"},
        {"where nobody was left waiting it is nothing", .97, 0, 0, NONE, 0, NULL},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int duet = 0; duet < 2; duet++) {
            struct trial *trial = room_make(&room_fine);
            if (duet)
                room_second(&room_fine);
            set_held(trial, table[i].held);
            if (table[i].unfinished > 0)
                set_unfinished(trial, table[i].unfinished);
            trial->audit.cpu_ns = (int64_t)((1 - table[i].away) * (double)trial->audit.wall_ns);
            verdict_judge(trial);
            const struct reason *cause = verdict_cause(&trial->outcome[0]);
            if ((cause ? cause->code : NONE) != table[i].code ||
                verdict_exit_code(trial) != table[i].exit_code ||
                (cause && !strstr(trial->outcome[0].reasons[table[i].away > 0 && !duet].detail,
                                  table[i].words)))
                fail_msg("%s, %s: %s, exit %d", table[i].name, duet ? "duet" : "alone",
                         cause ? cause->detail : "no reason", verdict_exit_code(trial));
            assert_int_equal(trial->is_outrun[0], table[i].exit_code == 3);
            assert_false(trial->is_outrun[1]);
            assert_true((trial->trusted_p == 0) == trial->is_outrun[0]);
            room_release();
        }
}

/* In the warm-up, too, when the backlog is full before the window opens. */
static void a_warm_up_that_pace_cannot_make_is_no_overload(void **state)
{
    (void)state;
    struct trial *trial = room_make(&room_fine);
    room_unopened(TRIAL_OVERLOADED);
    trial->targets[0].has_ended_it = true;
    trial->targets[0].record.warmup = (struct record_warmup){.offered = 1000, .completed = 160};
    snprintf(trial->why, sizeof trial->why, "840 requests waited for a connection");
    set_held(trial, .9);
    verdict_judge(trial);
    assert_int_equal(verdict_cause(&trial->outcome[0])->code, REASON_GEN_LATE);
    assert_int_equal(verdict_exit_code(trial), 3);
    room_release();
}

/* The backlog before one of two servers fills first. That ends the trial for the other one as well,
 * and where pace was the slower, neither is to blame for it. */
static void of_two_servers_neither_is_to_blame_for_what_pace_cannot_make(void **state)
{
    (void)state;
    for (unsigned ender = 0; ender < TRIAL_TARGETS; ender++)
        for (int by_pace = 0; by_pace < 2; by_pace++) {
            struct trial *trial = room_make(&room_fine);
            room_second(&room_fine);
            trial->end = TRIAL_OVERLOADED;
            trial->targets[ender].has_ended_it = true;
            trial->targets[ender].record.dropped = 1000;
            trial->targets[ender].record.untaken_ns = by_pace ? 960 : 10;
            trial->targets[ender].record.served_ns = by_pace ? 40 : 990;
            verdict_judge(trial);
            const struct reason *own = verdict_cause(&trial->outcome[ender]),
                                *other = verdict_cause(&trial->outcome[1 - ender]);
            assert_int_equal(own->code, by_pace ? REASON_GEN_LATE : REASON_OVERLOADED);
            assert_int_equal(other->code, by_pace ? REASON_GEN_LATE : REASON_LOAD_FAILED);
            if (by_pace)
                assert_string_equal(own->detail, other->detail);
            assert_int_equal(verdict_exit_code(trial), by_pace ? 3 : 1);
            room_release();
        }
}

/* Where the kernel tells no times, answers seem to come when they are taken. */
static void without_the_kernels_times_pace_is_doubted_where_each_look_found_an_answer(void **state)
{
    (void)state;
    static const struct {
        double unstamped, turns_each;
        enum reason_code code;
    } table[] = {
        {.009, .02, REASON_OVERLOADED}, /* they are told of nearly all */
        {.011, .02, REASON_GEN_LATE},   {1, .02, REASON_GEN_LATE},  {1, .99, REASON_GEN_LATE},
        {1, 1.01, REASON_OVERLOADED},   {1, 20, REASON_OVERLOADED},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct trial *trial = room_make(&room_fine);
        set_unfinished(trial, .5);
        struct record *record = &trial->targets[0].record;
        record->unstamped = (uint64_t)(table[i].unstamped * (double)record->completed);
        trial->audit.turns = (uint64_t)(table[i].turns_each * (double)record->completed);
        verdict_judge(trial);
        const struct reason *cause = verdict_cause(&trial->outcome[0]);
        if (cause->code != table[i].code)
            fail_msg("%g unstamped, %g turns each: %s", table[i].unstamped, table[i].turns_each,
                     cause->detail);
        room_release();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_held_the_connections_is_to_blame),
        cmocka_unit_test(a_warm_up_that_pace_cannot_make_is_no_overload),
        cmocka_unit_test(of_two_servers_neither_is_to_blame_for_what_pace_cannot_make),
        cmocka_unit_test(without_the_kernels_times_pace_is_doubted_where_each_look_found_an_answer),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    int status = cmocka_run_group_tests_name("pace_verdict_held", tests, NULL, NULL);
    schedule_clear(&room_schedule);
    return status;
}
