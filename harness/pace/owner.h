/*
 * Is a process the server at a port? It is if it holds a socket whose local port is that one
 * (/proc/PID/fd, /proc/self/net/tcp and tcp6). If a process that descends from it does, that one
 * is. Where not all of this may be read nothing is known, nor in another network namespace, whose
 * ports are often others outside of it.
 */
#ifndef PACE_OWNER_H
#define PACE_OWNER_H

#include <stdint.h>
#include <sys/types.h>

#include "pace/url.h"

enum owner {
    OWNER_UNKNOWN,
    OWNER_HOLDS,
    OWNER_CHILD, /* not itself, but one that descends from it */
    OWNER_LACKS,
};
/* Of several processes one that holds it is enough. *child is set for OWNER_CHILD. */
enum owner owner_of_port(const pid_t *pids, unsigned count, uint16_t port, pid_t *child);

/* A process that is not the server would be called its cost. It is no error: a proxy may stand in
 * between. One sentence, which the caller frees, or NULL: there is nothing to say. */
char *owner_doubt(const pid_t *pids, unsigned count, const struct url *url);

#endif
