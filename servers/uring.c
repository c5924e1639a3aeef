/*
 * An event loop on io_uring: the kernel is told what is wanted and reports what has been done.
 *
 * Path:    one submit-and-wait per turn; for each completion the shared core, whose answer becomes
 *          the next submission. Accept and receive are multishot: armed once, they report again
 *          and again; received bytes come in buffers that the kernel picks from a small ring. One
 *          loop per worker, each with its own ring and its own listener on the common port.
 * Costs:   one system call per turn, however many peers were ready; 1 MiB of receive buffers per
 *          loop, an output block per answer in flight; 384 bytes per idle connection.
 * Limits:  kernel 6.1; closed by seccomp in many containers. The wait is booked as iowait.
 * Differs: receives in buffers of 8 KiB, where epoll reads 64 KiB at a time.
 * Read:    peer_received, peer_sent, then loop_turn; epoll.c has the same functions in the same
 *          order, uring/flight.h the submissions.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "core/clients.h"
#include "uring/acceptor.h"
#include "uring/blocks.h"
#include "uring/flight.h"
#include "uring/settings.h"

struct peer {
    struct client client;
    struct flight flight; /* its memory and its fd stay until nothing is in flight */
    struct block *block;  /* of the send in flight */
    bool is_finished;     /* FIN has come */
};

static_assert(sizeof(struct peer) < 512, "what an idle connection may cost");

struct loop {
    struct clients clients;
    struct ring ring;
    struct acceptor acceptor;
    struct blocks blocks; /* one is lent to the core, and taken once it is written to */
};

/* ---- a peer ---- */

/* Begins the end, and, once the kernel holds nothing of the peer, is the end of it. */
static void peer_close(struct loop *loop, struct peer *peer)
{
    if (!peer->client.is_stopped) {
        client_stop(&loop->clients, &peer->client);
        flight_end(&peer->flight, &loop->ring, peer->client.wish & CONN_RESET);
    }
    if (peer->flight.count > 0)
        return;
    close(peer->client.fd);
    blocks_give(&loop->blocks, peer->block);
    client_end(&loop->clients, &peer->client);
}

static void peer_open(struct loop *loop, int fd)
{
    struct peer *peer = (struct peer *)client_new(&loop->clients, fd);

    if (!peer)
        return;
    peer->flight.fd = fd;
    flight_receive(&peer->flight, &loop->ring);
}

/* Reports the fd that a handler waits for, once. */
static int peer_watch(struct loop *loop, struct peer *peer)
{
    flight_poll(&peer->flight, &loop->ring, conn_wait(&peer->client.conn));
    return 0;
}

/* Carries out a wish. An answer goes on its way, and with it the block that it is in. Inline,
 * because both completions of a request come through here. */
static inline __attribute__((always_inline)) void peer_follow(struct loop *loop, struct peer *peer,
                                                              unsigned wish)
{
    struct client *client = &peer->client;

    client->wish = wish;
    if ((wish & CONN_WRITE) && blocks_have_output(&loop->blocks)) {
        peer->block = blocks_take(&loop->blocks);
        if (peer->block)
            flight_send(&peer->flight, &loop->ring, peer->block->sending);
        else
            client->wish = CONN_RESET;
    }
    if (client->wish & ~(unsigned)(CONN_READ | CONN_WRITE))
        client_aside(&loop->clients, client);
    if (client->is_stopped)
        return;
    if ((client->wish & CONN_READ) && !peer->is_finished)
        flight_receive(&peer->flight, &loop->ring);
    client_touch(&loop->clients, client);
}

/* A completion of the multishot receive. */
static void peer_received(struct loop *loop, struct peer *peer, const struct io_uring_cqe *cqe)
{
    struct slice in = ring_received(&loop->ring, cqe);
    bool is_wanted = peer->client.wish & CONN_READ;

    if (cqe->res >= 0) {
        peer->is_finished = cqe->res == 0;
        peer_follow(
            loop, peer,
            conn_input(&peer->client.conn, in, loop->clients.now_ms, &loop->blocks.lent->out));
        if (!is_wanted && !peer->client.is_stopped) /* the core can hold so much and no more */
            flight_stop_receiving(&peer->flight, &loop->ring);
    } else if (cqe->res != -ENOBUFS && cqe->res != -ECANCELED) {
        peer_close(loop, peer);
    } else if (is_wanted) { /* no buffer was left: all are back when this is submitted */
        flight_receive(&peer->flight, &loop->ring);
    }
}

/* A completion of the send. */
static void peer_sent(struct loop *loop, struct peer *peer, int result)
{
    struct conn *conn = &peer->client.conn;
    struct slice *sending = &peer->block->sending;

    if (result <= 0) {
        peer_close(loop, peer);
    } else if ((size_t)result < sending->len) {
        *sending = (struct slice){sending->ptr + result, sending->len - (size_t)result};
        conn_wrote(conn, (size_t)result, loop->clients.now_ms);
        client_touch(&loop->clients, &peer->client);
        flight_send(&peer->flight, &loop->ring, peer->block->sending);
    } else {
        blocks_give(&loop->blocks, peer->block);
        peer->block = NULL;
        peer_follow(loop, peer, conn_more(conn, loop->clients.now_ms, &loop->blocks.lent->out));
    }
}

