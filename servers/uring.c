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
 * Differs: nothing.
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

/* What a completion is about: the lowest bits of its user_data. Above them come 29 bits of slab
 * index and 32 of generation, so that a completion that outlived its peer finds nobody. */
enum operation { RECEIVE, SEND, AWAIT, CANCEL, ACCEPT, WAKE };

enum { OPERATION_BITS = 3, OPERATION_MASK = (1 << OPERATION_BITS) - 1 };

static unsigned ring_buffers = 256, ring_buffer_bytes = 4096, cq_entries = 4096,
                send_bytes = 256 * 1024;

static const struct option_number options[] = {
    {"ring-buffers", "receive buffers, a power of two", &ring_buffers, 1, 32768},
    {"ring-buffer-bytes", "of each", &ring_buffer_bytes, 1, 65536},
    {"cq-entries", "of the completion queue", &cq_entries, 2, 65536},
    {"send-bytes", "at most in one submission", &send_bytes, 1, 1024 * 1024},
    {0},
};

struct peer {
    struct client client;
    uint32_t generation;
    uint32_t await_generation; /* of the poll on what it waits for */
    uint32_t in_flight; /* operations that will still complete; its memory and fd stay until then */
    bool is_receiving, is_cancelling;
    bool is_closing, is_finished; /* finished: FIN has come */
    struct block *block;          /* of the send in flight, unless it goes by reference */
    struct slice sending;         /* what of it is not in the socket yet */
};

static_assert(sizeof(struct peer) < 512, "what an idle connection may cost");

struct loop {
    struct worker *worker;
    struct clients clients;
    struct ring ring;
    struct acceptor acceptor;
    struct blocks blocks;
    uint32_t generation; /* the last one given; 0 marks completions of the loop's own */
};

/* ---- a peer ---- */

static uint64_t tag(enum operation operation, uint32_t index, uint32_t generation)
{
    return (uint64_t)generation << 32 | (uint64_t)index << OPERATION_BITS | operation;
}

static struct io_uring_sqe *peer_submit(struct loop *loop, struct peer *peer,
                                        enum operation operation, uint32_t generation)
{
    peer->in_flight++;
    return ring_sqe(&loop->ring, tag(operation, peer->client.index, generation));
}

static void peer_cancel(struct loop *loop, struct peer *peer, enum operation operation,
                        uint32_t generation)
{
    struct io_uring_sqe *sqe = peer_submit(loop, peer, CANCEL, peer->generation);

    io_uring_prep_cancel64(sqe, tag(operation, peer->client.index, generation), 0);
}

/* The wait has ended, or with its peer. */
static void peer_unwait(struct loop *loop, struct peer *peer)
{
    const struct app_wait *wait = conn_wait(&peer->client.conn);

    if (peer->client.is_waiting && wait && wait->fd >= 0)
        peer_cancel(loop, peer, AWAIT, peer->await_generation);
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
    setsockopt(peer->client.fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
               sizeof(struct linger));
    if (peer->in_flight > 0)
        io_uring_prep_cancel_fd(peer_submit(loop, peer, CANCEL, peer->generation), peer->client.fd,
                                IORING_ASYNC_CANCEL_ALL);
    peer_finish(loop, peer);
}

static void peer_receive(struct loop *loop, struct peer *peer)
{
    if (peer->is_receiving || peer->is_finished)
        return;
    peer->is_receiving = true;
    peer->in_flight++;
    ring_receive(&loop->ring, peer->client.fd, tag(RECEIVE, peer->client.index, peer->generation));
}

static void peer_open(struct loop *loop, int fd)
{
    struct peer *peer = (struct peer *)client_new(&loop->clients, fd);

    if (!peer)
        return;
    peer->generation = ++loop->generation;
    peer_receive(loop, peer);
}

/* Without MSG_WAITALL, so that a slow reader's progress shows, to the write time-out, too. */
static void peer_send(struct loop *loop, struct peer *peer)
{
    struct io_uring_sqe *sqe = peer_submit(loop, peer, SEND, peer->generation);
    size_t len = peer->sending.len < send_bytes ? peer->sending.len : send_bytes;

    io_uring_prep_send(sqe, peer->client.fd, peer->sending.ptr, len, MSG_NOSIGNAL);
}

static void peer_wait(struct loop *loop, struct peer *peer)
{
    const struct app_wait *wait = conn_wait(&peer->client.conn);

    if (client_wait(&loop->clients, &peer->client) < 0) {
        peer->client.wish = CONN_RESET;
    } else if (wait->fd >= 0) {
        peer->await_generation = ++loop->generation;
        io_uring_prep_poll_add(peer_submit(loop, peer, AWAIT, peer->await_generation), wait->fd,
                               (unsigned short)wait->events);
    }
}

