/* A fetch, its pool and the server behind, as a fuzzer plays them: whatever
 * that server does, what the fetch has come to is asserted when it is
 * settled. The sockets are of AF_UNIX, whose connects are over at once. */
#ifndef TESTS_FETCH_PLAY_H
#define TESTS_FETCH_PLAY_H

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "upstream/fetch.h"
#include "whole_answer.h"

enum {
    SAID_MAX = 2 * 1024 * 1024,
    ASKED_MAX = 8 * 1024,
    STEPS_MAX = 1000, /* of one settling: each takes something in, or ends a connection */
};

/* The first byte of the acts. */
enum style {
    STYLE_DEAF = 1,        /* the server reads nothing, so that each of its closes is a reset */
    STYLE_SMALL_SENDS = 2, /* a kept connection takes a request in pieces */
    STYLE_PLACES = 4,      /* the first of two places refuses */
    STYLE_LONG_PATH = 8,
};

struct play {
    struct upstream_address address;
    struct upstream upstream;
    struct fetch *fetch; /* NULL: none is under way */
    enum fetch_step step;
    uint8_t style;
    bool is_late, was_pooled;
    bool is_refusing;
    unsigned connects; /* of this fetch */
    int server_fd;     /* the server's side of the last connection; -1: there was none */
    bool has_ended;    /* that side: the server said so */
    unsigned looks;    /* of upstream_tidy, at a kept connection */
    size_t said_bytes; /* on it, for this fetch; between two, on the kept one */
    size_t asked_bytes;
    struct slice rest; /* of the input */
};

static char said[SAID_MAX];
static char request[ASKED_MAX]; /* that every fetch is to make */
static size_t request_bytes;
static int listener_fd = -1;

/* Whatever its server did last, up to a new connection that it would have seen. */
static inline struct judged judge(const struct play *play)
{
    bool has_finished = play->has_ended && !(play->style & STYLE_DEAF);
    struct judged judged = judge_bytes((struct slice){said, play->said_bytes}, has_finished);

    if (judged.verdict == GOES_ON && (play->has_ended || play->server_fd < 0))
        judged.verdict = REFUSED;
    return judged;
}

/* ---- the server behind ---- */

static inline bool server_has_been_left(const struct play *play)
{
    char bytes[4096];
    ssize_t n = 1;

    while (play->server_fd >= 0 && n > 0)
        n = recv(play->server_fd, bytes, sizeof bytes, MSG_DONTWAIT);
    return play->server_fd < 0 || n == 0 || errno != EAGAIN;
}

static inline void server_hang_up(struct play *play)
{
    if (play->server_fd >= 0)
        close(play->server_fd);
    play->server_fd = -1;
}

/* A new connection: at most one a fetch, and instead of a kept
 * one only if nothing had come on that. */
