/*
 * An event loop on epoll: each worker waits for many sockets at once and serves those that are
 * ready.
 *
 * Path:    epoll_wait, then per ready client recv, the shared core, send; one loop per worker, each
 * with its own listener on the common port. Sockets are registered once, edge-triggered: what could
 * not be read or written at once is remembered in the client, and epoll_ctl is never called again
 * for it. Costs:   two system calls per request at saturation, and a share of epoll_wait; under 512
 * bytes of user memory per idle connection: buffers belong to the loop, not to the client. Limits:
 * a client may move TURN_BYTES per turn before the others get theirs; a slow handler would stop its
 *          whole loop, so handlers wait through CONN_WAIT.
 * Differs: nothing.
 * Read:    client_serve, then loop_turn; beside uring.c and thread.c, which have the same functions
 * in the same order.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "core/clock.h"
#include "core/conn.h"
#include "core/server.h"
#include "core/slab.h"
#include "core/timers.h"

enum {
    EVENTS_PER_TURN = 256,
    IN_BYTES = 64 * 1024,
    TURN_BYTES = 256 * 1024, /* read and written for one client before the next one's turn */
    WAIT_TAG = 1,            /* marks a client's pointer in epoll_data: its wait, not its socket */
};

struct client {
    struct conn conn;
    struct wheel_entry deadline;
    struct heap_entry wait;
    struct client *next_listed; /* in the loop's ready or dead list */
    int fd;
    uint32_t index;                /* in the slab */
    unsigned wish;                 /* enum conn_next, the last one */
    bool is_readable, is_writable; /* as far as the edges have told */
    bool has_hangup; /* RDHUP, HUP or ERR was among them: a short read is not the end */
    bool is_shut;    /* SHUT_WR is done */
    bool is_waiting;
    bool is_ready; /* in the ready list */
    bool is_dead;  /* closed, its memory to be freed at the end of the turn */
};

struct loop {
    struct worker *worker;
    struct conn_shared shared;
    struct slab clients;
    struct wheel deadlines;
    struct heap waits;
    struct client *ready; /* spent their turn's bytes: more may be there, without another edge */
    struct client *dead;
    uint64_t now_ms;
    size_t turn_bytes; /* of the client being served */
    int epoll_fd;
    bool is_listening, is_draining;
    char in[IN_BYTES], out[CONN_OUT_BYTES];
};

/* ---- a client ---- */

static void client_open(struct loop *loop, int fd)
{
    uint32_t index;
    struct client *client = slab_new(&loop->clients, &index);
    struct epoll_event event = {EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, {.ptr = client}};

    if (!client || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0) {
        if (client)
            slab_free(&loop->clients, index);
        close(fd);
        gate_leave(loop->worker->gate);
        return;
    }
    *client = (struct client){.fd = fd, .index = index, .wish = CONN_READ, .is_writable = true};
    conn_open(&client->conn, &loop->shared, loop->now_ms);
    if (loop->is_draining)
        conn_drain(&client->conn, loop->now_ms);
    wheel_entry_init(&client->deadline);
    wheel_touch(&loop->deadlines, &client->deadline, conn_deadline_ms(&client->conn));
}

/* The one buffer for answers, lent for a call of the core. */
static struct conn_out lend(struct loop *loop)
{
    return (struct conn_out){.base = loop->out, .cap = sizeof loop->out};
}

static void client_list(struct client **list, struct client *client)
{
    client->next_listed = *list;
    *list = client;
}

/* Events of this turn may still name the client, so its memory stays until the turn ends. */
static void client_close(struct loop *loop, struct client *client)
{
    const struct app_wait *wait = client->is_waiting ? conn_wait(&client->conn) : NULL;

    if (wait && wait->fd >= 0)
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, wait->fd, NULL);
    heap_remove(&loop->waits, &client->wait);
    wheel_detach(&client->deadline);
    conn_close(&client->conn);
    close(client->fd);
    gate_leave(loop->worker->gate);
    client->is_dead = true;
    if (!client->is_ready)
        client_list(&loop->dead, client);
}

