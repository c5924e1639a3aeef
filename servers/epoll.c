/*
 * An event loop on epoll: each worker waits for many sockets and serves those that are ready.
 *
 * Path:    epoll_wait, then for each ready peer recv, the shared core, send; one loop per worker,
 *          each with its own listener on the common port. Sockets are registered once,
 *          edge-triggered: what an edge has told is remembered in the peer.
 * Costs:   two system calls per request at saturation, and a share of epoll_wait; about 300 bytes
 *          of user memory per idle connection: the buffers belong to the loop, not to the peer.
 * Limits:  a handler that took long would stop its whole loop: handlers wait through CONN_WAIT.
 * Differs: nothing.
 * Read:    peer_serve, then loop_turn; beside uring.c and thread.c, which have the same functions
 *          in the same order.
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

enum {
    EVENTS_PER_TURN = 256,
    IN_BYTES = 64 * 1024,
    TURN_BYTES = 256 * 1024, /* read and written for one peer before the others get their turn */
    PEER_EVENTS = EPOLLIN | EPOLLOUT | EPOLLRDHUP,
    WAIT_TAG = 1, /* marks a peer's pointer in epoll_data: what it waits for, not its socket */
};

struct peer {
    struct client client;
    bool is_readable, is_writable; /* as far as the edges have told */
    bool has_hangup; /* RDHUP, HUP or ERR was among them: a short read is not the end */
};

static_assert(sizeof(struct peer) < 512, "what an idle connection may cost");

struct loop {
    struct worker *worker;
    struct clients clients;
    size_t turn_bytes; /* of the peer being served */
    int epoll_fd;
    bool is_listening;
    char in[IN_BYTES], out[CONN_OUT_BYTES];
};

/* ---- a peer ---- */

/* The one buffer for answers, lent for a call of the core. */
static struct conn_out lend(struct loop *loop)
{
    return (struct conn_out){.base = loop->out, .cap = sizeof loop->out};
}

static void peer_close(struct loop *loop, struct peer *peer)
{
    const struct app_wait *wait = peer->client.is_waiting ? conn_wait(&peer->client.conn) : NULL;

    if (wait && wait->fd >= 0)
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, wait->fd, NULL);
    close(peer->client.fd);
    client_end(&loop->clients, &peer->client);
}

static void peer_reset(struct loop *loop, struct peer *peer)
{
    client_abort(&peer->client);
    peer_close(loop, peer);
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
    peer->is_writable = true;
    if (peer_register(loop, peer, EPOLL_CTL_ADD) < 0)
        peer_close(loop, peer);
}

/* Sends the kept tail, or what is in out. Returns whether all of it is in the socket. */
static bool peer_send(struct loop *loop, struct peer *peer, struct conn_out *out)
{
    struct client *client = &peer->client;
    struct slice tail = conn_tail(&client->conn);
    struct slice fresh = out->ref.len ? out->ref : (struct slice){out->base, out->len};
    struct slice bytes = tail.len ? tail : fresh;
    ssize_t sent = bytes.len ? send(client->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL) : 0;

    if (sent < 0 && errno != EAGAIN) {
        client->wish = CONN_CLOSE;
        return false;
    }
    if (sent < 0)
        sent = 0;
    loop->turn_bytes += (size_t)sent;
    peer->is_writable = (size_t)sent == bytes.len;
    if (tail.len)
        conn_wrote(&client->conn, (size_t)sent, loop->clients.now_ms);
    else if (!peer->is_writable)
        client->wish = conn_keep(&client->conn, out, (size_t)sent, loop->clients.now_ms);
    return peer->is_writable;
}

static void peer_wait(struct loop *loop, struct peer *peer)
{
    const struct app_wait *wait = conn_wait(&peer->client.conn);
    struct epoll_event event = {(uint32_t)wait->events | EPOLLONESHOT,
                                {.ptr = (char *)peer + WAIT_TAG}};

    if (client_wait(&loop->clients, &peer->client) < 0 ||
        (wait->fd >= 0 && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, wait->fd, &event) < 0))
        peer->client.wish = CONN_RESET;
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

/* Carries out a wish and those that follow from it, until input, a wait or room in the socket is
 * needed, or the peer has had its turn. */
static void peer_follow(struct loop *loop, struct peer *peer, unsigned wish, struct conn_out *out)
{
    struct client *client = &peer->client;

    client->wish = wish;
    while ((client->wish & CONN_WRITE) && peer_send(loop, peer, out) &&
           loop->turn_bytes < TURN_BYTES)
        client->wish = conn_more(&client->conn, loop->clients.now_ms, out);
    if (client->wish & ~(unsigned)(CONN_READ | CONN_WRITE))
        peer_turn_aside(loop, peer);
    if (!client->is_ended)
        client_touch(&loop->clients, client);
}

static void peer_read(struct loop *loop, struct peer *peer, struct conn_out *out)
{
    struct client *client = &peer->client;
    ssize_t n = recv(client->fd, loop->in, sizeof loop->in, 0);
    struct slice in = {loop->in, n > 0 ? (size_t)n : 0};

    if (n < 0) {
        peer->is_readable = false;
        if (errno != EAGAIN)
            peer_close(loop, peer);
        return;
    }
    /* epoll(7) question 9: a short read has emptied the socket, and a new edge will tell of more;
     * but a FIN that came with the data came in the same event. */
    if (n == 0 || (in.len < sizeof loop->in && !peer->has_hangup))
        peer->is_readable = false;
    loop->turn_bytes += in.len;
    peer_follow(loop, peer, conn_input(&client->conn, in, loop->clients.now_ms, out), out);
}

