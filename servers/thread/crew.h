/*
 * Threads that block in system calls, one for each connection, and how to end
 * such a call that takes too long: a signal that does nothing interrupts it
 * (EINTR), and its thread then looks at the time. The signal may come just
 * before the call that it is meant for, so it is sent again until it is noticed.
 */
#ifndef THREAD_CREW_H
#define THREAD_CREW_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct crew_member {
    struct crew_member *next, *previous; /* under the crew's lock */
    pthread_t thread;
    _Atomic uint64_t deadline_ms; /* of the call it is in: set by its thread, UINT64_MAX: none */
};

/* Static, because a member unlocks the lock as its last act. CREW_INIT initialises it. */
struct crew {
    pthread_mutex_t lock;
    struct crew_member *members;
};
#define CREW_INIT                                                                                  \
    {                                                                                              \
        .lock = PTHREAD_MUTEX_INITIALIZER                                                          \
    }

/* Takes SIGUSR1 for the process. */
void crew_take_signal(void);

/* The calling thread comes, without a deadline; and goes, as the last that it does. */
void crew_join(struct crew *crew, struct crew_member *member);
void crew_leave(struct crew *crew, struct crew_member *member);

static inline void crew_set_deadline(struct crew_member *member, uint64_t deadline_ms)
{
    atomic_store_explicit(&member->deadline_ms, deadline_ms, memory_order_relaxed);
}

/* Interrupts those whose deadline has passed; with UINT64_MAX for the time, all. */
void crew_interrupt(struct crew *crew, uint64_t now_ms);

/* Whether none is left, and none holds the lock. */
bool crew_is_empty(struct crew *crew);

#endif
