/* Turns of libuv's loop: each waits as long as it is told, whatever libuv thinks the time is. */
#include "uv/turns.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"

enum { HANG_S = 5, LONG_MS = 60 * 1000, STALE_US = 5000 };

struct room {
    struct turns turns;
    struct server server;
    struct worker worker;
};

static int open_room(void **state)
{
    static struct room room;

    *state = &room;
    alarm(HANG_S); /* a turn that does not end is a failure of all */
    room.server = (struct server){.files_limit = 256, .workers_count = 1};
    room.worker = (struct worker){.server = &room.server};
    room.worker.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return room.worker.wake_fd < 0 ? -1 : turns_open(&room.turns, &room.worker);
}

static int close_room(void **state)
{
    struct room *room = *state;

    return turns_close(&room->turns) == 0 ? close(room->worker.wake_fd) : -1;
}

/* libuv compares its timers with a clock that may be a millisecond behind ours: then a turn comes
 * that much too early, and the next one ends on time. */
static void wait_until(struct turns *turns, uint64_t due_ms)
{
    uint64_t now_ms;

    while ((now_ms = clock_now_ms()) < due_ms)
        turns_run(turns, now_ms, (int)(due_ms - now_ms));
}

static void test_a_turn_ends_at_its_time(void **state)
{
    static const int timeouts_ms[] = {0, 1, 20, 3};
    struct room *room = *state;

    for (size_t i = 0; i < sizeof timeouts_ms / sizeof *timeouts_ms; i++) {
        uint64_t due_ms = clock_now_ms() + (uint64_t)timeouts_ms[i];

        wait_until(&room->turns, due_ms);
        assert_true(clock_now_ms() >= due_ms);
    }
}

/* libuv rings before it waits, and would then have nothing left to wait for. */
static void test_a_turn_whose_time_has_come_does_not_wait(void **state)
{
    struct room *room = *state;
    uint64_t now_ms = clock_now_ms();

    turns_run(&room->turns, now_ms, 0);
    usleep(STALE_US); /* libuv's time is of the turn before */
    turns_run(&room->turns, now_ms, 1);
    turns_run(&room->turns, now_ms, 0);
}

static void test_a_later_time_replaces_an_earlier_one(void **state)
{
    struct room *room = *state;
    uint64_t now_ms = clock_now_ms();

    eventfd_write(room->worker.wake_fd, 1);
    turns_run(&room->turns, now_ms, 10);
    turns_run(&room->turns, now_ms, 40);
    assert_true(clock_now_ms() >= now_ms + 30);
}

static void test_waking_ends_a_turn(void **state)
{
    static const int timeouts_ms[] = {-1, LONG_MS, -1};
    struct room *room = *state;
    eventfd_t count;

    for (size_t i = 0; i < sizeof timeouts_ms / sizeof *timeouts_ms; i++) {
        eventfd_write(room->worker.wake_fd, 1);
        turns_run(&room->turns, clock_now_ms(), timeouts_ms[i]);
        assert_int_equal(eventfd_read(room->worker.wake_fd, &count), -1); /* it has been read */
    }
}

static void test_a_turn_begins_once(void **state)
{
    struct room *room = *state;

    for (int i = 0; i < 2; i++) {
        turns_run(&room->turns, clock_now_ms(), 0);
        assert_true(turns_begin(&room->turns));
        assert_false(turns_begin(&room->turns));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"a turn ends at its time", test_a_turn_ends_at_its_time, open_room, close_room, NULL},
        {"a turn whose time has come does not wait", test_a_turn_whose_time_has_come_does_not_wait,
         open_room, close_room, NULL},
        {"a later time replaces an earlier one", test_a_later_time_replaces_an_earlier_one,
         open_room, close_room, NULL},
        {"waking ends a turn", test_waking_ends_a_turn, open_room, close_room, NULL},
        {"a turn begins once", test_a_turn_begins_once, open_room, close_room, NULL},
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
