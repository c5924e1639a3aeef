/*
 * An event loop on io_uring: the kernel is told what is wanted and reports what has been done.
 *
 * Path:    one submit-and-wait per turn; for each completion the shared core, whose answer becomes
 *          the next submission. Accept and receive are multishot: armed once, they report again
 *          and again; received bytes come in buffers that the kernel picks from a small ring. One
 *          loop per worker, each with its own ring and its own listener on the common port.
 * Costs:   one system call per turn, however many peers were ready; 1 MiB of receive buffers per
 *          loop, an output block per answer in flight; about 350 bytes per idle connection.
 * Limits:  kernel 6.1; closed by seccomp in many containers. The wait is booked as iowait.
 * Differs: receives in buffers of 4 KiB, where epoll reads 64 KiB at a time.
 * Read:    peer_received, peer_sent, then loop_turn; beside epoll.c and thread.c, which have the
 *          same functions in the same order.
 */
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "core/clients.h"
#include "uring/acceptor.h"
#include "uring/blocks.h"
#include "uring/ring.h"
#include "uring/settings.h"

/* What a completion is about: the lowest bits of its user_data. The others are the peer's address,
 * or 0 if it is the loop's own; a peer's memory stays until nothing of it is in flight. */
enum operation { RECEIVE, SEND, AWAIT, CANCEL, ACCEPT, WAKE, OPERATION_MASK = 7 };

struct peer {
    struct client client;
    struct block *block; /* of the send in flight */
    uint32_t in_flight; /* operations that will still complete; its memory and fd stay until then */
    bool is_receiving, is_cancelling;
    bool is_polling, is_stale;    /* stale: that poll's wait is over already */
    bool is_closing, is_finished; /* finished: FIN has come */
};

static_assert(sizeof(struct peer) < 512, "what an idle connection may cost");
static_assert(_Alignof(struct peer) > OPERATION_MASK, "room for an operation in its address");

struct loop {
    struct worker *worker;
    struct clients clients;
    struct ring ring;
    struct acceptor acceptor;
    struct blocks blocks;
};

/* ---- a peer ---- */

static uint64_t tag(const struct peer *peer, enum operation operation)
{
    return (uintptr_t)peer | operation;
}

static struct io_uring_sqe *peer_submit(struct loop *loop, struct peer *peer,
                                        enum operation operation)
{
    peer->in_flight++;
    return ring_sqe(&loop->ring, tag(peer, operation));
}

static void peer_cancel(struct loop *loop, struct peer *peer, enum operation operation)
{
    io_uring_prep_cancel64(peer_submit(loop, peer, CANCEL), tag(peer, operation), 0);
}

/* The wait has ended, or with its peer. */
static void peer_unwait(struct loop *loop, struct peer *peer)
{
    if (peer->is_polling && !peer->is_stale) {
        peer->is_stale = true;
        peer_cancel(loop, peer, AWAIT);
    }
    client_waited(&loop->clients, &peer->client);
}

/* Frees a closing peer once the kernel holds nothing of it. */
static void peer_finish(struct loop *loop, struct peer *peer)
{
    if (peer->in_flight > 0)
        return;
    close(peer->client.fd);
    blocks_give(&loop->blocks, peer->block);
    client_end(&loop->clients, &peer->client);
}

static void peer_begin_close(struct loop *loop, struct peer *peer)
{
    peer_unwait(loop, peer);
    client_stop(&loop->clients, &peer->client);
    peer->is_closing = true;
}

/* An armed receive holds the file, so close(2) alone would send no FIN: shutdown ends the receive.
 */
static void peer_close(struct loop *loop, struct peer *peer)
{
    peer_begin_close(loop, peer);
    if (peer->in_flight > 0)
        shutdown(peer->client.fd, SHUT_RDWR);
    peer_finish(loop, peer);
}

/* A shutdown would send FIN before the reset. */
static void peer_reset(struct loop *loop, struct peer *peer)
{
    if (peer->is_closing)
        return;
    peer_begin_close(loop, peer);
    client_abort(&peer->client);
    if (peer->in_flight > 0)
        io_uring_prep_cancel_fd(peer_submit(loop, peer, CANCEL), peer->client.fd,
                                IORING_ASYNC_CANCEL_ALL);
    peer_finish(loop, peer);
}

