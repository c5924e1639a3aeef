/*
 * What the kernel still does for one socket. Every submission that names it counts as in flight
 * until its last completion, and its owner may go only when none is left: so the address of its
 * struct flight may travel as user_data.
 *
 * An armed receive holds the file: close(2) alone would neither end it nor send a FIN. So a socket
 * is ended before it is closed: by a shutdown, or, to be reset, by cancelling all that is in
 * flight, because a shutdown would send a FIN first.
 */
#ifndef URING_FLIGHT_H
#define URING_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "app/app.h"
#include "uring/ring.h"
#include "uring/settings.h"

/* What a completion is about: the lowest bits of its user_data. The others are the address of a
 * flight, or 0 if it is the loop's own. */
enum operation { RECEIVE, SEND, AWAIT, CANCEL, ACCEPT, WAKE, OPERATION_MASK = 7 };

struct flight {
    _Alignas(OPERATION_MASK + 1) int fd;
    uint32_t count; /* operations that will still complete */
    bool is_receiving, is_cancelling;
    bool is_polling, is_stale; /* stale: the wait of that poll is over already */
};

static inline struct flight *flight_of(const struct io_uring_cqe *cqe)
{
    return (struct flight *)(uintptr_t)(cqe->user_data & ~(uint64_t)OPERATION_MASK);
}

/* Books a completion of it, and says of what. */
static inline enum operation flight_completed(struct flight *flight, const struct io_uring_cqe *cqe)
{
    enum operation operation = cqe->user_data & OPERATION_MASK;

    if (cqe->flags & IORING_CQE_F_MORE)
        return operation;
    flight->count--;
    if (operation == RECEIVE) /* whatever else it says */
        flight->is_receiving = false;
    else if (operation == CANCEL)
        flight->is_cancelling = false;
    return operation;
}

/* A submission to be prepared. */
static inline struct io_uring_sqe *flight_submit(struct flight *flight, struct ring *ring,
                                                 enum operation operation)
{
    flight->count++;
    return ring_sqe(ring, (uintptr_t)flight | operation);
}

/* Arms the multishot receive, if it is not. */
static inline void flight_receive(struct flight *flight, struct ring *ring)
{
    if (flight->is_receiving)
        return;
    flight->is_receiving = true;
    flight->count++;
    ring_receive(ring, flight->fd, (uintptr_t)flight | RECEIVE);
}

/* Sends the first of the bytes, which must stay; the next send only when this one has completed.
 * Without MSG_WAITALL, so that a slow reader's progress shows, to the write time-out, too. */
static inline void flight_send(struct flight *flight, struct ring *ring, struct slice bytes)
{
    if (bytes.len > uring_settings.send_bytes)
        bytes.len = uring_settings.send_bytes;
    io_uring_prep_send(flight_submit(flight, ring, SEND), flight->fd, bytes.ptr, bytes.len,
                       MSG_NOSIGNAL);
}

/* Stops an armed receive; what is on its way still comes. */
void flight_stop_receiving(struct flight *flight, struct ring *ring);

/* Polls the fd of a wait, once. A poll that was cancelled must
 * have ended before there is another. */
void flight_poll(struct flight *flight, struct ring *ring, const struct app_wait *wait);
/* That wait is over. */
void flight_unpoll(struct flight *flight, struct ring *ring);
/* A completion of the poll. Returns the revents of `wait`, or 0 if they are another wait's: then it
 * is polled now. NULL: nothing is waited for. */
short flight_polled(struct flight *flight, struct ring *ring, const struct app_wait *wait,
                    int result);

/* Makes all that is in flight complete; nothing may be submitted any more. */
void flight_end(struct flight *flight, struct ring *ring, bool with_reset);

#endif
