/*
 * The connections of a pool of threads: their memory, their deadlines, and who serves
 * each. Any thread may learn that something has happened to a connection, but only one
 * at a time may touch it, and none waits for another. So each has one word of state:
 * which tenant has the place, whether a thread has claimed it, and what has been
 * posted to it. A post to a connection that nobody serves claims it for the poster; a
 * post to one that is being served is found by its server when that wants to let go.
 *
 * A token names a place and its tenant. A thread may hold one (epoll_wait has just returned it)
 * while another thread ends that connection. Therefore the places are one reservation of memory
 * that stays mapped, and a token whose tenant has gone is dropped. Emptied places still go back to
 * the system, 64 at a time, and read as zero, which is no tenant; the last 64 are kept against
 * thrashing.
 *
 * Coming and going takes a lock. A post or a yield is one atomic operation on the connection's own
 * cache lines.
 */
#ifndef POOL_ROSTER_H
#define POOL_ROSTER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ROSTER_LINE_BYTES = 64,
    ROSTER_CHUNK_PLACES = 64,
    ROSTER_TENANT_LIMIT = INT32_MAX, /* tenants are 1 .. this: a token's highest bit is free */
    ROSTER_POSTS = INT32_MAX,        /* the bits of a state that posts may use */
};

/* The first member of what lies in a place, which is aligned to ROSTER_LINE_BYTES. */
struct place {
    _Atomic uint64_t state;       /* tenant << 32 | claimed << 31 | posts */
    _Atomic uint64_t deadline_ms; /* UINT64_MAX: none */
    uint32_t index;
};

struct roster {
    char *places;
    size_t place_bytes;
    uint32_t chunks_count;
    _Atomic uint64_t *used; /* per chunk; bit i: place i is taken */
    pthread_mutex_t lock;   /* for the following, and for changes of used */
    uint32_t first_free;    /* no chunk before this one has room */
    uint32_t last_emptied;  /* the chunk that keeps its memory when empty */
    uint32_t tenant;        /* the last */
};

/* place_bytes is the size of the struct whose first member is
 * a struct place. Returns 0 or -errno. */
int roster_init(struct roster *roster, size_t place_bytes, uint32_t places_limit);
void roster_release(struct roster *roster);

/* Whether no place has a tenant. */
bool roster_is_empty(const struct roster *roster);

/* A place that the caller has claimed, zeroed behind struct place, without a deadline; NULL: all
 * are taken. */
struct place *roster_new(struct roster *roster);
/* The caller's claimed place has no tenant any more; later posts to it are dropped. */
void roster_free(struct roster *roster, struct place *place);

/* Posts bits to a tenant. Returns the place if the caller has claimed it by that, to act on these
 * posts; NULL if the tenant is gone, or served by a thread that will find them. */
struct place *roster_post(struct roster *roster, uint64_t token, uint32_t posts);

/* The token of the first tenant at or after place *index whose deadline has passed, *index then
 * behind it; 0: no more. With UINT64_MAX for the time: of any tenant. */
uint64_t roster_overdue(const struct roster *roster, uint32_t *index, uint64_t now_ms);

static inline uint64_t place_token(const struct place *place)
{
    uint64_t state = atomic_load_explicit(&place->state, memory_order_relaxed);

    return state >> 32 << 32 | place->index;
}

/* For roster_overdue. */
static inline void place_set_deadline(struct place *place, uint64_t deadline_ms)
{
    atomic_store_explicit(&place->deadline_ms, deadline_ms, memory_order_relaxed);
}

/* Gives the claim up. But if something has been posted meanwhile, returns that, and the claim
 * remains. */
uint32_t place_yield(struct place *place);

#endif