static inline void server_accept(struct play *play)
{
    int fd;

    while ((fd = accept4(listener_fd, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        assert(play->fetch && play->connects++ == 0);
        assert(!play->was_pooled || (play->has_ended && play->said_bytes == 0));
        assert(play->has_ended || server_has_been_left(play));
        server_hang_up(play);
        play->server_fd = fd;
        play->has_ended = false;
        play->said_bytes = play->asked_bytes = 0;
    }
}

/* Nothing but the request, once. */
static inline void server_read(struct play *play)
{
    char bytes[ASKED_MAX];
    ssize_t n;

    if (play->server_fd < 0 || play->has_ended || (play->style & STYLE_DEAF))
        return;
    while ((n = recv(play->server_fd, bytes, sizeof bytes, 0)) > 0) {
        assert((size_t)n <= request_bytes - play->asked_bytes);
        assert(memcmp(bytes, request + play->asked_bytes, (size_t)n) == 0);
        play->asked_bytes += (size_t)n;
    }
}

/* ---- the fetch ---- */

static inline void play_begin(struct play *play)
{
    const struct slice line = {request + strlen("GET "),
                               request_bytes - strlen("GET  HTTP/1.1\r\nHost: fuzz\r\nVia: 1.1 "
                                                      "backbench\r\n\r\n")};
    bool is_kept = play->upstream.idle_count > 0;
    int small = 0;

    play->was_pooled = is_kept && play->said_bytes == 0 && !play->has_ended;
    if (play->was_pooled && (play->style & STYLE_SMALL_SENDS) && !(play->style & STYLE_DEAF))
        setsockopt(play->upstream.idle[0].fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    if (!play->was_pooled && (is_kept || play->is_refusing)) { /* and it is not looked at again */
        play->has_ended = true;
        play->said_bytes = 0;
    }
    play->fetch = fetch_new(&play->upstream, line, (struct slice){0});
    assert(play->fetch);
    play->is_late = false;
    play->connects = 0;
    play->asked_bytes = 0;
    play->step = fetch_begin(play->fetch);
    assert(play->step != FETCH_ANSWER);
    server_accept(play);
    assert(play->connects == !(play->was_pooled || play->is_refusing));
}

/* Of what has been said for this fetch, what nobody has read. */
static inline size_t unread_bytes(const struct play *play)
{
    int bytes = 0;

    if (play->upstream.idle_count > 0)
        assert(ioctl(play->upstream.idle[0].fd, FIONREAD, &bytes) == 0);
    return (size_t)bytes;
}

static inline void check_answer(struct play *play, const struct judged *judged)
{
    struct fetch *fetch = play->fetch;
    size_t surplus_bytes = play->said_bytes - judged->answer_bytes;

    assert(judged->verdict == PASSED_ON && fetch->status == judged->status);
    assert(fetch->type.len == judged->type.len && fetch->body.len == judged->body.len);
    assert(!judged->type.len || !memcmp(fetch->type.ptr, judged->type.ptr, judged->type.len));
    assert(!judged->body.len || !memcmp(fetch->body.ptr, judged->body.ptr, judged->body.len));
    if (play->upstream.idle_count > 0)
        assert(judged->may_be_followed && surplus_bytes == unread_bytes(play));
    else
        assert(!judged->may_be_followed || surplus_bytes > 0);
}

/* The fetch has ended; what is left unread on a kept connection has been said to nobody. */
static inline void play_end(struct play *play)
{
    if (play->style & STYLE_LONG_PATH)
        free(fetch_take_held(play->fetch));
    fetch_free(play->fetch);
    play->fetch = NULL;
    assert(play->upstream.idle_count > 0 || server_has_been_left(play));
    play->said_bytes = unread_bytes(play);
    play->looks = 0;
}

/* It has come to what has been said, or to the end of its time. */
static inline void play_check(struct play *play)
{
    struct judged judged = judge(play);

    if (play->step == FETCH_WAIT) {
        assert(judged.verdict == GOES_ON);
        assert(play->asked_bytes == request_bytes || (play->style & STYLE_DEAF));
        return;
    }
    if (play->step == FETCH_ANSWER)
        check_answer(play, &judged);
    else
        assert(play->upstream.idle_count == 0 &&
               ((play->fetch->status == 502 && judged.verdict == REFUSED) ||
                (play->fetch->status == 504 && play->is_late)));
    play_end(play);
}

static inline void play_go_on(struct play *play, short revents)
{
    play->step = fetch_go_on(play->fetch, revents);
    assert(!play->is_late || play->step != FETCH_WAIT);
}

/* Until the fetch has ended or has nothing to go on with. */
static inline void play_settle(struct play *play)
{
    for (int steps = 0; play->fetch; steps++) {
        struct pollfd ready = {play->fetch->fd, play->fetch->events, 0};

        assert(steps < STEPS_MAX);
        server_accept(play);
        server_read(play);
        if (play->step != FETCH_WAIT || poll(&ready, 1, 0) == 0) {
            play_check(play);
            return;
        }
        play_go_on(play, ready.revents);
    }
}

#endif
