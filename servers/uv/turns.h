/*
 * libuv's loop, run a turn at a time: a turn waits once until something is ready, no longer than it
 * is told and only until the worker is woken, and makes the callbacks. Deadlines are the core's:
 * one timer of libuv ends the wait for all of them.
 */
#ifndef UV_TURNS_H
#define UV_TURNS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "core/server.h"

struct turns {
    uv_loop_t uv;
    uv_timer_t alarm;
    uv_poll_t wake;
    uint64_t alarm_ms; /* when it rings; UINT64_MAX: never */
    bool has_begun;    /* the turn, for turns_begin */
};

/* Ends its waits when the worker's wake_fd is written. uv.data
 * is the caller's. Returns 0 or -errno. */
int turns_open(struct turns *turns, const struct worker *worker);
/* The other handles must be closing; their last callbacks are made. Returns 0 or -errno. */
int turns_close(struct turns *turns);

/* timeout_ms from now_ms; -1: for ever. */
void turns_run(struct turns *turns, uint64_t now_ms, int timeout_ms);

/* True for the first that asks since turns_run was called: who comes first reads the clocks,
 * because uv_run has no place for it between its wait and the callbacks. */
static inline bool turns_begin(struct turns *turns)
{
    bool has_begun = turns->has_begun;

    turns->has_begun = true;
    return !has_begun;
}

#endif
