/*
 * The ceiling on epoll: one loop per worker, every socket registered once, edge-triggered. What is
 * left when a server does nothing but read, count blank lines and send.
 */
#include "ceiling/ceiling.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ceiling/answers.h"
#include "core/clock.h"
#include "core/server.h"

enum {
    EVENTS_PER_TURN = 256,
    IN_BYTES = 64 * 1024,
    READS_PER_EVENT = 4,
    DRAIN_LINGER_MS = 200,
};

/* One client, found by its fd. */
struct peer {
    uint64_t owed_bytes;
    uint8_t matched;
    bool is_open;
    bool is_ended; /* the peer has sent FIN */
    bool hangup;   /* seen with the last event: read on to the end (epoll(7) question 9) */
};

struct loop {
    struct worker *worker;
    int epoll_fd;
    int listener_fd; /* -1 once drained */
    bool listening;
    uint64_t now_ms;
    uint64_t linger_until_ms; /* drain: idle clients are gone by then; 0 before */
    unsigned peers_count;
    struct answers answers;
    char in[IN_BYTES];
    struct peer peers[]; /* as many as there can be files; untouched pages cost nothing */
};

static void peer_open(struct loop *loop, int fd)
{
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
        .data.fd = fd,
    };

    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        close(fd);
        gate_leave(loop->worker->gate);
        return;
    }
    assert((unsigned)fd < loop->worker->server->files_limit);
    loop->peers[fd] = (struct peer){.is_open = true};
    loop->peers_count++;
}

static void peer_close(struct loop *loop, int fd)
{
    loop->peers[fd].is_open = false;
    loop->peers_count--;
    close(fd);
    gate_leave(loop->worker->gate);
}

/* Sends what is owed until the socket is full; false: the peer is gone. */
static bool peer_write(struct loop *loop, int fd)
{
    struct peer *peer = &loop->peers[fd];

    while (peer->owed_bytes) {
        struct slice out = answers_slice(&loop->answers, peer->owed_bytes);
        ssize_t sent = send(fd, out.ptr, out.len, MSG_NOSIGNAL);

        if (sent < 0)
            return errno == EAGAIN;
        peer->owed_bytes -= (uint64_t)sent;
        if ((size_t)sent < out.len)
            return true;
    }
    return true;
}

/* Ends this turn of a busy peer: modifying the registration makes epoll report it once more. */
static void peer_yield(struct loop *loop, int fd)
{
    struct epoll_event event = {
        .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
        .data.fd = fd,
    };

    epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &event);
}

/* Reads and answers until there is nothing to read or no room to write; false: the peer is gone. */
static bool peer_serve(struct loop *loop, int fd)
{
    struct peer *peer = &loop->peers[fd];

    for (int reads = 0; reads < READS_PER_EVENT; reads++) {
        ssize_t n;

        if (!peer_write(loop, fd))
            return false;
        if (peer->owed_bytes)
            return true;
        if (peer->is_ended)
            return false;
        n = recv(fd, loop->in, sizeof loop->in, 0);
        if (n < 0)
            return errno == EAGAIN;
        peer->is_ended = n == 0;
        peer->owed_bytes =
            heads_count(&peer->matched, loop->in, (size_t)n) * loop->answers.answer_bytes;
        if ((size_t)n < sizeof loop->in && !peer->hangup && !peer->is_ended)
            return peer_write(loop, fd);
    }
    peer_yield(loop, fd);
    return true;
}

static void peer_event(struct loop *loop, int fd, uint32_t events)
{
    loop->peers[fd].hangup |= (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    if (!peer_serve(loop, fd))
        peer_close(loop, fd);
}

/* Registers the listener while the gate is open. It is level-triggered, so nothing is forgotten. */
static void loop_follow_gate(struct loop *loop)
{
    bool listening = loop->listener_fd >= 0 && gate_is_open(loop->worker->gate, loop->now_ms);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = loop->listener_fd};

    if (listening == loop->listening)
        return;
    epoll_ctl(loop->epoll_fd, listening ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, loop->listener_fd, &event);
    loop->listening = listening;
}

