/*
 * The connection core against arbitrary clients and models. The first line of an input says, a byte
 * an act, how the rest is played: reads and sends of any size, FIN, ends of waits, time, looks at a
 * blocked send, drain, and a close in the middle of it all; the acts repeat, and at last comes
 * everything that is missing, and FIN. What must hold:
 *   - the bytes sent are those of the same input in one piece (100 Continue apart), unless time or
 *     drain ended it; up to a close they are the first of those;
 *   - FIN leads to CONN_CLOSE: nothing hangs;
 *   - a send is reset once it has not progressed for its time, as the model or a look sees it, and
 *     not before;
 *   - what peer.h asserts after every call: the wish makes sense, one send is in flight, memory is
 *     bounded;
 *   - nothing is held after conn_close (the leak check).
 */
#include <stdint.h>
#include <stdio.h>

#include "peer.h"

enum {
    ACTS_MAX = 1000,
    GOT_MAX = 128 * 1024, /* large answers are cut off here: what matters has happened */
    INPUT_MAX = 64 * 1024,
};

/* A byte is an act and an amount from 0 to AMOUNT_MAX. */
enum act {
    ACT_INPUT, /* a read of that size; 0: FIN */
    ACT_SEND,  /* a send takes as much; 0: the socket is full */
    ACT_EVENT, /* poll(2)'s revents */
    ACT_TIME,  /* that many seconds pass */
    ACT_LOOK,  /* a blocked send's next deadline: the kernel has as much left to send */
    ACT_END,   /* 0: close, 1: drain; rare, so that most plays go on */
    ACTS,
};

enum { AMOUNT_MAX = UINT8_MAX / ACTS };

struct play {
    struct peer peer;
    struct slice rest;
    uint32_t unsent_bytes; /* at the last look */
    uint64_t moved_ms;     /* when the send in flight began, or was last seen to progress */
    bool fin;              /* the client has sent it; the rest will never come */
    bool closed;           /* by the model: the client is gone */
    bool disturbed;        /* the end depends on more than the input */
};

static bool play_goes_on(const struct play *play)
{
    return !play->closed && !peer_is_over(&play->peer) && play->peer.got_bytes < GOT_MAX;
}

/* Small sizes are exact, the largest is everything. */
static size_t size_of(unsigned amount)
{
    enum { EXACT = 20 };
    if (amount == AMOUNT_MAX)
        return SIZE_MAX;
    return amount <= EXACT ? amount : (size_t)(amount - EXACT) * (amount - EXACT) * 32;
}

static void play_input(struct play *play, size_t n)
{
    struct slice piece = {play->rest.ptr, n < play->rest.len ? n : play->rest.len};
    if (play->fin || (piece.len == 0 && n > 0))
        return;
    play->rest.ptr += piece.len;
    play->rest.len -= piece.len;
    play->fin = piece.len == 0;
    peer_input(&play->peer, piece);
}

static void play_send(struct play *play, size_t n)
{
    struct peer *peer = &play->peer;
    if (!(peer->wish & CONN_WRITE))
        return;
    peer->style.send_bytes = n;
    play->moved_ms = n > 0 ? peer->now_ms : play->moved_ms;
    if (n > 0)
        peer_send(peer);
    else if (conn_tail(&peer->conn).len > 0 || peer->style.keeps_out)
        conn_wrote(&peer->conn, 0, peer->now_ms);
    else
        peer_keep(peer, 0);
}

static bool is_due(const struct peer *peer)
{
    return peer->now_ms >= conn_deadline_ms(&peer->conn);
}

/* Of a send only the end of all its time disturbs. */
static void play_expire(struct play *play)
{
    struct peer *peer = &play->peer;
    unsigned wish = peer->wish;
    bool sending = wish & CONN_WRITE;
    bool stuck = peer->now_ms - play->moved_ms >= CONN_WRITE_TIMEOUT_MS;
    play->disturbed |= sending ? stuck : is_due(peer);
    peer_expire(peer);
    assert(!sending || peer->wish == (stuck ? CONN_RESET : wish));
}

static void play_look(struct play *play, uint32_t unsent_bytes)
{
    struct peer *peer = &play->peer;
    if (!(peer->wish & CONN_WRITE))
        return;
    if (!is_due(peer))
        peer->now_ms = conn_deadline_ms(&peer->conn);
    if (unsent_bytes < play->unsent_bytes)
        play->moved_ms = peer->now_ms;
    play->unsent_bytes = unsent_bytes;
    conn_progress(&peer->conn, unsent_bytes, peer->now_ms);
    play_expire(play);
}

/* Also when nothing waits: it crosses the answer. Where there
 * is no fd, only time can have run out. */
