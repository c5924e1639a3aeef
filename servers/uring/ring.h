/*
 * An io_uring with a ring of receive buffers, as the loops here use it: set up with SINGLE_ISSUER
 * and DEFER_TASKRUN (kernel 6.1), one system call per turn, multishot receive into buffers the
 * kernel picks. It belongs to the thread that opened it; no other may submit.
 *
 * The buffer ring is small on purpose: it is first in, first out, so every buffer gets touched. A
 * loop gives each buffer back while it handles the completion, so at the end of a turn all are
 * there again.
 */
#ifndef URING_RING_H
#define URING_RING_H

#include <liburing.h>
#include <stddef.h>
#include <stdint.h>

#include "http/slice.h"

struct ring {
    struct io_uring uring;
    struct io_uring_buf_ring *buffers;
    size_t buffers_map_bytes;
    char *bytes; /* of all buffers */
    unsigned buffers_count;
    unsigned buffer_bytes;
};

struct ring_sizes {
    unsigned cq_entries;
    unsigned buffers_count; /* a power of two */
    unsigned buffer_bytes;
};

/* Tries what the loops need: 0, or -errno and in reason what failed, why, and what to do about it.
 */
int ring_probe(char *reason, size_t reason_size);

/* Returns 0 or -errno. */
int ring_open(struct ring *ring, const struct ring_sizes *sizes);
void ring_close(struct ring *ring);

/* An empty submission; submits those before it if there is no room. */
struct io_uring_sqe *ring_sqe(struct ring *ring, uint64_t user_data);

/* Arms a multishot receive. Any completion without IORING_CQE_F_MORE says that it is not armed any
 * more. */
void ring_receive(struct ring *ring, int fd, uint64_t user_data);

/* The completion `i` of those that io_uring_cq_ready has counted: cheaper than to look each time
 * whether there is one more. */
static inline const struct io_uring_cqe *ring_completion(const struct ring *ring, unsigned i)
{
    const struct io_uring_cq *cq = &ring->uring.cq;

    return &cq->cqes[(*cq->khead + i) & cq->ring_mask];
}

/* Reports once that fd is readable. */
void ring_watch(struct ring *ring, int fd, uint64_t user_data);

/* The received bytes of a completion, until ring_give_back; empty if it carries no buffer. */
struct slice ring_received(const struct ring *ring, const struct io_uring_cqe *cqe);
void ring_give_back(struct ring *ring, const struct io_uring_cqe *cqe);

/* Submits, and waits for a completion or the time; timeout_ms -1: for ever. Returns 0 or -errno.
 * What the call itself returns says little (it counts submissions, too): look at the completion
 * queue. */
int ring_turn(struct ring *ring, int timeout_ms);

extern const char ring_library_version[];

#endif
