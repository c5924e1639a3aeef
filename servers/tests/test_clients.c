/* The clients of a loop: what happens to them outside a request, seen through a model's hooks. */
#include "core/clients.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { SECOND_MS = 1000, IDLE_MS = CONN_IDLE_TIMEOUT_MS };

struct peer {
    struct client client;
};

/* A model that sends into nothing. */
struct loop {
    struct server server;
    struct gate gate;
    struct worker worker;
    struct clients clients;
    char bytes[CONN_OUT_BYTES];
    struct conn_out out;
    int opened, resumed, expired, closed;
    unsigned closed_wish;
};

static void follow(struct loop *loop, struct peer *peer, unsigned wish)
{
    peer->client.wish = wish;
    while (peer->client.wish & CONN_WRITE)
        peer->client.wish = conn_more(&peer->client.conn, loop->clients.now_ms, &loop->out);
    client_aside(&loop->clients, &peer->client);
    client_touch(&loop->clients, &peer->client);
}

static void opened(struct loop *loop, int fd)
{
    loop->opened++;
    assert_non_null(client_new(&loop->clients, fd));
}

static int watch(struct loop *loop, struct peer *peer)
{
    (void)loop;
    (void)peer;
    return 0;
}

static void resume(struct loop *loop, struct peer *peer, short revents)
{
    loop->resumed++;
    client_waited(&loop->clients, &peer->client);
    follow(loop, peer, conn_event(&peer->client.conn, revents, loop->clients.now_ms, &loop->out));
}

static void expire(struct loop *loop, struct peer *peer)
{
    loop->expired++;
    follow(loop, peer, conn_expire(&peer->client.conn, loop->clients.now_ms, &loop->out));
}

static void closing(struct loop *loop, struct peer *peer)
{
    loop->closed++;
    loop->closed_wish = peer->client.wish;
    close(peer->client.fd);
    client_end(&loop->clients, &peer->client);
}

static int set_up(void **state)
{
    static const struct clients_hooks hooks = {opened, watch,   resume,
                                               expire, closing, SOCK_CLOEXEC};
    static const struct model model = {.name = "test"};
    static struct loop loop;

    memset(&loop, 0, sizeof loop);
    loop.server.model = &model;
    admission_init(&loop.server.admission, 10, &loop.gate, 1);
    gate_init(&loop.gate, &loop.server.admission, -1);
    loop.worker = (struct worker){.server = &loop.server, .gate = &loop.gate, .listener_fd = -1};
    loop.out = (struct conn_out){.base = loop.bytes, .cap = sizeof loop.bytes};
    clients_init(&loop.clients, &loop.worker, &loop, &hooks, sizeof(struct peer));
    *state = &loop;
    return 0;
}

static int tear_down(void **state)
{
    struct loop *loop = *state;
    struct client *client;

    while ((client = clients_next(&loop->clients, NULL)))
        client_reset(&loop->clients, client);
    clients_reap(&loop->clients);
    clients_release(&loop->clients);
    return 0;
}

static struct peer *come(struct loop *loop)
{
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

    assert_true(fd >= 0 && gate_enter(&loop->gate));
    return (struct peer *)client_new(&loop->clients, fd);
}

static void ask(struct loop *loop, struct peer *peer, const char *request)
{
    struct slice in = {request, strlen(request)};

    follow(loop, peer, conn_input(&peer->client.conn, in, loop->clients.now_ms, &loop->out));
}

static void pass(struct loop *loop, uint64_t ms)
{
    loop->clients.now_ms += ms;
    clients_expire(&loop->clients);
}

static void test_an_idle_client_is_closed_in_time(void **state)
{
    struct loop *loop = *state;
    struct peer *peer = come(loop);

    pass(loop, IDLE_MS - 2 * SECOND_MS);
    ask(loop, peer, "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n");
    pass(loop, IDLE_MS - 2 * SECOND_MS);
    assert_int_equal(loop->closed, 0);
    pass(loop, 4 * SECOND_MS);
    assert_int_equal(loop->closed, 1);
    assert_int_equal(loop->closed_wish, CONN_CLOSE);
}

static void test_one_that_rests_after_a_wait_is_closed_in_time(void **state)
{
    struct loop *loop = *state;
    struct peer *peer = come(loop);

    ask(loop, peer, "GET /wait/10000 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_true(peer->client.is_waiting);
    pass(loop, IDLE_MS + 5 * SECOND_MS); /* its timer came due while nothing could expire */
    assert_int_equal(loop->resumed, 1);
    assert_int_equal(loop->closed, 0);
    pass(loop, IDLE_MS + 2 * SECOND_MS);
    assert_int_equal(loop->closed, 1);
}

static void test_a_slow_head_is_refused_though_the_timer_stood_later(void **state)
{
    struct loop *loop = *state;
    struct peer *peer = come(loop);

    ask(loop, peer, "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n");
    ask(loop, peer, "GET /plain");
    pass(loop, CONN_HEADER_TIMEOUT_MS + 2 * SECOND_MS);
    assert_int_equal(peer->client.wish, CONN_LINGER | CONN_READ);
}

static void test_a_closing_client_is_left_alone(void **state)
{
    struct loop *loop = *state;
    struct peer *peer = come(loop);

    client_stop(&loop->clients, &peer->client);
    client_reset(&loop->clients, &peer->client);
    client_touch(&loop->clients, &peer->client);
    pass(loop, 2 * IDLE_MS);
    assert_int_equal(loop->closed, 0);
    assert_int_equal(loop->expired, 0);
    closing(loop, peer);
}

static void test_all_are_reset_when_the_time_to_drain_is_over(void **state)
{
    struct loop *loop = *state;

    come(loop);
    ask(loop, come(loop), "GET /wait/10000 HTTP/1.1\r\nHost: a\r\n\r\n");
    loop->server.drain_deadline_ms = loop->clients.now_ms + SERVER_DRAIN_MS;
    atomic_store(&loop->server.is_draining, true);
    clients_tick(&loop->clients);
    pass(loop, SERVER_DRAIN_MS + 1);
    assert_int_equal(loop->closed, 2);
    clients_reap(&loop->clients);
    assert_true(clients_are_drained(&loop->clients));
    assert_int_equal(admission_room(&loop->server.admission), 10);
}

static void test_a_client_is_reset_once(void **state)
{
    struct loop *loop = *state;
    struct peer *peer = come(loop);

    client_reset(&loop->clients, &peer->client);
    assert_int_equal(loop->closed, 1);
    assert_int_equal(loop->closed_wish, CONN_RESET);
    assert_int_equal(peer->client.wish, 0);
    client_reset(&loop->clients, &peer->client);
    assert_int_equal(loop->closed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_idle_client_is_closed_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_that_rests_after_a_wait_is_closed_in_time, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_slow_head_is_refused_though_the_timer_stood_later,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_closing_client_is_left_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_all_are_reset_when_the_time_to_drain_is_over, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_client_is_reset_once, set_up, tear_down),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("clients", tests, NULL, NULL);
}
