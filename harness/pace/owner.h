/*
 * Is a process the server at a port? It is if it, or a process that descends from it, holds a socket whose local port
 * is that one (/proc/PID/fd, /proc/PID/net/tcp and tcp6). Where not all of that may be read nothing is known, nor in
 * another network namespace, whose ports are often others outside of it.
 */
#ifndef PACE_OWNER_H
#define PACE_OWNER_H

#include <stdint.h>
#include <sys/types.h>

enum owner { OWNER_UNKNOWN, OWNER_HOLDS, OWNER_LACKS };
/* Of several processes one that holds it is enough. */
enum owner owner_of_port(const pid_t *pids, unsigned count, uint16_t port);

#endif
