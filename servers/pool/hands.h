/*
 * The threads of a pool: each a hand, with what it lends to the core. They run as SCHED_BATCH: one
 * that is woken does not preempt the one at work, which will be free for the event sooner
 * (sched(7)). Which of them wait for events is pool/lookout's.
 */
#ifndef POOL_HANDS_H
#define POOL_HANDS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/conn.h"
#include "pool/lookout.h"

enum { HAND_STACK_BYTES = 128 * 1024, HAND_IN_BYTES = 64 * 1024 };

struct hand {
    pthread_t thread;
    struct conn_shared shared;
    struct conn_out out; /* of out_bytes: lent for each call, sent before the next */
    uint64_t now_ms;
    size_t turn_bytes; /* read and written in this turn */
    char in[HAND_IN_BYTES], out_bytes[CONN_OUT_BYTES];
};

struct hands {
    struct hand *list; /* the last is of the thread that starts them */
    unsigned count;    /* of threads */
    struct lookout lookout;
    atomic_bool are_over;
};

/* Makes count hands and the caller's own, with "Server: SERVER_NAME" and the app that they share;
 * no more than watchers of them are to wait for events at a time. Returns 0 or -ENOMEM. */
int hands_init(struct hands *hands, unsigned count, unsigned watchers, const char *server_name,
               struct app *app);
/* Starts a thread per hand, which gets it as its argument. Returns 0 or -errno. */
int hands_start(struct hands *hands, void *(*hand_main)(void *));
/* Makes hands_are_over true, empties the bench, and waits for all threads. wake_fd, an eventfd that
 * becomes readable for ever, is added to the epoll that they wait for, with this token. */
void hands_end(struct hands *hands, int epoll_fd, int wake_fd, uint64_t token);
void hands_release(struct hands *hands);

/* Whether its thread is to return. */
static inline bool hands_are_over(const struct hands *hands)
{
    return atomic_load_explicit(&hands->are_over, memory_order_relaxed);
}

/* The hand of the thread that has started the others, which is none of theirs. */
static inline struct hand *hands_own(struct hands *hands)
{
    return &hands->list[hands->count];
}

/* Reads the clocks: before anybody is answered in a turn. */
void hand_tick(struct hand *hand);

#endif
