/*
 * Asking a server and looking at its answers; see probe.h. One connection of our own: the
 * workload's bytes are sent, as many answers as they hold requests are taken and compared, and
 * again until enough were seen. Sockets do not block, so that a silent server costs the time-out
 * and an interrupt nothing. It measures nothing but that a waiting workload was not answered early.
 */
#include "measure/probe.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/answer.h"
#include "measure/clock.h"

enum { SLICE_MS = 100, READ_BYTES = 16384 };

struct exchange {
    const struct probe *probe;
    int fd;
    int64_t deadline_ns;
    char *bytes; /* of answers, not yet read */
    size_t len;
    char *why;
    size_t why_size;
};

static enum probe_result fail(struct exchange *exchange, enum probe_result result, const char *text)
{
    snprintf(exchange->why, exchange->why_size, "%s", text);
    return result;
}

static int connect_to(const struct server *server)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = {0};
    socklen_t len = sizeof(name.v4);
    name.v4.sin_family = AF_INET;
    name.v4.sin_port = htons(server->port);
    if (inet_pton(AF_INET, server->address, &name.v4.sin_addr) != 1) {
        name.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(server->port)};
        inet_pton(AF_INET6, server->address, &name.v6.sin6_addr);
        len = sizeof(name.v6);
    }
    /* a full backlog answers nothing: so the wait for it is ours, with the time-out */
    int fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, &name.any, len) != 0 && errno != EINPROGRESS) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Waits until the socket is ready for events. */
static enum probe_result wait_for(struct exchange *exchange, short events)
{
    for (;;) {
        struct pollfd fd = {exchange->fd, events, 0};
        int64_t left_ns = exchange->deadline_ns - monotonic_ns();
        if (exchange->probe->interrupted != NULL && *exchange->probe->interrupted)
            return fail(exchange, PROBE_INTERRUPTED, "interrupted");
        if (left_ns <= 0)
            return fail(exchange, PROBE_SILENT, "no answer in time");
        int64_t slice_ms = left_ns / NS_PER_MS + 1;
        if (poll(&fd, 1, slice_ms < SLICE_MS ? (int)slice_ms : SLICE_MS) > 0)
            return PROBE_GOOD;
    }
}

static enum probe_result send_all(struct exchange *exchange)
{
    size_t sent = 0;
    while (sent < exchange->probe->len) {
        enum probe_result ready = wait_for(exchange, POLLOUT);
        if (ready != PROBE_GOOD)
            return ready;
        ssize_t put = send(exchange->fd, exchange->probe->bytes + sent, exchange->probe->len - sent,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno != EAGAIN && errno != EINTR)
            return fail(exchange, PROBE_UNREACHABLE, "the connection was reset");
        sent += put > 0 ? (size_t)put : 0;
    }
    return PROBE_GOOD;
}

static enum probe_result receive_more(struct exchange *exchange)
{
    enum probe_result ready = wait_for(exchange, POLLIN);
    if (ready != PROBE_GOOD)
        return ready;
    exchange->bytes = xreallocarray(exchange->bytes, exchange->len + READ_BYTES, 1);
    ssize_t got = recv(exchange->fd, exchange->bytes + exchange->len, READ_BYTES, MSG_DONTWAIT);
    if (got == 0)
        return fail(exchange, PROBE_UNREACHABLE,
                    "the server closed the connection instead of answering");
    if (got < 0 && errno != EAGAIN && errno != EINTR)
        return fail(exchange, PROBE_UNREACHABLE, "the connection was reset");
    exchange->len += got > 0 ? (size_t)got : 0;
    return PROBE_GOOD;
}

/* Takes one answer off the front, reading more where it is not whole. */
static enum probe_result take_answer(struct exchange *exchange)
{
    struct answer answer;
    enum answer_result result;
    while ((result = answer_read(&answer, exchange->bytes, exchange->len)) == ANSWER_PARTIAL) {
        enum probe_result more = receive_more(exchange);
        if (more != PROBE_GOOD)
            return more;
    }
    if (result == ANSWER_BAD)
        return fail(exchange, PROBE_WRONG, answer.why);
    bool fits = answer_fits(&answer, exchange->probe->workload, exchange->why, exchange->why_size);
    memmove(exchange->bytes, exchange->bytes + answer.consumed, exchange->len - answer.consumed);
    exchange->len -= answer.consumed;
    answer_release(&answer);
    return fits ? PROBE_GOOD : PROBE_WRONG;
}

/* One script request and its answers. */
static enum probe_result ask(struct exchange *exchange)
{
    const struct workload *workload = exchange->probe->workload;
    int64_t sent_ns = monotonic_ns();
    enum probe_result result = send_all(exchange);
    for (unsigned i = 0; i < exchange->probe->requests && result == PROBE_GOOD; i++) {
        result = take_answer(exchange);
        double took_ms = (double)(monotonic_ns() - sent_ns) / (double)NS_PER_MS;
        if (result == PROBE_GOOD && took_ms < workload->wait_ms) {
            snprintf(exchange->why, exchange->why_size,
                     "an answer came after %.2f ms instead of %u", took_ms, workload->wait_ms);
            result = PROBE_WRONG;
        }
    }
    if (result == PROBE_GOOD && exchange->len > 0)
        return fail(exchange, PROBE_WRONG, "it sent more than was asked for");
    return result;
}

enum probe_result probe_run(const struct probe *probe, const struct server *server, char *why,
                            size_t size)
{
    assert(probe->requests > 0);
    struct exchange exchange = {
        .probe = probe,
        .fd = connect_to(server),
        .deadline_ns = monotonic_ns() + probe->timeout_ms * NS_PER_MS,
        .why = why,
        .why_size = size,
    };
    if (exchange.fd < 0)
        return fail(&exchange, PROBE_UNREACHABLE, "it does not accept a connection");
    enum probe_result result = PROBE_GOOD;
    for (unsigned seen = 0; seen < probe->answers && result == PROBE_GOOD; seen += probe->requests)
        result = ask(&exchange);
    free(exchange.bytes);
    close(exchange.fd);
    return result;
}
