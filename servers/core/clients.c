#include "core/clients.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/unsent.h"

enum { TIDY_MS = 1000 };

static struct peer *peer_of(struct client *client)
{
    return (struct peer *)client;
}

/* ---- the clients of a loop ---- */

void clients_init(struct clients *clients, struct worker *worker, struct loop *loop,
                  const struct clients_hooks *hooks, size_t peer_bytes)
{
    char name[32];

    snprintf(name, sizeof name, "backbench-%s", worker->server->model->name);
    *clients = (struct clients){
        .worker = worker, .loop = loop, .hooks = hooks, .spare = SPARE_INIT, .tidy_ms = UINT64_MAX};
    conn_shared_init(&clients->shared, name, worker->app);
    slab_init(&clients->slab, peer_bytes);
    clients_tick(clients);
    wheel_init(&clients->deadlines, clients->now_ms);
}

void clients_release(struct clients *clients)
{
    clients_reap(clients);
    assert(clients->slab.used == 0 && clients->waits.count == 0);
    heap_release(&clients->waits);
    slab_release(&clients->slab);
}

static void clients_drain(struct clients *clients)
{
    struct client *client = NULL;

    while ((client = clients_next(clients, client)))
        conn_drain(&client->conn, clients->now_ms);
    clients->is_draining = true;
}

void clients_tick(struct clients *clients)
{
    clients->now_ms = clock_now_ms();
    conn_shared_tick(&clients->shared, time(NULL));
    clients->swept = NULL;
    if (server_is_draining(clients->worker->server) && !clients->is_draining)
        clients_drain(clients);
}

bool clients_accept(struct clients *clients)
{
    struct worker *worker = clients->worker;

    for (int i = 0; i < SERVER_ACCEPTS_PER_TURN; i++) {
        int fd = gate_accept(worker->gate, worker->listener_fd, clients->hooks->accept_flags,
                             clients->now_ms);

        if (fd < 0)
            return fd != -EAGAIN;
        clients->hooks->open(clients->loop, fd);
    }
    return true;
}

void clients_leave_port(struct clients *clients)
{
    struct worker *worker = clients->worker;

    if (!clients->is_draining || worker->listener_fd < 0)
        return;
    if (clients_accept(clients) && clients->now_ms < worker->server->drain_accept_until_ms)
        return;
    close(worker->listener_fd);
    worker->listener_fd = -1;
}

void clients_reap(struct clients *clients)
{
    if (!clients->ended)
        return;
    spare_look(&clients->spare, clients->slab.used, clients->now_ms);
    while (clients->ended) {
        struct client *client = clients->ended;

        clients->ended = client->next_ended;
        slab_free(&clients->slab, client->index);
    }
    spare_look(&clients->spare, clients->slab.used, clients->now_ms);
}

/* ---- a client ---- */

static void client_set_timer(struct clients *clients, struct client *client)
{
    wheel_touch(&clients->deadlines, &client->deadline, conn_deadline_ms(&client->conn));
}

struct client *client_new(struct clients *clients, int fd)
{
    uint32_t index;
    struct client *client = slab_new(&clients->slab, &index);

    if (!client) {
        close(fd);
        gate_leave(clients->worker->gate);
        return NULL;
    }
    memset(client, 0, clients->slab.object_bytes);
    client->fd = fd;
    client->index = index;
    client->wish = CONN_READ;
    conn_open(&client->conn, &clients->shared, clients->now_ms);
    if (clients->is_draining)
        conn_drain(&client->conn, clients->now_ms);
    wheel_entry_init(&client->deadline);
    client_set_timer(clients, client);
    return client;
}

void client_stop(struct clients *clients, struct client *client)
{
    client->is_stopped = true;
    heap_remove(&clients->waits, &client->wait);
    wheel_detach(&client->deadline);
}

void client_end(struct clients *clients, struct client *client)
{
    client_stop(clients, client);
    conn_close(&client->conn);
    gate_leave(clients->worker->gate);
    client->is_ended = true;
    client->wish = 0;
    client->next_ended = clients->ended;
    clients->ended = client;
}

void client_waited(struct clients *clients, struct client *client)
{
    client->is_waiting = false;
    heap_remove(&clients->waits, &client->wait);
}

/* The time of a wait counts from here, not from the turn's begin, or it would end early. */
static int client_wait(struct clients *clients, struct client *client)
{
    const struct app_wait *wait = conn_wait(&client->conn);
    int error = heap_add(&clients->waits, &client->wait, clock_after_ms(wait->timeout_ms));

    client->is_waiting = true;
    return !error && wait->fd >= 0 ? clients->hooks->watch(clients->loop, peer_of(client)) : error;
}

