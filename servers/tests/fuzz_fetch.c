/*
 * A fetch, its pool and a server behind that does anything. The sockets are the
 * kernel's, of AF_UNIX, whose connects are over at once: nothing depends on time. The
 * first line of an input says, a byte an act, how the rest of it is said by that server:
 * in pieces of any size, alone or several at once; it ends or resets connections, says
 * things unasked, refuses; time runs out, clients go, the pool is tidied. The acts
 * repeat; at last comes what is missing, and FIN. What must hold after each act:
 *   - the fetch has come to what its server's bytes say when they
 *     are read in one piece, neither sooner nor later;
 *   - its connection is kept only if the answer was whole, may be followed by another, and was
 *     followed by nothing that has been read; each other one is closed;
 *   - a kept one is used again only if nothing has come on it, and tidied away otherwise;
 *   - the server is asked what it is to be asked, and once more
 *     only if a kept connection ended without a word;
 *   - a FIN or the end of its time ends the fetch: nothing hangs,
 *     and nothing is held after (the leak check).
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fetch_play.h"

enum {
    ACTS_MAX = 400,
    INPUT_MAX = 64 * 1024,
    FILL_BYTES = 15 * 1024, /* fits a head */
    LONG_PATH_BYTES = 7000,
};

/* A byte is an act and an amount from 0 to AMOUNT_MAX. */
enum act {
    ACT_SAY,   /* so many bytes of the input */
    ACT_QUEUE, /* likewise, but the fetch does not get to see them yet */
    ACT_TIME,  /* even: the fetch's is up; odd: it will be when something happens */
    ACT_END,   /* of the connection */
    ACT_FILL,  /* so many times FILL_BYTES of one letter */
    ACT_EVENT, /* of no cause */
    ACT_NEXT,  /* even: the next fetch, odd: and the one under way is given up */
    ACT_POOL,  /* even: it is tidied, odd: from now on the server refuses, or does no more */
    ACTS,
};

enum { AMOUNT_MAX = UINT8_MAX / ACTS };

/* ---- acts ---- */

/* Returns how many of them have been said: fewer, if nobody listens. */
static size_t play_say(struct play *play, struct slice bytes)
{
    size_t at = 0;

    if (play->server_fd < 0 || play->has_ended)
        return 0;
    while (at < bytes.len && play->said_bytes < SAID_MAX) {
        size_t room = SAID_MAX - play->said_bytes, len = bytes.len - at;
        ssize_t n = send(play->server_fd, bytes.ptr + at, len < room ? len : room, MSG_NOSIGNAL);

        if (n > 0) {
            memcpy(said + play->said_bytes, bytes.ptr + at, (size_t)n);
            play->said_bytes += (size_t)n;
            at += (size_t)n;
        } else {
            if (errno != EAGAIN || !play->fetch)
                return at;
            play_settle(play);
        }
    }
    return at;
}

/* Small sizes are exact, the largest is everything. */
static size_t size_of(unsigned amount)
{
    enum { EXACT = 20 };
    if (amount == AMOUNT_MAX)
        return SIZE_MAX;
    return amount <= EXACT ? amount : (size_t)(amount - EXACT) * (amount - EXACT) * 64;
}

static void play_say_some(struct play *play, size_t n)
{
    size_t taken =
        play_say(play, (struct slice){play->rest.ptr, n < play->rest.len ? n : play->rest.len});

    play->rest.ptr += taken;
    play->rest.len -= taken;
}

static void play_fill(struct play *play, unsigned amount)
{
    static char filling[FILL_BYTES];

    memset(filling, 'x', sizeof filling);
    for (unsigned i = 0; i < amount; i++)
        play_say(play, (struct slice){filling, sizeof filling});
    play_settle(play);
}

/* A shutdown, or, with the request unread, a close: that resets. */
static void play_end_connection(struct play *play)
{
    if (play->server_fd < 0)
        return;
    play->has_ended = true;
    if (play->style & STYLE_DEAF)
        server_hang_up(play);
    else
        shutdown(play->server_fd, SHUT_WR);
}

static void play_time(struct play *play, unsigned amount)
{
    if (!play->fetch)
        return;
    play->is_late = true;
    if (amount % 2 == 1) {
        play->fetch->due_ms = 0;
        return;
    }
    play->step = fetch_go_on(play->fetch, 0);
    assert(play->step == FETCH_FAILED && play->fetch->status == 504);
    play_check(play);
}

