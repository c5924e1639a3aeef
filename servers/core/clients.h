/*
 * The clients of one event loop: their memory, their timers, the turn's time and the Date;
 * everything about a client that does not depend on how its bytes are moved. A model embeds struct
 * client as the first member of its own struct.
 *
 * Life of a client: client_new, then client_touch after every change of its connection, client_end
 * once its socket is closed. Its memory stays until clients_reap at the end of the turn, so that
 * what is still listed for the turn may name it.
 */
#ifndef CORE_CLIENTS_H
#define CORE_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"
#include "core/server.h"
#include "core/slab.h"
#include "core/timers.h"

struct client {
    struct conn conn;
    struct wheel_entry deadline;
    struct heap_entry wait; /* in the heap while it waits */
    struct client *next_ended;
    int fd;
    uint32_t index;  /* in the slab */
    unsigned wish;   /* enum conn_next: the last one */
    bool is_waiting; /* client_wait has been called, client_waited not yet */
    bool is_shut;    /* SHUT_WR is done */
    bool is_ended;
};

struct clients {
    struct worker *worker;
    struct conn_shared shared;
    struct slab slab;
    struct wheel deadlines;
    struct heap waits;
    struct client *ended;
    uint64_t now_ms;        /* of this turn */
    uint64_t next_sweep_ms; /* while draining: when all deadlines are looked at again */
    struct client *swept;   /* the last that has been, in this sweep */
    bool is_draining;
};

/* server_name as in "Server: backbench-epoll"; client_bytes is the size of the model's struct. */
void clients_init(struct clients *clients, struct worker *worker, const char *server_name,
                  size_t client_bytes);
void clients_release(struct clients *clients);

/* The beginning of a turn: reads the clocks, and whether to drain, before anybody is answered. */
void clients_tick(struct clients *clients);
/* The end of a turn: frees those that have ended. */
void clients_reap(struct clients *clients);

/* A client for an accepted socket whose place the gate has given, zeroed but for struct client; or
 * NULL when memory has run out: then the socket is closed and the place given back. */
struct client *client_new(struct clients *clients, int fd);
/* Its timers go; for a model that ends it later. */
void client_stop(struct clients *clients, struct client *client);
/* Frees what it holds, but for its memory, and gives its place back. Its socket is closed already.
 */
void client_end(struct clients *clients, struct client *client);

/* Ends its output, once. */
void client_shut(struct client *client);
/* Makes the close of its socket a reset. */
void client_abort(struct client *client);

/* Keeps its timer in step with conn_deadline_ms. */
static inline void client_touch(struct clients *clients, struct client *client)
{
    wheel_touch(&clients->deadlines, &client->deadline, conn_deadline_ms(&client->conn));
}

/* Starts the time of the wait that the connection asks for: from here, not from the turn's begin,
 * or it would be early. Returns 0 or -ENOMEM. */
int client_wait(struct clients *clients, struct client *client);
/* The wait is over. */
void client_waited(struct clients *clients, struct client *client);

/* The next client that conn_expire may be called for, its deadline being due or nearly so; or NULL.
 */
struct client *clients_due(struct clients *clients);
/* The next client whose wait has run out, or NULL; call client_waited. */
struct client *clients_wait_due(struct clients *clients);

/* How long the loop may sleep; -1: until something happens. */
int clients_timeout_ms(const struct clients *clients);

/* The client after this one that has not ended, or the first after NULL; NULL: no more. To visit
 * all, also while ending the visited. */
struct client *clients_next(const struct clients *clients, const struct client *client);

/* Whether a draining loop has ended: all clients gone and the listener closed, or the time is over.
 */
bool clients_are_drained(const struct clients *clients);

#endif
