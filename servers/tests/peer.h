/*
 * The other side of a connection, for tests: a model and a client in one, without a socket. It
 * lends every input in a block of its own that dies with the call, and spoils the lent output as
 * soon as it is sent, so that a sanitizer or a comparison finds whatever the core kept without the
 * right to.
 */
#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/conn.h"

/* How the model of this peer behaves. */
struct peer_style {
    uint32_t out_bytes; /* lent for answers */
    size_t send_bytes;  /* the most that one send takes; 0: everything */
    bool sends_late;    /* the next input comes before an answer is sent: reads already posted */
    bool events_early;  /* a wait ends while earlier answers are still being sent */
    bool keeps_out;     /* the rest of a short send stays in out, and conn_keep is not used */
};

struct peer {
    struct peer_style style;
    struct conn_shared shared;
    struct conn conn;
    uint64_t now_ms;
    unsigned wish;
    struct conn_out out; /* in flight while wish has CONN_WRITE, unless the tail is */
    char *block;         /* what out.base pointed to when it was lent */
    char *got;           /* all that was sent */
    size_t got_bytes, got_cap;
};

static inline void peer_open(struct peer *peer, struct peer_style style)
{
    *peer = (struct peer){.style = style, .now_ms = 1000, .wish = CONN_READ};
    peer->block = malloc(style.out_bytes);
    assert(peer->block);
    peer->out = (struct conn_out){.base = peer->block, .cap = style.out_bytes};
    conn_shared_init(&peer->shared, "backbench-test", NULL);
    conn_shared_tick(&peer->shared, 0);
    conn_open(&peer->conn, &peer->shared, peer->now_ms);
}

static inline void peer_close(struct peer *peer)
{
    conn_close(&peer->conn);
    free(peer->block);
    free(peer->got);
}

/* What holds after every call, whatever was called. */
static inline void peer_note(struct peer *peer, unsigned wish)
{
    const struct conn *conn = &peer->conn;
    assert(wish == CONN_READ || wish == CONN_WRITE || wish == CONN_WAIT ||
           wish == (CONN_WRITE | CONN_WAIT) || wish == (CONN_LINGER | CONN_READ) ||
           wish == CONN_CLOSE || wish == CONN_RESET);
    assert(conn->request.cap <= CONN_STASH_LIMIT_BYTES);
    assert(conn->backlog.cap <= CONN_STASH_LIMIT_BYTES);
    assert((conn->request.len > 0) == (conn->request.ptr != NULL));
    assert((conn->backlog.len > 0) == (conn->backlog.ptr != NULL));
    assert(conn->backlog.len == 0 || wish != CONN_READ);
    assert((conn_wait(conn) != NULL) == ((wish & CONN_WAIT) != 0));
    assert(conn_deadline_ms(conn) > 0);
    peer->wish = wish;
}

/* The out of the next send, or while one is in flight another one, which must stay empty. */
static inline struct conn_out *peer_lend(struct peer *peer, struct conn_out *spare)
{
    if (!(peer->wish & CONN_WRITE))
        return &peer->out;
    *spare = (struct conn_out){.base = malloc(CONN_OUT_MIN_BYTES), .cap = CONN_OUT_MIN_BYTES};
    assert(spare->base);
    return spare;
}

static inline void peer_take_back(struct peer *peer, struct conn_out *out)
{
    if (out == &peer->out)
        return;
    assert(out->len == 0 && out->ref.len == 0);
    free(out->base);
}

/* bytes.len 0: FIN. */
static inline void peer_input(struct peer *peer, struct slice bytes)
{
    struct conn_out spare, *out = peer_lend(peer, &spare);
    char *copy = malloc(bytes.len > 0 ? bytes.len : 1);
    assert(copy);
    if (bytes.len > 0)
        memcpy(copy, bytes.ptr, bytes.len);
    unsigned wish = conn_input(&peer->conn, (struct slice){copy, bytes.len}, peer->now_ms, out);
    free(copy);
    peer_take_back(peer, out);
    peer_note(peer, wish);
}

static inline void peer_event(struct peer *peer, short revents)
{
    struct conn_out spare, *out = peer_lend(peer, &spare);
    unsigned wish = conn_event(&peer->conn, revents, peer->now_ms, out);
    peer_take_back(peer, out);
    peer_note(peer, wish);
}

