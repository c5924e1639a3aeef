/*
 * A server for the engine's tests: a thread with plain sockets that answers GET and HEAD in order
 * and does wrong as it is told. It counts requests from 1 over all connections, those that are sent
 * before the window among them. Needs cmocka.h before it.
 */
#ifndef TESTS_ENGINE_SERVER_H
#define TESTS_ENGINE_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* 0: not at all. */
struct habits {
    bool is_v6;            /* it listens on ::1, not on 127.0.0.1 */
    int64_t service_ns;    /* each answer keeps it busy so long, one after the other */
    unsigned hangs_after;  /* takes what comes after that request, and answers nothing any more */
    unsigned dies_after;   /* closes everything before it answers that request */
    unsigned drops_all_at; /* the same, but it goes on listening */
    unsigned stalls_at;    /* stands still for stall_ns before it answers that request */
    int64_t stall_ns;
    unsigned fails_from, fails_to; /* answers 500 to those requests */
    unsigned resets_each;          /* such a request, instead of an answer */
    unsigned cuts_each;            /* closes in the middle of the answer to such a request */
    unsigned closes_each; /* closes each connection after so many answers on it, without a word */
    unsigned says_close_each; /* the same, and says so in the last answer */
    bool lets_close;          /* then leaves the closing to the client */
    unsigned fails_each;      /* answers 500 to such a request */
    unsigned mumbles_each;    /* answers such a request with what is not HTTP */
    unsigned adds_each;       /* says more than was asked for after such an answer */
    unsigned blurts_at;       /* says what nobody asked for, well after that answer, */
    bool hangs_up;            /* and closes behind it */
    unsigned errs_each;       /* such an answer has another body of the same length */
    const char *speaks;       /* this instead of each answer */
    unsigned long_bytes;      /* length of the body, instead of Hello, World! */
};

enum { PEERS = 256, QUEUE = 65536, LOGGED = 4096 };

struct peer {
    int fd;
    uint32_t generation;
    unsigned answered;
    size_t len;
    char in[8192];
};

struct owed {
    struct peer *peer;
    uint32_t generation;
    unsigned number;
    bool is_to_head;
    int64_t due_ns;
};

struct server {
    struct habits habits;
    pthread_t thread;
    int listener;
    uint16_t port;
    atomic_bool is_stopped;
    /* Of them, from addresses that are not 127.0.0.1. */
    atomic_uint requests, answers, connections, from_others;
    struct peer peers[PEERS];
    struct owed queue[QUEUE];
    size_t first, count;
    int64_t free_ns;
    /* When it began to answer and had answered, by the request's number. */
    int64_t began_ns[LOGGED], answered_ns[LOGGED];
};

static inline int64_t server_now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static inline void peer_close(struct peer *peer, bool with_reset)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    if (with_reset)
        setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(peer->fd);
    peer->fd = -1;
    peer->generation++;
}

static inline void server_accept(struct server *server)
{
    struct sockaddr_in from;
    int fd = accept4(server->listener, (struct sockaddr *)&from, &(socklen_t){sizeof from},
                     SOCK_NONBLOCK);

    if (fd < 0)
        return;
    server->connections++;
    server->from_others +=
        from.sin_family == AF_INET && ntohl(from.sin_addr.s_addr) != INADDR_LOOPBACK;
    for (unsigned i = 0; i < PEERS; i++)
        if (server->peers[i].fd < 0) {
            server->peers[i].fd = fd;
            server->peers[i].len = server->peers[i].answered = 0;
            return;
        }
    close(fd);
}

static inline bool is_each(unsigned number, unsigned each)
{
    return each != 0 && number % each == 0;
}

/* flags: MSG_MORE has a close put its FIN into the same
 * segment, so that nobody can come between. */
