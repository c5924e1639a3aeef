/*
 * Threads on stacks of our own, that are given back when they have ended. Stacks that
 * the C library allocates are kept by it when their threads end, up to 40 MiB of them
 * (glibc, nptl: only a tunable that is read before main() changes that), with the
 * pages that were touched: a burst of clients would leave megabytes behind. Here an
 * ended thread's stack serves the next one, and once a second those that nobody needed
 * in that second are unmapped. What threads leave in the allocator is core/spare's.
 *
 * One thread starts the others and takes the turns; those that end only put themselves on a list.
 */
#ifndef THREAD_STACKS_H
#define THREAD_STACKS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "core/spare.h"

struct stack;

struct stacks {
    size_t stack_bytes;          /* of a mapping, its guard page included */
    struct stack *_Atomic ended; /* their threads are about to end, or have */
    struct stack *ending;        /* taken from there, not yet seen to have ended */
    struct stack *free;
    unsigned free_count;
    unsigned spare_count; /* of these: what was free all the time since the last trim */
    unsigned running;     /* threads that were not collected yet */
    uint64_t trim_due_ms;
    struct spare spare;
};

void stacks_init(struct stacks *stacks, size_t stack_bytes);
/* Waits for threads that are ending, which all must be, and gives everything back. */
void stacks_release(struct stacks *stacks);

/* A thread that calls run(arg) and ends. Returns 0 or -errno: -EAGAIN where there may be no more
 * threads, pthread_create(3). */
int stacks_start(struct stacks *stacks, void (*run)(void *arg), void *arg);
/* Once a turn, and at least once a second: collects, trims
 * when it is time, gives back what is spare. */
void stacks_turn(struct stacks *stacks, uint64_t now_ms);
/* Takes the stacks of threads that have ended: often, so that those who begin find them. */
void stacks_collect(struct stacks *stacks);
/* Unmaps those that were not needed since the last time. */
void stacks_trim(struct stacks *stacks);

#endif
