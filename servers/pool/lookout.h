/*
 * Few of many threads keep watch: of a pool's threads no more than a limit wait for events at a
 * time, the others sit on a bench. Whoever takes an event stops watching; the last to do so calls
 * one from the bench. So there is always a watcher while a thread is free, and yet the kernel,
 * which wakes a waiting thread for each event, does not wake those that would come too late:
 * epoll, unlike a completion port, does not know how many of its waiters are at work.
 */
#ifndef POOL_LOOKOUT_H
#define POOL_LOOKOUT_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>

enum { LOOKOUT_THREADS_LIMIT = INT16_MAX };

/* Up to LOOKOUT_THREADS_LIMIT threads. */
struct lookout {
    uint32_t limit;
    sem_t calls;
    _Alignas(64) _Atomic uint32_t state; /* has ended << 31 | on the bench << 16 | watching */
};

void lookout_init(struct lookout *lookout, unsigned limit);
void lookout_release(struct lookout *lookout);

/* Before waiting for an event: returns once the caller is a watcher. */
void lookout_enter(struct lookout *lookout);
/* An event has been taken. */
void lookout_leave(struct lookout *lookout);

/* Empties the bench, for good. */
void lookout_end(struct lookout *lookout);

unsigned lookout_watching(const struct lookout *lookout);
unsigned lookout_benched(const struct lookout *lookout);

#endif
