/*
 * An event loop on libuv: it waits, reads and calls back with what it has read.
 *
 * Path:    uv_run waits in epoll and reads for each ready peer; its callback asks the shared core
 *          and sends at once with uv_try_write. One loop per worker, each with its own listener on
 *          the common port, which libuv only watches: uv_listen would accept and drop clients when
 *          files run out, and have them pass the limit.
 * Costs:   two system calls per request at saturation, and a share of epoll_wait, level-triggered;
 *          about 850 bytes of user memory per idle connection, most of it libuv's handles: the
 *          buffers belong to the loop. A full socket costs a write more and two epoll_ctl.
 * Limits:  a handler that took long would stop its whole loop: handlers wait through CONN_WAIT.
 *          libuv aborts the process where epoll_ctl(2) fails, or at the start its own allocation.
 * Differs: nothing.
 * Read:    peer_read and peer_send, then loop_turn; epoll.c has them in the same order.
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "app/app.h"
#include "core/clients.h"
#include "uv/acceptor.h"
#include "uv/turns.h"
#include "uv/watch.h"

enum {
    IN_BYTES = 64 * 1024,
    TURN_BYTES = 256 * 1024, /* read and written for one peer before the others get their turn */
};

struct peer {
    struct client client;
    union {
        uv_tcp_t tcp;
        uv_stream_t stream; /* its base */
        uv_handle_t handle; /* the base of that */
    };
    uv_write_t write;            /* of the kept tail */
    struct watch *watch;         /* of the fd that its handler waits for, or NULL */
    bool is_reading, is_writing; /* libuv does, for it */
};

static_assert(sizeof(struct peer) < 1024, "what an idle connection may cost");

struct loop {
    struct clients clients;
    struct conn_out out; /* of out_bytes: lent to the core for each call, sent before the next */
    struct turns turns;
    struct acceptor acceptor;
    struct peer *served; /* the last one, in this turn */
    size_t turn_bytes;   /* of that one */
    char in[IN_BYTES], out_bytes[CONN_OUT_BYTES];
};

static void peer_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *in);
static void peer_written(uv_write_t *write, int status);

/* ---- a peer ---- */

/* Every callback of a peer begins with this. */
static struct loop *peer_enter(struct peer *peer)
{
    struct loop *loop = peer->handle.loop->data;

    if (turns_begin(&loop->turns))
        clients_tick(&loop->clients);
    if (loop->served != peer)
        loop->turn_bytes = 0;
    loop->served = peer;
    return loop;
}

/* libuv has let go of the handle. */
static void peer_closed(uv_handle_t *handle)
{
    struct loop *loop = handle->loop->data;

    client_end(&loop->clients, handle->data);
}

static void peer_close(struct loop *loop, struct peer *peer)
{
    watch_close(peer->watch);
    client_stop(&loop->clients, &peer->client);
    uv_close(&peer->handle, peer_closed); /* the socket at once */
}

/* Where libuv is to read to: nowhere, if the peer has had its turn; epoll will report it again. */
static void peer_lend(uv_handle_t *handle, size_t suggested_bytes, uv_buf_t *in)
{
    struct loop *loop = peer_enter(handle->data);

    (void)suggested_bytes;
    in->base = loop->in;
    in->len = loop->turn_bytes < TURN_BYTES ? sizeof loop->in : 0;
}

static void peer_open(struct loop *loop, int fd)
{
    struct peer *peer = (struct peer *)client_new(&loop->clients, fd);

    if (!peer)
        return;
    uv_tcp_init(&loop->turns.uv, &peer->tcp);
    peer->handle.data = peer;
    if (uv_tcp_open(&peer->tcp, fd) < 0)
        close(fd); /* it is not libuv's, and cannot be read */
    peer->is_reading = uv_read_start(&peer->stream, peer_lend, peer_read) == 0;
    if (!peer->is_reading)
        peer_close(loop, peer);
}

static uv_buf_t buffer(struct slice bytes)
{
    return (uv_buf_t){.base = (char *)bytes.ptr, .len = bytes.len};
}

/* The core keeps the rest, and libuv sends it when there is room; or when others had their turn. */
static void peer_keep(struct loop *loop, struct peer *peer, size_t sent)
{
    struct conn *conn = &peer->client.conn;
    uv_buf_t tail;

    peer->client.wish = conn_keep(conn, &loop->out, sent, loop->clients.now_ms);
    tail = buffer(conn_tail(conn));
    peer->is_writing =
        tail.len > 0 && uv_write(&peer->write, &peer->stream, &tail, 1, peer_written) == 0;
    if (!peer->is_writing)
        peer->client.wish = CONN_RESET;
}

/* Sends what is in out. Returns whether all of it is in the socket. */
static bool peer_send(struct loop *loop, struct peer *peer)
{
    struct conn_out *out = &loop->out;
    uv_buf_t bytes = buffer(out->len ? (struct slice){out->base, out->len} : out->ref);
    bool may_send = loop->turn_bytes < TURN_BYTES;
    int sent = may_send ? uv_try_write(&peer->stream, &bytes, 1) : UV_EAGAIN;

    if (sent < 0 && sent != UV_EAGAIN)
        peer->client.wish = CONN_CLOSE;
    else if (sent < (int)bytes.len)
        peer_keep(loop, peer, sent > 0 ? (size_t)sent : 0);
    loop->turn_bytes += sent > 0 ? (size_t)sent : 0;
    out->len = 0;
    out->ref.len = 0;
    return sent == (int)bytes.len;
}

