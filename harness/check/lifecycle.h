/*
 * What a server does as a process: draining at SIGTERM, waiting clients at
 * --max-connections and when descriptors run out, and what a proxy does when its
 * upstream or its clients come and go. Each check starts a server of its own and
 * ends it. Called from the main thread (children are tied to the thread that forks).
 */
#ifndef CHECK_LIFECYCLE_H
#define CHECK_LIFECYCLE_H

#include <stdbool.h>

#include "data/strings.h"

struct lifecycle {
    const char *path;    /* of the server */
    const char *address; /* "127.0.0.1" */
    unsigned workers;
    const char *upstream;             /* of the server about to be started; NULL: none */
    unsigned start_timeout_ms;        /* until `ready`; 0: SERVER_START_TIMEOUT_MS */
    const volatile bool *interrupted; /* NULL: none */
    struct strings findings;          /* one per broken promise: "expected ..., got ..." */
};

/*
 * SIGTERM with idle connections, an answer that is due in 500 ms, one that would
 * take 10 s, and clients that are still in the backlog: all that can be answered
 * is, nobody is reset but the 10 s one, further clients are refused, exit 0
 * within 2 s, no listener left. The routes plaintext and wait are needed.
 */
void lifecycle_drain(struct lifecycle *check);

/*
 * With --max-connections 4, further clients wait in the backlog: none is answered, closed or reset,
 * the four are served on, and the server does not spin meanwhile. Each of the four that leaves
 * makes room for one. The route plaintext is needed, here and below.
 */
void lifecycle_limit(struct lifecycle *check);

/*
 * Below its limit of connections, but out of descriptors: its RLIMIT_NOFILE is lowered while it
 * runs. It serves those it has, lets the others wait in the backlog, does not spin, and serves one
 * when a client leaves, another when the limit rises again.
 */
void lifecycle_files(struct lifecycle *check);

/*
 * What stands behind a proxy is not there (404 without --upstream, 502 while it refuses), comes
 * (200) and goes (502), and the client keeps its connection through all of it. The routes proxy and
 * plaintext are needed, here and below.
 */
void lifecycle_upstream(struct lifecycle *check);

/*
 * What an upstream says behind an answer, or to a client that has left,
 * reaches nobody; many fetches that hang keep nobody else waiting; a
 * fetch whose client has left ends, when it times out at the latest.
 */
void lifecycle_fetches(struct lifecycle *check);

/* Of the connections of a burst of fetches, 64 are kept for each worker at most. */
void lifecycle_burst(struct lifecycle *check);

/* SIGTERM with fetches under way: what comes in time is
 * answered, what hangs does not hold up the exit. */
void lifecycle_fetch_drain(struct lifecycle *check);

void lifecycle_release(struct lifecycle *check);

#endif
