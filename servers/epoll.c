/*
 * An event loop on epoll: each worker waits for many sockets and serves those that are ready.
 *
 * Path:    epoll_wait, then for each ready peer recv, the shared core, send; one loop per worker,
 *          each with its own listener on the common port. Sockets are registered once,
 *          edge-triggered: what an edge has told is remembered in the peer.
 * Costs:   two system calls per request at saturation, and a share of epoll_wait; 384 bytes of
 *          user memory per idle connection: the buffers belong to the loop, not to the peer.
 * Limits:  a handler that took long would stop its whole loop: handlers wait through CONN_WAIT.
 * Differs: nothing.
 * Read:    peer_serve, then loop_turn; uring.c has the same functions in the same order.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "core/clients.h"
#include "core/transfer.h"

enum {
    EVENTS_PER_TURN = 256,
    IN_BYTES = 64 * 1024,
    TURN_BYTES = 256 * 1024, /* read and written for one peer before the others get their turn */
    PEER_EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP,
    WAIT_TAG = 1, /* marks a peer's pointer in epoll_data: what it waits for, not its socket */
};

struct peer {
    struct client client;
    uint8_t ready;   /* CONN_READ, CONN_WRITE: what the edges have told to be possible */
    bool has_hangup; /* RDHUP, HUP or ERR was among them: a short read is not the end */
};

static_assert(sizeof(struct peer) < 512, "what an idle connection may cost");

struct loop {
    struct clients clients;
    struct conn_out out; /* of out_bytes: lent to the core for each call, sent before the next */
    size_t turn_bytes;   /* of the peer being served */
    int epoll_fd;
    bool is_listening, has_newcomers;
    char in[IN_BYTES], out_bytes[CONN_OUT_BYTES];
};

/* ---- a peer ---- */

/* The wait has ended, or with its peer. */
static void peer_unwait(struct loop *loop, struct peer *peer)
{
    const struct app_wait *wait = conn_wait(&peer->client.conn);

    if (wait && wait->fd >= 0)
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, wait->fd, NULL);
    client_waited(&loop->clients, &peer->client);
}

static void peer_close(struct loop *loop, struct peer *peer)
{
    peer_unwait(loop, peer);
    close(peer->client.fd);
    client_end(&loop->clients, &peer->client);
}

/* Registers the socket; with EPOLL_CTL_MOD again, whereupon epoll reports once more what is ready.
 */
static int peer_register(struct loop *loop, struct peer *peer, int operation)
{
    struct epoll_event event = {PEER_EVENTS | EPOLLET, {.ptr = peer}};

    return epoll_ctl(loop->epoll_fd, operation, peer->client.fd, &event);
}

static void peer_open(struct loop *loop, int fd)
{
    struct peer *peer = (struct peer *)client_new(&loop->clients, fd);

    if (!peer)
        return;
    peer->ready = CONN_WRITE;
    if (peer_register(loop, peer, EPOLL_CTL_ADD) < 0)
        peer_close(loop, peer);
}

/* Sends the kept tail, or what is in out. Returns whether all of it is in the socket. */
static bool peer_send(struct loop *loop, struct peer *peer)
{
    struct client *client = &peer->client;
    ssize_t sent =
        transfer_send(&client->conn, client->fd, &loop->out, loop->clients.now_ms, &client->wish);

    if (sent < 0 || conn_tail(&client->conn).len > 0) {
        peer->ready &= ~CONN_WRITE;
        return false;
    }
    loop->turn_bytes += (size_t)sent;
    return true;
}

/* Reports the fd that a handler waits for, once. */
static int peer_watch(struct loop *loop, struct peer *peer)
{
    const struct app_wait *wait = conn_wait(&peer->client.conn);
    struct epoll_event event = {(uint32_t)wait->events | EPOLLONESHOT,
                                {.ptr = (char *)peer + WAIT_TAG}};

    return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, wait->fd, &event);
}

/* Carries out a wish and those that follow from it, until input, a wait or room in the socket is
 * needed, or the peer has had its turn. */
static void peer_follow(struct loop *loop, struct peer *peer, unsigned wish)
{
    struct client *client = &peer->client;

    client->wish = wish;
    while ((client->wish & CONN_WRITE) && peer_send(loop, peer) && loop->turn_bytes < TURN_BYTES)
        client->wish = conn_more(&client->conn, loop->clients.now_ms, &loop->out);
    if (client->wish & ~(unsigned)(CONN_READ | CONN_WRITE)) /* a wait, or an end */
        client_aside(&loop->clients, client);
    client_touch(&loop->clients, client);
}

static void peer_read(struct loop *loop, struct peer *peer)
{
    struct client *client = &peer->client;
    ssize_t n = recv(client->fd, loop->in, sizeof loop->in, 0);
    struct slice in = {loop->in, n > 0 ? (size_t)n : 0};

    if (n < 0) {
        if (errno == EINTR) /* and still ready */
            return;
        peer->ready &= ~CONN_READ;
        if (errno != EAGAIN)
            peer_close(loop, peer);
        return;
    }
    /* epoll(7) question 9: a short read has emptied the socket, and a new edge will tell of more;
     * but a FIN that came with the data came in the same event. */
    if (n == 0 || (in.len < sizeof loop->in && !peer->has_hangup))
        peer->ready &= ~CONN_READ;
    loop->turn_bytes += in.len;
    peer_follow(loop, peer, conn_input(&client->conn, in, loop->clients.now_ms, &loop->out));
}

