/*
 * The loop was away (stopped, or kept from its CPU) when the time of a trial ended: what had come
 * by then is no more unfinished.
 *
 * run-tests: waits
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <cmocka.h>

#include "engine_server.h"

#include "engine_room.h"

enum { CONNECTIONS = 150 }; /* more than one turn's events */

static struct server *server;
static struct room room;
static pthread_t engine_thread;

/* Keeps the loop away until the server has answered all that
 * it was asked, and the draining is over. */
static void stay_away(int number)
{
    (void)number;
    int64_t until_ns = room.trial.start_monotonic_ns + room.schedule.duration_ns +
                       1000000 * (ENGINE_DRAIN_MS + 50);

    while (server->answers < server->requests || server_now_ns() < until_ns)
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
}

static void *call_away(void *argument)
{
    const unsigned *asked = argument;

    while (server->requests < *asked)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    pthread_kill(engine_thread, SIGUSR1);
    return NULL;
}

static void what_has_come_is_taken_though_its_time_is_over(void **state)
{
    (void)state;
    struct asked asked = {.schedule = "constant:1500:100ms", .connections = CONNECTIONS};
    struct sigaction action = {.sa_handler = stay_away};
    pthread_t thread;

    sigaction(SIGUSR1, &action, NULL);
    engine_thread = pthread_self();
    server = server_start_with((struct habits){.service_ns = 5000000});
    room_open(&room, &asked, &server->port, 1);
    unsigned requests = CONNECTIONS + (unsigned)room_arrivals(&room);
    assert_int_equal(pthread_create(&thread, NULL, call_away, &requests), 0);
    assert_int_equal(room_run(&room), 0);
    pthread_join(thread, NULL);
    const struct record *record = &room.trial.targets[0].record;
    print_message("# %llu of %llu completed; away for %.0f ms\n",
                  (unsigned long long)record->completed, (unsigned long long)record->offered,
                  (double)room.trial.audit.longest_gap_ns * 1e-6);
    assert_int_equal(record->completed, record->offered);
    assert_int_equal(record->censored, 0);
    assert_true(room.trial.audit.longest_gap_ns > 1000000000);
    assert_true(room.trial.audit.long_gaps_ns >= room.trial.audit.longest_gap_ns);
    server_stop_it(server);
    room_close(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_come_is_taken_though_its_time_is_over),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