void client_reset(struct clients *clients, struct client *client)
{
    if (client->is_stopped)
        return;
    client->wish = CONN_RESET;
    setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0}, sizeof(struct linger));
    clients->hooks->close(clients->loop, peer_of(client));
}

void client_aside(struct clients *clients, struct client *client)
{
    if ((client->wish & CONN_WAIT) && !client->is_waiting && client_wait(clients, client) < 0)
        client->wish = CONN_RESET;
    if (client->wish & CONN_RESET)
        client_reset(clients, client);
    else if (client->wish & CONN_CLOSE)
        clients->hooks->close(clients->loop, peer_of(client));
    else if ((client->wish & CONN_LINGER) && !client->is_shut)
        client->is_shut = shutdown(client->fd, SHUT_WR) == 0;
}

/* ---- what comes due ---- */

/* Draining deadlines are shorter than the wheel's slots, so all are looked at. */
static struct client *overdue_while_draining(struct clients *clients)
{
    if (clients->now_ms < clients->next_sweep_ms)
        return NULL;
    while ((clients->swept = clients_next(clients, clients->swept)))
        if (!clients->swept->is_stopped &&
            conn_deadline_ms(&clients->swept->conn) <= clients->now_ms)
            return clients->swept;
    clients->next_sweep_ms = clients->now_ms + SERVER_DRAIN_STEP_MS;
    return NULL;
}

static struct client *overdue(struct clients *clients)
{
    struct wheel_entry *entry = wheel_due(&clients->deadlines, clients->now_ms);

    if (entry)
        return (struct client *)((char *)entry - offsetof(struct client, deadline));
    return clients->is_draining ? overdue_while_draining(clients) : NULL;
}

void clients_reset_all(struct clients *clients)
{
    struct client *client = NULL;

    while ((client = clients_next(clients, client)))
        client_reset(clients, client);
}

/* A loop that keeps nothing wakes for nothing. */
static void clients_tidy(struct clients *clients)
{
    struct app *app = clients->worker->app;

    if (clients->now_ms >= clients->tidy_ms) {
        app_tidy(app);
        clients->tidy_ms = UINT64_MAX;
    }
    if (clients->tidy_ms == UINT64_MAX && app_keeps(app))
        clients->tidy_ms = clients->now_ms + TIDY_MS;
}

void clients_expire(struct clients *clients)
{
    struct heap_entry *entry;
    struct client *client;

    while ((client = overdue(clients))) {
        conn_progress(&client->conn, socket_unsent_bytes(client->fd), clients->now_ms);
        clients->hooks->expire(clients->loop, peer_of(client));
        if (!client->is_stopped)
            client_set_timer(clients, client);
    }
    while ((entry = heap_due(&clients->waits, clients->now_ms))) {
        client = (struct client *)((char *)entry - offsetof(struct client, wait));
        clients->hooks->resume(clients->loop, peer_of(client), 0);
    }
    if (server_drain_is_over(clients->worker->server, clients->now_ms))
        clients_reset_all(clients);
    clients_tidy(clients);
    spare_turn(&clients->spare, clients->now_ms);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

int clients_timeout_ms(const struct clients *clients)
{
    uint64_t next_ms = earlier(wheel_next_ms(&clients->deadlines), heap_next_ms(&clients->waits));

    next_ms = earlier(next_ms, gate_opens_ms(clients->worker->gate));
    next_ms = earlier(next_ms, clients->spare.due_ms);
    next_ms = earlier(next_ms, clients->tidy_ms);
    if (clients->is_draining)
        next_ms = earlier(next_ms, clients->now_ms + SERVER_DRAIN_STEP_MS);
    if (next_ms == UINT64_MAX)
        return -1;
    return next_ms > clients->now_ms ? (int)(next_ms - clients->now_ms) : 0;
}

struct client *clients_next(const struct clients *clients, const struct client *client)
{
    uint32_t index = client ? client->index + 1 : 0;

    for (; (index = slab_next(&clients->slab, index)) != SLAB_NONE; index++) {
        struct client *next = slab_at(&clients->slab, index);

        if (!next->is_ended)
            return next;
    }
    return NULL;
}

bool clients_are_drained(const struct clients *clients)
{
    return clients->is_draining &&
           ((clients->slab.used == 0 && clients->worker->listener_fd < 0) ||
            clients->now_ms >= clients->worker->server->drain_deadline_ms + SERVER_DRAIN_STEP_MS);
}