/* Reads and writes until there is nothing to do; a peer that has had its turn is reported again. */
static void peer_serve(struct loop *loop, struct peer *peer)
{
    struct conn_out out = lend(loop);

    for (loop->turn_bytes = 0; loop->turn_bytes < TURN_BYTES;) {
        if (peer->client.is_ended)
            return;
        if ((peer->client.wish & CONN_WRITE) && peer->is_writable)
            peer_follow(loop, peer, peer->client.wish, &out);
        else if ((peer->client.wish & CONN_READ) && peer->is_readable)
            peer_read(loop, peer, &out);
        else
            return;
    }
    if (!peer->client.is_ended)
        peer_register(loop, peer, EPOLL_CTL_MOD);
}

static void peer_event(struct loop *loop, struct peer *peer, uint32_t events)
{
    bool is_gone = events & (EPOLLHUP | EPOLLERR); /* in both directions, not half-closed */

    if (peer->client.is_ended)
        return;
    peer->has_hangup |= is_gone || (events & EPOLLRDHUP);
    peer->is_readable |= peer->has_hangup || (events & EPOLLIN);
    peer->is_writable |= (events & EPOLLOUT) != 0;
    if (is_gone && !(peer->client.wish & CONN_READ)) /* no read would find out */
        peer_close(loop, peer);
    else
        peer_serve(loop, peer);
}

/* The wait is over: by its fd's revents, or 0 by its time. */
static void peer_resume(struct loop *loop, struct peer *peer, short revents)
{
    const struct app_wait *wait = conn_wait(&peer->client.conn);
    struct conn_out out = lend(loop);

    if (peer->client.is_ended || !peer->client.is_waiting)
        return;
    if (wait->fd >= 0)
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, wait->fd, NULL);
    client_waited(&loop->clients, &peer->client);
    loop->turn_bytes = 0;
    peer_follow(loop, peer, conn_event(&peer->client.conn, revents, loop->clients.now_ms, &out),
                &out);
    peer_serve(loop, peer);
}

static void peer_expire(struct loop *loop, struct peer *peer)
{
    struct client *client = &peer->client;
    struct conn_out out = lend(loop);
    unsigned wish = conn_expire(&client->conn, loop->clients.now_ms, &out);

    loop->turn_bytes = 0;
    if ((client->wish & CONN_WRITE) && wish == client->wish) /* not yet: no edge has told of room */
        client_touch(&loop->clients, client);
    else
        peer_follow(loop, peer, wish, &out);
}

/* ---- the loop ---- */

/* Listens while the gate is open. The listener is level-triggered, so nothing queued is forgotten.
 */
static void loop_listen(struct loop *loop)
{
    struct worker *worker = loop->worker;
    bool listens = worker->listener_fd >= 0 && gate_is_open(worker->gate, loop->clients.now_ms);
    struct epoll_event event = {EPOLLIN, {.ptr = &worker->listener_fd}};

    if (listens == loop->is_listening)
        return;
    epoll_ctl(loop->epoll_fd, listens ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, worker->listener_fd, &event);
    loop->is_listening = listens;
}

/* Returns false once nothing is queued. */
static bool loop_accept(struct loop *loop)
{
    for (int i = 0; i < SERVER_ACCEPTS_PER_TURN; i++) {
        int fd = gate_accept(loop->worker->gate, loop->worker->listener_fd,
                             SOCK_NONBLOCK | SOCK_CLOEXEC, loop->clients.now_ms);

        if (fd < 0)
            return fd != -EAGAIN;
        peer_open(loop, fd);
    }
    return true;
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

    /* A listener's queue is reset with it: close it empty. */
    if (worker->listener_fd >= 0 &&
        (!loop_accept(loop) || loop->clients.now_ms >= worker->server->drain_accept_until_ms)) {
        close(worker->listener_fd);
        worker->listener_fd = -1;
        loop->is_listening = false;
    }
    if (loop->clients.now_ms >= worker->server->drain_deadline_ms)
        while ((client = clients_next(&loop->clients, NULL)))
            peer_reset(loop, (struct peer *)client);
}

static void loop_event(struct loop *loop, const struct epoll_event *event)
{
    char *pointer = event->data.ptr;

    if (pointer == (char *)loop->worker)
        eventfd_read(loop->worker->wake_fd, &(eventfd_t){0});
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
    bool has_newcomers = false;

    if (count < 0 && errno != EINTR)
        return -errno;
    clients_tick(&loop->clients);
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &loop->worker->listener_fd)
            has_newcomers = true;
        else
            loop_event(loop, &events[i]);
    }
    if (has_newcomers)
        loop_accept(loop);
    loop_expire(loop);
    if (loop->clients.is_draining)
        loop_drain(loop);
    loop_listen(loop);
    clients_reap(&loop->clients);
    return 0;
}

/* ---- the model ---- */

static int start(struct worker *worker)
{
    struct epoll_event event = {EPOLLIN, {.ptr = worker}};
    struct loop *loop = calloc(1, sizeof *loop);

    if (!loop)
        return -ENOMEM;
    worker->state = loop;
    loop->worker = worker;
    clients_init(&loop->clients, worker, "backbench-epoll", sizeof(struct peer));
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, worker->wake_fd, &event) < 0)
        return -errno;
    loop_listen(loop);
    return 0;
}

static int run(struct worker *worker)
{
    struct loop *loop = worker->state;
    int error = 0;

    while (!error && !clients_are_drained(&loop->clients))
        error = loop_turn(loop);
    close(loop->epoll_fd);
    clients_release(&loop->clients);
    free(loop);
    return error;
}

int main(int argc, char **argv)
{
    const struct model model = {
        .name = "epoll",
        .model = "epoll",
        .variant = "default",
        .summary = "event loops on edge-triggered epoll",
        .workers_meaning = "event loops",
        .routes = app_routes(),
        .start = start,
        .run = run,
    };

    return server_main(&model, argc, argv);
}
