/*
 * What the loop makes of bytes that come on a connection on which nothing was asked for.
 *
 * run-tests: waits
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine_server.h"

#include "engine_room.h"

/* Requests are counted from 1, the first eight of them before the warm-up; each connection rests
 * for 400 ms between two. The bytes come within that time. */
static void bytes_that_nobody_asked_for_are_a_fault_and_end_their_connection(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct habits habits;
        int64_t warmup_ns;
        bool in_window; /* what comes before it is no fault of the window's */
    } table[] = {
        {"it says something, and waits", {.blurts_at = 12}, 0, true},
        {"it says something, and closes", {.blurts_at = 12, .hangs_up = true}, 0, true},
        {"it says something in the warm-up", {.blurts_at = 10}, 1000000000, false},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct server *server = server_start_with(table[i].habits);
        struct asked asked = {
            .schedule = "constant:20:1s", .connections = 8, .warmup_ns = table[i].warmup_ns};
        struct room room;
        print_message("# %s\n", table[i].sentence);
        room_open(&room, &asked, &server->port, 1);
        assert_int_equal(room_run(&room), 0);
        const struct record *record = &room.trial.targets[0].record;
        assert_int_equal(room.trial.end, TRIAL_WHOLE);
        assert_int_equal(record->completed, room_arrivals(&room));
        assert_int_equal(record->faults[FAULT_ANSWER], table[i].in_window);
        assert_string_equal(record->first_fault,
                            table[i].in_window ? "bytes came that nobody had asked for" : "");
        assert_int_equal(server->connections, 8 + 1);
        assert_int_equal(record->connects, table[i].in_window);
        assert_int_equal(record->reconnects, table[i].habits.hangs_up);
        server_stop_it(server);
        room_close(&room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_that_nobody_asked_for_are_a_fault_and_end_their_connection),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace engine, unasked bytes", tests, NULL, NULL);
}
