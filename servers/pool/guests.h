/*
 * The clients of a pool of threads: what core/clients is to the loops, for a model in which any
 * thread may serve any client. Their memory and who serves them is pool/roster's, their waits are
 * pool/waits'. One more thread, the first worker's, lets them in, looks at their deadlines once a
 * second, and ends it all. A model defines struct peer, with struct guest as its first member, and
 * says with two hooks what it does; the request path calls none of them.
 *
 * A guest is touched only by the thread that has claimed it: by guest_new, or by roster_post. What
 * is posted to it are its socket's events as epoll reports them, and the bits below. All events
 * come from one epoll; their data is a token of the roster's, or one of those here.
 */
#ifndef POOL_GUESTS_H
#define POOL_GUESTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"
#include "pool/roster.h"
#include "core/server.h"
#include "core/spare.h"
#include "pool/waits.h"

enum {
    GUEST_WAIT_SHIFT = 14,   /* events of the fd that it waits for, shifted */
    GUEST_TIME_UP = 1 << 28, /* the time of its wait has run out */
    GUEST_OVERDUE = 1 << 29, /* its deadline has, or the server drains */
    GUESTS_TOKEN_TIMER = 1,  /* waits_take has something to give */
    GUESTS_TOKEN_END = 2,    /* for the model */
};
#define GUESTS_TOKEN_WAIT (UINT64_C(1) << 63) /* or'ed to a guest's: of the fd that it waits for */

struct guests_hooks {
    /* A connection has been accepted, its place in the gate taken. */
    void (*open)(int fd);
    /* Its deadline has passed, or the server is draining: let someone call guest_expire. */
    void (*look)(uint64_t token);
};

struct guest {
    _Alignas(ROSTER_LINE_BYTES) struct place place;
    struct conn conn;
    struct wait_entry wait; /* in waits while it waits */
    int fd;
    unsigned wish;   /* enum conn_next: the last one */
    bool is_waiting; /* until guest_waited */
    bool is_shut;    /* SHUT_WR is done */
    bool is_drained; /* conn_drain is */
};

struct guests {
    struct worker *worker;
    const struct guests_hooks *hooks;
    struct roster roster;
    struct waits waits;
    struct spare spare;
    int epoll_fd;
    uint64_t now_ms, next_sweep_ms; /* the accepting thread's */
};

/* peer_bytes is the size of the model's struct peer. Returns 0 or -errno. */
int guests_init(struct guests *guests, struct worker *worker, const struct guests_hooks *hooks,
                size_t peer_bytes);
void guests_release(struct guests *guests);

/* The accepting thread: returns 0 once the server has drained, or -errno. */
int guests_run(struct guests *guests);

/* A claimed guest for an accepted socket, zeroed but for struct guest; or NULL when memory has run
 * out: then the socket is closed and its place given back. */
struct guest *guest_new(struct guests *guests, int fd, struct conn_shared *shared, uint64_t now_ms);
/* Closes its socket, with a reset if that is its wish, and frees it. */
void guest_end(struct guests *guests, struct guest *guest);

static inline bool guest_is_ending(const struct guest *guest)
{
    return guest->wish & (CONN_CLOSE | CONN_RESET);
}

/* Before it is served: which thread's template its answers take, and whether to drain. */
void guest_begin(struct guests *guests, struct guest *guest, struct conn_shared *shared,
                 uint64_t now_ms);
/* Carries out what its wish asks beyond CONN_READ, CONN_WRITE and an end: a wait, or a FIN. */
void guest_aside(struct guests *guests, struct guest *guest);
/* Whether these posts end its wait, which then is over: with
 * *revents of its fd, or 0 for its time. */
bool guest_waited(struct guests *guests, struct guest *guest, uint32_t posts, uint64_t now_ms,
                  short *revents);
/* It may be overdue. Returns its wish, which is CONN_RESET when the time to drain has run out. */
unsigned guest_expire(struct guests *guests, struct guest *guest, uint64_t now_ms,
                      struct conn_out *out);
/* Lets it go, its deadline published. But if something has been posted meanwhile, returns that, and
 * it remains claimed. */
uint32_t guest_yield(struct guest *guest);

#endif
