/*
 * A thread per connection: each peer has a thread of its own that blocks in one call at a time.
 *
 * Path:    one thread accepts; each connection gets a new thread that receives, calls the shared
 *          core and sends, until it ends. A wait is a poll(2) in its thread.
 * Costs:   two system calls per request, and a switch of threads whenever one blocks; per idle
 *          connection 16 KiB of user stack, 44 after large bodies, and 23 KiB of the kernel.
 * Limits:  as many clients as there may be threads (pids.max); time-outs up to two seconds late.
 * Differs: --workers has no meaning; reads 16 KiB at a time, where epoll reads 64.
 * Read:    peer_serve, then loop_turn; epoll.c has the same functions in the same order.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "core/clock.h"
#include "core/conn.h"
#include "thread/crew.h"
#include "thread/stacks.h"
#include "core/server.h"
#include "core/transfer.h"
#include "core/unsent.h"

enum {
    STACK_BYTES = 128 * 1024,
    BUFFER_BYTES = 16 * 1024, /* on the stack: only pages that were used cost memory */
    SWEEP_MS = 1000,
};

struct peer {
    struct crew_member member; /* its thread */
    int fd;
    struct conn_shared shared;
    struct conn conn;
    struct conn_out out;
    uint64_t now_ms;
    unsigned wish;            /* enum conn_next: the last one */
    bool is_shut, is_drained; /* SHUT_WR is done; conn_drain is */
    char in_bytes[BUFFER_BYTES], out_bytes[BUFFER_BYTES];
};

/* The accepting thread's; but the crew is everyone's. */
static struct loop {
    struct worker *worker;
    struct stacks stacks;
    struct crew crew;
    int unstarted_fd; /* accepted, but there was no thread to be had; -1: none */
    uint64_t now_ms, next_sweep_ms;
} loop = {.crew = CREW_INIT, .unstarted_fd = -1};

/* ---- a peer, in its thread ---- */

/* After each call that may have blocked: the clocks, and whether to drain, before any answer. */
static void peer_tick(struct peer *peer)
{
    peer->now_ms = clock_now_ms();
    conn_shared_tick(&peer->shared, time(NULL));
    if (server_is_draining(loop.worker->server) && !peer->is_drained) {
        peer->is_drained = true;
        conn_drain(&peer->conn, peer->now_ms);
    }
}

static void peer_open(struct peer *peer, int fd)
{
    conn_shared_init(&peer->shared, "backbench-thread", loop.worker->app);
    conn_open(&peer->conn, &peer->shared, clock_now_ms());
    peer->is_shut = peer->is_drained = false;
    peer_tick(peer);
    peer->fd = fd;
    peer->out = (struct conn_out){.base = peer->out_bytes, .cap = sizeof peer->out_bytes};
    peer->wish = CONN_READ;
    crew_join(&loop.crew, &peer->member);
}

static void peer_close(struct peer *peer)
{
    if (peer->wish & CONN_RESET)
        setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    conn_close(&peer->conn);
    close(peer->fd);
    gate_leave(loop.worker->gate);
    crew_leave(&loop.crew, &peer->member);
}

/* Notes a wish; the next turn carries it out. */
static void peer_follow(struct peer *peer, unsigned wish)
{
    peer->wish = wish;
    if ((wish & CONN_LINGER) && !peer->is_shut)
        peer->is_shut = shutdown(peer->fd, SHUT_WR) == 0;
}

/* Sends what there is room for, or waits for room. */
static void peer_send(struct peer *peer)
{
    struct pollfd room = {peer->fd, POLLOUT, 0};
    ssize_t sent = transfer_send(&peer->conn, peer->fd, &peer->out, peer->now_ms, &peer->wish);

    if (sent == 0) {
        poll(&room, 1, -1);
        peer_tick(peer);
    }
    if (sent > 0 && conn_tail(&peer->conn).len == 0)
        peer_follow(peer, conn_more(&peer->conn, peer->now_ms, &peer->out));
}

/* Waits for as long as the core asks, from here on, and never shorter. */
static void peer_wait(struct peer *peer)
{
    const struct app_wait *wait = conn_wait(&peer->conn);
    struct pollfd fds[] = {{peer->fd, 0, 0}, {wait->fd, wait->events, 0}};
    uint64_t due_ms = clock_after_ms(wait->timeout_ms);

    while (peer->now_ms < due_ms && !fds[0].revents && !fds[1].revents &&
           !server_drain_is_over(loop.worker->server, peer->now_ms)) {
        poll(fds, 2, (int)(due_ms - peer->now_ms));
        peer_tick(peer);
    }
    if (fds[0].revents) /* HUP or ERR: gone in both directions */
        peer->wish = CONN_CLOSE;
    else if (peer->now_ms >= due_ms || fds[1].revents)
        peer_follow(peer, conn_event(&peer->conn, fds[1].revents, peer->now_ms, &peer->out));
}

static void peer_read(struct peer *peer)
{
    ssize_t n = recv(peer->fd, peer->in_bytes, sizeof peer->in_bytes, 0);
    struct slice in = {peer->in_bytes, n > 0 ? (size_t)n : 0};

    peer_tick(peer);
    if (n >= 0)
        peer_follow(peer, conn_input(&peer->conn, in, peer->now_ms, &peer->out));
    else if (errno != EINTR && errno != EAGAIN)
        peer->wish = CONN_CLOSE;
}