/* Returns false once nothing is queued. */
static bool loop_accept(struct loop *loop)
{
    for (int i = 0; i < SERVER_ACCEPTS_PER_TURN; i++) {
        int fd = gate_accept(loop->worker->gate, loop->listener_fd, SOCK_NONBLOCK | SOCK_CLOEXEC,
                             loop->now_ms);

        if (fd < 0)
            return fd != -EAGAIN;
        peer_open(loop, fd);
    }
    return true;
}

static void loop_each_peer(struct loop *loop, void (*visit)(struct loop *, int fd))
{
    int limit = (int)loop->worker->server->files_limit;

    for (int fd = 0; fd < limit && loop->peers_count; fd++)
        if (loop->peers[fd].is_open)
            visit(loop, fd);
}

static void peer_shutdown(struct loop *loop, int fd)
{
    (void)loop;
    shutdown(fd, SHUT_WR);
}

static void peer_drain(struct loop *loop, int fd)
{
    /* What has arrived is answered before the FIN. */
    loop->peers[fd].hangup = true;
    if (!peer_serve(loop, fd))
        peer_close(loop, fd);
    else if (!loop->peers[fd].owed_bytes)
        peer_shutdown(loop, fd);
}

static void peer_reset(struct loop *loop, int fd)
{
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    peer_close(loop, fd);
}

static void peer_close_idle(struct loop *loop, int fd)
{
    if (!loop->peers[fd].owed_bytes)
        peer_close(loop, fd);
}

/* One step of draining; returns false when all is done. */
static bool loop_drain(struct loop *loop)
{
    if (loop->listener_fd >= 0 &&
        (!loop_accept(loop) || loop->now_ms >= loop->worker->server->drain_accept_until_ms)) {
        loop_each_peer(loop, peer_drain);
        close(loop->listener_fd);
        loop->listener_fd = -1;
        loop->linger_until_ms = loop->now_ms + DRAIN_LINGER_MS;
    }
    if (loop->linger_until_ms && loop->now_ms >= loop->linger_until_ms)
        loop_each_peer(loop, peer_close_idle);
    if (loop->now_ms >= loop->worker->server->drain_deadline_ms)
        loop_each_peer(loop, peer_reset);
    return loop->peers_count ||
           (loop->listener_fd >= 0 && loop->now_ms < loop->worker->server->drain_deadline_ms);
}

static int loop_timeout_ms(const struct loop *loop)
{
    uint64_t opens_ms = gate_opens_ms(loop->worker->gate);

    if (server_is_draining(loop->worker->server))
        return SERVER_DRAIN_STEP_MS;
    if (opens_ms == UINT64_MAX)
        return -1;
    return opens_ms > loop->now_ms ? (int)(opens_ms - loop->now_ms) : 0;
}

/* One turn: clients first, then newcomers. */
static int loop_turn(struct loop *loop)
{
    struct epoll_event events[EVENTS_PER_TURN];
    bool accept_due = false;
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, loop_timeout_ms(loop));

    if (count < 0 && errno != EINTR)
        return -errno;
    loop->now_ms = clock_now_ms();
    answers_tick(&loop->answers, time(NULL));
    for (int i = 0; i < count; i++) {
        int fd = events[i].data.fd;

        if (fd == loop->listener_fd)
            accept_due = true;
        else if (fd == loop->worker->wake_fd)
            eventfd_read(fd, &(eventfd_t){0});
        else
            peer_event(loop, fd, events[i].events);
    }
    if (accept_due)
        loop_accept(loop);
    loop_follow_gate(loop);
    return 0;
}

int ceiling_epoll_start(struct worker *worker)
{
    size_t peers = worker->server->files_limit;
    struct loop *loop = calloc(1, sizeof *loop + peers * sizeof loop->peers[0]);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = worker->wake_fd};

    if (!loop)
        return -ENOMEM;
    loop->worker = worker;
    loop->listener_fd = worker->listener_fd;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0 ||
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, worker->wake_fd, &event) < 0) {
        free(loop);
        return -errno;
    }
    loop->now_ms = clock_now_ms();
    answers_init(&loop->answers, "backbench-ceiling");
    loop_follow_gate(loop);
    worker->state = loop;
    return 0;
}

int ceiling_epoll_run(struct worker *worker)
{
    struct loop *loop = worker->state;
    int error = 0;

    while (!error && (!server_is_draining(worker->server) || loop_drain(loop)))
        error = loop_turn(loop);
    close(loop->epoll_fd);
    free(loop);
    return error;
}
