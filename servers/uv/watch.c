#include "uv/watch.h"

#include <poll.h>
#include <stdlib.h>

struct watch {
    uv_poll_t poll;
    watch_ready *ready;
    struct peer *peer;
};

static void reported(uv_poll_t *poll, int status, int events)
{
    struct watch *watch = (struct watch *)poll;
    int revents = (events & UV_READABLE ? POLLIN : 0) | (events & UV_WRITABLE ? POLLOUT : 0);

    watch->ready(poll->loop->data, watch->peer, (short)(status < 0 ? POLLERR : revents));
}

struct watch *watch_open(uv_loop_t *uv, const struct app_wait *wait, watch_ready *ready,
                         struct peer *peer)
{
    int events =
        (wait->events & POLLIN ? UV_READABLE : 0) | (wait->events & POLLOUT ? UV_WRITABLE : 0);
    struct watch *watch = malloc(sizeof *watch);

    if (!watch || uv_poll_init(uv, &watch->poll, wait->fd) < 0) {
        free(watch); /* a handle whose init has failed is not libuv's */
        return NULL;
    }
    watch->ready = ready;
    watch->peer = peer;
    uv_poll_start(&watch->poll, events, reported);
    return watch;
}

static void closed(uv_handle_t *poll)
{
    free(poll);
}

void watch_close(struct watch *watch)
{
    if (watch)
        uv_close((uv_handle_t *)&watch->poll, closed);
}
