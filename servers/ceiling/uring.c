/*
 * The ceiling on io_uring: multishot accept and receive, one send in flight per peer, one call per
 * turn. What is left when a server does nothing but count blank lines and send.
 */
#include "ceiling/ceiling.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ceiling/answers.h"
#include "core/clock.h"
#include "core/server.h"
#include "uring/acceptor.h"
#include "uring/ring.h"

enum { DRAIN_LINGER_MS = 200, OPERATION_BITS = 3, OPERATION_MASK = (1 << OPERATION_BITS) - 1 };

enum operation { RECEIVE, SEND, ACCEPT, WAKE, CANCEL };

static const struct ring_sizes sizes = {
    .cq_entries = 4096,
    .buffers_count = 256,
    .buffer_bytes = 4096,
};

/* One client, found by its fd, which stays open until nothing is in flight: no completion meets a
 * stranger. */
struct peer {
    uint64_t owed_bytes;
    uint8_t matched;
    uint8_t in_flight;
    bool is_open, is_receiving, is_sending;
    bool is_ended;   /* the peer has sent FIN, or is gone: close once nothing is owed */
    bool is_closing; /* shut down: close once nothing is in flight */
};

struct loop {
    struct worker *worker;
    struct ring ring;
    struct acceptor acceptor;
    bool is_draining;
    uint64_t now_ms;
    uint64_t announce_ms;     /* while draining: when idle clients are told; what is theirs in the
                                 ring is answered by then */
    uint64_t linger_until_ms; /* and then gone; 0 before they are told */
    unsigned peers_count;
    struct answers answers;
    struct peer peers[]; /* as many as there can be files; untouched pages cost nothing */
};

static struct io_uring_sqe *loop_submit(struct loop *loop, int fd, enum operation operation)
{
    return ring_sqe(&loop->ring, (uint64_t)fd << OPERATION_BITS | operation);
}

/* An armed receive holds the file: shutdown ends it, then close says goodbye. */
static void peer_close(struct loop *loop, int fd)
{
    struct peer *peer = &loop->peers[fd];

    if (peer->in_flight > 0) {
        if (!peer->is_closing)
            shutdown(fd, SHUT_RDWR);
        peer->is_closing = true;
        return;
    }
    peer->is_open = false;
    loop->peers_count--;
    close(fd);
    gate_leave(loop->worker->gate);
}

static void peer_send(struct loop *loop, int fd)
{
    struct peer *peer = &loop->peers[fd];
    struct slice out = answers_slice(&loop->answers, peer->owed_bytes);

    peer->is_sending = true;
    peer->in_flight++;
    io_uring_prep_send(loop_submit(loop, fd, SEND), fd, out.ptr, out.len, MSG_NOSIGNAL);
}

/* Sends what is owed; reads on only when nothing is. */
static void peer_follow(struct loop *loop, int fd)
{
    struct peer *peer = &loop->peers[fd];

    if (peer->owed_bytes && !peer->is_sending) {
        peer_send(loop, fd);
    } else if (peer->is_ended && !peer->owed_bytes) {
        peer_close(loop, fd);
    } else if (!peer->is_receiving && !peer->is_ended && !peer->owed_bytes) {
        peer->is_receiving = true;
        peer->in_flight++;
        ring_receive(&loop->ring, fd, (uint64_t)fd << OPERATION_BITS | RECEIVE);
    }
}

static void peer_open(struct loop *loop, int fd)
{
    assert((unsigned)fd < loop->worker->server->files_limit);
    loop->peers[fd] = (struct peer){.is_open = true};
    loop->peers_count++;
    peer_follow(loop, fd);
}

static void peer_received(struct loop *loop, int fd, const struct io_uring_cqe *cqe)
{
    struct peer *peer = &loop->peers[fd];
    struct slice in = ring_received(&loop->ring, cqe);

    if (!(cqe->flags & IORING_CQE_F_MORE))
        peer->is_receiving = false;
    peer->owed_bytes += heads_count(&peer->matched, in.ptr, in.len) * loop->answers.answer_bytes;
    peer->is_ended |= cqe->res <= 0 && cqe->res != -ENOBUFS;
    peer_follow(loop, fd);
}

static void peer_sent(struct loop *loop, int fd, int result)
{
    struct peer *peer = &loop->peers[fd];

    peer->is_sending = false;
    peer->owed_bytes -= result > 0 ? (uint64_t)result : peer->owed_bytes;
    peer->is_ended |= result <= 0;
    peer_follow(loop, fd);
}

static void peer_event(struct loop *loop, int fd, const struct io_uring_cqe *cqe)
{
    struct peer *peer = &loop->peers[fd];

    if (!(cqe->flags & IORING_CQE_F_MORE))
        peer->in_flight--;
    if (peer->is_closing) {
        peer_close(loop, fd);
        return;
    }
    if ((cqe->user_data & OPERATION_MASK) == SEND)
        peer_sent(loop, fd, cqe->res);
    else
        peer_received(loop, fd, cqe);
}

/* Returns false once nothing is queued. */
static bool loop_accept(struct loop *loop)
{
    for (int i = 0; i < SERVER_ACCEPTS_PER_TURN; i++) {
        int fd =
            gate_accept(loop->worker->gate, loop->worker->listener_fd, SOCK_CLOEXEC, loop->now_ms);

        if (fd < 0)
            return fd != -EAGAIN;
        peer_open(loop, fd);
    }
    return true;
}

