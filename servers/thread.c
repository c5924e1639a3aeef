/*
 * A thread per connection: each peer has a thread of its own that blocks in one call at a time.
 *
 * Path:    one thread accepts; each connection gets a new thread that receives, calls the shared
 *          core and sends, until it ends. A wait is a poll(2) in its thread.
 * Costs:   two system calls per request, and a switch of threads whenever one blocks; per idle
 *          connection 16 KiB of kernel stack and 16 KiB of user memory, the stack's touched pages:
 *          up to 44 KiB of those once a connection has moved large bodies, until it ends.
 * Limits:  as many clients as there may be threads (pids.max); a burst leaves stacks in glibc's
 *          cache. Time-outs come up to two seconds late: a signal interrupts the overdue call.
 * Differs: --workers has no meaning; reads 16 KiB at a time, where epoll reads 64.
 * Read:    peer_serve, then loop_turn; beside epoll.c and uring.c, which have the same functions
 *          in the same order.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "core/clock.h"
#include "core/conn.h"
#include "core/server.h"
#include "core/unsent.h"

enum {
    STACK_BYTES = 128 * 1024,
    IN_BYTES = 16 * 1024, /* on the stack: only pages that were used cost memory */
    OUT_BYTES = 16 * 1024,
    SWEEP_MS = 1000,
    NUDGE = SIGUSR1, /* interrupts a blocked call */
};

struct peer {
    struct peer *next, *previous; /* in the loop's list, under its lock */
    pthread_t thread;
    int fd;
    _Atomic uint64_t deadline_ms; /* published for the sweep */
    struct conn_shared shared;
    struct conn conn;
    struct conn_out out;
    struct slice sending; /* what of the output is not in the socket yet */
    uint64_t now_ms;
    unsigned wish; /* enum conn_next: the last one */
    bool is_shut;  /* SHUT_WR is done */
    bool is_drained;
    char in_bytes[IN_BYTES], out_bytes[OUT_BYTES];
};

/* The accepting thread's. Static, because a peer's thread unlocks the mutex as its last act. */
static struct loop {
    struct worker *worker;
    pthread_attr_t attributes;
    pthread_mutex_t lock;
    struct peer *peers;
    int unstarted_fd; /* accepted, but there was no thread to be had; -1: none */
    uint64_t now_ms, next_sweep_ms;
} loop = {.lock = PTHREAD_MUTEX_INITIALIZER, .unstarted_fd = -1};

/* ---- a peer, in its thread ---- */

/* After each blocking call: reads the clocks, and whether to drain, before anything is answered. */
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
    conn_shared_init(&peer->shared, "backbench-thread");
    conn_open(&peer->conn, &peer->shared, clock_now_ms());
    peer->is_shut = peer->is_drained = false;
    peer_tick(peer);
    peer->thread = pthread_self();
    peer->fd = fd;
    peer->out = (struct conn_out){.base = peer->out_bytes, .cap = sizeof peer->out_bytes};
    peer->sending = (struct slice){0};
    peer->wish = CONN_READ;
    atomic_init(&peer->deadline_ms, UINT64_MAX);
    pthread_mutex_lock(&loop.lock);
    peer->previous = NULL;
    peer->next = loop.peers;
    if (peer->next)
        peer->next->previous = peer;
    loop.peers = peer;
    pthread_mutex_unlock(&loop.lock);
}

/* Within the lock, so that the sweep never meets an fd or a thread that is another's by then. */
static void peer_close(struct peer *peer)
{
    conn_close(&peer->conn);
    pthread_mutex_lock(&loop.lock);
    if (peer->next)
        peer->next->previous = peer->previous;
    if (peer->previous)
        peer->previous->next = peer->next;
    else
        loop.peers = peer->next;
    close(peer->fd);
    gate_leave(loop.worker->gate);
    pthread_mutex_unlock(&loop.lock);
}

/* Notes a wish, and what is to be sent for it; the next turn carries it out. */
static void peer_follow(struct peer *peer, unsigned wish)
{
    peer->wish = wish;
    if (peer->out.len)
        peer->sending = (struct slice){peer->out.base, peer->out.len};
    else if (peer->out.ref.len)
        peer->sending = peer->out.ref;
    peer->out.len = 0;
    peer->out.ref = (struct slice){0};
    if ((wish & CONN_LINGER) && !peer->is_shut)
        peer->is_shut = shutdown(peer->fd, SHUT_WR) == 0;
    if (wish & CONN_RESET)
        setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
}

/* Sends what there is room for, or waits for room. A send that blocked would hide, when a signal ends
 * it, whether its bytes went out just now or before the deadline. */
