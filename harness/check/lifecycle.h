/*
 * What a server does as a process: draining at SIGTERM, and waiting clients at --max-connections. Each check starts
 * a server of its own and ends it. Called from the main thread (children are tied to the thread that forks).
 */
#ifndef CHECK_LIFECYCLE_H
#define CHECK_LIFECYCLE_H

#include <stdbool.h>

#include "data/strings.h"

struct lifecycle {
    const char *path;    /* of the server */
    const char *address; /* "127.0.0.1" */
    unsigned workers;
    const volatile bool *interrupted; /* NULL: none */
    struct strings findings;          /* one per broken promise: "expected ..., got ..." */
};

/*
 * SIGTERM with idle connections, an answer that is due in 500 ms, one that would take 10 s, and clients that are still
 * in the backlog: all that can be answered is, nobody is reset but the 10 s one, further clients are refused, exit 0
 * within 2 s, no listener left. The routes plaintext and wait are needed.
 */
void lifecycle_drain(struct lifecycle *check);

/* With --max-connections 4, a fifth client waits in the backlog and is served when one of the four leaves. */
void lifecycle_limit(struct lifecycle *check);

void lifecycle_release(struct lifecycle *check);

#endif