/* Reports the fd that a handler waits for. */
static int peer_watch(struct loop *loop, struct peer *peer)
{
    peer->watch = watch_open(&loop->turns.uv, conn_wait(&peer->client.conn),
                             loop->clients.hooks->resume, peer);
    return peer->watch ? 0 : -ENOMEM;
}

/* Carries out a wish and those that follow from it, until input, a wait or room in the socket is
 * needed. Reading goes on meanwhile: to stop it and start it again would cost two epoll_ctl. */
static void peer_follow(struct loop *loop, struct peer *peer, unsigned wish)
{
    struct client *client = &peer->client;

    client->wish = wish;
    while ((client->wish & CONN_WRITE) && !peer->is_writing && peer_send(loop, peer))
        client->wish = conn_more(&client->conn, loop->clients.now_ms, &loop->out);
    if (client->wish & ~(unsigned)(CONN_READ | CONN_WRITE))
        client_aside(&loop->clients, client);
    if ((client->wish & CONN_READ) && !peer->is_reading)
        peer->is_reading = uv_read_start(&peer->stream, peer_lend, peer_read) == 0;
    client_touch(&loop->clients, client);
}

/* libuv has read, or tried to. */
static void peer_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *in)
{
    struct peer *peer = stream->data;
    struct client *client = &peer->client;
    struct loop *loop = stream->loop->data;
    struct slice bytes = {in->base, n > 0 ? (size_t)n : 0};
    unsigned wish = CONN_CLOSE;

    if (n == 0 || n == UV_ENOBUFS) /* no input after all, or peer_lend has lent nothing */
        return;
    if (n < 0 || !(client->wish & CONN_READ)) { /* unasked: the core holds it, up to a bound */
        peer->is_reading = false;
        uv_read_stop(stream);
    }
    loop->turn_bytes += bytes.len;
    if (n > 0 || n == UV_EOF)
        wish = conn_input(&client->conn, bytes, loop->clients.now_ms, &loop->out);
    peer_follow(loop, peer, wish);
}

/* libuv has sent the kept tail. */
static void peer_written(uv_write_t *write, int status)
{
    struct peer *peer = write->handle->data;
    struct conn *conn = &peer->client.conn;
    struct loop *loop = peer_enter(peer);
    unsigned wish = CONN_CLOSE;

    if (peer->client.is_stopped)
        return;
    peer->is_writing = false;
    if (status == 0) {
        conn_wrote(conn, conn_tail(conn).len, loop->clients.now_ms);
        wish = conn_more(conn, loop->clients.now_ms, &loop->out);
    }
    peer_follow(loop, peer, wish);
}

/* The wait is over: by its fd's revents, or 0 by its time. */
static void peer_resume(struct loop *loop, struct peer *peer, short revents)
{
    struct client *client = &peer->client;

    peer_enter(peer);
    watch_close(peer->watch);
    peer->watch = NULL;
    client_waited(&loop->clients, client);
    peer_follow(loop, peer, conn_event(&client->conn, revents, loop->clients.now_ms, &loop->out));
}

/* libuv tells of a write's end only: how far it has come is in the length of its queue. */
static void peer_expire(struct loop *loop, struct peer *peer)
{
    struct conn *conn = &peer->client.conn;
    size_t queued = uv_stream_get_write_queue_size(&peer->stream);

    peer_enter(peer);
    if (peer->is_writing)
        conn_wrote(conn, conn_tail(conn).len - queued, loop->clients.now_ms);
    peer_follow(loop, peer, conn_expire(conn, loop->clients.now_ms, &loop->out));
}

/* ---- the loop ---- */

/* One turn: those who are here, timers, newcomers. */
static void loop_turn(struct loop *loop)
{
    loop->served = NULL;
    turns_run(&loop->turns, loop->clients.now_ms, clients_timeout_ms(&loop->clients));
    if (turns_begin(&loop->turns))
        clients_tick(&loop->clients);
    clients_expire(&loop->clients);
    acceptor_follow(&loop->acceptor, &loop->clients);
    clients_reap(&loop->clients);
}

/* ---- the model ---- */

static int start(struct worker *worker)
{
    static const struct clients_hooks hooks = {
        peer_open, peer_watch, peer_resume, peer_expire, peer_close, SOCK_NONBLOCK | SOCK_CLOEXEC};
    struct loop *loop = worker->state = calloc(1, sizeof *loop);
    int error = loop ? turns_open(&loop->turns, worker) : -ENOMEM;

    if (error)
        return error;
    loop->turns.uv.data = loop;
    loop->out = (struct conn_out){.base = loop->out_bytes, .cap = sizeof loop->out_bytes};
    clients_init(&loop->clients, worker, loop, &hooks, sizeof(struct peer));
    return acceptor_open(&loop->acceptor, &loop->turns.uv, worker->listener_fd);
}

static int run(struct worker *worker)
{
    struct loop *loop = worker->state;
    int error;

    while (!clients_are_drained(&loop->clients))
        loop_turn(loop);
    acceptor_close(&loop->acceptor);
    clients_reset_all(&loop->clients); /* one that came last: nothing ends it any more */
    error = turns_close(&loop->turns);
    clients_release(&loop->clients);
    free(loop);
    return error;
}

int main(int argc, char **argv)
{
    const struct server_library libraries[] = {{"libuv", uv_version_string()}, {0}};
    const struct model model = {
        .name = "uv",
        .summary = "event loops on libuv",
        .workers_meaning = "event loops",
        .routes = app_routes(),
        .libraries = libraries,
        .start = start,
        .run = run,
    };

    return server_main(&model, argc, argv);
}