/* The wait is over: by its fd's revents, or 0 by its time. */
static void peer_resume(struct loop *loop, struct peer *peer, short revents)
{
    struct conn *conn = &peer->client.conn;

    flight_unpoll(&peer->flight, &loop->ring);
    client_waited(&loop->clients, &peer->client);
    peer_follow(loop, peer,
                conn_event(conn, revents, loop->clients.now_ms, &loop->blocks.lent->out));
}

/* A completion of the poll. */
static void peer_polled(struct loop *loop, struct peer *peer, int result)
{
    const struct app_wait *wait = conn_wait(&peer->client.conn);
    short revents = flight_polled(&peer->flight, &loop->ring, wait, result);

    if (revents)
        peer_resume(loop, peer, revents);
}

static void peer_expire(struct loop *loop, struct peer *peer)
{
    peer_follow(loop, peer,
                conn_expire(&peer->client.conn, loop->clients.now_ms, &loop->blocks.lent->out));
}

static void peer_event(struct loop *loop, struct peer *peer, const struct io_uring_cqe *cqe)
{
    enum operation operation = flight_completed(&peer->flight, cqe);

    if (peer->client.is_stopped)
        peer_close(loop, peer);
    else if (operation == RECEIVE)
        peer_received(loop, peer, cqe);
    else if (operation == SEND)
        peer_sent(loop, peer, cqe->res);
    else if (operation == AWAIT)
        peer_polled(loop, peer, cqe->res);
    if (operation == RECEIVE)
        ring_give_back(&loop->ring, cqe);
}

/* ---- the loop ---- */

static void loop_accepted(struct loop *loop, const struct io_uring_cqe *cqe)
{
    int fd = acceptor_completed(&loop->acceptor, cqe, loop->clients.now_ms);

    if (fd >= 0)
        peer_open(loop, fd);
    else if (fd == -EAGAIN)
        clients_accept(&loop->clients);
}

static void loop_woken(struct loop *loop)
{
    eventfd_read(loop->clients.worker->wake_fd, &(eventfd_t){0});
    ring_watch(&loop->ring, loop->clients.worker->wake_fd, WAKE);
}

static void loop_event(struct loop *loop, const struct io_uring_cqe *cqe)
{
    struct flight *flight = flight_of(cqe);

    if (flight)
        peer_event(loop, (struct peer *)((char *)flight - offsetof(struct peer, flight)), cqe);
    else if (cqe->user_data == ACCEPT)
        loop_accepted(loop, cqe);
    else if (cqe->user_data == WAKE)
        loop_woken(loop);
}

/* One turn: whatever has completed, then timers. */
static int loop_turn(struct loop *loop)
{
    int timeout_ms = blocks_timeout_ms(&loop->blocks, clients_timeout_ms(&loop->clients));
    int error = ring_turn(&loop->ring, timeout_ms);
    unsigned count;

    if (error)
        return error;
    clients_tick(&loop->clients);
    blocks_trim(&loop->blocks, loop->clients.now_ms);
    count = io_uring_cq_ready(&loop->ring.uring);
    for (unsigned i = 0; i < count; i++)
        loop_event(loop, ring_completion(&loop->ring, i));
    io_uring_cq_advance(&loop->ring.uring, count);
    clients_expire(&loop->clients);
    if (!acceptor_follow(&loop->acceptor, loop->clients.now_ms)) /* an armed one holds the port */
        clients_leave_port(&loop->clients);
    clients_reap(&loop->clients);
    return 0;
}

/* ---- the model ---- */

static int start(struct worker *worker)
{
    static const struct clients_hooks hooks = {peer_open,   peer_watch, peer_resume,
                                               peer_expire, peer_close, SOCK_CLOEXEC};
    struct loop *loop = worker->state = calloc(1, sizeof *loop);
    int error;

    if (!loop)
        return -ENOMEM;
    loop->acceptor = (struct acceptor){&loop->ring, worker, ACCEPT, CANCEL, .armed = 0};
    clients_init(&loop->clients, worker, loop, &hooks, sizeof(struct peer));
    error = blocks_init(&loop->blocks);
    if (!error)
        error = ring_open(&loop->ring, &uring_settings.ring);
    if (error)
        return error;
    ring_watch(&loop->ring, worker->wake_fd, WAKE);
    acceptor_follow(&loop->acceptor, loop->clients.now_ms);
    return 0;
}

static int run(struct worker *worker)
{
    struct loop *loop = worker->state;
    struct client *client;
    int error;

    while (!clients_are_drained(&loop->clients))
        if ((error = loop_turn(loop)) < 0)
            return error; /* and the process ends */
    ring_close(&loop->ring);
    while ((client = clients_next(&loop->clients, NULL))) {
        ((struct peer *)client)->flight.count = 0; /* the ring is closed */
        peer_close(loop, (struct peer *)client);
    }
    blocks_release(&loop->blocks);
    clients_release(&loop->clients);
    free(loop);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct server_library libraries[] = {{"liburing", ring_library_version}, {0}};
    static const char *const differs[] = {
        "receives in buffers of 8 KiB, where epoll reads 64 KiB at a time", NULL};
    const struct model model = {
        .name = "uring",
        .summary = "event loops on io_uring, completions instead of readiness",
        .workers_meaning = "event loops, each with a ring",
        .routes = app_routes(),
        .differs = differs,
        .libraries = libraries,
        .options = uring_options,
        .probe = ring_probe,
        .start = start,
        .run = run,
    };

    return server_main(&model, argc, argv);
}