static void loop_accepted(struct loop *loop, const struct io_uring_cqe *cqe)
{
    int fd = acceptor_completed(&loop->acceptor, cqe, loop->now_ms);

    if (fd >= 0)
        peer_open(loop, fd);
    else if (fd == -EAGAIN)
        loop_accept(loop);
}

static void loop_each_peer(struct loop *loop, void (*visit)(struct loop *, int fd))
{
    int limit = (int)loop->worker->server->files_limit;

    for (int fd = 0; fd < limit && loop->peers_count; fd++)
        if (loop->peers[fd].is_open && !loop->peers[fd].is_closing)
            visit(loop, fd);
}

static void peer_announce_end(struct loop *loop, int fd)
{
    if (!loop->peers[fd].owed_bytes)
        shutdown(fd, SHUT_WR);
}

static void peer_close_idle(struct loop *loop, int fd)
{
    if (!loop->peers[fd].owed_bytes)
        peer_close(loop, fd);
}

/* A shutdown would send FIN before the reset. */
static void peer_reset(struct loop *loop, int fd)
{
    struct peer *peer = &loop->peers[fd];

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    peer->is_closing = true;
    peer->in_flight++;
    io_uring_prep_cancel_fd(loop_submit(loop, fd, SEND), fd, IORING_ASYNC_CANCEL_ALL);
}

static void loop_drain(struct loop *loop)
{
    struct worker *worker = loop->worker;

    loop->is_draining = true;
    if (worker->listener_fd >= 0 && !acceptor_follow(&loop->acceptor, loop->now_ms) &&
        (!loop_accept(loop) || loop->now_ms >= worker->server->drain_accept_until_ms)) {
        close(worker->listener_fd);
        worker->listener_fd = -1;
        loop->announce_ms = loop->now_ms + DRAIN_LINGER_MS;
    }
    if (worker->listener_fd < 0 && !loop->linger_until_ms && loop->now_ms >= loop->announce_ms) {
        loop_each_peer(loop, peer_announce_end);
        loop->linger_until_ms = loop->now_ms + DRAIN_LINGER_MS;
    }
    if (loop->linger_until_ms && loop->now_ms >= loop->linger_until_ms)
        loop_each_peer(loop, peer_close_idle);
    if (loop->now_ms >= worker->server->drain_deadline_ms)
        loop_each_peer(loop, peer_reset);
}

static bool loop_is_done(const struct loop *loop)
{
    const struct worker *worker = loop->worker;

    return loop->is_draining &&
           ((worker->listener_fd < 0 && !loop->peers_count) ||
            loop->now_ms >= worker->server->drain_deadline_ms + SERVER_DRAIN_STEP_MS);
}

static void loop_watch_wake(struct loop *loop)
{
    io_uring_prep_poll_multishot(loop_submit(loop, 0, WAKE), loop->worker->wake_fd, POLLIN);
}

static void loop_event(struct loop *loop, const struct io_uring_cqe *cqe)
{
    switch (cqe->user_data & OPERATION_MASK) {
    case ACCEPT:
        loop_accepted(loop, cqe);
        break;
    case WAKE:
        eventfd_read(loop->worker->wake_fd, &(eventfd_t){0});
        if (!(cqe->flags & IORING_CQE_F_MORE))
            loop_watch_wake(loop);
        break;
    case CANCEL:
        break;
    default:
        peer_event(loop, (int)(cqe->user_data >> OPERATION_BITS), cqe);
        ring_give_back(&loop->ring, cqe);
    }
}

static int loop_timeout_ms(const struct loop *loop)
{
    uint64_t opens_ms = gate_opens_ms(loop->worker->gate);

    if (loop->is_draining)
        return SERVER_DRAIN_STEP_MS;
    if (opens_ms == UINT64_MAX)
        return -1;
    return opens_ms > loop->now_ms ? (int)(opens_ms - loop->now_ms) : 0;
}

static int loop_turn(struct loop *loop)
{
    int error = ring_turn(&loop->ring, loop_timeout_ms(loop));
    unsigned count;

    if (error)
        return error;
    loop->now_ms = clock_now_ms();
    answers_tick(&loop->answers, time(NULL));
    count = io_uring_cq_ready(&loop->ring.uring);
    for (unsigned i = 0; i < count; i++)
        loop_event(loop, ring_completion(&loop->ring, i));
    io_uring_cq_advance(&loop->ring.uring, count);
    if (server_is_draining(loop->worker->server))
        loop_drain(loop);
    else
        acceptor_follow(&loop->acceptor, loop->now_ms);
    return 0;
}

int ceiling_uring_probe(char *reason, size_t reason_size)
{
    return ring_probe(reason, reason_size);
}

int ceiling_uring_start(struct worker *worker)
{
    size_t peers = worker->server->files_limit;
    struct loop *loop = calloc(1, sizeof *loop + peers * sizeof loop->peers[0]);
    int error;

    if (!loop)
        return -ENOMEM;
    worker->state = loop;
    loop->worker = worker;
    loop->acceptor = (struct acceptor){&loop->ring, worker, ACCEPT, CANCEL, .armed = 0};
    loop->now_ms = clock_now_ms();
    answers_init(&loop->answers, "backbench-ceiling");
    error = ring_open(&loop->ring, &sizes);
    if (error)
        return error;
    loop_watch_wake(loop);
    acceptor_follow(&loop->acceptor, loop->now_ms);
    return 0;
}

int ceiling_uring_run(struct worker *worker)
{
    struct loop *loop = worker->state;
    int error = 0;

    while (!error && !loop_is_done(loop))
        error = loop_turn(loop);
    ring_close(&loop->ring);
    free(loop);
    return error;
}
