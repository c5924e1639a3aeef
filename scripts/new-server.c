/*
 * TITLE: what kind of server it is, in one line. This one asks poll(2) about all sockets each turn.
 *
 * Path:    how a request runs through it. Here: poll, then for each ready peer recv, the shared
 *          core, send.
 * Costs:   what it takes per request and per idle connection. Here: two system calls and a share of
 *          poll, which looks at every socket, however few are ready.
 * Limits:  where it breaks. Here: some hundreds of connections.
 * Differs: what it does not take from the shared core: the same words as in main().
 * Read:    peer_serve, then loop_turn; epoll.c has the same functions in the same order.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "core/clients.h"
#include "core/transfer.h"

enum {
    IN_BYTES = 64 * 1024,
    TURN_BYTES = 256 * 1024, /* written for one peer before the others get their turn */
};

struct peer {
    struct client client; /* first: the core knows a peer by it */
};

/* One socket, or one fd that a handler waits for. */
struct watched {
    struct peer *peer; /* NULL: the loop's own */
    bool is_wait;
};

struct loop {
    struct clients clients;
    struct conn_out out; /* of out_bytes: lent to the core for each call, sent before the next */
    struct pollfd *fds;  /* what is asked about this turn, and for whom */
    struct watched *watched;
    size_t count, capacity;
    size_t turn_bytes; /* of the peer being served */
    char in[IN_BYTES], out_bytes[CONN_OUT_BYTES];
};

/* ---- a peer ---- */

static void peer_close(struct loop *loop, struct peer *peer)
{
    close(peer->client.fd);
    client_end(&loop->clients, &peer->client);
}

static void peer_open(struct loop *loop, int fd)
{
    client_new(&loop->clients, fd);
}

/* An fd that a handler waits for: loop_gather finds it by itself. */
static int peer_watch(struct loop *loop, struct peer *peer)
{
    (void)loop;
    (void)peer;
    return 0;
}

/* Sends the kept tail, or what is in out. Returns whether all of it is in the socket. */
static bool peer_send(struct loop *loop, struct peer *peer)
{
    struct client *client = &peer->client;
    ssize_t sent =
        transfer_send(&client->conn, client->fd, &loop->out, loop->clients.now_ms, &client->wish);

    if (sent < 0 || conn_tail(&client->conn).len > 0)
        return false;
    loop->turn_bytes += (size_t)sent;
    return true;
}

/* Carries out a wish and those that follow from it, until input, a wait or room in the socket is
 * needed, or the peer has had its turn: poll will report it again. */
static void peer_follow(struct loop *loop, struct peer *peer, unsigned wish)
{
    struct client *client = &peer->client;

    client->wish = wish;
    while ((client->wish & CONN_WRITE) && peer_send(loop, peer) && loop->turn_bytes < TURN_BYTES)
        client->wish = conn_more(&client->conn, loop->clients.now_ms, &loop->out);
    client_aside(&loop->clients, client);
    client_touch(&loop->clients, client);
}

static void peer_read(struct loop *loop, struct peer *peer)
{
    struct client *client = &peer->client;
    ssize_t n = recv(client->fd, loop->in, sizeof loop->in, 0);
    struct slice in = {loop->in, n > 0 ? (size_t)n : 0};

    if (n >= 0)
        peer_follow(loop, peer, conn_input(&client->conn, in, loop->clients.now_ms, &loop->out));
    else if (errno != EAGAIN)
        peer_close(loop, peer);
}

/* The wait is over: by its fd's revents, or 0 by its time. */
static void peer_resume(struct loop *loop, struct peer *peer, short revents)
{
    struct client *client = &peer->client;

    if (!client->is_waiting)
        return;
    client_waited(&loop->clients, client);
    peer_follow(loop, peer, conn_event(&client->conn, revents, loop->clients.now_ms, &loop->out));
}

static void peer_expire(struct loop *loop, struct peer *peer)
{
    struct client *client = &peer->client;
    unsigned wish = conn_expire(&client->conn, loop->clients.now_ms, &loop->out);

    if (!(wish & client->wish & CONN_WRITE)) /* else not yet, and poll has not told of room */
        peer_follow(loop, peer, wish);
}

static void peer_serve(struct loop *loop, struct peer *peer, short revents)
{
    loop->turn_bytes = 0;
    if (peer->client.wish & CONN_WRITE)
        peer_follow(loop, peer, peer->client.wish);
    else if (peer->client.wish & CONN_READ)
        peer_read(loop, peer);
    else if (revents & (POLLHUP | POLLERR)) /* gone in both directions while it waits */
        peer_close(loop, peer);
}

