/*
 * The clients of one event loop: their memory, their timers, the turn's time and the Date;
 * everything about a client that does not depend on how its bytes are moved. A model defines struct
 * peer, with struct client as its first member, and struct loop, and says with five hooks what it
 * does when a client comes, waits, is due or goes; the request path calls none of them.
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
#include "core/spare.h"
#include "core/timers.h"

struct loop; /* the model's */
struct peer; /* the model's, around struct client */

struct clients_hooks {
    /* A connection has been accepted, its place taken. */
    void (*open)(struct loop *loop, int fd);
    /* conn_wait() names an fd: watch it. Returns 0 or -errno. */
    int (*watch)(struct loop *loop, struct peer *peer);
    /* The wait is over: by its fd's revents, or 0 by its time. */
    void (*resume)(struct loop *loop, struct peer *peer, short revents);
    /* Its deadline is due, or nearly so: call conn_expire. */
    void (*expire)(struct loop *loop, struct peer *peer);
    /* Its wish is CONN_CLOSE, or client_reset has made it CONN_RESET: close its socket now, or
     * begin to at once; then client_end. */
    void (*close)(struct loop *loop, struct peer *peer);
    int accept_flags; /* accept4(2)'s */
};

struct client {
    struct conn conn;
    struct wheel_entry deadline;
    struct heap_entry wait; /* in the heap while it waits */
    struct client *next_ended;
    int fd;
    uint32_t index;  /* in the slab */
    unsigned wish;   /* enum conn_next: the last one; 0 once it has ended */
    bool is_waiting; /* until client_waited */
    bool is_shut;    /* SHUT_WR is done */
    bool is_stopped; /* it is closing, and has no timers any more */
    bool is_ended;
};

struct clients {
    struct worker *worker;
    struct loop *loop;
    const struct clients_hooks *hooks;
    struct conn_shared shared;
    struct slab slab;
    struct wheel deadlines;
    struct heap waits;
    struct client *ended;
    struct spare spare;
    uint64_t now_ms;        /* of this turn */
    uint64_t next_sweep_ms; /* while draining: when all deadlines are looked at again */
    uint64_t tidy_ms;       /* when app_tidy is due; UINT64_MAX: nothing is kept */
    struct client *swept;   /* the last that has been, in this sweep */
    bool is_draining;
};

/* peer_bytes is the size of the model's struct peer. */
void clients_init(struct clients *clients, struct worker *worker, struct loop *loop,
                  const struct clients_hooks *hooks, size_t peer_bytes);
/* All have ended. */
void clients_release(struct clients *clients);

/* ---- a turn of the loop, in this order ---- */

/* Reads the clocks, and whether to drain, before anybody is answered. */
void clients_tick(struct clients *clients);
/* Opens those that are queued at the listener, up to a turn's share. Returns false once nothing is
 * queued. */
bool clients_accept(struct clients *clients);
/* Resumes and expires those that are due, and tidies the app once a second while that keeps
 * something; resets all when the time to drain has run out. */
void clients_expire(struct clients *clients);
/* While draining: opens those that are queued, then closes the listener, which resets what is in
 * its queue. For a listener that nothing else uses. */
void clients_leave_port(struct clients *clients);
/* Frees those that have ended. */
void clients_reap(struct clients *clients);

/* ---- a client ---- */

/* A client for an accepted socket whose place the gate has given, zeroed but for struct client; or
 * NULL when memory has run out: then the socket is closed and the place given back. */
struct client *client_new(struct clients *clients, int fd);
/* It is closing: its timers go, and no hook is called for it any more. For a model that ends it
 * later. */
void client_stop(struct clients *clients, struct client *client);
/* Frees what it holds, but for its memory, and gives its place back. Its socket is closed already.
 */
void client_end(struct clients *clients, struct client *client);

/* Carries out what its wish asks beyond CONN_READ and CONN_WRITE: a wait, or an end. */
void client_aside(struct clients *clients, struct client *client);
/* Closes it with a reset, unless it is closing. */
void client_reset(struct clients *clients, struct client *client);

/* Keeps its timer in step with conn_deadline_ms, after each change of
 * its connection. The deadline of one that rests has at most become
 * later: a timer that is set finds that out when it comes due. */
static inline void client_touch(struct clients *clients, struct client *client)
{
    bool is_set = client->deadline.slot_ms != UINT64_MAX;

    if (!(conn_rests(&client->conn) && is_set) && !client->is_stopped)
        wheel_touch(&clients->deadlines, &client->deadline, conn_deadline_ms(&client->conn));
}

/* The wait is over. */
void client_waited(struct clients *clients, struct client *client);

/* Closes all with a reset that are not closing. */
void clients_reset_all(struct clients *clients);

/* How long the loop may sleep; -1: until something happens. */
int clients_timeout_ms(const struct clients *clients);

/* The client after this one that has not ended, or the first after NULL; NULL: no more. To visit
 * all, also while ending the visited. */
struct client *clients_next(const struct clients *clients, const struct client *client);

/* Whether a draining loop has ended: all clients gone and the listener closed, or the time is over.
 */
bool clients_are_drained(const struct clients *clients);

#endif