static void play_event(struct play *play, short revents)
{
    const struct app_wait *wait = conn_wait(&play->peer.conn);
    peer_event(&play->peer, wait != NULL && wait->fd < 0 ? 0 : revents);
}

static void play_end(struct play *play, unsigned amount)
{
    if (amount == 0) {
        conn_close(&play->peer.conn);
        play->closed = true;
    } else if (amount == 1) {
        peer_drain(&play->peer);
        play->disturbed = true;
    }
}

static void play_act(struct play *play, uint8_t byte)
{
    unsigned amount = byte / ACTS;
    bool sending = play->peer.wish & CONN_WRITE;
    switch ((enum act)(byte % ACTS)) {
    case ACT_INPUT:
        play_input(play, size_of(amount));
        break;
    case ACT_SEND:
        play_send(play, size_of(amount));
        break;
    case ACT_EVENT:
        play_event(play, (short)amount);
        break;
    case ACT_TIME:
        play->peer.now_ms += amount * 1000;
        play_expire(play);
        break;
    case ACT_LOOK:
        play_look(play, amount);
        break;
    case ACT_END:
        play_end(play, amount);
        break;
    case ACTS:
        break;
    }
    if (!sending)
        play->moved_ms = play->peer.now_ms; /* in case this has begun a send */
}

static void play_finish(struct play *play)
{
    struct peer *peer = &play->peer;
    peer->style.send_bytes = 0;
    if (play_goes_on(play))
        play_input(play, SIZE_MAX);
    if (play_goes_on(play))
        play_input(play, 0);
    while (play_goes_on(play)) {
        if (peer->wish & CONN_WRITE)
            peer_send(peer);
        else if (peer->wish & CONN_WAIT)
            peer_event(peer, 0);
        else
            assert(!"the connection goes on after FIN");
    }
    assert(peer->wish != CONN_RESET || play->disturbed);
}

static void play_open(struct play *play, struct slice in, uint8_t style)
{
    static const uint32_t out_bytes[] = {PEER_OUT_LEAST_BYTES, PEER_OUT_LEAST_BYTES + 200,
                                         CONN_OUT_MIN_BYTES, CONN_OUT_BYTES};
    *play = (struct play){.rest = in};
    peer_open(&play->peer,
              (struct peer_style){.out_bytes = out_bytes[style & 3], .keeps_out = style & 4});
}

static void play_whole(struct play *play, struct slice in)
{
    play_open(play, in, 3);
    play_finish(play);
}

static void play_acts(struct play *play, struct slice acts, struct slice in)
{
    play_open(play, in, acts.len > 0 ? (uint8_t)acts.ptr[0] : 0);
    for (size_t i = 1; i < ACTS_MAX && acts.len > 1 && play_goes_on(play); i++)
        play_act(play, (uint8_t)acts.ptr[1 + (i - 1) % (acts.len - 1)]);
    play_finish(play);
}

/* What was sent, without 100 Continue; of a play that is cut off also without a part of one at its
 * end. */
static size_t play_strip(struct play *play, bool cut_off)
{
    struct peer *peer = &play->peer;
    struct slice interim = http_response_continue();
    size_t len = peer->got_bytes > 0 ? peer_strip_interim(peer->got, peer->got_bytes) : 0;
    for (size_t part = interim.len - 1; part > 0 && cut_off; part--)
        if (len >= part && memcmp(peer->got + len - part, interim.ptr, part) == 0)
            return len - part;
    return len;
}

static bool is_cut_off(const struct play *play)
{
    return play->closed || play->peer.got_bytes >= GOT_MAX;
}

static void expect_same_bytes(struct play *one, struct play *other)
{
    bool cut_off = is_cut_off(one) || is_cut_off(other);
    size_t a = play_strip(one, cut_off), b = play_strip(other, cut_off);
    assert(cut_off || a == b);
    size_t common = a < b ? a : b;
    assert(common == 0 || memcmp(one->peer.got, other->peer.got, common) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct play whole, cut;
    const uint8_t *line_end = size > 0 ? memchr(data, '\n', size) : NULL;
    if (line_end == NULL || size > INPUT_MAX)
        return 0;
    struct slice acts = {(const char *)data, (size_t)(line_end - data)};
    struct slice in = {(const char *)line_end + 1, size - acts.len - 1};
    play_acts(&cut, acts, in);
    in.len -= cut.fin ? cut.rest.len : 0;
    play_whole(&whole, in);
    if (!cut.disturbed)
        expect_same_bytes(&whole, &cut);
    peer_close(&whole.peer);
    peer_close(&cut.peer);
    return 0;
}
