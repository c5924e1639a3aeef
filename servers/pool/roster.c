#include "pool/roster.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static const uint64_t CLAIMED = UINT64_C(1) << 31;

static uint64_t tenancy(uint64_t state)
{
    return state >> 32;
}

static size_t chunk_bytes(const struct roster *roster)
{
    return ROSTER_CHUNK_PLACES * roster->place_bytes;
}

static struct place *place_at(const struct roster *roster, uint32_t index)
{
    return (struct place *)(roster->places + index * roster->place_bytes);
}

/* Of a table of every place that there may ever be only what is touched costs memory. A chunk is 64
 * times some cache lines: whole pages. */
int roster_init(struct roster *roster, size_t place_bytes, uint32_t places_limit)
{
    int error;

    assert(place_bytes % ROSTER_LINE_BYTES == 0);
    *roster = (struct roster){.place_bytes = place_bytes};
    roster->chunks_count = (places_limit + ROSTER_CHUNK_PLACES - 1) / ROSTER_CHUNK_PLACES;
    roster->used = calloc(roster->chunks_count, sizeof *roster->used);
    if (!roster->used)
        return -ENOMEM;
    roster->places = mmap(NULL, roster->chunks_count * chunk_bytes(roster), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (roster->places == MAP_FAILED) {
        error = -errno;
        free(roster->used);
        return error;
    }
    return -pthread_mutex_init(&roster->lock, NULL);
}

void roster_release(struct roster *roster)
{
    munmap(roster->places, roster->chunks_count * chunk_bytes(roster));
    free(roster->used);
    pthread_mutex_destroy(&roster->lock);
}

bool roster_is_empty(const struct roster *roster)
{
    for (uint32_t chunk = 0; chunk < roster->chunks_count; chunk++)
        if (atomic_load(&roster->used[chunk]) != 0)
            return false;
    return true;
}

/* Takes the lowest free place, so that the higher chunks empty. */
static struct place *take_place(struct roster *roster)
{
    uint32_t chunk = roster->first_free;
    uint64_t used = UINT64_MAX;
    uint32_t i;

    while (chunk < roster->chunks_count && (used = atomic_load(&roster->used[chunk])) == UINT64_MAX)
        chunk++;
    roster->first_free = chunk;
    if (chunk == roster->chunks_count)
        return NULL;
    i = (uint32_t)__builtin_ctzll(~used);
    atomic_store(&roster->used[chunk], used | UINT64_C(1) << i);
    i += chunk * ROSTER_CHUNK_PLACES;
    place_at(roster, i)->index = i;
    return place_at(roster, i);
}

struct place *roster_new(struct roster *roster)
{
    struct place *place;
    uint64_t tenant;

    pthread_mutex_lock(&roster->lock);
    place = take_place(roster);
    roster->tenant = roster->tenant % ROSTER_TENANT_LIMIT + 1;
    tenant = roster->tenant;
    pthread_mutex_unlock(&roster->lock);
    if (!place)
        return NULL;
    memset(place + 1, 0, roster->place_bytes - sizeof *place);
    place_set_deadline(place, UINT64_MAX);
    atomic_store_explicit(&place->state, tenant << 32 | CLAIMED, memory_order_release);
    return place;
}

/* Gives the memory of the chunk that emptied before this one back. */
static void chunk_emptied(struct roster *roster, uint32_t chunk)
{
    uint32_t last = roster->last_emptied;

    roster->last_emptied = chunk;
    if (last != chunk && atomic_load(&roster->used[last]) == 0)
        madvise(roster->places + last * chunk_bytes(roster), chunk_bytes(roster), MADV_DONTNEED);
}

void roster_free(struct roster *roster, struct place *place)
{
    uint32_t index = place->index;
    uint32_t chunk = index / ROSTER_CHUNK_PLACES;
    uint64_t bit = UINT64_C(1) << index % ROSTER_CHUNK_PLACES;

    assert(atomic_load(&place->state) & CLAIMED);
    atomic_store_explicit(&place->state, 0, memory_order_release);
    pthread_mutex_lock(&roster->lock);
    if (atomic_fetch_and(&roster->used[chunk], ~bit) == bit)
        chunk_emptied(roster, chunk);
    if (chunk < roster->first_free)
        roster->first_free = chunk;
    pthread_mutex_unlock(&roster->lock);
}

struct place *roster_post(struct roster *roster, uint64_t token, uint32_t posts)
{
    struct place *place = place_at(roster, (uint32_t)token);
    uint64_t state = atomic_load_explicit(&place->state, memory_order_relaxed);
    uint64_t next;

    do {
        if (tenancy(state) != tenancy(token))
            return NULL;
        next = state & CLAIMED ? state | posts : state | CLAIMED;
    } while (!atomic_compare_exchange_weak_explicit(&place->state, &state, next,
                                                    memory_order_acq_rel, memory_order_relaxed));
    return state & CLAIMED ? NULL : place;
}

uint32_t place_yield(struct place *place)
{
    uint64_t state = atomic_load_explicit(&place->state, memory_order_relaxed);
    uint64_t claimed = (state | CLAIMED) & ~(uint64_t)ROSTER_POSTS;

    state = claimed;
    if (atomic_compare_exchange_strong_explicit(&place->state, &state, claimed & ~CLAIMED,
                                                memory_order_acq_rel, memory_order_acquire))
        return 0;
    state = atomic_exchange_explicit(&place->state, claimed, memory_order_acq_rel);
    return (uint32_t)state & ROSTER_POSTS;
}

/* The token of the place's tenant, if that is overdue. */
static uint64_t overdue_token(const struct roster *roster, uint32_t index, uint64_t now_ms)
{
    const struct place *place = place_at(roster, index);
    uint64_t state = atomic_load_explicit(&place->state, memory_order_acquire);

    if (tenancy(state) == 0 ||
        atomic_load_explicit(&place->deadline_ms, memory_order_relaxed) > now_ms)
        return 0;
    return tenancy(state) << 32 | index;
}

uint64_t roster_overdue(const struct roster *roster, uint32_t *index, uint64_t now_ms)
{
    while (*index / ROSTER_CHUNK_PLACES < roster->chunks_count) {
        uint64_t later = atomic_load(&roster->used[*index / ROSTER_CHUNK_PLACES]) >>
                         *index % ROSTER_CHUNK_PLACES;
        uint64_t token;

        if (!later) {
            *index = (*index / ROSTER_CHUNK_PLACES + 1) * ROSTER_CHUNK_PLACES;
            continue;
        }
        *index += (uint32_t)__builtin_ctzll(later);
        token = overdue_token(roster, (*index)++, now_ms);
        if (token)
            return token;
    }
    return 0;
}