static inline void peer_expire(struct peer *peer)
{
    struct conn_out spare, *out = peer_lend(peer, &spare);
    unsigned wish = conn_expire(&peer->conn, peer->now_ms, out);
    peer_take_back(peer, out);
    peer_note(peer, wish);
}

static inline void peer_drain(struct peer *peer)
{
    unsigned wish = peer->wish;
    conn_drain(&peer->conn, peer->now_ms);
    peer_note(peer, wish);
}

static inline void peer_receive(struct peer *peer, struct slice bytes)
{
    if (peer->got_cap - peer->got_bytes < bytes.len) {
        peer->got_cap = 2 * peer->got_cap + bytes.len;
        peer->got = realloc(peer->got, peer->got_cap);
        assert(peer->got);
    }
    memcpy(peer->got + peer->got_bytes, bytes.ptr, bytes.len);
    peer->got_bytes += bytes.len;
}

static inline void peer_more(struct peer *peer)
{
    peer->out.base = peer->block;
    memset(peer->block, '!', peer->out.cap);
    peer_note(peer, conn_more(&peer->conn, peer->now_ms, &peer->out));
}

/* A short send: the rest is kept by the core, or stays where it is. */
static inline void peer_keep(struct peer *peer, size_t sent)
{
    struct conn_out *out = &peer->out;
    if (!peer->style.keeps_out) {
        unsigned wish = conn_keep(&peer->conn, out, sent, peer->now_ms);
        memset(peer->block, '!', out->cap);
        peer_note(peer, wish);
        return;
    }
    conn_wrote(&peer->conn, sent, peer->now_ms);
    if (out->ref.len > 0) {
        out->ref.ptr += sent;
        out->ref.len -= sent;
    } else {
        out->base += sent;
        out->len -= (uint32_t)sent;
    }
}

/* One send of what is in flight. */
static inline void peer_send(struct peer *peer)
{
    struct slice tail = conn_tail(&peer->conn), rest = tail;
    if (tail.len == 0)
        rest =
            peer->out.ref.len > 0 ? peer->out.ref : (struct slice){peer->out.base, peer->out.len};
    assert(rest.len > 0);
    size_t limit = peer->style.send_bytes;
    size_t sent = limit > 0 && limit < rest.len ? limit : rest.len;
    peer_receive(peer, (struct slice){rest.ptr, sent});
    if (tail.len > 0)
        conn_wrote(&peer->conn, sent, peer->now_ms);
    else if (sent < rest.len)
        peer_keep(peer, sent);
    if (sent == rest.len)
        peer_more(peer);
}

/* Sends and ends waits until only input can go on. */
static inline void peer_settle(struct peer *peer)
{
    while (peer->wish & (CONN_WRITE | CONN_WAIT)) {
        if (peer->wish & CONN_WAIT && (peer->style.events_early || !(peer->wish & CONN_WRITE)))
            peer_event(peer, 0);
        else
            peer_send(peer);
    }
}

static inline bool peer_is_over(const struct peer *peer)
{
    return peer->wish & (CONN_CLOSE | CONN_RESET);
}

/* A piece of a conversation: input, and what follows from it. */
static inline void peer_say(struct peer *peer, struct slice bytes)
{
    if (!peer_is_over(peer) && bytes.len > 0)
        peer_input(peer, bytes);
    if (!peer->style.sends_late)
        peer_settle(peer);
}

static inline void peer_fin(struct peer *peer)
{
    if (!peer_is_over(peer))
        peer_input(peer, (struct slice){0});
    peer_settle(peer);
}

/* Takes every 100 Continue out: whether it is sent depends on how the input was cut. */
static inline size_t peer_strip_interim(char *bytes, size_t len)
{
    struct slice interim = http_response_continue();
    char *from = bytes, *to = bytes, *end = bytes + len;
    while (from < end) {
        size_t left = (size_t)(end - from);
        if (left >= interim.len && memcmp(from, interim.ptr, interim.len) == 0)
            from += interim.len;
        else
            *to++ = *from++;
    }
    return (size_t)(to - bytes);
}

#endif
