/*
 * What requests wait for: a time, and perhaps a descriptor, whichever comes first. On epoll the
 * connection sleeps, suspended, and the worker's epoll watches the descriptor; where a connection
 * has a thread, that waits itself.
 *
 * A sleeper is added by the library's thread, and taken out by the worker's, which resumes its
 * connection then, both under one lock of the caller. So a descriptor has left the epoll before the
 * application runs again and may close it. Nor is an event left behind for a sleeper that is gone:
 * epoll reports a descriptor once a call, and the worker takes out by time, or for another reason,
 * after the events that it was given.
 */
#ifndef MHD_SLEEPERS_H
#define MHD_SLEEPERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "app/app.h"
#include "core/timers.h"

/* Zero it to initialise. Its memory stays while it sleeps. */
struct sleeper {
    struct heap_entry due;
    int fd; /* in the epoll; negative: none */
};

struct sleepers {
    struct heap dues;
    int epoll_fd; /* the caller's, who asks it and hands the events in */
};

void sleepers_init(struct sleepers *sleepers, int epoll_fd);
void sleepers_release(struct sleepers *sleepers);

/* Adds one that does not sleep; its time counts from now. Returns 0, or -errno with nothing added:
 * no memory, or a descriptor that epoll does not take. */
int sleepers_add(struct sleepers *sleepers, struct sleeper *sleeper, const struct app_wait *wait);
/* Takes out one that sleeps. */
void sleepers_wake(struct sleepers *sleepers, struct sleeper *sleeper);
/* Takes out the first whose time has come; NULL: there is none. */
struct sleeper *sleepers_wake_due(struct sleepers *sleepers, uint64_t now_ms);
/* When the first time comes; UINT64_MAX: nobody sleeps. */
uint64_t sleepers_next_ms(const struct sleepers *sleepers);

static inline bool sleeper_is_asleep(const struct sleeper *sleeper)
{
    return sleeper->due.position > 0;
}

/* Whose descriptor the event is about, its revents being event->events; NULL: no sleeper's. */
struct sleeper *sleeper_of(const struct epoll_event *event);

/* In the connection's own thread: until the descriptor has *revents, or the time is over, which
 * are 0. False: the client is gone, or its socket was shut down, as at the end of a drain. */
bool wait_here(int client_fd, const struct app_wait *wait, short *revents);

#endif
