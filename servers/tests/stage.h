/* A fetch and the server that it asks, on one thread and over a socket of the loopback, so that
 * every order of events is the test's own. cmocka.h and what that needs come before. */
#ifndef TESTS_STAGE_H
#define TESTS_STAGE_H

#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "upstream/fetch.h"

#define SLICE(literal) ((struct slice){literal, sizeof(literal) - 1})

enum { PATIENCE_MS = 5000, ASKED_BYTES = 1024 };

/* The server behind, and the pool of connections to it. */
struct stage {
    int listener_fd;
    uint16_t port;
    struct upstream_address address;
    struct upstream upstream;
    struct fetch *fetch;
    enum fetch_step step;
    int server_fd; /* its side of the connection, or -1 */
    char asked[ASKED_BYTES];
};

static inline void stage_open(struct stage *stage)
{
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof local;
    const char *why;
    char text[32];

    *stage = (struct stage){.server_fd = -1};
    stage->listener_fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(stage->listener_fd, (struct sockaddr *)&local, len), 0);
    assert_int_equal(listen(stage->listener_fd, 16), 0);
    assert_int_equal(getsockname(stage->listener_fd, (struct sockaddr *)&local, &len), 0);
    stage->port = ntohs(local.sin_port);
    snprintf(text, sizeof text, "127.0.0.1:%u", stage->port);
    assert_int_equal(upstream_resolve(&stage->address, text, &why), 0);
    upstream_init(&stage->upstream, &stage->address);
}

static inline void hang_up(struct stage *stage)
{
    if (stage->server_fd >= 0)
        close(stage->server_fd);
    stage->server_fd = -1;
}

static inline void stage_close(struct stage *stage)
{
    if (stage->fetch)
        fetch_free(stage->fetch);
    upstream_release(&stage->upstream);
    hang_up(stage);
    if (stage->listener_fd >= 0)
        close(stage->listener_fd);
}

/* Goes on as long as what the fetch waits for is there. */
static inline void stage_settle(struct stage *stage)
{
    while (stage->step == FETCH_WAIT) {
        struct pollfd ready = {stage->fetch->fd, stage->fetch->events, 0};

        assert_in_range(stage->fetch->timeout_ms, 1, FETCH_TIMEOUT_MS + 1);
        if (poll(&ready, 1, 0) == 0)
            return;
        stage->step = fetch_go_on(stage->fetch, ready.revents);
    }
}

/* Until the fetch has ended. */
static inline void stage_finish(struct stage *stage)
{
    while (stage->step == FETCH_WAIT) {
        struct pollfd ready = {stage->fetch->fd, stage->fetch->events, 0};

        assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
        stage->step = fetch_go_on(stage->fetch, ready.revents);
    }
}

static inline void stage_ask(struct stage *stage, struct slice path, struct slice query)
{
    if (stage->fetch)
        fetch_free(stage->fetch);
    stage->fetch = fetch_new(&stage->upstream, path, query);
    assert_non_null(stage->fetch);
    stage->step = fetch_begin(stage->fetch);
    stage_settle(stage);
}

static inline void server_accept(struct stage *stage)
{
    struct pollfd ready = {stage->listener_fd, POLLIN, 0};

    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    hang_up(stage);
    stage->server_fd = accept(stage->listener_fd, NULL, NULL);
    assert_true(stage->server_fd >= 0);
}

static inline bool server_has_visitor(const struct stage *stage)
{
    struct pollfd ready = {stage->listener_fd, POLLIN, 0};

    return poll(&ready, 1, 0) == 1;
}

/* Reads one request. */
static inline void server_read(struct stage *stage)
{
    size_t len = 0;

    stage_settle(stage);
    memset(stage->asked, 0, sizeof stage->asked);
    while (!strstr(stage->asked, "\r\n\r\n")) {
        ssize_t n = recv(stage->server_fd, stage->asked + len, sizeof stage->asked - 1 - len, 0);

        assert_true(n > 0);
        len += (size_t)n;
    }
}

static inline void server_say(struct stage *stage, struct slice bytes)
{
    assert_int_equal(send(stage->server_fd, bytes.ptr, bytes.len, MSG_NOSIGNAL), bytes.len);
}

/* The next bytes meet an RST. */
static inline void server_reset(struct stage *stage)
{
    setsockopt(stage->server_fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
               sizeof(struct linger));
    hang_up(stage);
}

static inline void expect_answer(const struct stage *stage, unsigned status, const char *type,
                                 const char *body)
{
    const struct fetch *fetch = stage->fetch;

    assert_int_equal(stage->step, FETCH_ANSWER);
    assert_int_equal(fetch->status, status);
    assert_int_equal(fetch->type.len, strlen(type));
    assert_int_equal(fetch->body.len, strlen(body));
    assert_true(*type == '\0' || memcmp(fetch->type.ptr, type, strlen(type)) == 0);
    assert_true(*body == '\0' || memcmp(fetch->body.ptr, body, strlen(body)) == 0);
}

static inline void expect_failure(const struct stage *stage, unsigned status)
{
    assert_int_equal(stage->step, FETCH_FAILED);
    assert_int_equal(stage->fetch->status, status);
    assert_int_equal(stage->fetch->fd, -1);
}

#define OK "HTTP/1.1 200 OK\r\n"

static inline void serve_one(struct stage *stage)
{
    server_read(stage);
    server_say(stage, SLICE(OK "Content-Length: 2\r\n\r\nok"));
    stage_finish(stage);
    expect_answer(stage, 200, "", "ok");
}

static inline void ask_and_serve_one(struct stage *stage)
{
    stage_ask(stage, SLICE("/a"), (struct slice){0});
    server_accept(stage);
    serve_one(stage);
}

#endif
