/*
 * The times that the waiting connections of several threads wait for: a heap under a lock, with a
 * timerfd that becomes readable when the first of them has come. Whoever sees that takes those due.
 * A wait is known by a token of the caller's, since its connection may be gone, or have been
 * resumed by something else, before whoever took the token gets to it.
 */
#ifndef POOL_WAITS_H
#define POOL_WAITS_H

#include <pthread.h>
#include <stdint.h>

#include "core/timers.h"

struct wait_entry {
    struct heap_entry entry;
    uint64_t token;
};

struct waits {
    pthread_mutex_t lock; /* for what follows, and the entries */
    struct heap heap;
    uint64_t armed_ms; /* what the timer is set to; UINT64_MAX: nothing */
    int timer_fd;      /* non-blocking; no one need read it: each new time is a new edge */
};

/* Returns 0 or -errno. */
int waits_open(struct waits *waits);
void waits_close(struct waits *waits);

/* Adds an entry that is not in. Returns 0 or -ENOMEM. */
int waits_add(struct waits *waits, struct wait_entry *wait, uint64_t token, uint64_t due_ms);
/* Takes it out, if it is in. */
void waits_remove(struct waits *waits, struct wait_entry *wait);

/* Takes out up to max that are due, and sets the timer for the next, which may be due as well: for
 * another thread, or for later. Returns their number. */
int waits_take(struct waits *waits, uint64_t now_ms, uint64_t tokens[], int max);

#endif
