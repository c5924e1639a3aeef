/* An fd watched by libuv: reported as poll(2) would, turn by turn, until the watch is closed. */
#include "uv/watch.h"

#include <poll.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <setjmp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct peer {
    short revents; /* the last */
    int reports;
};

struct room {
    uv_loop_t uv;
    int fds[2]; /* a pair of sockets: the first is watched */
    struct peer peer;
};

static int open_room(void **state)
{
    static struct room room;

    *state = &room;
    room.peer = (struct peer){0};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, room.fds) < 0 || uv_loop_init(&room.uv) < 0)
        return -1;
    room.uv.data = &room;
    return 0;
}

/* Fails if a handle is left. */
static int close_room(void **state)
{
    struct room *room = *state;

    uv_run(&room->uv, UV_RUN_NOWAIT);
    close(room->fds[0]);
    close(room->fds[1]);
    return uv_loop_close(&room->uv);
}

static void ready(struct loop *loop, struct peer *peer, short revents)
{
    assert_ptr_equal(&((struct room *)loop)->peer, peer);
    peer->revents = revents;
    peer->reports++;
}

static struct watch *watch(struct room *room, short events)
{
    struct app_wait wait = {.fd = room->fds[0], .events = events};
    struct watch *watch = watch_open(&room->uv, &wait, ready, &room->peer);

    assert_non_null(watch);
    return watch;
}

static void test_events_are_those_of_poll(void **state)
{
    static const struct {
        short events, when_empty, when_full;
    } cases[] = {
        {POLLIN, 0, POLLIN},
        {POLLOUT, POLLOUT, POLLOUT},
        {POLLIN | POLLOUT, POLLOUT, POLLIN | POLLOUT},
    };
    struct room *room = *state;
    char byte;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct watch *watched = watch(room, cases[i].events);

        room->peer.revents = 0;
        uv_run(&room->uv, UV_RUN_NOWAIT);
        assert_int_equal(room->peer.revents, cases[i].when_empty);
        assert_int_equal(write(room->fds[1], "x", 1), 1);
        uv_run(&room->uv, UV_RUN_NOWAIT);
        assert_int_equal(room->peer.revents, cases[i].when_full);
        assert_int_equal(read(room->fds[0], &byte, 1), 1);
        watch_close(watched);
        uv_run(&room->uv, UV_RUN_NOWAIT);
    }
}

static void test_what_is_ready_is_reported_until_it_is_closed(void **state)
{
    struct room *room = *state;
    struct watch *watched = watch(room, POLLIN);

    assert_int_equal(write(room->fds[1], "x", 1), 1);
    for (int turn = 1; turn <= 3; turn++) {
        uv_run(&room->uv, UV_RUN_NOWAIT);
        assert_int_equal(room->peer.reports, turn);
    }
    watch_close(watched);
    uv_run(&room->uv, UV_RUN_NOWAIT);
    assert_int_equal(room->peer.reports, 3);
}

static void test_an_fd_may_be_watched_again_at_once(void **state)
{
    struct room *room = *state;

    watch_close(watch(room, POLLIN));
    watch_close(watch(room, POLLOUT)); /* libuv still holds the first */
    assert_int_equal(room->peer.reports, 0);
}

static void test_what_cannot_be_watched_is_refused(void **state)
{
    struct room *room = *state;
    struct app_wait wait = {.fd = -1, .events = POLLIN};

    assert_null(watch_open(&room->uv, &wait, ready, &room->peer));
    watch_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"events are those of poll(2)", test_events_are_those_of_poll, open_room, close_room, NULL},
        {"what is ready is reported until the watch is closed",
         test_what_is_ready_is_reported_until_it_is_closed, open_room, close_room, NULL},
        {"an fd may be watched again at once", test_an_fd_may_be_watched_again_at_once, open_room,
         close_room, NULL},
        {"what cannot be watched is refused", test_what_cannot_be_watched_is_refused, open_room,
         close_room, NULL},
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