/* Carries out a wish; what is in out goes on its way, and with it the block it is in. */
static void peer_follow(struct loop *loop, struct peer *peer, unsigned wish, struct conn_out *out,
                        struct block *block)
{
    struct client *client = &peer->client;

    client->wish = wish;
    if (out->len || out->ref.len) {
        peer->sending = out->len ? (struct slice){out->base, out->len} : out->ref;
        peer->block = block;
        peer_send(loop, peer);
    } else {
        blocks_give(&loop->blocks, block);
    }
    if ((wish & CONN_WAIT) && !client->is_waiting)
        peer_wait(loop, peer);
    if (client->wish & CONN_RESET) {
        peer_reset(loop, peer);
    } else if (client->wish & CONN_CLOSE) {
        peer_close(loop, peer);
    } else {
        if ((wish & CONN_LINGER) && !client->is_shut)
            client->is_shut = shutdown(client->fd, SHUT_WR) == 0;
        if (wish & CONN_READ)
            peer_receive(loop, peer);
        client_touch(&loop->clients, client);
    }
}

/* A completion of the multishot receive. */
static void peer_received(struct loop *loop, struct peer *peer, const struct io_uring_cqe *cqe)
{
    struct slice in = ring_received(&loop->ring, cqe);
    bool is_wanted = peer->client.wish & CONN_READ;
    struct block *block;
    struct conn_out out;

    if (!(cqe->flags & IORING_CQE_F_MORE))
        peer->is_receiving = false;
    if (cqe->res == -ENOBUFS || cqe->res == -ECANCELED) {
        /* All buffers are back by the end of the turn, when this is submitted. */
        if (is_wanted)
            peer_receive(loop, peer);
        return;
    }
    block = cqe->res < 0 ? NULL : blocks_take(&loop->blocks);
    if (!block) {
        peer_close(loop, peer);
        return;
    }
    peer->is_finished = cqe->res == 0;
    out = block_lend(block);
    peer_follow(loop, peer, conn_input(&peer->client.conn, in, loop->clients.now_ms, &out), &out,
                block);
    /* The core holds what comes unasked, up to a bound: stop it. */
    if (!is_wanted && peer->is_receiving && !peer->is_cancelling && !peer->is_closing) {
        peer->is_cancelling = true;
        peer_cancel(loop, peer, RECEIVE, peer->generation);
    }
}

/* A completion of the send. */
static void peer_sent(struct loop *loop, struct peer *peer, int result)
{
    struct block *block = peer->block;
    struct conn_out out;

    if (result <= 0) {
        peer_close(loop, peer);
        return;
    }
    conn_wrote(&peer->client.conn, (size_t)result, loop->clients.now_ms);
    peer->sending.ptr += result;
    peer->sending.len -= (size_t)result;
    if (peer->sending.len > 0) {
        client_touch(&loop->clients, &peer->client);
        peer_send(loop, peer);
        return;
    }
    peer->block = NULL;
    if (!block)
        block = blocks_take(&loop->blocks);
    if (!block) {
        peer_reset(loop, peer);
        return;
    }
    out = block_lend(block);
    peer_follow(loop, peer, conn_more(&peer->client.conn, loop->clients.now_ms, &out), &out, block);
}

/* The wait is over: by its fd's revents, or 0 by its time. */
static void peer_resume(struct loop *loop, struct peer *peer, short revents)
{
    struct block *block = blocks_take(&loop->blocks);
    struct conn_out out;

    if (!block) {
        peer_reset(loop, peer);
        return;
    }
    if (revents)
        client_waited(&loop->clients, &peer->client);
    else
        peer_unwait(loop, peer);
    out = block_lend(block);
    peer_follow(loop, peer, conn_event(&peer->client.conn, revents, loop->clients.now_ms, &out),
                &out, block);
}

static void peer_expire(struct loop *loop, struct peer *peer)
{
    struct block *block;
    struct conn_out out;

    if (peer->is_closing)
        return;
    block = blocks_take(&loop->blocks);
    if (!block) {
        peer_reset(loop, peer);
        return;
    }
    out = block_lend(block);
    peer_follow(loop, peer, conn_expire(&peer->client.conn, loop->clients.now_ms, &out), &out,
                block);
}

static void peer_drain(struct loop *loop, struct peer *peer)
{
    struct conn_out nothing = {0};

    if (!peer->is_closing)
        peer_follow(loop, peer, conn_drain(&peer->client.conn, loop->clients.now_ms), &nothing,
                    NULL);
}

