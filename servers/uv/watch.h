/*
 * The fd that a handler waits for, watched by libuv. Not for the sockets of peers, which libuv
 * reads by itself: an fd has one handle of libuv at most.
 */
#ifndef UV_WATCH_H
#define UV_WATCH_H

#include <uv.h>

#include "app/app.h"

struct loop; /* the model's, and the data of its uv_loop_t */
struct peer; /* the model's */

/* revents as poll(2) gives them: POLLIN, POLLOUT; or POLLERR alone. It is reported again, turn by
 * turn, until the watch is closed. */
typedef void watch_ready(struct loop *loop, struct peer *peer, short revents);

struct watch;

/* Makes the fd non-blocking. Returns NULL when memory has run out or libuv cannot watch it. */
struct watch *watch_open(uv_loop_t *uv, const struct app_wait *wait, watch_ready *ready,
                         struct peer *peer);

/* Before the fd is closed. Its memory goes once libuv, at the end of an uv_run, has let go of it.
 * NULL is none. */
void watch_close(struct watch *watch);

#endif
