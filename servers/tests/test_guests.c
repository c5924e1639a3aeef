/* The clients of a pool: what happens to them outside a request. One thread plays all its hands. */
#include "pool/guests.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/clock.h"
#include "core/listener.h"

enum { LIMIT = 10 };

struct peer {
    struct guest guest;
};

static struct server server;
static struct gate gate;
static struct worker worker;
static struct guests guests;
static struct conn_shared shared;
static char bytes[CONN_OUT_BYTES];
static struct conn_out out = {.base = bytes, .cap = sizeof bytes};
static int looked;

static struct peer *come(int fd)
{
    struct peer *peer = (struct peer *)guest_new(&guests, fd, &shared, clock_now_ms());

    assert_non_null(peer);
    return peer;
}

/* As a model's: into nothing, and of what has happened meanwhile nothing. */
static void let_go(struct peer *peer)
{
    if (guest_is_ending(&peer->guest))
        guest_end(&guests, &peer->guest);
    else
        assert_int_equal(guest_yield(&peer->guest), 0);
}

static void follow(struct peer *peer, unsigned wish)
{
    peer->guest.wish = wish;
    while (peer->guest.wish & CONN_WRITE)
        peer->guest.wish = conn_more(&peer->guest.conn, clock_now_ms(), &out);
}

static void open_hook(int fd)
{
    let_go(come(fd));
}

static void look_hook(uint64_t token)
{
    struct peer *peer = (struct peer *)roster_post(&guests.roster, token, GUEST_OVERDUE);

    looked++;
    assert_non_null(peer);
    guest_begin(&guests, &peer->guest, &shared, clock_now_ms());
    follow(peer, guest_expire(&guests, &peer->guest, clock_now_ms(), &out));
    guest_aside(&guests, &peer->guest);
    let_go(peer);
}

static int set_up(void **state)
{
    static const struct guests_hooks hooks = {open_hook, look_hook};

    (void)state;
    memset(&server, 0, sizeof server);
    looked = 0;
    server.max_connections = LIMIT;
    admission_init(&server.admission, LIMIT, &gate, 1);
    worker = (struct worker){.server = &server, .gate = &gate, .listener_fd = -1};
    worker.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    gate_init(&gate, &server.admission, worker.wake_fd);
    conn_shared_init(&shared, "backbench-test", NULL);
    return guests_init(&guests, &worker, &hooks, sizeof(struct peer));
}

static int tear_down(void **state)
{
    (void)state;
    guests_release(&guests);
    close(worker.wake_fd);
    return 0;
}

static struct peer *come_and_ask(const char *request)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct peer *peer;

    assert_true(fd >= 0 && gate_enter(&gate));
    peer = come(fd);
    follow(peer, conn_input(&peer->guest.conn, (struct slice){request, strlen(request)},
                            clock_now_ms(), &out));
    return peer;
}

/* No route waits for an fd yet, so the wait is made to. */
static struct peer *come_and_wait(int fd)
{
    struct peer *peer = come_and_ask("GET /wait/5000 HTTP/1.1\r\nHost: a\r\n\r\n");

    assert_int_equal(peer->guest.wish, CONN_WAIT);
    peer->guest.conn.wait.fd = fd;
    peer->guest.conn.wait.events = POLLIN;
    guest_aside(&guests, &peer->guest);
    assert_true(peer->guest.is_waiting);
    return peer;
}

static void leave(struct peer *peer)
{
    peer->guest.wish = CONN_CLOSE;
    let_go(peer);
    assert_int_equal(admission_room(&server.admission), LIMIT);
}