/* Reads and writes until there is nothing to do; a peer that has had its turn is reported again. */
static void peer_serve(struct loop *loop, struct peer *peer)
{
    struct client *client = &peer->client;
    unsigned possible;

    loop->turn_bytes = 0;
    while ((possible = client->wish & peer->ready) && loop->turn_bytes < TURN_BYTES)
        if (possible & CONN_WRITE)
            peer_follow(loop, peer, client->wish);
        else
            peer_read(loop, peer);
    if (possible)
        peer_register(loop, peer, EPOLL_CTL_MOD);
}

static void peer_event(struct loop *loop, struct peer *peer, uint32_t events)
{
    bool is_gone = events & (EPOLLHUP | EPOLLERR); /* in both directions, not half-closed */

    if (is_gone || (events & EPOLLRDHUP)) {
        peer->has_hangup = true;
        events |= EPOLLIN;
    }
    peer->ready |= (events & EPOLLIN ? CONN_READ : 0) | (events & EPOLLOUT ? CONN_WRITE : 0);
    if (!is_gone || (peer->client.wish & CONN_READ))
        peer_serve(loop, peer);
    else if (!peer->client.is_ended) /* and no read would find out */
        peer_close(loop, peer);
}

/* The wait is over: by its fd's revents, or 0 by its time. */
static void peer_resume(struct loop *loop, struct peer *peer, short revents)
{
    struct client *client = &peer->client;

    if (client->is_ended || !client->is_waiting)
        return;
    peer_unwait(loop, peer);
    loop->turn_bytes = 0;
    peer_follow(loop, peer, conn_event(&client->conn, revents, loop->clients.now_ms, &loop->out));
    peer_serve(loop, peer);
}

static void peer_expire(struct loop *loop, struct peer *peer)
{
    unsigned wish = conn_expire(&peer->client.conn, loop->clients.now_ms, &loop->out);

    loop->turn_bytes = 0;
    if (wish & peer->client.wish & CONN_WRITE) /* not yet, and no edge has told of room */
        client_touch(&loop->clients, &peer->client);
    else
        peer_follow(loop, peer, wish);
}

/* ---- the loop ---- */

static void loop_event(struct loop *loop, const struct epoll_event *event)
{
    char *pointer = event->data.ptr;

    if (pointer == (char *)&loop->clients.worker->listener_fd)
        loop->has_newcomers = true; /* after those who are here */
    else if (pointer == (char *)loop->clients.worker)
        eventfd_read(loop->clients.worker->wake_fd, &(eventfd_t){0});
    else if ((uintptr_t)pointer & WAIT_TAG)
        peer_resume(loop, (struct peer *)(pointer - WAIT_TAG), (short)event->events);
    else
        peer_event(loop, (struct peer *)pointer, event->events);
}

/* One turn: those who are here, newcomers, timers. */
static int loop_turn(struct loop *loop)
{
    struct epoll_event events[EVENTS_PER_TURN];
    int timeout_ms = clients_timeout_ms(&loop->clients);
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, timeout_ms);

    if (count < 0 && errno != EINTR)
        return -errno;
    clients_tick(&loop->clients);
    loop->has_newcomers = false;
    for (int i = 0; i < count; i++)
        loop_event(loop, &events[i]);
    if (loop->has_newcomers)
        clients_accept(&loop->clients);
    clients_expire(&loop->clients);
    clients_leave_port(&loop->clients);
    loop->is_listening = worker_listen(loop->clients.worker, loop->epoll_fd, loop->is_listening,
                                       loop->clients.now_ms);
    clients_reap(&loop->clients);
    return 0;
}

/* ---- the model ---- */

static int start(struct worker *worker)
{
    static const struct clients_hooks hooks = {
        peer_open, peer_watch, peer_resume, peer_expire, peer_close, SOCK_NONBLOCK | SOCK_CLOEXEC};
    struct epoll_event event = {EPOLLIN, {.ptr = worker}};
    struct loop *loop = worker->state = calloc(1, sizeof *loop);

    if (!loop)
        return -ENOMEM;
    loop->out = (struct conn_out){.base = loop->out_bytes, .cap = sizeof loop->out_bytes};
    clients_init(&loop->clients, worker, loop, &hooks, sizeof(struct peer));
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, worker->wake_fd, &event) < 0)
        return -errno;
    loop->is_listening = worker_listen(worker, loop->epoll_fd, false, loop->clients.now_ms);
    return 0;
}

static int run(struct worker *worker)
{
    struct loop *loop = worker->state;
    int error;

    while (!clients_are_drained(&loop->clients))
        if ((error = loop_turn(loop)) < 0)
            return error; /* and the process ends */
    close(loop->epoll_fd);
    clients_release(&loop->clients);
    free(loop);
    return 0;
}

int main(int argc, char **argv)
{
    const struct model model = {
        .name = "epoll",
        .summary = "event loops on edge-triggered epoll",
        .workers_meaning = "event loops",
        .routes = app_routes(),
        .start = start,
        .run = run,
    };

    return server_main(&model, argc, argv);
}