static void peer_expire(struct peer *peer)
{
    conn_progress(&peer->conn, socket_unsent_bytes(peer->fd), peer->now_ms);
    peer_follow(peer, conn_expire(&peer->conn, peer->now_ms, &peer->out));
}

/* One blocking call, and what a signal may have interrupted it for. */
static void peer_serve(struct peer *peer)
{
    crew_set_deadline(&peer->member, conn_deadline_ms(&peer->conn));
    if (peer->wish & CONN_WRITE)
        peer_send(peer);
    else if (peer->wish & CONN_WAIT)
        peer_wait(peer);
    else
        peer_read(peer);
    if (peer->wish & (CONN_CLOSE | CONN_RESET))
        return;
    if (server_drain_is_over(loop.worker->server, peer->now_ms))
        peer_follow(peer, CONN_RESET);
    else if (peer->now_ms >= conn_deadline_ms(&peer->conn))
        peer_expire(peer);
}

static void peer_main(void *arg)
{
    struct peer peer;

    peer_open(&peer, (int)(intptr_t)arg);
    while (!(peer.wish & (CONN_CLOSE | CONN_RESET)))
        peer_serve(&peer);
    peer_close(&peer);
}

/* ---- the accepting thread ---- */

/* Gives the connection a thread; without one it waits, and so do those that are queued. */
static void loop_start_peer(int fd)
{
    int error = stacks_start(&loop.stacks, peer_main, (void *)(intptr_t)fd);

    loop.unstarted_fd = error ? fd : -1;
    if (error)
        gate_accept_failed(loop.worker->gate, ENOMEM, loop.now_ms);
}

/* Returns false once nothing is queued. */
static bool loop_accept(void)
{
    for (int i = 0; i < SERVER_ACCEPTS_PER_TURN && loop.unstarted_fd < 0; i++) {
        int fd =
            gate_accept(loop.worker->gate, loop.worker->listener_fd, SOCK_CLOEXEC, loop.now_ms);

        if (fd < 0)
            return fd != -EAGAIN;
        loop_start_peer(fd);
    }
    return true;
}

/* Ends calls that take too long; while draining, all, that their threads may hear of it. */
static void loop_sweep(bool is_draining)
{
    crew_interrupt(&loop.crew, is_draining ? UINT64_MAX : loop.now_ms);
    if (!is_draining)
        app_tidy(loop.worker->app);
    loop.next_sweep_ms = loop.now_ms + (is_draining ? SERVER_DRAIN_STEP_MS : SWEEP_MS);
}

static void loop_drain(void)
{
    struct worker *worker = loop.worker;

    /* A listener's queue is reset with it: close it empty. */
    if (worker->listener_fd >= 0 &&
        (!loop_accept() || loop.now_ms >= worker->server->drain_accept_until_ms)) {
        close(worker->listener_fd);
        worker->listener_fd = -1;
    }
    if (loop.unstarted_fd >= 0 && server_drain_is_over(worker->server, loop.now_ms)) {
        close(loop.unstarted_fd);
        loop.unstarted_fd = -1;
        gate_leave(worker->gate);
    }
    loop_sweep(true);
}

/* One turn: newcomers, then time-outs. */
static int loop_turn(void)
{
    struct worker *worker = loop.worker;
    bool listens = worker->listener_fd >= 0 && gate_is_open(worker->gate, loop.now_ms);
    struct pollfd fds[] = {{listens ? worker->listener_fd : -1, POLLIN, 0},
                           {worker->wake_fd, POLLIN, 0}};
    uint64_t opens_ms = gate_opens_ms(worker->gate);
    uint64_t next_ms = opens_ms < loop.next_sweep_ms ? opens_ms : loop.next_sweep_ms;
    int timeout_ms = next_ms > loop.now_ms ? (int)(next_ms - loop.now_ms) : 0;

    if (poll(fds, 2, timeout_ms) < 0 && errno != EINTR)
        return -errno;
    loop.now_ms = clock_now_ms();
    stacks_turn(&loop.stacks, loop.now_ms);
    if (fds[1].revents)
        eventfd_read(worker->wake_fd, &(eventfd_t){0});
    if (loop.unstarted_fd >= 0 && gate_is_open(worker->gate, loop.now_ms))
        loop_start_peer(loop.unstarted_fd);
    if (fds[0].revents)
        loop_accept();
    if (server_is_draining(worker->server))
        loop_drain();
    else if (loop.now_ms >= loop.next_sweep_ms)
        loop_sweep(false);
    return 0;
}

static bool loop_is_done(const struct worker *worker)
{
    return worker->listener_fd < 0 && atomic_load(&worker->server->admission.open) == 0 &&
           crew_is_empty(&loop.crew);
}

/* ---- the model ---- */

static int start(struct worker *worker)
{
    loop.worker = worker;
    loop.now_ms = clock_now_ms();
    crew_take_signal();
    stacks_init(&loop.stacks, STACK_BYTES);
    return 0;
}

static int run(struct worker *worker)
{
    int error = 0;

    while (!error && !loop_is_done(worker))
        error = loop_turn();
    stacks_release(&loop.stacks);
    return error;
}

int main(int argc, char **argv)
{
    static const char *const differs[] = {"--workers has no meaning",
                                          "reads 16 KiB at a time, where epoll reads 64", NULL};
    const struct model model = {
        .name = "thread",
        .summary = "a thread per connection, blocking calls",
        .workers_meaning = "none: each connection has its own thread",
        .runs_one_worker = true,
        .routes = app_routes(),
        .differs = differs,
        .start = start,
        .run = run,
    };

    return server_main(&model, argc, argv);
}
