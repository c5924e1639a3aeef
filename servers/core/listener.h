/*
 * Listening sockets: one per worker, all on one port, the kernel spreading connections over them
 * (SO_REUSEPORT). Accepted sockets inherit TCP_NODELAY from them. Non-blocking, close-on-exec.
 */
#ifndef CORE_LISTENER_H
#define CORE_LISTENER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Opens `count` listeners. *port 0 lets the kernel choose, and receives the choice. A port that any
 * other socket listens on is refused with -EADDRINUSE, also where SO_REUSEPORT would share it.
 * Returns 0, or -errno with nothing left open and *failed naming the call.
 */
int listeners_open(int fds[], unsigned count, const char *address, uint16_t *port,
                   const char **failed);

#endif
