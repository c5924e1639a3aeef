/* What a request of mhd waits for: a time, a descriptor, or both, and what ends which. */
#include "mhd/sleepers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"

enum { LONG_MS = 600 * 1000, SHORT_MS = 20, AT_MOST_MS = 5000 };

struct room {
    struct sleepers sleepers;
    struct sleeper sleeper;
    int fds[2];    /* a pair of sockets: the first is waited for */
    int client[2]; /* likewise: the first is the client's at the server */
};

static int open_room(void **state)
{
    static struct room room;

    *state = &room;
    room = (struct room){0};
    sleepers_init(&room.sleepers, epoll_create1(EPOLL_CLOEXEC));
    return room.sleepers.epoll_fd < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, room.fds) < 0 ||
           socketpair(AF_UNIX, SOCK_STREAM, 0, room.client) < 0;
}

static int close_room(void **state)
{
    struct room *room = *state;

    sleepers_release(&room->sleepers);
    close(room->sleepers.epoll_fd);
    for (int i = 0; i < 2; i++) {
        close(room->fds[i]);
        close(room->client[i]);
    }
    return 0;
}

static struct app_wait wait_for(const struct room *room, short events, uint32_t timeout_ms)
{
    return (struct app_wait){room->fds[0], events, timeout_ms};
}

static void add(struct room *room, const struct app_wait *wait)
{
    assert_int_equal(sleepers_add(&room->sleepers, &room->sleeper, wait), 0);
    assert_true(sleeper_is_asleep(&room->sleeper));
}

/* The events that epoll has now: the sleeper's, or 0. */
static unsigned reported(const struct room *room)
{
    struct epoll_event event;

    if (epoll_wait(room->sleepers.epoll_fd, &event, 1, 0) == 0)
        return 0;
    assert_ptr_equal(sleeper_of(&event), &room->sleeper);
    return event.events;
}

static void come(const struct room *room)
{
    assert_int_equal(write(room->fds[1], "x", 1), 1);
}

static void test_events_are_those_of_poll(void **state)
{
    static const struct {
        short events;
        unsigned when_empty, when_full, when_closed;
    } cases[] = {
        {POLLIN, 0, POLLIN, POLLIN | POLLHUP},
        {POLLOUT, POLLOUT, POLLOUT, POLLOUT | POLLHUP},
        {POLLIN | POLLOUT, POLLOUT, POLLIN | POLLOUT, POLLIN | POLLOUT | POLLHUP},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct room *room = *state;
        struct app_wait wait = wait_for(room, cases[i].events, LONG_MS);

        add(room, &wait);
        assert_int_equal(reported(room), cases[i].when_empty);
        sleepers_wake(&room->sleepers, &room->sleeper);
        come(room);
        add(room, &wait);
        assert_int_equal(reported(room), cases[i].when_full);
        sleepers_wake(&room->sleepers, &room->sleeper);
        shutdown(room->fds[1], SHUT_RDWR);
        add(room, &wait);
        assert_int_equal(reported(room), cases[i].when_closed);
        sleepers_wake(&room->sleepers, &room->sleeper);
        close_room(state);
        open_room(state);
    }
}

static void test_a_descriptor_is_reported_once(void **state)
{
    struct room *room = *state;
    struct app_wait wait = wait_for(room, POLLIN, LONG_MS);

    add(room, &wait);
    come(room);
    assert_int_equal(reported(room), POLLIN);
    assert_int_equal(reported(room), 0);
    sleepers_wake(&room->sleepers, &room->sleeper);
}

/* It may be closed then, and its number be another's. */
static void test_who_is_awake_has_nothing_in_the_epoll(void **state)
{
    struct room *room = *state;
    struct app_wait wait = wait_for(room, POLLIN, 0);

    add(room, &wait);
    sleepers_wake(&room->sleepers, &room->sleeper);
    assert_false(sleeper_is_asleep(&room->sleeper));
    add(room, &wait);
    assert_ptr_equal(sleepers_wake_due(&room->sleepers, UINT64_MAX - 1), &room->sleeper);
    assert_false(sleeper_is_asleep(&room->sleeper));
    come(room);
    assert_int_equal(reported(room), 0);
    assert_int_equal(sleepers_next_ms(&room->sleepers), UINT64_MAX);
}

static void test_one_may_sleep_again_at_another_descriptor(void **state)
{
    struct room *room = *state;
    struct app_wait first = wait_for(room, POLLIN, LONG_MS);
    struct app_wait second = {room->client[0], POLLIN, LONG_MS};

    add(room, &first);
    sleepers_wake(&room->sleepers, &room->sleeper);
    add(room, &second);
    come(room);
    assert_int_equal(reported(room), 0);
    assert_int_equal(write(room->client[1], "x", 1), 1);
    assert_int_equal(reported(room), POLLIN);
    sleepers_wake(&room->sleepers, &room->sleeper);
}