/* The ring is closed, so nothing is in flight. */
static void peer_abandon(struct loop *loop, struct peer *peer)
{
    peer->in_flight = 0;
    peer_finish(loop, peer);
}

static void peer_event(struct loop *loop, struct peer *peer, const struct io_uring_cqe *cqe)
{
    enum operation operation = cqe->user_data & OPERATION_MASK;
    uint32_t generation = cqe->user_data >> 32;

    if (!(cqe->flags & IORING_CQE_F_MORE))
        peer->in_flight--;
    if (peer->is_closing)
        peer_finish(loop, peer);
    else if (operation == RECEIVE)
        peer_received(loop, peer, cqe);
    else if (operation == SEND)
        peer_sent(loop, peer, cqe->res);
    else if (operation == CANCEL)
        peer->is_cancelling = false;
    else if (generation == peer->await_generation && peer->client.is_waiting && cqe->res > 0)
        peer_resume(loop, peer, (short)cqe->res);
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

static void loop_visit(struct loop *loop, void (*visit)(struct loop *, struct peer *))
{
    struct client *client;

    for (uint32_t i = 0; (client = clients_from(&loop->clients, &i)); i++)
        visit(loop, (struct peer *)client);
}

static void loop_drain(struct loop *loop)
{
    struct worker *worker = loop->worker;

    if (!loop->clients.is_draining)
        loop_visit(loop, peer_drain);
    loop->clients.is_draining = true;
    /* A listener's queue is reset with it: close it empty; and an armed accept would hold it. */
    if (worker->listener_fd >= 0 && !acceptor_follow(&loop->acceptor, loop->clients.now_ms) &&
        (!loop_accept(loop) || loop->clients.now_ms >= worker->server->drain_accept_until_ms)) {
        close(worker->listener_fd);
        worker->listener_fd = -1;
    }
    if (loop->clients.now_ms >= worker->server->drain_deadline_ms)
        loop_visit(loop, peer_reset);
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
    enum operation operation = cqe->user_data & OPERATION_MASK;
    uint32_t index = (uint32_t)cqe->user_data >> OPERATION_BITS;
    struct peer *peer;

    if (operation == ACCEPT) {
        loop_accepted(loop, cqe);
    } else if (operation == WAKE) {
        loop_woken(loop, cqe);
    } else {
        peer = slab_at(&loop->clients.slab, index);
        if (peer && peer->in_flight > 0 &&
            (operation == AWAIT || peer->generation == cqe->user_data >> 32))
            peer_event(loop, peer, cqe);
        ring_give_back(&loop->ring, cqe);
    }
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
    if (server_is_draining(loop->worker->server))
        loop_drain(loop);
    else
        acceptor_follow(&loop->acceptor, loop->clients.now_ms);
    clients_reap(&loop->clients);
    return 0;
}

/* ---- the model ---- */

static int start(struct worker *worker)
{
    const struct ring_sizes sizes = {cq_entries, ring_buffers, ring_buffer_bytes};
    struct loop *loop = calloc(1, sizeof *loop);
    int error;

    if (!loop)
        return -ENOMEM;
    worker->state = loop;
    loop->worker = worker;
    loop->acceptor = (struct acceptor){&loop->ring, worker, ACCEPT, CANCEL, .armed = 0};
    clients_init(&loop->clients, worker, "backbench-uring", sizeof(struct peer));
    error = ring_open(&loop->ring, &sizes);
    if (error)
        return error;
    loop_watch_wake(loop);
    acceptor_follow(&loop->acceptor, loop->clients.now_ms);
    return 0;
}

static int run(struct worker *worker)
{
    struct loop *loop = worker->state;
    int error = 0;

    while (!error && !clients_are_drained(&loop->clients))
        error = loop_turn(loop);
    ring_close(&loop->ring);
    loop_visit(loop, peer_abandon);
    blocks_release(&loop->blocks);
    clients_release(&loop->clients);
    free(loop);
    return error;
}

int main(int argc, char **argv)
{
    const struct server_library libraries[] = {{"liburing", ring_library_version}, {0}};
    const struct model model = {
        .name = "uring",
        .model = "uring",
        .variant = "default",
        .summary = "event loops on io_uring, completions instead of readiness",
        .workers_meaning = "event loops, each with a ring",
        .routes = app_routes(),
        .libraries = libraries,
        .options = options,
        .probe = ring_probe,
        .start = start,
        .run = run,
    };

    return server_main(&model, argc, argv);
}
