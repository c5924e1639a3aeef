/*
 * One GET to the server behind: asked over a connection of the pool or a new one, its answer
 * collected whole. Nothing here blocks: a step goes as far as the socket allows and says what to
 * wait for.
 *
 * Passed on is what a client may have: status, Content-Type, body. FETCH_FAILED leaves the status
 * to answer instead: 502 if no connection could be had, or it broke, or what came was no answer
 * (see http/reply.h; also 206, 304 and a Content-Encoding, for which nobody asked), or it was
 * longer than FETCH_BODY_LIMIT_BYTES, its interim answers than FETCH_INTERIM_LIMIT_BYTES, or it was
 * shorter than it said; 504 if it was not whole FETCH_TIMEOUT_MS after it was asked for.
 *
 * A connection of the pool may turn out to have been closed while the request was on its way. If
 * nothing was answered, that request, which a GET allows, is made once more on a new one (RFC 9110
 * section 9.2.2, RFC 9112 section 9.3.1).
 *
 * A new connection is had from the first of the upstream's places that does not refuse it,
 * beginning with the one that gave the last.
 */
#ifndef UPSTREAM_FETCH_H
#define UPSTREAM_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "http/buffer.h"
#include "http/chunked.h"
#include "http/reply.h"
#include "http/slice.h"
#include "upstream/upstream.h"

enum {
    FETCH_TIMEOUT_MS = 5000,               /* from the request to the answer's last byte */
    FETCH_BODY_LIMIT_BYTES = 1024 * 1024,  /* as of a request's body */
    FETCH_TYPE_LIMIT_BYTES = 128,          /* of Content-Type */
    FETCH_INTERIM_LIMIT_BYTES = 64 * 1024, /* of all interim answers before one */
};

enum fetch_step {
    FETCH_WAIT,   /* for fetch->events of fetch->fd, or fetch->timeout_ms */
    FETCH_ANSWER, /* status, type, body and held are there */
    FETCH_FAILED, /* status is */
};

struct fetch {
    int fd;       /* -1: none */
    short events; /* poll(2)'s */
    uint32_t timeout_ms;

    uint16_t status;
    struct slice type, body; /* in held; type empty: the answer had none */
    struct buffer held;

    /* Its own. */
    struct upstream *upstream;
    uint64_t due_ms;
    uint8_t phase;
    bool is_pooled;          /* its connection is of the pool, and nothing has come on it */
    bool is_reusable;        /* once the answer is whole */
    uint8_t place;           /* of the upstream's, to which its connection is new */
    uint8_t places_left;     /* to try after that one */
    enum http_reply_end end; /* of the body */
    struct http_chunked chunked;
    uint64_t missing_bytes; /* of a body whose length is known */
    struct buffer head;     /* that did not come in one piece */
    size_t interim_bytes;   /* of the interim answers so far */
    size_t scanned;
    uint32_t request_bytes, sent_bytes;
    char request[];
};

/* path begins with '/'; query may have ptr NULL. NULL: no memory. The upstream is borrowed. */
struct fetch *fetch_new(struct upstream *upstream, struct slice path, struct slice query);

/* The first step: it never has the answer yet. */
enum fetch_step fetch_begin(struct fetch *fetch);
/* What it waited for has come: revents of its fd; 0: the time is over. */
enum fetch_step fetch_go_on(struct fetch *fetch, short revents);

/* The memory that type and body are in; the caller frees it. NULL if there is none. */
char *fetch_take_held(struct fetch *fetch);
/* At any time; closes a connection that is in use. */
void fetch_free(struct fetch *fetch);

#endif
