/*
 * One HTTP connection without its I/O: bytes in, bytes out, and what the model is to do next. Every
 * model moves bytes through these calls and does nothing else with HTTP; that is why the models
 * are equivalent.
 *
 * Invariants
 *  1. Input is borrowed for the call and taken whole; only an incomplete remainder is copied, into
 *     memory that is freed as soon as it is empty. An idle connection holds no buffer.
 *  2. One send is in flight per connection, always: what a call put into *out, or what conn_keep
 *     kept, must be in the socket before conn_more asks for the next bytes.
 *  3. CONN_READ absent: the model must not start a read; but input that was already on its way may
 *     still come: conn_input stashes it (up to a bound, beyond which it answers CONN_RESET).
 *  4. While a request waits, later pipelined ones stay unparsed; earlier answers go out first.
 *  5. End of input after whole requests: all are answered, then CONN_CLOSE. Inside a request, the
 *     connection ends with a silent CONN_CLOSE.
 *  6. No call closes, reads a clock or blocks; none allocates on the plain path. Time is passed in,
 *     in milliseconds of CLOCK_MONOTONIC.
 *  7. What is handed out stays where it is until conn_more, and the connection until conn_close,
 *     which the model calls once its own in-flight count is 0.
 *  8. 100 Continue goes out only if the head was accepted, the version is 1.1 and no byte of the
 *     body is here. It is the one output that depends on how the input was cut.
 *  9. Every answer that says "Connection: close" is followed by CONN_LINGER, or CONN_CLOSE if the
 *     client has sent FIN: a close with unread input is a reset that overtakes the answer.
 *     CONN_LINGER: shutdown(SHUT_WR), then go on reading into conn_input (which discards) until end
 *     of input, the linger deadline, or CONN_LINGER_LIMIT_BYTES (RFC 9112 section 9.6).
 *     CONN_RESET: SO_LINGER {1, 0}, then close: for write time-outs.
 */
#ifndef CORE_CONN_H
#define CORE_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "app/app.h"
#include "http/buffer.h"
#include "http/chunked.h"
#include "http/request.h"
#include "http/response.h"

enum {
    /* From a request's first byte behind an empty line, not moved by later ones. */
    CONN_HEADER_TIMEOUT_MS = 10 * 1000,
    CONN_BODY_INTERVAL_MS = 5 * 1000, /* without CONN_BODY_PROGRESS_BYTES or the body's end */
    CONN_BODY_PROGRESS_BYTES = 1024,
    CONN_IDLE_TIMEOUT_MS = 60 * 1000,  /* between requests: silent close */
    CONN_WRITE_TIMEOUT_MS = 30 * 1000, /* without a byte of progress: reset */
    CONN_WRITE_LOOK_MS = 5 * 1000,     /* how often a blocked write is asked for progress */
    CONN_WRITE_LOOKS = CONN_WRITE_TIMEOUT_MS / CONN_WRITE_LOOK_MS,
    CONN_LINGER_TIMEOUT_MS = 2 * 1000,
    CONN_DRAIN_LINGER_MS = 200, /* idle connections at SIGTERM, before the FIN and after it */
    CONN_LINGER_LIMIT_BYTES = 1024 * 1024,
    /* What may be held of one request, and again of input that comes while CONN_READ is absent: a
     * largest request and one read more. A model that stops reading when told stays far below. */
    CONN_STASH_LIMIT_BYTES = HTTP_BODY_LIMIT_BYTES + HTTP_HEAD_LIMIT_BYTES + 64 * 1024,
    CONN_OUT_BYTES = 64 * 1024, /* a good size for the lent block; at least CONN_OUT_MIN_BYTES */
    CONN_OUT_MIN_BYTES = 4096,
    /* Longer bodies go by reference, others are copied into base: with their head they fit a block
     * of 16 KiB, the smallest that a model here lends, so all send the same bodies in one send. */
    CONN_REF_BYTES = 16 * 1024 - HTTP_RESPONSE_HEAD_BYTES,
};