static void client_reset(struct loop *loop, struct client *client)
{
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    client_close(loop, client);
}

/* Sends the kept tail, or what is in out. Returns whether all of it is in the socket; if not, the
 * wish says what is next. */
static bool client_send(struct loop *loop, struct client *client, struct conn_out *out)
{
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
    client->is_writable = (size_t)sent == bytes.len;
    if (tail.len)
        conn_wrote(&client->conn, (size_t)sent, loop->now_ms);
    else if (!client->is_writable)
        client->wish = conn_keep(&client->conn, out, (size_t)sent, loop->now_ms);
    return client->is_writable;
}

/* Starts the wait that the core asks for. It counts from here, not from the turn's time: never
 * early. */
static void client_wait(struct loop *loop, struct client *client)
{
    const struct app_wait *wait = conn_wait(&client->conn);
    struct epoll_event event = {(uint32_t)(unsigned short)wait->events | EPOLLONESHOT,
                                {.ptr = (char *)client + WAIT_TAG}};

    client->is_waiting = true;
    if (heap_add(&loop->waits, &client->wait, clock_after_ms(wait->timeout_ms)) < 0 ||
        (wait->fd >= 0 && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, wait->fd, &event) < 0))
        client->wish = CONN_RESET;
}

/* Carries out a wish and those that follow from it, until the core wants input or a wait, the
 * socket has no room, or the client's turn is over. */
static void client_follow(struct loop *loop, struct client *client, unsigned wish,
                          struct conn_out *out)
{
    client->wish = wish;
    while ((client->wish & CONN_WRITE) && client_send(loop, client, out) &&
           loop->turn_bytes < TURN_BYTES)
        client->wish = conn_more(&client->conn, loop->now_ms, out);
    if ((client->wish & CONN_WAIT) && !client->is_waiting)
        client_wait(loop, client);
    if (client->wish & CONN_RESET) {
        client_reset(loop, client);
    } else if (client->wish & CONN_CLOSE) {
        client_close(loop, client);
    } else {
        if ((client->wish & CONN_LINGER) && !client->is_shut)
            client->is_shut = shutdown(client->fd, SHUT_WR) == 0;
        wheel_touch(&loop->deadlines, &client->deadline, conn_deadline_ms(&client->conn));
    }
}

static void client_read(struct loop *loop, struct client *client, struct conn_out *out)
{
    ssize_t n = recv(client->fd, loop->in, sizeof loop->in, 0);
    struct slice in = {loop->in, n > 0 ? (size_t)n : 0};

    if (n < 0) {
        client->is_readable = false;
        if (errno != EAGAIN)
            client_close(loop, client);
        return;
    }
    /* epoll(7) question 9: a short read has emptied the socket, and a new edge will come; but if
     * FIN came with the data, it came in the same event. */
    if (n == 0 || (in.len < sizeof loop->in && !client->has_hangup))
        client->is_readable = false;
    loop->turn_bytes += in.len;
    client_follow(loop, client, conn_input(&client->conn, in, loop->now_ms, out), out);
}

/* Reads and writes until the client must wait for something, or has had its turn. */
static void client_serve(struct loop *loop, struct client *client)
{
    struct conn_out out = lend(loop);

    for (loop->turn_bytes = 0; loop->turn_bytes < TURN_BYTES && !client->is_dead;) {
        if ((client->wish & CONN_WRITE) && client->is_writable)
            client_follow(loop, client, client->wish, &out);
        else if ((client->wish & CONN_READ) && client->is_readable)
            client_read(loop, client, &out);
        else
            return;
    }
    if (!client->is_dead && !client->is_ready) {
        client->is_ready = true;
        client_list(&loop->ready, client);
    }
}

