/*
 * How many answers are due to a string of bytes: the HTTP/1.1 requests that
 * stand in it one after the other (RFC 9112), read as strictly as a good
 * server reads them. A request that servers would take in different ways, or
 * refuse, would be measured as something else than what its author meant.
 */
#ifndef PACE_REQUEST_SCAN_H
#define PACE_REQUEST_SCAN_H

#include <stddef.h>
#include <stdint.h>

struct request_shape {
    uint32_t answers; /* 1 .. REQUEST_PIPELINE_MOST */
    uint64_t heads;   /* bit k: the k-th is a HEAD */
};

/* 0, or -1 with one sentence that says which of them is wrong, and how. */
int request_scan(struct request_shape *shape, const char *bytes, size_t len, char **error);

#endif