/* Lent by the model for one call. The core fills base[0 .. len), or sets ref: never both. */
struct conn_out {
    char *base;
    uint32_t cap;
    uint32_t len;
    struct slice ref; /* static, or owned by the connection until the next conn_more, conn_close */
};

/*
 * What the model is to do; each call returns the whole wish.
 *
 * CONN_WRITE comes alone or with CONN_WAIT. What follows is known once all is sent: after the last
 * byte of every CONN_WRITE the model calls conn_more, which answers CONN_READ, CONN_LINGER,
 * CONN_CLOSE or the next part. With *out and the tail empty, CONN_WRITE only says that an earlier
 * *out is still on its way: calls other than conn_more may come meanwhile.
 * CONN_READ is absent while something is to be sent or waited for, the client's FIN included: a
 * half-closed client is served all the same, and one that is gone shows when it is written to.
 */
enum conn_next {
    CONN_READ = 1,   /* wants input */
    CONN_WRITE = 2,  /* something is to be sent: *out, or the kept tail */
    CONN_WAIT = 4,   /* conn_wait() says for what */
    CONN_LINGER = 8, /* all is sent: shutdown(SHUT_WR), go on reading; CONN_READ comes with it */
    CONN_CLOSE = 16, /* all is sent: close */
    CONN_RESET = 32, /* now: also when memory has run out */
};

/* What the connections of one worker share. */
struct conn_shared {
    struct http_template template;
    uint64_t date_second; /* the time(2) rendered in the template */
    struct app *app;
};

/* The app, which may be NULL where nothing is fetched, is borrowed. */
void conn_shared_init(struct conn_shared *shared, const char *server_name, struct app *app);
/* Refreshes the Date if the second has changed: once per turn of a loop, before serving. */
void conn_shared_tick(struct conn_shared *shared, time_t now);

enum conn_phase {
    CONN_PHASE_HEAD,   /* a request's head is awaited; idle if none of it is here */
    CONN_PHASE_BODY,   /* its body is being collected */
    CONN_PHASE_ANSWER, /* its answer's body goes out by reference, part by part */
    CONN_PHASE_LINGER, /* the last answer is given: input is discarded */
    CONN_PHASE_WAIT,   /* it waits; later input is held unparsed */
    CONN_PHASE_CLOSED,
    CONN_PHASE_RESET,
};

/* Complete, so that it can be embedded; its members are the core's. */
struct conn {
    struct conn_shared *shared;
    uint64_t since_ms;     /* what the deadline counts from: see conn_deadline_ms */
    struct buffer request; /* one that did not come in one piece: its head, then its decoded body */
    struct buffer backlog; /* input that came while nothing could be answered, unparsed */
    uint32_t backlog_taken;
    uint32_t scanned;        /* http_request_parse's, of a head begun in request */
    uint32_t head_bytes;     /* of request, in the phase BODY */
    uint32_t body_bytes;     /* to come in all, unless chunked */
    uint32_t progress_bytes; /* of body since since_ms */
    uint32_t linger_bytes;   /* discarded */
    uint32_t unsent_bytes;   /* at the last look */
    struct http_chunked chunked;
    struct app_call call;
    struct app_wait wait;
    uint32_t pattern_offset; /* of app_pattern(), still to be sent up to pattern_end */
    uint32_t pattern_end;
    struct slice body; /* of the answer, still to be sent by reference */
    struct slice tail; /* kept by conn_keep; in tail_copy unless it is a reference */
    char *tail_copy;
    short revents;  /* of an event that came while earlier answers were being sent */
    uint8_t phase;  /* enum conn_phase */
    bool sending;   /* something handed out is not yet known to be in the socket */
    uint8_t looks;  /* conn_progress: those that saw none since since_ms, but for the last */
    bool resumable; /* the wait is over, revents says how */
    /* The app waits with this call: it is to be told if there is no answer any more. */
    bool is_called;
    bool peer_done; /* FIN has come */
    bool draining;
    bool brief_linger; /* CONN_DRAIN_LINGER_MS, not CONN_LINGER_TIMEOUT_MS */
    bool body_chunked; /* of the request in progress, as the next three */
    bool head_only;    /* HEAD: no body in the answer */
    bool http10;
    bool keep_alive; /* as the client wants it; the answer also looks at draining */
};