static void play_event(struct play *play, short revents)
{
    if (play->fetch && revents)
        play_go_on(play, revents);
    play_settle(play);
}

static void play_next(struct play *play, unsigned amount)
{
    if (play->fetch && amount % 2 == 1)
        play_end(play);
    if (play->fetch)
        return;
    play_begin(play);
    play_settle(play);
}

static void play_tidy(struct play *play)
{
    bool is_kept = play->upstream.idle_count > 0;
    bool is_quiet = play->said_bytes == 0 && !play->has_ended;

    upstream_tidy(&play->upstream);
    if (!is_kept || play->fetch)
        return;
    assert((play->upstream.idle_count == 1) == (is_quiet && play->looks < UPSTREAM_LOOKS_LIMIT));
    assert(play->upstream.idle_count == 1 || server_has_been_left(play));
    play->looks++;
}

/* ---- a play ---- */

/* A name in the kernel, of no file system (unix(7)). */
static void name_place(struct upstream_place *place, const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int len =
        snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "backbench-fuzz-%d-%s", getpid(), name);

    memcpy(&place->socket, &at, sizeof at);
    place->socket_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
}

static void play_place(struct play *play)
{
    bool has_two = play->style & STYLE_PLACES;

    play->address.places_count = has_two ? 2 : 1;
    name_place(&play->address.places[0], has_two || play->is_refusing ? "nobody" : "server");
    name_place(&play->address.places[1], play->is_refusing ? "nobody" : "server");
}

static void play_act(struct play *play, uint8_t byte)
{
    unsigned amount = byte / ACTS;

    switch ((enum act)(byte % ACTS)) {
    case ACT_SAY:
        play_say_some(play, size_of(amount));
        play_settle(play);
        break;
    case ACT_QUEUE:
        play_say_some(play, size_of(amount));
        break;
    case ACT_FILL:
        play_fill(play, amount);
        break;
    case ACT_END:
        play_end_connection(play);
        play_settle(play);
        break;
    case ACT_TIME:
        play_time(play, amount);
        break;
    case ACT_EVENT:
        play_event(play, (short)amount);
        break;
    case ACT_NEXT:
        play_next(play, amount);
        break;
    case ACT_POOL:
        if (amount % 2 == 1)
            play->is_refusing = !play->is_refusing;
        else
            play_tidy(play);
        play_place(play);
        break;
    case ACTS:
        break;
    }
}

static void set_request(bool has_long_path)
{
    request_bytes = (size_t)snprintf(
        request, sizeof request, "GET /%0*d HTTP/1.1\r\nHost: fuzz\r\nVia: 1.1 backbench\r\n\r\n",
        has_long_path ? LONG_PATH_BYTES : 1, 0);
}

static void play_open(struct play *play, struct slice in, uint8_t style)
{
    *play = (struct play){.style = style, .server_fd = -1, .rest = in};
    strcpy(play->address.authority, "fuzz");
    play_place(play);
    set_request(style & STYLE_LONG_PATH);
    upstream_init(&play->upstream, &play->address);
}

/* One FIN may be answered by a new connection, and no second one. */
static void play_finish(struct play *play)
{
    play_say_some(play, SIZE_MAX);
    play_settle(play);
    for (int i = 0; i < 2 && play->fetch; i++) {
        play_end_connection(play);
        play_settle(play);
    }
    assert(!play->fetch);
    upstream_release(&play->upstream);
    assert(server_has_been_left(play));
    server_hang_up(play);
}

static void listen_once(void)
{
    struct upstream_place place;

    if (listener_fd >= 0)
        return;
    name_place(&place, "server");
    listener_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert(bind(listener_fd, (struct sockaddr *)&place.socket, place.socket_bytes) == 0);
    assert(listen(listener_fd, 16) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *line_end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t acts_count = line_end ? (size_t)(line_end - data) : 0;
    struct play play;

    if (!line_end || size > INPUT_MAX)
        return 0;
    listen_once();
    play_open(&play, (struct slice){(const char *)line_end + 1, size - acts_count - 1},
              acts_count > 0 ? data[0] : 0);
    play_next(&play, 0);
    for (size_t i = 1; i < ACTS_MAX && acts_count > 1; i++)
        play_act(&play, data[1 + (i - 1) % (acts_count - 1)]);
    play_finish(&play);
    return 0;
}
