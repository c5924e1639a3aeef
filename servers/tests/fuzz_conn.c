/*
 * The connection core against arbitrary clients and models. The first line of an input says, a byte
 * an act, how the rest is played: pieces of input, sends and their sizes, ends of waits, time,
 * drain; the acts repeat, and at last comes everything that is missing, and FIN. What must hold:
 *   - the bytes sent are those of the same input in one piece (100 Continue apart), unless time or
 * drain ended it;
 *   - FIN leads to CONN_CLOSE: nothing hangs;
 *   - what peer.h asserts after every call: the wish makes sense, one send is in flight, memory is
 * bounded;
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

enum act { ACT_INPUT, ACT_SEND, ACT_EVENT, ACT_TIME };

struct play {
    struct peer peer;
    struct slice rest;
    bool disturbed; /* the end depends on more than the input */
};

static bool play_goes_on(const struct play *play)
{
    return !peer_is_over(&play->peer) && play->peer.got_bytes < GOT_MAX;
}

static void play_input(struct play *play, size_t n)
{
    struct slice piece = {play->rest.ptr, n < play->rest.len ? n : play->rest.len};
    play->rest.ptr += piece.len;
    play->rest.len -= piece.len;
    if (piece.len > 0)
        peer_input(&play->peer, piece);
}

static void play_time(struct play *play, unsigned amount)
{
    struct peer *peer = &play->peer;
    peer->now_ms += amount * 1000;
    play->disturbed |= amount == 0 || peer->now_ms >= conn_deadline_ms(&peer->conn);
    if (amount == 0)
        peer_drain(peer);
    else
        peer_expire(peer);
}

static void play_act(struct play *play, uint8_t byte)
{
    struct peer *peer = &play->peer;
    unsigned amount = byte >> 2;
    peer->style.send_bytes = amount;
    switch ((enum act)(byte & 3)) {
    case ACT_INPUT:
        play_input(play, amount < 32 ? amount + 1 : amount * amount);
        break;
    case ACT_SEND:
        if (peer->wish & CONN_WRITE)
            peer_send(peer);
        break;
    case ACT_EVENT:
        peer_event(peer, 0); /* also when nothing waits: a timer that crosses the answer */
        break;
    case ACT_TIME:
        play_time(play, amount);
        break;
    }
}

static void play_finish(struct play *play)
{
    struct peer *peer = &play->peer;
    peer->style.send_bytes = 0;
    if (play_goes_on(play))
        play_input(play, play->rest.len);
    if (play_goes_on(play))
        peer_input(peer, (struct slice){0});
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
    static const uint32_t out_bytes[] = {512, 700, CONN_OUT_MIN_BYTES, CONN_OUT_BYTES};
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

static void expect_same_bytes(struct peer *one, struct peer *other)
{
    bool cut_off = one->got_bytes >= GOT_MAX || other->got_bytes >= GOT_MAX;
    size_t a = one->got_bytes > 0 ? peer_strip_interim(one->got, one->got_bytes) : 0;
    size_t b = other->got_bytes > 0 ? peer_strip_interim(other->got, other->got_bytes) : 0;
    assert(cut_off || a == b);
    size_t common = a < b ? a : b;
    assert(common == 0 || memcmp(one->got, other->got, common) == 0);
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
    play_whole(&whole, in);
    play_acts(&cut, acts, in);
    if (!cut.disturbed)
        expect_same_bytes(&whole.peer, &cut.peer);
    peer_close(&whole.peer);
    peer_close(&cut.peer);
    return 0;
}
