/*
 * Another server to which requests are passed on: where it is, and a pool of keep-alive connections
 * to it. All its sockets are non-blocking. A pool belongs to a worker; any thread may take a
 * connection and give it back.
 *
 * A connection is given back only between two answers, and found quiet when it is
 * taken again: bytes that came unasked would be taken for the answer to the next
 * request (RFC 9112 section 9.3.2), so such a connection is closed, and so is one
 * that the other side has ended meanwhile. Somebody calls upstream_tidy once a
 * second, as long as there are some, so that those that nobody takes are closed, too.
 */
#ifndef UPSTREAM_UPSTREAM_H
#define UPSTREAM_UPSTREAM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/socket.h>

enum {
    UPSTREAM_IDLE_LIMIT = 64,  /* connections that wait for a request, of each worker */
    UPSTREAM_LOOKS_LIMIT = 10, /* by upstream_tidy at one that waits: then it is closed */
    UPSTREAM_PLACES_LIMIT = 8,
    UPSTREAM_AUTHORITY_BYTES = 272,
};

/* A name may stand for several: localhost for 127.0.0.1 and ::1, on one of which nobody listens. */
struct upstream_place {
    struct sockaddr_storage socket;
    socklen_t socket_bytes;
};

struct upstream_address {
    struct upstream_place places[UPSTREAM_PLACES_LIMIT];
    unsigned places_count;
    char authority[UPSTREAM_AUTHORITY_BYTES]; /* HOST:PORT as it was given, for the field Host */
};

/* text is HOST:PORT, an IPv6 address in brackets, the port from 1 to 65535 in plain decimal: as it
 * is sent. Returns 0, or -1 with why in words, static. */
int upstream_resolve(struct upstream_address *address, const char *text, const char **why);

struct upstream_idle {
    int fd;
    unsigned looks; /* at it, since it was given back */
};

struct upstream {
    const struct upstream_address *address;
    atomic_uint place;    /* where a connection was had last */
    pthread_mutex_t lock; /* of what follows */
    unsigned idle_count;
    /* The last given back is taken first, so that few are kept busy. */
    struct upstream_idle idle[UPSTREAM_IDLE_LIMIT];
};

/* The address is borrowed. */
void upstream_init(struct upstream *upstream, const struct upstream_address *address);
/* Closes those that are in the pool. */
void upstream_release(struct upstream *upstream);

/* A connection that has answered before and is quiet, or -EAGAIN: there is none. */
int upstream_take(struct upstream *upstream);
/* A new connection to the one of its places, on which
 * connect(2) may still be going on, or -errno. */
int upstream_connect(const struct upstream *upstream, unsigned place);
/* The connection can carry another request. */
void upstream_give(struct upstream *upstream, int fd);

/* Closes those of the pool that are not quiet, or that have waited
 * for UPSTREAM_LOOKS_LIMIT looks and one more; by any thread. */
void upstream_tidy(struct upstream *upstream);
/* Whether there is something to tidy; for a thread that alone uses the pool. */
static inline bool upstream_keeps(const struct upstream *upstream)
{
    return upstream->idle_count > 0;
}

#endif
