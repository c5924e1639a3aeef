/*
 * The listener of a ring's loop. While there is room a multishot accept is armed: the kernel
 * accepts whatever comes and reports each. It cannot be told to stop at a number, so near the
 * connection limit only readiness is polled, and connections are accepted one by one through the
 * gate: the limit is exact. Only a burst that is more in one turn than there was room for passes
 * it: those few are kept and served, and the soft RLIMIT_NOFILE, which core/server.c has set just
 * above the limit, leaves the rest of the burst in the queue.
 *
 * Any completion without IORING_CQE_F_MORE disarms; acceptor_follow, once a turn, arms again what
 * is wanted. At the limit on open files an accept fails as soon as it is armed: the gate pauses, so
 * nothing spins.
 */
#ifndef URING_ACCEPTOR_H
#define URING_ACCEPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/server.h"
#include "uring/ring.h"

struct acceptor {
    struct ring *ring;
    struct worker *worker;
    uint64_t user_data;        /* of its completions */
    uint64_t cancel_user_data; /* of completions to be ignored */
    uint8_t armed;             /* enum in acceptor.c */
    bool is_cancelling;
    bool only_polls; /* this kernel does not keep an accept armed on a non-blocking listener */
};

/* Zero it and set the first four members to initialise. Arms or disarms as the gate says, and
 * disarms for good while draining. Returns whether anything is armed. */
bool acceptor_follow(struct acceptor *acceptor, uint64_t now_ms);

/* A completion with its user_data: the fd of a connection that has its place; -EAGAIN: the queue is
 * to be looked at with gate_accept; another -errno: nothing. */
int acceptor_completed(struct acceptor *acceptor, const struct io_uring_cqe *cqe, uint64_t now_ms);

#endif
