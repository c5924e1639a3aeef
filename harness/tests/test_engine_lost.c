/* Servers that are given up: one that died, one that never said a word, and such as begin to answer
 * and do not end. All take the five seconds that a server is given, so they are tried at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_server.h"

#include "engine_room.h"
#include "pace/screen_parts.h"
#include "pace/verdict.h"

struct given_up {
    struct habits habits;
    struct asked asked;
    struct server *server;
    struct room room;
    pthread_t thread;
    int failed;
    int64_t lasted_ns;
};

static void *run_it(void *argument)
{
    struct given_up *it = argument;
    int64_t before_ns = server_now_ns();

    it->failed =
        engine_run(&it->room.trial, &it->room.options, &it->room.exit_code, &it->room.error);
    it->lasted_ns = server_now_ns() - before_ns;
    return NULL;
}

static struct given_up dead = {.habits = {.dies_after = 100},
                               .asked = {.schedule = "poisson:1000:20s", .connections = 4}};
static struct given_up silent = {.habits = {.hangs_after = 2},
                                 .asked = {.schedule = "poisson:100:20s", .connections = 4}};

enum { UNENDED = 3 };
static const struct {
    const char *sentence, *speaks, *why;
} unended_table[UNENDED] = {
    {"a body shorter than its length", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nHello",
     "of the body of an answer only 5 bytes came in 5 s, fewer than its head says"},
    {"no length, and the connection stays open", "HTTP/1.1 200 OK\r\n\r\nHello",
     "an answer names no length, so that it ends with its connection, which stayed open for 5 s (5 "
     "bytes came)"},
    {"half a head", "HTTP/1.1 200 OK\r\nConte", "the head of an answer was not whole after 5 s"},
};
static struct given_up unended[UNENDED];
static struct given_up *const all[] = {&dead, &silent, &unended[0], &unended[1], &unended[2]};
enum { ALL = sizeof all / sizeof *all };

static int run_all(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNENDED; i++) {
        unended[i].habits.speaks = unended_table[i].speaks;
        unended[i].asked = silent.asked;
    }
    for (unsigned i = 0; i < ALL; i++) {
        struct given_up *it = all[i];
        it->server = server_start_with(it->habits);
        room_open(&it->room, &it->asked, &it->server->port, 1);
        assert_int_equal(pthread_create(&it->thread, NULL, run_it, it), 0);
    }
    for (unsigned i = 0; i < ALL; i++)
        pthread_join(all[i]->thread, NULL);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ALL; i++) {
        server_stop_it(all[i]->server);
        room_close(&all[i]->room);
    }
    return 0;
}

static void a_dead_server_is_asked_seldom_and_given_up(void **state)
{
    (void)state;
    const struct trial *trial = &dead.room.trial;
    const struct record *record = &trial->targets[0].record;

    assert_int_equal(dead.failed, 0);
    assert_books_balance(&dead.room, record);
    assert_int_equal(trial->end, TRIAL_LOST);
    assert_true(record->completed <= 96);
    assert_true(record->faults[FAULT_CONNECT] > 100);
    /* Four places, each at most once in ten milliseconds. */
    assert_true(record->faults[FAULT_CONNECT] <= 4 * (uint64_t)(trial->measured_ns / 10000000 + 1));
    assert_in_range(trial->measured_ns, 4900000000, 7000000000);
    assert_non_null(strstr(trial->why, "no connection could be made"));
}

static void a_server_that_does_not_answer_is_given_up_before_the_window(void **state)
{
    (void)state;
    const struct trial *trial = &silent.room.trial;

    assert_int_equal(silent.failed, 0);
    assert_books_balance(&silent.room, &trial->targets[0].record);
    assert_int_equal(trial->end, TRIAL_SILENT);
    assert_false(trial->has_window);
    assert_non_null(strstr(trial->why, "2 of 4 connections were answered"));
    assert_int_equal(trial->targets[0].record.offered, 0);
    assert_int_equal(trial->measured_ns, 0);
    assert_in_range(silent.lasted_ns, 4900000000, 7000000000);
}

/* Bytes came, so it is not said that the server leaves its connections without an answer. */
static void an_answer_that_does_not_end_is_called_so(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNENDED; i++) {
        struct trial *trial = &unended[i].room.trial;
        const struct outcome *outcome = &trial->outcome[0];
        verdict_judge(trial);
        print_message("# %s: %s\n", unended_table[i].sentence, verdict_cause(outcome)->detail);
        assert_int_equal(trial->end, TRIAL_SILENT);
        assert_string_equal(trial->why, unended_table[i].why);
        assert_int_equal(verdict_cause(outcome)->code, REASON_HUNG);
        assert_non_null(strstr(verdict_cause(outcome)->detail, "begins answers and does not end"));
        assert_non_null(strstr(verdict_cause(outcome)->detail, unended_table[i].why));
        assert_non_null(strstr(screen_advice(trial, 0), "curl -i"));
    }
    verdict_judge(&silent.room.trial);
    assert_non_null(
        strstr(silent.room.trial.outcome[0].reasons[0].detail, "leaves them without an answer"));
    assert_non_null(strstr(screen_advice(&silent.room.trial, 0), "fewer connections (-c)"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dead_server_is_asked_seldom_and_given_up),
        cmocka_unit_test(a_server_that_does_not_answer_is_given_up_before_the_window),
        cmocka_unit_test(an_answer_that_does_not_end_is_called_so),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, run_all, close_all);
}
