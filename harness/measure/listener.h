/*
 * Whose is a listening port? After `ready` every socket that listens on a server's address and port
 * must belong to its process tree: with SO_REUSEPORT a leftover process would share the load
 * unnoticed. From /proc/net/tcp{,6} (proc(5)) and /proc/PID/fd.
 */
#ifndef MEASURE_LISTENER_H
#define MEASURE_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum listener_owner {
    LISTENER_OURS,   /* at least one socket listens there, and all are the tree's */
    LISTENER_NONE,   /* nothing listens there */
    LISTENER_SHARED, /* somebody else's socket listens there too, or only somebody else's */
};
/* address is numeric, IPv4 or IPv6; a wildcard listener counts as listening on it. */
enum listener_owner listener_check(const char *address, uint16_t port, const pid_t *pids,
                                   size_t count);
/* How many connections on that local port wait out their end: those that the server itself closed
 * first. -1: the kernel's tables cannot be read. */
int listener_closed(uint16_t port);

/* Who is or was connected to a local port: a bit for each of the clients'
 * ports. A connection that has ended is still seen for as long as either
 * end waits out its time (TIME_WAIT: 60 s), unless it was reset. */
struct listener_peers {
    uint64_t ports[(UINT16_MAX + 1) / 64];
    bool known; /* false: the kernel's tables cannot be read */
};
void listener_peers_read(struct listener_peers *peers, uint16_t port);
/* How many connected between two readings; -1 if either is not known. */
int listener_peers_new(const struct listener_peers *before, const struct listener_peers *after);

#endif
