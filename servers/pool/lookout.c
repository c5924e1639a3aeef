#include "pool/lookout.h"

#include <assert.h>
#include <stdbool.h>

static const uint32_t ENDED = UINT32_C(1) << 31;
static const uint32_t ONE_BENCHED = UINT32_C(1) << 16;

static unsigned watching(uint32_t state)
{
    return state & UINT16_MAX;
}

static unsigned benched(uint32_t state)
{
    return (state & ~ENDED) / ONE_BENCHED;
}

void lookout_init(struct lookout *lookout, unsigned limit)
{
    assert(limit > 0);
    lookout->limit = limit;
    sem_init(&lookout->calls, 0, 0);
    atomic_init(&lookout->state, 0);
}

void lookout_release(struct lookout *lookout)
{
    sem_destroy(&lookout->calls);
}

/* Who is called has been counted as a watcher by the caller. */
void lookout_enter(struct lookout *lookout)
{
    uint32_t state = atomic_load_explicit(&lookout->state, memory_order_relaxed);
    bool sits;

    do
        sits = !(state & ENDED) && watching(state) >= lookout->limit;
    while (
        !atomic_compare_exchange_weak(&lookout->state, &state, state + (sits ? ONE_BENCHED : 1)));
    while (sits && sem_wait(&lookout->calls) < 0)
        ; /* EINTR */
}

void lookout_leave(struct lookout *lookout)
{
    uint32_t state = atomic_load_explicit(&lookout->state, memory_order_relaxed);
    bool calls;

    do
        calls = watching(state) == 1 && benched(state) > 0;
    while (
        !atomic_compare_exchange_weak(&lookout->state, &state, state - (calls ? ONE_BENCHED : 1)));
    if (calls)
        sem_post(&lookout->calls);
}

void lookout_end(struct lookout *lookout)
{
    uint32_t state = atomic_load(&lookout->state);

    while (!atomic_compare_exchange_weak(&lookout->state, &state,
                                         ENDED | (watching(state) + benched(state))))
        ;
    for (unsigned i = 0; i < benched(state); i++)
        sem_post(&lookout->calls);
}

unsigned lookout_watching(const struct lookout *lookout)
{
    return watching(atomic_load(&lookout->state));
}

unsigned lookout_benched(const struct lookout *lookout)
{
    return benched(atomic_load(&lookout->state));
}
