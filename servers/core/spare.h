/*
 * Memory that a burst of clients has left behind in the allocator. free(3) gives back what lies at
 * the heap's top; what was allocated meanwhile and stays, be it a thread's few bytes, pins all that
 * lies below it. So once most of the clients have left, and a little later, malloc_trim(3) gives
 * back the free pages between. The request path calls none of this.
 */
#ifndef CORE_SPARE_H
#define CORE_SPARE_H

#include <stdint.h>

enum {
    SPARE_FEWER = 64,     /* at least so many must have left, and half of them all */
    SPARE_WAIT_MS = 2500, /* by then what is kept for a second or two has been freed */
};

struct spare {
    uint64_t due_ms; /* when memory is given back; UINT64_MAX: nothing to give */
    unsigned most;   /* clients since the last time */
};
#define SPARE_INIT                                                                                 \
    {                                                                                              \
        .due_ms = UINT64_MAX                                                                       \
    }

/* So many clients are there now: before and after some leave. */
void spare_look(struct spare *spare, unsigned clients, uint64_t now_ms);

void spare_give(struct spare *spare);
/* Once a turn; the loop is to wake at due_ms. */
static inline void spare_turn(struct spare *spare, uint64_t now_ms)
{
    if (now_ms >= spare->due_ms)
        spare_give(spare);
}

#endif
