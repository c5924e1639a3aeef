/*
 * The server behind a proxy under test: it answers rightly or wrongly, soon or never, as the path says that it is asked
 * for (upstream_plan.h), and knows what it was asked. It runs on a thread of this process, so that no path out of a
 * check can leave it behind, and takes no signals from the others.
 */
#ifndef CHECK_UPSTREAM_H
#define CHECK_UPSTREAM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct upstream {
    char authority[64]; /* "127.0.0.1:40123", "[::1]:40123": the value of --upstream */
    int listener, stop_fd;
    pthread_t thread;
    bool is_serving;
    atomic_uint connections; /* open now */
};

/* Takes a port of the kernel's; clients are refused until it serves. 0, or -errno: then there is nothing to close. */
int upstream_open(struct upstream *upstream, const char *address);
/* Begins to answer. 0 or -errno. */
int upstream_serve(struct upstream *upstream);
/* Ends all of it; again is harmless, and so it is on a zeroed one. */
void upstream_close(struct upstream *upstream);

#endif