static void peer_receive(struct loop *loop, struct peer *peer)
{
    if (peer->is_receiving || peer->is_finished)
        return;
    peer->is_receiving = true;
    peer->in_flight++;
    ring_receive(&loop->ring, peer->client.fd, tag(peer, RECEIVE));
}

static void peer_open(struct loop *loop, int fd)
{
    struct peer *peer = (struct peer *)client_new(&loop->clients, fd);

    if (peer)
        peer_receive(loop, peer);
}

/* Without MSG_WAITALL, so that a slow reader's progress shows, to the write time-out, too. */
static inline void peer_send(struct loop *loop, struct peer *peer)
{
    struct slice bytes = peer->block->sending;

    if (bytes.len > uring_settings.send_bytes)
        bytes.len = uring_settings.send_bytes;
    io_uring_prep_send(peer_submit(loop, peer, SEND), peer->client.fd, bytes.ptr, bytes.len,
                       MSG_NOSIGNAL);
}

/* A poll that was cancelled must have ended before there is another. */
static void peer_poll(struct loop *loop, struct peer *peer)
{
    const struct app_wait *wait = conn_wait(&peer->client.conn);

    if (wait->fd < 0 || peer->is_polling)
        return;
    peer->is_polling = true;
    io_uring_prep_poll_add(peer_submit(loop, peer, AWAIT), wait->fd, (unsigned short)wait->events);
}

static void peer_wait(struct loop *loop, struct peer *peer)
{
    if (client_wait(&loop->clients, &peer->client) < 0)
        peer->client.wish = CONN_RESET;
    else
        peer_poll(loop, peer);
}

/* What reading and writing do not need: a wait, or an end. */
static void peer_turn_aside(struct loop *loop, struct peer *peer)
{
    struct client *client = &peer->client;

    if ((client->wish & CONN_WAIT) && !client->is_waiting)
        peer_wait(loop, peer);
    if (client->wish & CONN_RESET)
        peer_reset(loop, peer);
    else if (client->wish & CONN_CLOSE)
        peer_close(loop, peer);
    else if (client->wish & CONN_LINGER)
        client_shut(client);
}

/* Carries out a wish; what is in the block goes on its way, and with it the block. */
static inline void peer_follow(struct loop *loop, struct peer *peer, unsigned wish,
                               struct block *block)
{
    struct client *client = &peer->client;

    client->wish = wish;
    if (block && (block->sending = block_filling(block)).len > 0) {
        peer->block = block;
        peer_send(loop, peer);
    } else {
        blocks_give(&loop->blocks, block);
    }
    if (wish & ~(unsigned)(CONN_READ | CONN_WRITE))
        peer_turn_aside(loop, peer);
    if (peer->is_closing)
        return;
    if (wish & CONN_READ)
        peer_receive(loop, peer);
    client_touch(&loop->clients, client);
}

/* A block to lend; without one the peer is lost. */
static struct block *peer_block(struct loop *loop, struct peer *peer)
{
    struct block *block = blocks_take(&loop->blocks);

    if (!block)
        peer_reset(loop, peer);
    return block;
}

/* A completion of the multishot receive. */
static void peer_received(struct loop *loop, struct peer *peer, const struct io_uring_cqe *cqe)
{
    struct slice in = ring_received(&loop->ring, cqe);
    bool is_wanted = peer->client.wish & CONN_READ;
    struct block *block;

    if (!(cqe->flags & IORING_CQE_F_MORE))
        peer->is_receiving = false;
    if (cqe->res < 0) {
        if (cqe->res != -ENOBUFS && cqe->res != -ECANCELED)
            peer_close(loop, peer);
        else if (is_wanted) /* all buffers are back when this is submitted */
            peer_receive(loop, peer);
        return;
    }
    block = peer_block(loop, peer);
    if (!block)
        return;
    peer->is_finished = cqe->res == 0;
    peer_follow(loop, peer, conn_input(&peer->client.conn, in, loop->clients.now_ms, &block->out),
                block);
    /* The core holds what comes unasked, up to a bound: stop it. */
    if (!is_wanted && peer->is_receiving && !peer->is_cancelling && !peer->is_closing) {
        peer->is_cancelling = true;
        peer_cancel(loop, peer, RECEIVE);
    }
}

