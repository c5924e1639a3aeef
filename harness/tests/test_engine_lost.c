/* Servers that are given up: one that died, and one that never said a word. Both take the five seconds that a server is
 * given, so they are tried at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_server.h"

#include "engine_room.h"

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

static int run_both(void **state)
{
    (void)state;
    struct given_up *both[] = {&dead, &silent};

    for (unsigned i = 0; i < 2; i++) {
        struct given_up *it = both[i];
        it->server = server_start_with(it->habits);
        room_open(&it->room, &it->asked, &it->server->port, 1);
        assert_int_equal(pthread_create(&it->thread, NULL, run_it, it), 0);
    }
    for (unsigned i = 0; i < 2; i++)
        pthread_join(both[i]->thread, NULL);
    return 0;
}

static int close_both(void **state)
{
    (void)state;
    server_stop_it(dead.server);
    server_stop_it(silent.server);
    room_close(&dead.room);
    room_close(&silent.room);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dead_server_is_asked_seldom_and_given_up),
        cmocka_unit_test(a_server_that_does_not_answer_is_given_up_before_the_window),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, run_both, close_both);
}