void conn_open(struct conn *conn, struct conn_shared *shared, uint64_t now_ms);

/* n bytes have arrived; len 0 says the peer has sent FIN. */
unsigned conn_input(struct conn *conn, struct slice in, uint64_t now_ms, struct conn_out *out);

/* All that was handed out is in the socket: the next part, or the next request. */
unsigned conn_more(struct conn *conn, uint64_t now_ms, struct conn_out *out);

/* Only the first sent bytes of *out, and not all, went into the socket; the core keeps the rest (a
 * copy of base; of ref only the slice) and the model sends conn_tail() when the socket has room.
 * Returns the wish, CONN_WRITE in it; CONN_RESET when memory has run out. */
unsigned conn_keep(struct conn *conn, const struct conn_out *out, size_t sent, uint64_t now_ms);

/* n more bytes went out, of the kept tail or of an *out that the model keeps by itself: the write
 * deadline moves. When conn_tail() is empty, conn_more comes next. */
void conn_wrote(struct conn *conn, size_t n, uint64_t now_ms);
struct slice conn_tail(const struct conn *conn);

/* The wait is over: the fd's revents, or 0 for its time-out. May come while earlier answers are
 * still being sent; the waiting request is then resumed by conn_more. */
unsigned conn_event(struct conn *conn, short revents, uint64_t now_ms, struct conn_out *out);
const struct app_wait *conn_wait(const struct conn *conn);

/* conn_deadline_ms of one that is not sending. */
uint64_t conn_still_deadline_ms(const struct conn *conn);
/* When conn_expire is due, in ms; the model's timers ask after every call. Never 0; UINT64_MAX
 * while only the wait's own time-out, which is conn_event's, can end it. */
static inline uint64_t conn_deadline_ms(const struct conn *conn)
{
    return conn->sending ? conn->since_ms + (conn->looks + 1u) * CONN_WRITE_LOOK_MS
                         : conn_still_deadline_ms(conn);
}
/* Between requests, all sent: its deadline can only have become later. */
static inline bool conn_rests(const struct conn *conn)
{
    return conn->phase == CONN_PHASE_HEAD && !conn->sending && conn->request.len == 0;
}
/* Of a write whose deadline has passed: the kernel still has unsent_bytes to send (SIOCOUTQ,
 * tcp(7)). A socket takes more only once a third of its buffer is free, so a slow reader may take
 * bytes for long without a send that ends: fewer than at the last look are progress. For the model
 * to call before conn_expire; it changes no wish. */
void conn_progress(struct conn *conn, uint32_t unsent_bytes, uint64_t now_ms);
/* The deadline has passed: 408 and CONN_LINGER, silent CONN_CLOSE when idle
 * or lingering (idle while draining: CONN_LINGER first), or CONN_RESET.
 * Called too early it changes nothing, so a timer may be lazy. */
unsigned conn_expire(struct conn *conn, uint64_t now_ms, struct conn_out *out);

/* SIGTERM: the next answer ends the connection with "Connection: close", and later pipelined
 * requests are left unread. An idle connection may have its request in the socket already: it gets
 * CONN_DRAIN_LINGER_MS to show it, and as long to linger (a request that crosses the FIN gets no
 * reset). The wish stays as it is, and the deadline comes closer. */
void conn_drain(struct conn *conn, uint64_t now_ms);

/* Frees what the connection holds. */
void conn_close(struct conn *conn);

#endif