/* A completion of the send. */
static void peer_sent(struct loop *loop, struct peer *peer, int result)
{
    struct block *block = peer->block;

    if (result <= 0) {
        peer_close(loop, peer);
    } else if ((size_t)result < block->sending.len) {
        block->sending.ptr += result;
        block->sending.len -= (size_t)result;
        conn_wrote(&peer->client.conn, (size_t)result, loop->clients.now_ms);
        client_touch(&loop->clients, &peer->client);
        peer_send(loop, peer);
    } else {
        peer->block = NULL;
        peer_follow(loop, peer, conn_more(&peer->client.conn, loop->clients.now_ms, &block->out),
                    block);
    }
}

/* The wait is over: by its fd's revents, or 0 by its time. */
static void peer_resume(struct loop *loop, struct peer *peer, short revents)
{
    struct block *block = peer_block(loop, peer);

    if (!block)
        return;
    peer_unwait(loop, peer);
    peer_follow(loop, peer,
                conn_event(&peer->client.conn, revents, loop->clients.now_ms, &block->out), block);
}

/* A completion of the poll. */
static void peer_awaited(struct loop *loop, struct peer *peer, int result)
{
    bool is_stale = peer->is_stale;

    peer->is_polling = peer->is_stale = false;
    if (peer->client.is_waiting && is_stale)
        peer_poll(loop, peer);
    else if (peer->client.is_waiting && result > 0)
        peer_resume(loop, peer, (short)result);
}

static void peer_expire(struct loop *loop, struct peer *peer)
{
    struct block *block = peer->is_closing ? NULL : peer_block(loop, peer);

    if (block)
        peer_follow(loop, peer, conn_expire(&peer->client.conn, loop->clients.now_ms, &block->out),
                    block);
}

static void peer_event(struct loop *loop, struct peer *peer, const struct io_uring_cqe *cqe)
{
    enum operation operation = cqe->user_data & OPERATION_MASK;

    if (!(cqe->flags & IORING_CQE_F_MORE))
        peer->in_flight--;
    if (peer->is_closing)
        peer_finish(loop, peer);
    else if (operation == RECEIVE)
        peer_received(loop, peer, cqe);
    else if (operation == SEND)
        peer_sent(loop, peer, cqe->res);
    else if (operation == AWAIT)
        peer_awaited(loop, peer, cqe->res);
    else
        peer->is_cancelling = false;
    ring_give_back(&loop->ring, cqe);
}

/* ---- the loop ---- */

/* Returns false once nothing is queued. */
static bool loop_accept(struct loop *loop)
{
    for (int i = 0; i < SERVER_ACCEPTS_PER_TURN; i++) {
        int fd = gate_accept(loop->worker->gate, loop->worker->listener_fd, SOCK_CLOEXEC,
                             loop->clients.now_ms);

        if (fd < 0)
            return fd != -EAGAIN;
        peer_open(loop, fd);
    }
    return true;
}

static void loop_accepted(struct loop *loop, const struct io_uring_cqe *cqe)
{
    int fd = acceptor_completed(&loop->acceptor, cqe, loop->clients.now_ms);

    if (fd >= 0)
        peer_open(loop, fd);
    else if (fd == -EAGAIN)
        loop_accept(loop);
}

static void loop_expire(struct loop *loop)
{
    struct client *client;

    while ((client = clients_due(&loop->clients)))
        peer_expire(loop, (struct peer *)client);
    while ((client = clients_wait_due(&loop->clients)))
        peer_resume(loop, (struct peer *)client, 0);
}