static void peer_send(struct peer *peer)
{
    struct pollfd room = {peer->fd, POLLOUT, 0};
    ssize_t sent =
        send(peer->fd, peer->sending.ptr, peer->sending.len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (sent < 0 && errno != EAGAIN)
        peer->wish = CONN_CLOSE;
    else if (sent < 0)
        poll(&room, 1, -1);
    peer_tick(peer);
    if (sent < 0)
        return;
    conn_wrote(&peer->conn, (size_t)sent, peer->now_ms);
    peer->sending.ptr += sent;
    peer->sending.len -= (size_t)sent;
    if (peer->sending.len == 0)
        peer_follow(peer, conn_more(&peer->conn, peer->now_ms, &peer->out));
}

/* Whether the time to drain has run out, too. */
static bool drain_is_over(uint64_t now_ms)
{
    const struct server *server = loop.worker->server;

    return server_is_draining(server) && now_ms >= server->drain_deadline_ms;
}

/* Waits for as long as the core asks, from here on, and never shorter. */
static void peer_wait(struct peer *peer)
{
    const struct app_wait *wait = conn_wait(&peer->conn);
    struct pollfd fds[] = {{peer->fd, 0, 0}, {wait->fd, wait->events, 0}};
    uint64_t due_ms = clock_after_ms(wait->timeout_ms);

    while (peer->now_ms < due_ms && !fds[0].revents && !fds[1].revents &&
           !drain_is_over(peer->now_ms)) {
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
    atomic_store_explicit(&peer->deadline_ms, conn_deadline_ms(&peer->conn), memory_order_relaxed);
    if (peer->wish & CONN_WRITE)
        peer_send(peer);
    else if (peer->wish & CONN_WAIT)
        peer_wait(peer);
    else
        peer_read(peer);
    if (peer->wish & (CONN_CLOSE | CONN_RESET))
        return;
    if (drain_is_over(peer->now_ms))
        peer_follow(peer, CONN_RESET);
    else if (peer->now_ms >= conn_deadline_ms(&peer->conn))
        peer_expire(peer);
}

static void *peer_main(void *arg)
{
    struct peer peer;

    peer_open(&peer, (int)(intptr_t)arg);
    while (!(peer.wish & (CONN_CLOSE | CONN_RESET)))
        peer_serve(&peer);
    peer_close(&peer);
    return NULL;
}

/* ---- the accepting thread ---- */

/* Gives the connection a thread; without one it waits, and so do those that are queued. */
static void loop_start_peer(int fd)
{
    pthread_t thread;
    int error = pthread_create(&thread, &loop.attributes, peer_main, (void *)(intptr_t)fd);

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

/* Interrupts those whose deadline has passed, or, while draining, everyone: again each time until
 * it is noticed, since a signal may come just before the call it is meant for. */
static void loop_sweep(bool is_draining)
{
    pthread_mutex_lock(&loop.lock);
    for (struct peer *peer = loop.peers; peer; peer = peer->next)
        if (is_draining ||
            atomic_load_explicit(&peer->deadline_ms, memory_order_relaxed) <= loop.now_ms)
            pthread_kill(peer->thread, NUDGE);
    pthread_mutex_unlock(&loop.lock);
    loop.next_sweep_ms = loop.now_ms + (is_draining ? SERVER_DRAIN_STEP_MS : SWEEP_MS);
}

static void loop_drain(void)
{
    struct worker *worker = loop.worker;
    bool is_over = drain_is_over(loop.now_ms);

    /* A listener's queue is reset with it: close it empty. */
    if (worker->listener_fd >= 0 &&
        (!loop_accept() || loop.now_ms >= worker->server->drain_accept_until_ms)) {
        close(worker->listener_fd);
        worker->listener_fd = -1;
    }
    if (loop.unstarted_fd >= 0 && is_over) {
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

    if (poll(fds, 2, next_ms > loop.now_ms ? (int)(next_ms - loop.now_ms) : 0) < 0 &&
        errno != EINTR)
        return -errno;
    loop.now_ms = clock_now_ms();
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

static bool loop_is_done(void)
{
    if (loop.worker->listener_fd >= 0 || atomic_load(&loop.worker->server->admission.open) > 0)
        return false;
    /* The last peer has left its place, and now the lock under which it did. */
    pthread_mutex_lock(&loop.lock);
    pthread_mutex_unlock(&loop.lock);
    return true;
}

/* ---- the model ---- */

static void nudged(int signal)
{
    (void)signal; /* EINTR is all it is for: no SA_RESTART */
}

static int start(struct worker *worker)
{
    const struct sigaction action = {.sa_handler = nudged};

    loop.worker = worker;
    loop.now_ms = clock_now_ms();
    sigaction(NUDGE, &action, NULL);
    pthread_attr_init(&loop.attributes);
    pthread_attr_setdetachstate(&loop.attributes, PTHREAD_CREATE_DETACHED);
    return -pthread_attr_setstacksize(&loop.attributes, STACK_BYTES);
}

static int run(struct worker *worker)
{
    int error = 0;

    (void)worker;
    while (!error && !loop_is_done())
        error = loop_turn();
    pthread_attr_destroy(&loop.attributes);
    return error;
}

int main(int argc, char **argv)
{
    static const char *const differs[] = {"--workers has no meaning",
                                          "reads 16 KiB at a time, where epoll reads 64", NULL};
    const struct model model = {
        .name = "thread",
        .model = "thread",
        .variant = "default",
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
