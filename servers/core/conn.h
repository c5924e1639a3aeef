/*
 * One HTTP connection without its I/O: bytes in, bytes out, and what the model is to do next. Every model
 * moves bytes through these calls and does nothing else with HTTP; that is why the models are equivalent.
 *
 * Invariants
 *  1. Input is borrowed for the call and taken whole; only an incomplete remainder is copied, once, into
 *     memory that is freed as soon as it is empty. An idle connection holds no buffer.
 *  2. One send is in flight per connection, always: what a call put into *out, or what conn_keep kept, must be
 *     in the socket before conn_more asks for the next bytes.
 *  3. CONN_READ absent: the model must not start a read; but input that was already on its way may still
 *     come: conn_input stashes it (up to a bound, beyond which it answers CONN_RESET).
 *  4. While a request waits, later pipelined ones stay unparsed; earlier answers go out first.
 *  5. End of input after whole requests: all are answered, then CONN_CLOSE. Inside a request: silent CONN_CLOSE.
 *  6. No call closes, reads a clock or blocks; none allocates on the plain path. Time is passed in, in
 *     milliseconds of CLOCK_MONOTONIC.
 *  7. Nothing is freed inside a call; the model calls conn_close once its own in-flight count is 0.
 *  8. 100 Continue goes out only if the head was accepted, the version is 1.1 and no byte of the body is here.
 *  9. CONN_LINGER: after everything is sent, shutdown(SHUT_WR), then go on reading into conn_input (which
 *     discards) until end of input, the linger deadline, or CONN_LINGER_LIMIT_BYTES (RFC 9112 section 9.6).
 *     CONN_RESET: SO_LINGER {1, 0}, then close: for write time-outs.
 */
#ifndef CORE_CONN_H
#define CORE_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"
#include "http/chunked.h"
#include "http/request.h"
#include "http/response.h"

enum {
    CONN_HEADER_TIMEOUT_MS = 10 * 1000, /* from a request's first byte, not moved by later ones */
    CONN_BODY_INTERVAL_MS = 5 * 1000,   /* each must bring CONN_BODY_PROGRESS_BYTES of body or its end */
    CONN_BODY_PROGRESS_BYTES = 1024,
    CONN_IDLE_TIMEOUT_MS = 60 * 1000,   /* between requests: silent close */
    CONN_WRITE_TIMEOUT_MS = 30 * 1000,  /* without a byte of progress: reset */
    CONN_LINGER_TIMEOUT_MS = 2 * 1000,
    CONN_DRAIN_LINGER_MS = 200,         /* idle connections at SIGTERM */
    CONN_LINGER_LIMIT_BYTES = 1024 * 1024,
    CONN_STASH_LIMIT_BYTES = 64 * 1024 + HTTP_HEAD_LIMIT_BYTES,
    CONN_OUT_BYTES = 64 * 1024,     /* a good size for the lent block; at least CONN_OUT_MIN_BYTES */
    CONN_OUT_MIN_BYTES = 4096,
    CONN_REF_BYTES = 16 * 1024,     /* longer bodies are sent by reference, shorter ones copied into base */
};

/* Lent by the model for one call. The core fills base[0 .. len), or sets ref: never both in one call. */
struct conn_out {
    char *base;
    uint32_t cap;
    uint32_t len;
    struct slice ref; /* static, or owned by the connection until the next conn_more, conn_close */
};

/* What the model is to do; each call returns the whole wish. */
enum conn_next {
    CONN_READ = 1,   /* wants input */
    CONN_WRITE = 2,  /* something is to be sent: *out, or the kept tail */
    CONN_WAIT = 4,   /* conn_wait() says for what */
    CONN_LINGER = 8, /* once all is sent: lingering close */
    CONN_CLOSE = 16, /* once all is sent: close */
    CONN_RESET = 32, /* now */
};

/* What the connections of one worker share. */
struct conn_shared {
    struct http_template template;
    uint64_t date_second; /* the time(2) rendered in the template */
};

void conn_shared_init(struct conn_shared *shared, const char *server_name);
/* Refreshes the Date if the second has changed: once per turn of a loop, before serving. */
void conn_shared_tick(struct conn_shared *shared, time_t now);

struct conn; /* complete below, so that it can be embedded; its members are the core's */

void conn_open(struct conn *conn, struct conn_shared *shared, uint64_t now_ms);

/* n bytes have arrived; len 0 says the peer has sent FIN. */
unsigned conn_input(struct conn *conn, struct slice in, uint64_t now_ms, struct conn_out *out);

/* All that was handed out is in the socket: the next part, or the next request. */
unsigned conn_more(struct conn *conn, uint64_t now_ms, struct conn_out *out);

/* Only the first sent bytes of *out went into the socket; the core keeps the rest (a copy of base; of ref only
 * the slice) and the model sends conn_tail() when the socket has room. Returns the wish, CONN_WRITE in it;
 * CONN_RESET when memory has run out. */
unsigned conn_keep(struct conn *conn, const struct conn_out *out, size_t sent, uint64_t now_ms);

/* n more bytes of the kept tail went out. When conn_tail() is empty, conn_more comes next. */
void conn_wrote(struct conn *conn, size_t n, uint64_t now_ms);
struct slice conn_tail(const struct conn *conn);

/* The wait is over: the fd's revents, or 0 for its time-out. */
unsigned conn_event(struct conn *conn, short revents, uint64_t now_ms, struct conn_out *out);
const struct app_wait *conn_wait(const struct conn *conn);

/* When conn_expire is due, in ms; the model's timers ask after every call. Never 0. */
uint64_t conn_deadline_ms(const struct conn *conn);
/* The deadline has passed: 408 and CONN_LINGER, silent CONN_CLOSE when idle or lingering, or CONN_RESET. */
unsigned conn_expire(struct conn *conn, uint64_t now_ms, struct conn_out *out);

/* SIGTERM: an idle connection lingers briefly (a request that crosses the FIN gets no reset); a busy one ends
 * with "Connection: close" on its next answer, and later pipelined requests are left unread. */
unsigned conn_drain(struct conn *conn, uint64_t now_ms);

/* Frees what the connection holds. */
void conn_close(struct conn *conn);

#endif