static void a_wait_ends_by_its_fd_once(void **state)
{
    struct peer *peer;
    struct epoll_event event;
    int ends[2];
    short revents;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    peer = come_and_wait(ends[0]);
    assert_int_equal(epoll_wait(guests.epoll_fd, &event, 1, 0), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(epoll_wait(guests.epoll_fd, &event, 1, 5000), 1);
    assert_true(event.data.u64 == (place_token(&peer->guest.place) | GUESTS_TOKEN_WAIT));
    assert_true(guest_waited(&guests, &peer->guest, event.events << GUEST_WAIT_SHIFT,
                             clock_now_ms(), &revents));
    assert_int_equal(revents, POLLIN);
    assert_int_equal(epoll_wait(guests.epoll_fd, &event, 1, 0), 0);
    assert_int_equal(heap_next_ms(&guests.waits.heap), UINT64_MAX);
    assert_false(guest_waited(&guests, &peer->guest, GUEST_TIME_UP, UINT64_MAX, &revents));
    leave(peer);
    close(ends[0]);
    close(ends[1]);
}

/* Taken by a hand before the earlier wait ended by its time, posted after this one has begun. */
static void the_event_of_an_earlier_waits_fd_ends_no_later_wait(void **state)
{
    struct peer *peer;
    int ends[2];
    short revents;

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    peer = come_and_wait(ends[0]);
    assert_false(
        guest_waited(&guests, &peer->guest, EPOLLIN << GUEST_WAIT_SHIFT, clock_now_ms(), &revents));
    assert_true(peer->guest.is_waiting);
    leave(peer);
    close(ends[0]);
    close(ends[1]);
}

static void a_wait_ends_by_its_time_and_not_by_that_of_an_earlier_one(void **state)
{
    uint64_t now_ms = clock_now_ms();
    struct peer *peer;
    short revents;

    (void)state;
    peer = come_and_wait(-1);
    assert_false(guest_waited(&guests, &peer->guest, 0, UINT64_MAX, &revents));
    assert_false(guest_waited(&guests, &peer->guest, GUEST_TIME_UP, now_ms + 4999, &revents));
    assert_true(guest_waited(&guests, &peer->guest, GUEST_TIME_UP, now_ms + 60000, &revents));
    assert_int_equal(revents, 0);
    leave(peer);
}

static void who_leaves_while_waiting_leaves_nothing(void **state)
{
    struct epoll_event event;
    int ends[2];

    (void)state;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    leave(come_and_wait(ends[0]));
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(epoll_wait(guests.epoll_fd, &event, 1, 0), 0);
    assert_int_equal(heap_next_ms(&guests.waits.heap), UINT64_MAX);
    close(ends[0]);
    close(ends[1]);
}

static void one_that_drains_says_so_in_its_answer(void **state)
{
    struct peer *peer = come_and_ask("GET /wait/5000 HTTP/1.1\r\nHost: a\r\n\r\n");

    (void)state;
    atomic_store(&server.is_draining, true);
    guest_begin(&guests, &peer->guest, &shared, clock_now_ms());
    conn_event(&peer->guest.conn, 0, clock_now_ms(), &out);
    bytes[out.len] = '\0';
    assert_non_null(strstr(bytes, "\r\nConnection: close\r\n"));
    leave(peer);
}

/* The life of the accepting thread, with one who waits longer than there is time. */
static void a_drain_ends_in_time_and_resets_what_is_left(void **state)
{
    const char *failed;
    uint16_t port = 0;
    uint64_t began_ms = clock_now_ms();

    (void)state;
    assert_int_equal(listeners_open(&worker.listener_fd, 1, "127.0.0.1", &port, &failed), 0);
    let_go(come_and_ask("GET /wait/10000 HTTP/1.1\r\nHost: a\r\n\r\n"));
    server.drain_accept_until_ms = began_ms;
    server.drain_deadline_ms = began_ms + 3 * SERVER_DRAIN_STEP_MS;
    atomic_store(&server.is_draining, true);
    eventfd_write(worker.wake_fd, 1);
    assert_int_equal(guests_run(&guests), 0);
    assert_true(clock_now_ms() >= server.drain_deadline_ms);
    assert_true(looked >= 3);
    assert_int_equal(worker.listener_fd, -1);
    assert_int_equal(admission_room(&server.admission), LIMIT);
}

int main(void)
{
#define GUESTS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        GUESTS_TEST(a_wait_ends_by_its_fd_once),
        GUESTS_TEST(the_event_of_an_earlier_waits_fd_ends_no_later_wait),
        GUESTS_TEST(a_wait_ends_by_its_time_and_not_by_that_of_an_earlier_one),
        GUESTS_TEST(who_leaves_while_waiting_leaves_nothing),
        GUESTS_TEST(one_that_drains_says_so_in_its_answer),
        GUESTS_TEST(a_drain_ends_in_time_and_resets_what_is_left),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("guests", tests, NULL, NULL);
}
