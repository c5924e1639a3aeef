/*
 * The cases that take many seconds, of all servers side by side: on a thread
 * of their own, while the main thread asks everything else. That thread only
 * has sockets: the servers are started and ended by the main thread.
 */
#ifndef CHECK_TIMEOUTS_H
#define CHECK_TIMEOUTS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "check/exchange.h"
#include "check/instance.h"

struct timeouts {
    struct timed {
        struct instance instance;
        bool runs;
        char untimed[512];      /* why it does not; empty: it does, or is not wanted */
    } * timed;                  /* one for each server */
    struct exchange *exchanges; /* of all servers */
    size_t count;
    unsigned starved_percent; /* of the time in which they were played: see starvation.h */
    const volatile bool *interrupted;
    pthread_t thread;
    bool started;
};

/* Starts an instance of each server and begins to play all long cases against all of them. */
void timeouts_begin(struct timeouts *timeouts, struct checked *checked, size_t count);
/* Waits until all have been played, judges them and ends the instances. */
void timeouts_end(struct timeouts *timeouts, struct checked *checked, size_t count);

#endif
