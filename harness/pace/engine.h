/*
 * The loop that keeps time. One thread, pinned by the caller, that never sleeps while
 * requests are due: it reads the clock, sends what is due, takes what has come
 * (epoll_wait with no time-out), and does nothing else. N keep-alive connections a
 * server are opened one after the other and exercised once before the window opens; an
 * arrival takes the idle one that has rested longest; while none is idle, intended times
 * wait in a first-in-first-out backlog. After the schedule's end what is on its way has
 * up to ENGINE_DRAIN_MS to come back; what is then unfinished is recorded with its age.
 */
#ifndef PACE_ENGINE_H
#define PACE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pace/expectation.h"
#include "pace/requests.h"
#include "pace/trial.h"

enum {
    ENGINE_DRAIN_MS = 2000,
    /* For all connections before the window, and for each one again after a loss. */
    ENGINE_CONNECT_MS = 5000,
    /* One answer in so many is looked at whole, and the first of each connection. */
    ENGINE_LOOK_EVERY = 1000,
    ENGINE_PIDS_MOST = 64,
};

struct engine_options {
    struct requests *requests[TRIAL_TARGETS]; /* they may be the same */
    const struct expectation *expectation;
    const pid_t *pids[TRIAL_TARGETS]; /* whose CPU time is taken over the window */
    unsigned pid_count[TRIAL_TARGETS];
    const volatile bool *interrupted;
    /* Twice a second at most, and only while nothing is on its way nor due at once: what it takes
     * shows in no request's time, but at a high rate it may be called seldom or never. In a warm-up
     * now_ns is before start_monotonic_ns. NULL: none. */
    void (*progress)(void *argument, const struct trial *trial, int64_t now_ns);
    void *argument;
};

/* trial says what is asked; its records, audit, end, why, addresses and times are
 * filled here, and the records are open in any case. 0: the schedule was run, or
 * ended early for a reason that stands in trial->end. -1 with one sentence in *error
 * where nothing could be tried (descriptors, a name that does not resolve, nothing
 * listening, TLS); *exit_code says with which code of its own pace then ends. */
int engine_run(struct trial *trial, const struct engine_options *options, int *exit_code,
               char **error);

#endif
