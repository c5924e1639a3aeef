#include "mhd/sleepers.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stddef.h>

#include "core/clock.h"

enum { SLEEPER_TAG = 1 }; /* marks a sleeper's pointer in epoll_data */

void sleepers_init(struct sleepers *sleepers, int epoll_fd)
{
    *sleepers = (struct sleepers){.epoll_fd = epoll_fd};
}

void sleepers_release(struct sleepers *sleepers)
{
    heap_release(&sleepers->dues);
}

/* Reports once, or the loop would spin until the sleeper is taken out. EPOLLIN is POLLIN, and so on
 * (epoll_ctl(2)). */
static int watch(const struct sleepers *sleepers, struct sleeper *sleeper, short events)
{
    struct epoll_event event = {(unsigned short)events | EPOLLONESHOT,
                                {.ptr = (char *)sleeper + SLEEPER_TAG}};

    if (sleeper->fd < 0)
        return 0;
    return epoll_ctl(sleepers->epoll_fd, EPOLL_CTL_ADD, sleeper->fd, &event) < 0 ? -errno : 0;
}

static void unwatch(const struct sleepers *sleepers, const struct sleeper *sleeper)
{
    if (sleeper->fd >= 0)
        epoll_ctl(sleepers->epoll_fd, EPOLL_CTL_DEL, sleeper->fd, NULL);
}

int sleepers_add(struct sleepers *sleepers, struct sleeper *sleeper, const struct app_wait *wait)
{
    int error = heap_add(&sleepers->dues, &sleeper->due, clock_after_ms(wait->timeout_ms));

    if (error)
        return error;
    sleeper->fd = wait->fd;
    error = watch(sleepers, sleeper, wait->events);
    if (error)
        heap_remove(&sleepers->dues, &sleeper->due);
    return error;
}

void sleepers_wake(struct sleepers *sleepers, struct sleeper *sleeper)
{
    assert(sleeper_is_asleep(sleeper));
    heap_remove(&sleepers->dues, &sleeper->due);
    unwatch(sleepers, sleeper);
}

struct sleeper *sleepers_wake_due(struct sleepers *sleepers, uint64_t now_ms)
{
    struct heap_entry *due = heap_due(&sleepers->dues, now_ms);
    struct sleeper *sleeper =
        due ? (struct sleeper *)((char *)due - offsetof(struct sleeper, due)) : NULL;

    if (sleeper)
        unwatch(sleepers, sleeper);
    return sleeper;
}

uint64_t sleepers_next_ms(const struct sleepers *sleepers)
{
    return heap_next_ms(&sleepers->dues);
}

struct sleeper *sleeper_of(const struct epoll_event *event)
{
    char *pointer = event->data.ptr;

    if (!((uintptr_t)pointer & SLEEPER_TAG))
        return NULL;
    return (struct sleeper *)(pointer - SLEEPER_TAG);
}

/* A client that is gone in both directions shows as POLLHUP or POLLERR, unasked (poll(2)). */
bool wait_here(int client_fd, const struct app_wait *wait, short *revents)
{
    struct pollfd fds[] = {{client_fd, 0, 0}, {wait->fd, wait->events, 0}};
    uint64_t due_ms = clock_after_ms(wait->timeout_ms), now_ms;

    while ((now_ms = clock_now_ms()) < due_ms && !fds[0].revents && !fds[1].revents)
        poll(fds, sizeof fds / sizeof *fds, (int)(due_ms - now_ms));
    *revents = fds[1].revents;
    return !fds[0].revents;
}
