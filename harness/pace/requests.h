/*
 * What is sent, built before anything is timed: a ring of references to distinct byte strings. A
 * script request may hold several pipelined HTTP requests; as many answers are due, and it is done
 * when the last of them is there.
 */
#ifndef PACE_REQUESTS_H
#define PACE_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REQUEST_PIPELINE_MOST = 64, REQUESTS_RING_LEAST = 65536 };

struct request {
    const char *bytes; /* borrowed from the requests they stand in */
    uint32_t len;
    uint32_t answers; /* 1 .. REQUEST_PIPELINE_MOST */
    uint64_t heads;   /* bit k: the k-th is a HEAD, whose answer has no body */
};

struct requests {
    struct request *distinct; /* owned, their bytes too */
    size_t distinct_count;
    uint32_t *ring; /* indexes of distinct, in the order in which they are asked for; owned */
    size_t ring_count, next;
    struct requests_index *index; /* private: where an equal one is found while they are added */
};

void requests_init(struct requests *requests);
/* Appends one; equal bytes are stored once. 0, or -1 with one sentence
 * in *error: no HTTP/1.1 request, more than REQUEST_PIPELINE_MOST of
 * them, a body of another length than its Content-Length says. */
int requests_add(struct requests *requests, const char *bytes, size_t len, char **error);
void requests_release(struct requests *requests);

/* The next one of the ring, which starts again at its end.
 * Never NULL once one was added; no memory is allocated. */
const struct request *requests_next(struct requests *requests);
/* SHA-256 of all that the ring will send in its order, as 64
 * hex digits: the same for the same script and seed. */
void requests_hash(const struct requests *requests, char hex[65]);

#endif
