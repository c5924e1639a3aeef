/* A client in lock-step; see turns.h. */
#include "measure/turns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/answer.h"
#include "measure/clock.h"

enum { SLICE_MS = 100, READ_BYTES = 256 * 1024 };

/* LAST_CONNECTIONS: enough that a turn of them costs about what one of all does, a request.
 * BURST_TURNS: of them, between two looks whether the server is ending; it is left alone then for
 * CLOSE_TIMEOUT_MS, longer than any of ours waits for its clients. */
enum { LAST_CONNECTIONS = 8, BURST_TURNS = 32 };
enum { LEAVE_TIMEOUT_MS = 10000, CLOSE_TIMEOUT_MS = 700, CLOSE_POLL_MS = 5 };

static int connect_to(const struct server *server)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(server->port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    inet_pton(AF_INET, server->address, &name.sin_addr);
    if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Until the socket is ready for events; false: interrupted, or nothing came in time. */
static bool wait_for(const struct turns *turns, int fd, short events, unsigned timeout_ms)
{
    int64_t deadline_ns = monotonic_ns() + timeout_ms * NS_PER_MS;
    if (turns->is_ending && turns->end_ns < deadline_ns)
        deadline_ns = turns->end_ns;
    while (!*turns->options->interrupted && monotonic_ns() < deadline_ns) {
        struct pollfd ready = {fd, events, 0};
        if (poll(&ready, 1, SLICE_MS) > 0)
            return true;
    }
    return false;
}

static int fail(const struct turns *turns, char *error, size_t size, const char *what)
{
    snprintf(error, size, "%s", *turns->options->interrupted ? "interrupted" : what);
    return -1;
}

static int ask(struct turns *turns, int fd, char *error, size_t size)
{
    const struct turns_options *options = turns->options;
    for (size_t sent = 0; sent < options->len;) {
        ssize_t put =
            send(fd, options->bytes + sent, options->len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put < 0 && errno == EAGAIN && !wait_for(turns, fd, POLLOUT, TURNS_TIMEOUT_MS))
            return fail(turns, error, size, "it does not read what it is sent");
        if (put < 0 && errno != EAGAIN && errno != EINTR)
            return fail(turns, error, size, "the connection was reset");
        sent += put > 0 ? (size_t)put : 0;
    }
    return 0;
}

static int receive_more(struct turns *turns, int fd, char *error, size_t size)
{
    turns->in = xreallocarray(turns->in, turns->in_len + READ_BYTES, 1);
    if (!wait_for(turns, fd, POLLIN, TURNS_TIMEOUT_MS))
        return fail(turns, error, size, "no answer in time");
    ssize_t got = recv(fd, turns->in + turns->in_len, READ_BYTES, MSG_DONTWAIT);
    if (got == 0)
        return fail(turns, error, size, "the server closed the connection instead of answering");
    if (got < 0 && errno != EAGAIN && errno != EINTR)
        return fail(turns, error, size, "the connection was reset");
    turns->in_len += got > 0 ? (size_t)got : 0;
    return 0;
}

/* Compares one whole answer; the bytes behind it belong to the next. */
static int take(struct turns *turns, size_t *taken, int fd, char *error, size_t size)
{
    struct answer answer;
    enum answer_result result;
    while ((result = answer_read(&answer, turns->in + *taken, turns->in_len - *taken)) ==
           ANSWER_PARTIAL)
        if (receive_more(turns, fd, error, size) < 0)
            return -1;
    if (result == ANSWER_BAD)
        return fail(turns, error, size, answer.why);
    turns->answers++;
    bool fits = turns->is_ending || answer_fits(&answer, turns->options->workload, error, size);
    *taken += answer.consumed;
    answer_release(&answer);
    return fits ? 0 : -1;
}

static int take_all(struct turns *turns, int fd, char *error, size_t size)
{
    size_t taken = 0;
    turns->in_len = 0;
    if (receive_more(turns, fd, error, size) < 0)
        return -1;
    for (unsigned i = 0; i < turns->options->requests; i++)
        if (take(turns, &taken, fd, error, size) < 0)
            return -1;
    return taken == turns->in_len ? 0 : fail(turns, error, size, "it sent more than was asked for");
}

int turns_open(struct turns *turns, const struct turns_options *options,
               const struct server *server, char *error, size_t size)
{
    *turns = (struct turns){.options = options};
    while (turns->count < TURNS_CONNECTIONS) {
        int fd = connect_to(server);
        if (fd < 0)
            return fail(turns, error, size, "it does not accept a connection");
        turns->fds[turns->count++] = fd;
        if (ask(turns, fd, error, size) < 0 || take_all(turns, fd, error, size) < 0)
            return -1;
    }
    return 0;
}

int turns_play(struct turns *turns, unsigned count, char *error, size_t size)
{
    for (unsigned turn = 0; turn < count; turn++) {
        for (size_t i = 0; i < turns->count; i++)
            if (ask(turns, turns->fds[i], error, size) < 0)
                return -1;
        for (size_t i = turns->count; i-- > 0;)
            if (take_all(turns, turns->fds[i], error, size) < 0)
                return -1;
    }
    return 0;
}

void turns_leave(struct turns *turns)
{
    while (turns->count > LAST_CONNECTIONS) {
        int fd = turns->fds[--turns->count];
        shutdown(fd, SHUT_WR);
        wait_for(turns, fd, POLLIN, LEAVE_TIMEOUT_MS);
        close(fd);
    }
}

static void drop(struct turns *turns, size_t i)
{
    close(turns->fds[i]);
    turns->fds[i] = turns->fds[--turns->count];
}

/* Takes a byte if one has come: no answer is expected any more. */
static bool is_closed(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN);
}

/* Drops what the server has closed, until all is or the time is over. */
static void await_closing(struct turns *turns)
{
    int64_t deadline_ns = monotonic_ns() + CLOSE_TIMEOUT_MS * NS_PER_MS;
    while (turns->count > 0 && monotonic_ns() < deadline_ns) {
        for (size_t i = turns->count; i-- > 0;)
            if (is_closed(turns->fds[i]))
                drop(turns, i);
        poll(NULL, 0, CLOSE_POLL_MS);
    }
}

/* On all that are still open, as long as they are served. */
static void last_turn(struct turns *turns)
{
    char why[ANSWER_WHY];
    for (size_t i = turns->count; i-- > 0;)
        if (ask(turns, turns->fds[i], why, sizeof(why)) < 0)
            drop(turns, i);
    for (size_t i = turns->count; i-- > 0;)
        if (take_all(turns, turns->fds[i], why, sizeof(why)) < 0)
            drop(turns, i);
}

void turns_end(struct turns *turns, struct server *server, int64_t end_ns)
{
    turns->is_ending = true;
    turns->end_ns = end_ns;
    await_closing(turns);
    while (turns->count > 0 && !*turns->options->interrupted && monotonic_ns() < end_ns &&
           !server_ended(server)) {
        for (unsigned i = 0; i < BURST_TURNS && turns->count > 0 && monotonic_ns() < end_ns; i++)
            last_turn(turns);
        await_closing(turns);
    }
}

void turns_close(struct turns *turns)
{
    while (turns->count > 0)
        close(turns->fds[--turns->count]);
    free(turns->in);
    turns->in = NULL;
}