static void test_the_first_whose_time_has_come_is_woken_and_never_early(void **state)
{
    static const uint32_t timeouts_ms[] = {30, 10, 20};
    struct room *room = *state;
    struct sleeper sleepers[3] = {0};
    uint64_t early_ms = clock_now_ms() + 10 - 1;

    for (int i = 0; i < 3; i++) {
        struct app_wait wait = {.fd = -1, .timeout_ms = timeouts_ms[i]};

        assert_int_equal(sleepers_add(&room->sleepers, &sleepers[i], &wait), 0);
    }
    assert_null(sleepers_wake_due(&room->sleepers, early_ms));
    assert_true(sleepers_next_ms(&room->sleepers) > early_ms);
    assert_ptr_equal(sleepers_wake_due(&room->sleepers, UINT64_MAX - 1), &sleepers[1]);
    assert_ptr_equal(sleepers_wake_due(&room->sleepers, UINT64_MAX - 1), &sleepers[2]);
    assert_ptr_equal(sleepers_wake_due(&room->sleepers, UINT64_MAX - 1), &sleepers[0]);
    assert_null(sleepers_wake_due(&room->sleepers, UINT64_MAX - 1));
}

static void test_what_cannot_be_watched_leaves_nothing_behind(void **state)
{
    struct room *room = *state;
    FILE *file = tmpfile();
    struct app_wait regular = {fileno(file), POLLIN, LONG_MS};
    struct app_wait twice = wait_for(room, POLLIN, LONG_MS);
    struct sleeper other = {0};

    assert_int_equal(sleepers_add(&room->sleepers, &room->sleeper, &regular), -EPERM);
    assert_false(sleeper_is_asleep(&room->sleeper));
    assert_int_equal(sleepers_next_ms(&room->sleepers), UINT64_MAX);
    add(room, &twice);
    assert_int_equal(sleepers_add(&room->sleepers, &other, &twice), -EEXIST);
    assert_false(sleeper_is_asleep(&other));
    sleepers_wake(&room->sleepers, &room->sleeper);
    fclose(file);
}

static void test_events_of_others_are_no_sleepers(void **state)
{
    struct epoll_event event = {EPOLLIN, {.ptr = *state}};

    assert_null(sleeper_of(&event));
}

/* ---- in the connection's own thread ---- */

static void test_a_thread_waits_for_the_descriptor(void **state)
{
    struct room *room = *state;
    struct app_wait wait = wait_for(room, POLLIN, LONG_MS);
    short revents = 0;

    come(room);
    assert_true(wait_here(room->client[0], &wait, &revents));
    assert_int_equal(revents, POLLIN);
}

static void test_a_thread_waits_for_the_time_and_not_shorter(void **state)
{
    struct room *room = *state;
    struct app_wait both = wait_for(room, POLLIN, SHORT_MS);
    struct app_wait alone = {.fd = -1, .timeout_ms = SHORT_MS};
    const struct app_wait *waits[] = {&both, &alone};

    for (int i = 0; i < 2; i++) {
        uint64_t due_ms = clock_now_ms() + SHORT_MS;
        short revents = POLLIN;

        assert_true(wait_here(room->client[0], waits[i], &revents));
        assert_int_equal(revents, 0);
        assert_in_range(clock_now_ms(), due_ms, due_ms + AT_MOST_MS);
    }
}

static void test_a_thread_does_not_wait_for_a_client_who_is_gone(void **state)
{
    struct room *room = *state;
    struct app_wait wait = wait_for(room, POLLIN, LONG_MS);
    short revents;

    shutdown(room->client[0], SHUT_RDWR);
    assert_false(wait_here(room->client[0], &wait, &revents));
}

static void test_a_thread_waits_on_for_a_client_who_only_says_no_more(void **state)
{
    struct room *room = *state;
    struct app_wait wait = wait_for(room, POLLIN, SHORT_MS);
    short revents;

    shutdown(room->client[1], SHUT_WR);
    assert_true(wait_here(room->client[0], &wait, &revents));
}

#define TEST(sentence, function)                                                                   \
    {                                                                                              \
        sentence, function, open_room, close_room, NULL                                            \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST("events are those of poll(2)", test_events_are_those_of_poll),
        TEST("a descriptor is reported once", test_a_descriptor_is_reported_once),
        TEST("who is awake has nothing in the epoll", test_who_is_awake_has_nothing_in_the_epoll),
        TEST("one may sleep again, at another descriptor",
             test_one_may_sleep_again_at_another_descriptor),
        TEST("the first whose time has come is woken, and never early",
             test_the_first_whose_time_has_come_is_woken_and_never_early),
        TEST("what cannot be watched leaves nothing behind",
             test_what_cannot_be_watched_leaves_nothing_behind),
        TEST("events of others are no sleeper's", test_events_of_others_are_no_sleepers),
        TEST("a thread waits for the descriptor", test_a_thread_waits_for_the_descriptor),
        TEST("a thread waits for the time, and not shorter",
             test_a_thread_waits_for_the_time_and_not_shorter),
        TEST("a thread does not wait for a client who is gone",
             test_a_thread_does_not_wait_for_a_client_who_is_gone),
        TEST("a thread waits on for a client who only says no more",
             test_a_thread_waits_on_for_a_client_who_only_says_no_more),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("sleepers", tests, NULL, NULL);
}
