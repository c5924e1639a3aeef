/*
 * Where a server is: the addresses of its name are tried one after the other, and the first that
 * takes a connection is the one that is used.
 */
#ifndef PACE_TARGET_H
#define PACE_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "pace/url.h"

struct target {
    struct sockaddr_storage address;
    socklen_t address_len;
    bool is_spread;  /* connections come from many addresses of 127.0.0.0/8 */
    uint32_t source; /* private: the last one used */
};

enum { TARGET_TEXT_BYTES = 64 };

/* Finds one that listens, and hands out the connection that showed it, which is not blocking and
 * the caller's. Gives up after ENGINE_CONNECT_MS an address. 0, or -1 with one sentence in *error
 * (owned by the caller) and the exit code that goes with it: a name that does not exist is a bad
 * URL (2), all else the environment's (5). *interrupted ends it too, with -1 and no sentence. */
int target_find(struct target *target, const struct url *url, const volatile bool *interrupted,
                int *fd, int *exit_code, char **error);
void target_text(const struct target *target, char text[TARGET_TEXT_BYTES]); /* "127.0.0.1:8080" */

/* Many connections come and go: on loopback they need more than the ports of
 * one address. A closed connection holds its port for a minute (TIME_WAIT)
 * or, where the kernel reuses them on loopback, for a second. */
void target_spread(struct target *target);
/* A socket that has begun to connect, or -errno; -EADDRNOTAVAIL: no local port is free. */
int target_connect(struct target *target);

#endif
