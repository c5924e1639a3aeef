/* The one clock of the servers: CLOCK_MONOTONIC in milliseconds. Loops read it once a turn. */
#ifndef CORE_CLOCK_H
#define CORE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* The moment `delay_ms` from now, rounded up: a clock that reads this much is never early. */
static inline uint64_t clock_after_ms(uint32_t delay_ms)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + ((uint64_t)now.tv_nsec + 999999) / 1000000 + delay_ms;
}

#endif
