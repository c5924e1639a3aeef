/*
 * The listener of a loop on libuv. libuv only watches it: uv_listen would accept by itself, one
 * client more than the limit allows, and when files run out accept those who wait and hang up on
 * them. Here they are accepted through the core's gate, and stay in the queue while that is shut.
 */
#ifndef UV_ACCEPTOR_H
#define UV_ACCEPTOR_H

#include <stdbool.h>
#include <uv.h>

#include "core/clients.h"

struct acceptor {
    uv_poll_t poll;
    bool is_listening, has_newcomers;
};

/* Returns 0 or -errno. */
int acceptor_open(struct acceptor *acceptor, uv_loop_t *uv, int listener_fd);
void acceptor_close(struct acceptor *acceptor);

/* The end of a turn: opens those who have come, listens while the gate is open, and leaves the port
 * once the drain wants that. */
void acceptor_follow(struct acceptor *acceptor, struct clients *clients);

#endif