static void client_event(struct loop *loop, struct client *client, uint32_t events)
{
    bool is_gone = events & (EPOLLHUP | EPOLLERR); /* both ways: not only half-closed */

    if (client->is_dead)
        return;
    client->has_hangup |= is_gone || (events & EPOLLRDHUP);
    client->is_readable |= client->has_hangup || (events & EPOLLIN);
    client->is_writable |= (events & EPOLLOUT) != 0;
    if (is_gone && !(client->wish & CONN_READ)) /* no read will tell */
        client_close(loop, client);
    else
        client_serve(loop, client);
}

/* The wait is over: by its fd's revents, or 0 by its time. */
static void client_resume(struct loop *loop, struct client *client, short revents)
{
    struct conn_out out = lend(loop);
    const struct app_wait *wait = conn_wait(&client->conn);

    if (client->is_dead || !client->is_waiting)
        return;
    if (wait->fd >= 0)
        epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, wait->fd, NULL);
    heap_remove(&loop->waits, &client->wait);
    client->is_waiting = false;
    loop->turn_bytes = 0;
    client->wish = conn_event(&client->conn, revents, loop->now_ms, &out);
    client_follow(loop, client, client->wish, &out);
    if (!client->is_dead)
        client_serve(loop, client);
}

/* Its slot has come due; its deadline may be later, then the core changes nothing. */
static void client_expire(struct loop *loop, struct client *client)
{
    struct conn_out out = lend(loop);

    loop->turn_bytes = 0;
    client_follow(loop, client, conn_expire(&client->conn, loop->now_ms, &out), &out);
}

/* What has arrived is answered first. */
static void client_drain(struct loop *loop, struct client *client)
{
    struct conn_out out = lend(loop);

    client->is_readable = true;
    client_serve(loop, client);
    if (!client->is_dead)
        client_follow(loop, client, conn_drain(&client->conn, loop->now_ms), &out);
}

/* ---- the loop ---- */

static struct client *client_of(void *member, size_t offset)
{
    return (struct client *)((char *)member - offset);
}

/* Registers the listener while the gate is open. It is level-triggered, so nothing queued is
 * forgotten. */
static void loop_follow_gate(struct loop *loop)
{
    struct worker *worker = loop->worker;
    bool is_open = worker->listener_fd >= 0 && gate_is_open(worker->gate, loop->now_ms);
    struct epoll_event event = {EPOLLIN, {.ptr = &worker->listener_fd}};

    if (is_open == loop->is_listening)
        return;
    epoll_ctl(loop->epoll_fd, is_open ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, worker->listener_fd, &event);
    loop->is_listening = is_open;
}

/* Returns 0 when its turn is over, -EAGAIN when nothing is queued, -EMFILE when the gate has shut.
 */
static int loop_accept(struct loop *loop)
{
    for (int i = 0; i < SERVER_ACCEPTS_PER_TURN; i++) {
        int fd = gate_accept(loop->worker->gate, loop->worker->listener_fd,
                             SOCK_NONBLOCK | SOCK_CLOEXEC, loop->now_ms);

        if (fd < 0)
            return fd;
        client_open(loop, fd);
    }
    return 0;
}

static void loop_expire(struct loop *loop)
{
    struct wheel_entry *deadline;
    struct heap_entry *wait;

    while ((deadline = wheel_due(&loop->deadlines, loop->now_ms)))
        client_expire(loop, client_of(deadline, offsetof(struct client, deadline)));
    while ((wait = heap_due(&loop->waits, loop->now_ms)))
        client_resume(loop, client_of(wait, offsetof(struct client, wait)), 0);
}

static void loop_visit(struct loop *loop, void (*visit)(struct loop *, struct client *))
{
    for (uint32_t i = slab_next(&loop->clients, 0); i != SLAB_NONE;
         i = slab_next(&loop->clients, i + 1)) {
        struct client *client = slab_at(&loop->clients, i);

        if (!client->is_dead)
            visit(loop, client);
    }
}