static void loop_drain(struct loop *loop)
{
    struct worker *worker = loop->worker;
    struct client *client = NULL;

    /* A listener's queue is reset with it: close it empty; and an armed accept would hold it. */
    if (worker->listener_fd >= 0 && !acceptor_follow(&loop->acceptor, loop->clients.now_ms) &&
        (!loop_accept(loop) || loop->clients.now_ms >= worker->server->drain_accept_until_ms)) {
        close(worker->listener_fd);
        worker->listener_fd = -1;
    }
    if (loop->clients.now_ms >= worker->server->drain_deadline_ms)
        while ((client = clients_next(&loop->clients, client)))
            peer_reset(loop, (struct peer *)client);
}

static void loop_watch_wake(struct loop *loop)
{
    io_uring_prep_poll_multishot(ring_sqe(&loop->ring, WAKE), loop->worker->wake_fd, POLLIN);
}

static void loop_woken(struct loop *loop, const struct io_uring_cqe *cqe)
{
    eventfd_read(loop->worker->wake_fd, &(eventfd_t){0});
    if (!(cqe->flags & IORING_CQE_F_MORE))
        loop_watch_wake(loop);
}

static void loop_event(struct loop *loop, const struct io_uring_cqe *cqe)
{
    struct peer *peer = (struct peer *)(uintptr_t)(cqe->user_data & ~(uint64_t)OPERATION_MASK);

    if (peer)
        peer_event(loop, peer, cqe);
    else if (cqe->user_data == ACCEPT)
        loop_accepted(loop, cqe);
    else if (cqe->user_data == WAKE)
        loop_woken(loop, cqe);
}

static int loop_timeout_ms(const struct loop *loop)
{
    int timeout_ms = clients_timeout_ms(&loop->clients);
    int trim_ms = blocks_timeout_ms(&loop->blocks);

    return trim_ms >= 0 && (timeout_ms < 0 || trim_ms < timeout_ms) ? trim_ms : timeout_ms;
}

/* One turn: whatever has completed, then timers. */
static int loop_turn(struct loop *loop)
{
    int error = ring_turn(&loop->ring, loop_timeout_ms(loop));
    struct io_uring_cqe *cqe;
    unsigned head, count = 0;

    if (error)
        return error;
    clients_tick(&loop->clients);
    blocks_trim(&loop->blocks, loop->clients.now_ms);
    io_uring_for_each_cqe(&loop->ring.uring, head, cqe)
    {
        loop_event(loop, cqe);
        count++;
    }
    io_uring_cq_advance(&loop->ring.uring, count);
    loop_expire(loop);
    if (loop->clients.is_draining)
        loop_drain(loop);
    else
        acceptor_follow(&loop->acceptor, loop->clients.now_ms);
    clients_reap(&loop->clients);
    return 0;
}

/* ---- the model ---- */

static int start(struct worker *worker)
{
    struct loop *loop = calloc(1, sizeof *loop);
    int error;

    if (!loop)
        return -ENOMEM;
    worker->state = loop;
    loop->worker = worker;
    loop->acceptor = (struct acceptor){&loop->ring, worker, ACCEPT, CANCEL, .armed = 0};
    clients_init(&loop->clients, worker, "backbench-uring", sizeof(struct peer));
    error = ring_open(&loop->ring, &uring_settings.ring);
    if (error)
        return error;
    loop_watch_wake(loop);
    acceptor_follow(&loop->acceptor, loop->clients.now_ms);
    return 0;
}

static int run(struct worker *worker)
{
    struct loop *loop = worker->state;
    struct client *client;
    int error = 0;

    while (!error && !clients_are_drained(&loop->clients))
        error = loop_turn(loop);
    ring_close(&loop->ring);
    while ((client = clients_next(&loop->clients, NULL))) {
        ((struct peer *)client)->in_flight = 0; /* the ring is closed */
        peer_finish(loop, (struct peer *)client);
    }
    blocks_release(&loop->blocks);
    clients_release(&loop->clients);
    free(loop);
    return error;
}

int main(int argc, char **argv)
{
    const struct server_library libraries[] = {{"liburing", ring_library_version}, {0}};
    static const char *const differs[] = {
        "receives in buffers of 4 KiB, where epoll reads 64 KiB at a time", NULL};
    const struct model model = {
        .name = "uring",
        .model = "uring",
        .variant = "default",
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