/* ---- the loop ---- */

/* Returns 0 or -ENOMEM. */
static int loop_reserve(struct loop *loop, size_t count)
{
    struct pollfd *fds;
    struct watched *watched;

    if (count <= loop->capacity)
        return 0;
    fds = realloc(loop->fds, 2 * count * sizeof *fds);
    if (fds)
        loop->fds = fds;
    watched = fds ? realloc(loop->watched, 2 * count * sizeof *watched) : NULL;
    if (!watched)
        return -ENOMEM;
    loop->watched = watched;
    loop->capacity = 2 * count;
    return 0;
}

static void loop_ask(struct loop *loop, int fd, short events, struct peer *peer, bool is_wait)
{
    loop->fds[loop->count] = (struct pollfd){fd, events, 0};
    loop->watched[loop->count++] = (struct watched){peer, is_wait};
}

/* What every client waits for now. The first two are the wake-up and the listener; poll passes over
 * a negative fd. */
static int loop_gather(struct loop *loop)
{
    struct worker *worker = loop->clients.worker;
    bool listens = gate_is_open(worker->gate, loop->clients.now_ms);
    struct client *client = NULL;

    if (loop_reserve(loop, 2 + 2 * (size_t)loop->clients.slab.used) < 0)
        return -ENOMEM;
    loop->count = 0;
    loop_ask(loop, worker->wake_fd, POLLIN, NULL, false);
    loop_ask(loop, listens ? worker->listener_fd : -1, POLLIN, NULL, false);
    while ((client = clients_next(&loop->clients, client))) {
        struct peer *peer = (struct peer *)client;
        const struct app_wait *wait = conn_wait(&client->conn);

        loop_ask(loop, client->fd,
                 (short)((client->wish & CONN_READ ? POLLIN : 0) |
                         (client->wish & CONN_WRITE ? POLLOUT : 0)),
                 peer, false);
        if (wait && wait->fd >= 0)
            loop_ask(loop, wait->fd, wait->events, peer, true);
    }
    return 0;
}

static void loop_event(struct loop *loop, const struct watched *watched, short revents)
{
    if (watched->peer->client.is_ended)
        return;
    if (watched->is_wait)
        peer_resume(loop, watched->peer, revents);
    else
        peer_serve(loop, watched->peer, revents);
}

/* One turn: those who are here, newcomers, timers. */
static int loop_turn(struct loop *loop)
{
    int error = loop_gather(loop);

    if (error)
        return error;
    if (poll(loop->fds, loop->count, clients_timeout_ms(&loop->clients)) < 0 && errno != EINTR)
        return -errno;
    clients_tick(&loop->clients);
    for (size_t i = 2; i < loop->count; i++)
        if (loop->fds[i].revents)
            loop_event(loop, &loop->watched[i], loop->fds[i].revents);
    if (loop->fds[0].revents)
        eventfd_read(loop->clients.worker->wake_fd, &(eventfd_t){0});
    if (loop->fds[1].revents)
        clients_accept(&loop->clients);
    clients_expire(&loop->clients);
    clients_leave_port(&loop->clients);
    clients_reap(&loop->clients);
    return 0;
}

/* ---- the model ---- */

static int start(struct worker *worker)
{
    static const struct clients_hooks hooks = {
        peer_open, peer_watch, peer_resume, peer_expire, peer_close, SOCK_NONBLOCK | SOCK_CLOEXEC};
    struct loop *loop = worker->state = calloc(1, sizeof *loop);

    if (!loop)
        return -ENOMEM;
    loop->out = (struct conn_out){.base = loop->out_bytes, .cap = sizeof loop->out_bytes};
    clients_init(&loop->clients, worker, loop, &hooks, sizeof(struct peer));
    return 0;
}

static int run(struct worker *worker)
{
    struct loop *loop = worker->state;
    int error = 0;

    while (!error && !clients_are_drained(&loop->clients))
        error = loop_turn(loop);
    clients_release(&loop->clients);
    free(loop->watched);
    free(loop->fds);
    free(loop);
    return error;
}

int main(int argc, char **argv)
{
    const struct model model = {
        .name = "NAME",
        .summary = "event loops on poll(2)",
        .workers_meaning = "event loops",
        .routes = app_routes(),
        .start = start,
        .run = run,
    };

    return server_main(&model, argc, argv);
}