/* One step of draining. Deadlines are short now, so all are looked at. */
static void loop_drain(struct loop *loop)
{
    struct worker *worker = loop->worker;

    if (!loop->is_draining)
        loop_visit(loop, client_drain);
    loop->is_draining = true;
    if (worker->listener_fd >= 0 && loop_accept(loop) == -EAGAIN) {
        close(worker->listener_fd); /* what is still queued when it closes would be reset */
        worker->listener_fd = -1;
        loop->is_listening = false;
    }
    loop_visit(loop, client_expire);
    if (loop->now_ms >= worker->server->drain_deadline_ms)
        loop_visit(loop, client_reset);
}

static void loop_free_dead(struct loop *loop)
{
    while (loop->dead) {
        struct client *client = loop->dead;

        loop->dead = client->next_listed;
        slab_free(&loop->clients, client->index);
    }
}

/* Goes on with those whose turn ended before their bytes did. */
static void loop_serve_ready(struct loop *loop)
{
    struct client *client = loop->ready;

    loop->ready = NULL;
    while (client) {
        struct client *next = client->next_listed;

        client->is_ready = false;
        if (client->is_dead)
            client_list(&loop->dead, client);
        else
            client_serve(loop, client);
        client = next;
    }
}

static int loop_timeout_ms(const struct loop *loop)
{
    uint64_t next_ms = wheel_next_ms(&loop->deadlines);
    uint64_t waits_ms = heap_next_ms(&loop->waits);
    uint64_t opens_ms = gate_opens_ms(loop->worker->gate);

    if (loop->ready)
        return 0;
    if (loop->is_draining)
        next_ms = loop->now_ms + SERVER_DRAIN_STEP_MS;
    next_ms = waits_ms < next_ms ? waits_ms : next_ms;
    next_ms = opens_ms < next_ms ? opens_ms : next_ms;
    if (next_ms == UINT64_MAX)
        return -1;
    return next_ms > loop->now_ms ? (int)(next_ms - loop->now_ms) : 0;
}

static void loop_event(struct loop *loop, const struct epoll_event *event)
{
    char *pointer = event->data.ptr;

    if (pointer == (char *)loop->worker)
        eventfd_read(loop->worker->wake_fd, &(eventfd_t){0});
    else if ((uintptr_t)pointer & WAIT_TAG)
        client_resume(loop, (struct client *)(pointer - WAIT_TAG), (short)event->events);
    else
        client_event(loop, (struct client *)pointer, event->events);
}

/* One turn: ready clients, newcomers, timers. */
static int loop_turn(struct loop *loop)
{
    struct epoll_event events[EVENTS_PER_TURN];
    int count = epoll_wait(loop->epoll_fd, events, EVENTS_PER_TURN, loop_timeout_ms(loop));
    bool has_newcomers = false;

    if (count < 0 && errno != EINTR)
        return -errno;
    loop->now_ms = clock_now_ms();
    conn_shared_tick(&loop->shared, time(NULL));
    loop_serve_ready(loop);
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == &loop->worker->listener_fd)
            has_newcomers = true;
        else
            loop_event(loop, &events[i]);
    }
    if (has_newcomers)
        loop_accept(loop);
    loop_expire(loop);
    if (server_is_draining(loop->worker->server))
        loop_drain(loop);
    loop_follow_gate(loop);
    loop_free_dead(loop);
    return 0;
}

static bool loop_is_done(const struct loop *loop)
{
    if (!loop->is_draining)
        return false;
    return (loop->worker->listener_fd < 0 && loop->clients.used == 0) ||
           loop->now_ms >= loop->worker->server->drain_deadline_ms;
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
    loop->now_ms = clock_now_ms();
    conn_shared_init(&loop->shared, "backbench-epoll");
    slab_init(&loop->clients, sizeof(struct client));
    wheel_init(&loop->deadlines, loop->now_ms);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0 || epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, worker->wake_fd, &event) < 0)
        return -errno;
    loop_follow_gate(loop);
    return 0;
}

static int run(struct worker *worker)
{
    struct loop *loop = worker->state;
    int error = 0;

    while (!error && !loop_is_done(loop))
        error = loop_turn(loop);
    close(loop->epoll_fd);
    heap_release(&loop->waits);
    slab_release(&loop->clients);
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