static inline void peer_write(struct peer *peer, const char *bytes, size_t len, int flags)
{
    struct pollfd room = {.fd = peer->fd, .events = POLLOUT};

    while (len > 0 && poll(&room, 1, 1000) > 0) {
        ssize_t n = send(peer->fd, bytes, len, MSG_NOSIGNAL | flags);
        if (n < 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}

static inline void server_write_long(struct server *server, struct peer *peer)
{
    static char body[1 << 16];
    char head[100];
    size_t left = server->habits.long_bytes;

    memset(body, 'x', sizeof body);
    int len = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", left);
    peer_write(peer, head, (size_t)len, 0);
    for (size_t part; left > 0; left -= part) {
        part = left < sizeof body ? left : sizeof body;
        peer_write(peer, body, part, 0);
    }
}

static inline bool fails(const struct habits *habits, unsigned number)
{
    return is_each(number, habits->fails_each) ||
           (number >= habits->fails_from && number <= habits->fails_to);
}

/* As one that closes a connection which rests for too long.
 * The answer before it has long been taken. */
static inline void server_blurt(struct server *server, struct peer *peer)
{
    static const char words[] = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";

    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    peer_write(peer, words, sizeof words - 1, server->habits.hangs_up ? MSG_MORE : 0);
    if (server->habits.hangs_up)
        peer_close(peer, false);
}

static inline void server_answer(struct server *server, const struct owed *owed)
{
    const struct habits *habits = &server->habits;
    struct peer *peer = owed->peer;
    char answer[300];

    if (peer->fd < 0 || peer->generation != owed->generation)
        return;
    peer->answered++;
    if (owed->number < LOGGED)
        server->began_ns[owed->number] = server_now_ns();
    bool is_last = is_each(peer->answered, habits->says_close_each);
    if (habits->speaks)
        snprintf(answer, sizeof answer, "%s", habits->speaks);
    else if (is_each(owed->number, habits->mumbles_each))
        snprintf(answer, sizeof answer, "HTP/1.1 200\r\n\r\n");
    else
        snprintf(answer, sizeof answer, "HTTP/1.1 %s\r\n%sContent-Length: 13\r\n\r\n%s%s",
                 fails(habits, owed->number) ? "500 No" : "200 OK",
                 is_last ? "Connection: close\r\n" : "",
                 owed->is_to_head                           ? ""
                 : is_each(owed->number, habits->errs_each) ? "Hello, Wurld!"
                                                            : "Hello, World!",
                 is_each(owed->number, habits->adds_each) ? "and more" : "");
    bool cuts = is_each(owed->number, habits->cuts_each);
    bool closes =
        (is_last && !habits->lets_close) || cuts || is_each(peer->answered, habits->closes_each);
    if (habits->long_bytes)
        server_write_long(server, peer);
    else
        peer_write(peer, answer, strlen(answer) - (cuts ? 5 : 0), closes ? MSG_MORE : 0);
    if (closes)
        peer_close(peer, false);
    if (owed->number < LOGGED)
        server->answered_ns[owed->number] = server_now_ns();
    server->answers++;
    if (owed->number == habits->blurts_at)
        server_blurt(server, peer);
}

static inline void server_drop_all(struct server *server)
{
    for (unsigned i = 0; i < PEERS; i++)
        if (server->peers[i].fd >= 0)
            peer_close(&server->peers[i], false);
}

static inline void server_die(struct server *server)
{
    close(server->listener);
    server->listener = -1;
    server_drop_all(server);
}

static inline void server_request(struct server *server, struct peer *peer)
{
    const struct habits *habits = &server->habits;
    unsigned number = ++server->requests;
    int64_t now_ns = server_now_ns();

    if (habits->dies_after && number > habits->dies_after) {
        server_die(server);
    } else if (number == habits->drops_all_at) {
        server_drop_all(server);
    } else if (is_each(number, habits->resets_each)) {
        peer_close(peer, true);
    } else if ((!habits->hangs_after || number <= habits->hangs_after) && server->count < QUEUE) {
        server->free_ns = (server->free_ns > now_ns ? server->free_ns : now_ns) +
                          habits->service_ns + (number == habits->stalls_at ? habits->stall_ns : 0);
        server->queue[(server->first + server->count++) % QUEUE] =
            (struct owed){peer, peer->generation, number, peer->in[0] == 'H', server->free_ns};
    }
}

static inline void server_read(struct server *server, struct peer *peer)
{
    ssize_t n = recv(peer->fd, peer->in + peer->len, sizeof peer->in - peer->len, 0);

    if (n <= 0) {
        peer_close(peer, false);
        return;
    }
    peer->len += (size_t)n;
    for (char *end; peer->fd >= 0 && (end = memmem(peer->in, peer->len, "\r\n\r\n", 4));) {
        server_request(server, peer);
        peer->len -= (size_t)(end + 4 - peer->in);
        memmove(peer->in, end + 4, peer->len);
    }
}

/* Until the next answer is due, or for a while. */
static inline void server_wait(struct server *server, struct pollfd *fds)
{
    int64_t wait_ns = 10000000;

    if (server->count > 0) {
        int64_t until_ns = server->queue[server->first].due_ns - server_now_ns();
        wait_ns = until_ns < 0 ? 0 : until_ns < wait_ns ? until_ns : wait_ns;
    }
    fds[PEERS] = (struct pollfd){.fd = server->listener, .events = POLLIN};
    for (unsigned i = 0; i < PEERS; i++)
        fds[i] = (struct pollfd){.fd = server->peers[i].fd, .events = POLLIN};
    ppoll(fds, PEERS + 1, &(struct timespec){.tv_nsec = wait_ns}, NULL);
}

static inline void *server_serve(void *argument)
{
    struct server *server = argument;
    struct pollfd fds[PEERS + 1];

    while (!server->is_stopped) {
        server_wait(server, fds);
        for (unsigned i = 0; i < PEERS; i++)
            if (fds[i].revents && server->peers[i].fd == fds[i].fd)
                server_read(server, &server->peers[i]);
        for (; server->count > 0 && server->queue[server->first].due_ns <= server_now_ns();
             server->first = (server->first + 1) % QUEUE, server->count--)
            server_answer(server, &server->queue[server->first]);
        if (fds[PEERS].revents && server->listener >= 0)
            server_accept(server);
    }
    return NULL;
}

/* Listens on loopback, at a port of the kernel's choice. False: this machine has no IPv6. */
static inline bool server_listen(struct server *server, bool is_v6)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr *address = is_v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    socklen_t len = is_v6 ? sizeof v6 : sizeof v4;

    server->listener =
        socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->listener < 0 || bind(server->listener, address, len) < 0)
        return false;
    assert_int_equal(listen(server->listener, 1024), 0);
    getsockname(server->listener, address, &len);
    server->port = ntohs(is_v6 ? v6.sin6_port : v4.sin_port);
    return true;
}

/* NULL: it cannot have its address. */
static inline struct server *server_try_with(struct habits habits)
{
    struct server *server = calloc(1, sizeof *server);

    assert_non_null(server);
    server->habits = habits;
    for (unsigned i = 0; i < PEERS; i++)
        server->peers[i].fd = -1;
    if (!server_listen(server, habits.is_v6)) {
        if (server->listener >= 0)
            close(server->listener);
        free(server);
        return NULL;
    }
    assert_int_equal(pthread_create(&server->thread, NULL, server_serve, server), 0);
    return server;
}

static inline struct server *server_start_with(struct habits habits)
{
    struct server *server = server_try_with(habits);

    if (!server)
        abort();
    return server;
}

/* Not for ever: whoever needs them asserts what came of it. */
static inline void server_await_answers(struct server *server, unsigned count)
{
    for (int i = 0; i < 20000 && server->answers < count; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

static inline void server_stop_it(struct server *server)
{
    server->is_stopped = true;
    pthread_join(server->thread, NULL);
    if (server->listener >= 0)
        server_die(server);
    free(server);
}

#endif
