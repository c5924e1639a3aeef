/*
 * The server behind a proxy under test: it answers rightly or wrongly, soon
 * or never, as the path says that it is asked for (origin_plan.h), and knows
 * what it was asked. It runs on a thread of this process, so that no path
 * out of a check can leave it behind, and takes no signals from the others.
 */
#ifndef CHECK_ORIGIN_H
#define CHECK_ORIGIN_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct origin {
    char authority[64]; /* "127.0.0.1:40123", "[::1]:40123": the value of --upstream */
    int listener, stop_fd;
    pthread_t thread;
    bool is_serving;
    atomic_uint connections; /* open now */
};

/* Takes a port of the kernel's; clients are refused until it
 * serves. 0, or -errno: then there is nothing to close. */
int origin_open(struct origin *origin, const char *address);
/* Begins to answer. 0 or -errno. */
int origin_serve(struct origin *origin);
/* Ends all of it; again is harmless, and so it is on a zeroed one. */
void origin_close(struct origin *origin);

#endif
