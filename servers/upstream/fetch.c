#include "upstream/fetch.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    RECEIVE_BYTES = 16 * 1024,
    HELD_LIMIT_BYTES = FETCH_TYPE_LIMIT_BYTES + FETCH_BODY_LIMIT_BYTES,
    HEAD_LIMIT_BYTES = HTTP_REPLY_HEAD_LIMIT_BYTES + RECEIVE_BYTES, /* and what came with its end */
};

enum phase { PHASE_SENDING, PHASE_HEAD, PHASE_BODY };

static enum fetch_step fetch_send(struct fetch *fetch);

/* Rounded up, so that nothing ends early. */
static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + ((uint64_t)now.tv_nsec + 999999) / 1000000;
}

/* ---- ends of a step ---- */

static void fetch_hang_up(struct fetch *fetch)
{
    if (fetch->fd >= 0)
        close(fetch->fd);
    fetch->fd = -1;
}

static enum fetch_step fetch_fail(struct fetch *fetch, uint16_t status)
{
    fetch_hang_up(fetch);
    fetch->status = status;
    return FETCH_FAILED;
}

/* The time is looked at here, too: where something comes all the time, no wait runs out. */
static enum fetch_step fetch_wait(struct fetch *fetch, short events)
{
    uint64_t now = now_ms();

    if (now >= fetch->due_ms)
        return fetch_fail(fetch, 504);
    fetch->events = events;
    fetch->timeout_ms = (uint32_t)(fetch->due_ms - now);
    return FETCH_WAIT;
}

/* The answer is whole; what came behind it belongs to nobody. */
static enum fetch_step fetch_finish(struct fetch *fetch, size_t surplus_bytes)
{
    size_t type_bytes = fetch->type.len;

    if (fetch->is_reusable && surplus_bytes == 0)
        upstream_give(fetch->upstream, fetch->fd);
    else
        fetch_hang_up(fetch);
    fetch->fd = -1;
    fetch->type.ptr = fetch->held.ptr;
    fetch->body = (struct slice){type_bytes < fetch->held.len ? fetch->held.ptr + type_bytes : NULL,
                                 fetch->held.len - type_bytes};
    return FETCH_ANSWER;
}

/* ---- asking ---- */

/* The next of the places that are left. */
static enum fetch_step fetch_try(struct fetch *fetch)
{
    unsigned count = fetch->upstream->address->places_count;

    fetch_hang_up(fetch);
    while (fetch->fd < 0 && fetch->places_left > 0) {
        fetch->place = (uint8_t)((fetch->place + 1) % count);
        fetch->places_left--;
        fetch->fd = upstream_connect(fetch->upstream, fetch->place);
    }
    if (fetch->fd < 0)
        return fetch_fail(fetch, 502);
    fetch->phase = PHASE_SENDING;
    fetch->sent_bytes = 0;
    return fetch_send(fetch);
}

static enum fetch_step fetch_connect(struct fetch *fetch)
{
    unsigned count = fetch->upstream->address->places_count;
    unsigned last = atomic_load_explicit(&fetch->upstream->place, memory_order_relaxed);

    fetch->is_pooled = false;
    fetch->place = (uint8_t)((last + count - 1) % count);
    fetch->places_left = (uint8_t)count;
    return fetch_try(fetch);
}

/* The connection has broken, or was not to be had: then nobody has been asked yet. */
static enum fetch_step fetch_lose(struct fetch *fetch)
{
    if (fetch->is_pooled)
        return fetch_connect(fetch);
    return fetch->sent_bytes == 0 ? fetch_try(fetch) : fetch_fail(fetch, 502);
}

static void fetch_note_place(struct fetch *fetch)
{
    if (!fetch->is_pooled)
        atomic_store_explicit(&fetch->upstream->place, fetch->place, memory_order_relaxed);
}

static enum fetch_step fetch_send(struct fetch *fetch)
{
    while (fetch->sent_bytes < fetch->request_bytes) {
        ssize_t n = send(fetch->fd, fetch->request + fetch->sent_bytes,
                         fetch->request_bytes - fetch->sent_bytes, MSG_NOSIGNAL);

        if (n < 0 && errno == EAGAIN) /* also while it connects */
            return fetch_wait(fetch, POLLOUT);
        if (n < 0 && errno != EINTR)
            return fetch_lose(fetch);
        fetch->sent_bytes += n > 0 ? (uint32_t)n : 0;
    }
    fetch_note_place(fetch);
    fetch->phase = PHASE_HEAD;
    return fetch_wait(fetch, POLLIN);
}

/* ---- the body ---- */

static enum fetch_step fetch_take_counted(struct fetch *fetch, struct slice in)
{
    size_t n = in.len < fetch->missing_bytes ? in.len : (size_t)fetch->missing_bytes;

    if (!buffer_append(&fetch->held, (struct slice){in.ptr, n}, HELD_LIMIT_BYTES))
        return fetch_fail(fetch, 502);
    fetch->missing_bytes -= n;
    return fetch->missing_bytes > 0 ? FETCH_WAIT : fetch_finish(fetch, in.len - n);
}

static enum fetch_step fetch_take_chunked(struct fetch *fetch, struct slice in)
{
    while (in.len > 0) {
        struct slice data = {0};
        size_t taken;
        int event = http_chunked_decode(&fetch->chunked, in, &taken, &data);

        if (event < 0)
            return fetch_fail(fetch, 502);
        in.ptr += taken;
        in.len -= taken;
        if (event == HTTP_CHUNKED_DONE)
            return fetch_finish(fetch, in.len);
        if (event == HTTP_CHUNKED_DATA &&
            !buffer_append(&fetch->held, data, (uint32_t)fetch->type.len + FETCH_BODY_LIMIT_BYTES))
            return fetch_fail(fetch, 502);
    }
    return FETCH_WAIT;
}

static enum fetch_step fetch_take_body(struct fetch *fetch, struct slice in)
{
    if (fetch->end == HTTP_REPLY_AT_LENGTH)
        return fetch_take_counted(fetch, in);
    if (fetch->end == HTTP_REPLY_AT_CHUNK)
        return fetch_take_chunked(fetch, in);
    if (!buffer_append(&fetch->held, in, (uint32_t)fetch->type.len + FETCH_BODY_LIMIT_BYTES))
        return fetch_fail(fetch, 502);
    return FETCH_WAIT;
}

/* ---- the head ---- */

/* What only an answer to another request than ours can be: part of something, nothing new, or
 * something that the client could not read without the fields that are not passed on. */
static bool is_unasked(const struct http_reply *reply)
{
    return reply->status == 206 || reply->status == 304 || reply->has_coding;
}

/* Whether an answer with this head can be passed on; then its Content-Type is kept. */
static bool fetch_accept(struct fetch *fetch, const struct http_reply *reply)
{
    uint64_t length = reply->end == HTTP_REPLY_AT_LENGTH ? reply->content_length : 0;

    if (is_unasked(reply) || length > FETCH_BODY_LIMIT_BYTES ||
        reply->content_type.len > FETCH_TYPE_LIMIT_BYTES)
        return false;
    fetch->status = reply->status;
    fetch->end = reply->end;
    fetch->is_reusable = reply->keep_alive;
    fetch->missing_bytes = length;
    fetch->type.len = reply->content_type.len;
    http_chunked_init(&fetch->chunked);
    fetch->phase = PHASE_BODY;
    return length + fetch->type.len == 0 ||
           (buffer_reserve(&fetch->held, (uint32_t)(length + fetch->type.len)) &&
            buffer_append(&fetch->held, reply->content_type, HELD_LIMIT_BYTES));
}

/* Parses heads until one is no interim answer's; advances in past them, of which there may not be
 * endlessly many. Returns 1 once the body has begun, 0 if more is needed, or -1. */
static int fetch_parse(struct fetch *fetch, struct slice *in)
{
    struct http_reply reply;
    int n;

    while ((n = http_reply_parse(&reply, in->ptr, in->len, &fetch->scanned)) > 0) {
        in->ptr += n;
        in->len -= (size_t)n;
        if (reply.end != HTTP_REPLY_IS_INTERIM)
            return fetch_accept(fetch, &reply) ? 1 : -1;
        fetch->interim_bytes += (size_t)n;
        if (fetch->interim_bytes > FETCH_INTERIM_LIMIT_BYTES)
            return -1;
    }
    return n;
}

/* What has come of a head waits for the rest of it; interim answers before it are dropped. */
static bool fetch_keep_head(struct fetch *fetch, struct slice in)
{
    struct buffer *head = &fetch->head;

    if (head->len == 0)
        return buffer_append(head, in, HEAD_LIMIT_BYTES);
    memmove(head->ptr, in.ptr, in.len);
    head->len = (uint32_t)in.len;
    return true;
}

static enum fetch_step fetch_take_head(struct fetch *fetch, struct slice in)
{
    struct buffer *head = &fetch->head;
    enum fetch_step step = FETCH_WAIT;
    int result;

    if (head->len > 0) {
        if (!buffer_append(head, in, HEAD_LIMIT_BYTES))
            return fetch_fail(fetch, 502);
        in = (struct slice){head->ptr, head->len};
    }
    result = fetch_parse(fetch, &in);
    if (result < 0 || (result == 0 && !fetch_keep_head(fetch, in)))
        return fetch_fail(fetch, 502);
    if (result > 0) {
        step = fetch_take_body(fetch, in);
        buffer_release(head);
    }
    return step;
}

/* ---- receiving ---- */

static enum fetch_step fetch_take(struct fetch *fetch, struct slice in)
{
    fetch->is_pooled = false;
    return fetch->phase == PHASE_HEAD ? fetch_take_head(fetch, in) : fetch_take_body(fetch, in);
}

static enum fetch_step fetch_end_of_input(struct fetch *fetch)
{
    if (fetch->phase == PHASE_BODY && fetch->end == HTTP_REPLY_AT_CLOSE)
        return fetch_finish(fetch, 0);
    return fetch_lose(fetch);
}

static enum fetch_step fetch_receive(struct fetch *fetch)
{
    enum fetch_step step = FETCH_WAIT;
    char in[RECEIVE_BYTES];
    ssize_t n = sizeof in;

    while (step == FETCH_WAIT && n == sizeof in) { /* a short read has emptied the socket */
        n = recv(fetch->fd, in, sizeof in, 0);
        if (n == 0)
            return fetch_end_of_input(fetch);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return fetch_lose(fetch);
        if (n > 0)
            step = fetch_take(fetch, (struct slice){in, (size_t)n});
    }
    return step == FETCH_WAIT ? fetch_wait(fetch, POLLIN) : step;
}

/* ---- a fetch ---- */

static char *put(char *to, const char *text, size_t len)
{
    memcpy(to, text, len);
    return to + len;
}

static char *put_text(char *to, const char *text)
{
    return put(to, text, strlen(text));
}

/* The rest of the request's own fields stays with the client: what it said to us it did not say to
 * the server behind. Via is a gateway's duty (RFC 9110 section 7.6.3). */
struct fetch *fetch_new(struct upstream *upstream, struct slice path, struct slice query)
{
    static const char version[] = " HTTP/1.1\r\nHost: ", end[] = "\r\nVia: 1.1 backbench\r\n\r\n";
    size_t request_bytes = strlen("GET ") + path.len + (query.ptr ? 1 + query.len : 0) +
                           strlen(version) + strlen(upstream->address->authority) + strlen(end);
    struct fetch *fetch = malloc(sizeof *fetch + request_bytes);
    char *to;

    if (!fetch)
        return NULL;
    *fetch = (struct fetch){.fd = -1, .upstream = upstream};
    to = put_text(fetch->request, "GET ");
    to = put(to, path.ptr, path.len);
    if (query.ptr) {
        to = put_text(to, "?");
        to = put(to, query.ptr, query.len);
    }
    to = put_text(to, version);
    to = put_text(to, upstream->address->authority);
    to = put_text(to, end);
    fetch->request_bytes = (uint32_t)(to - fetch->request);
    assert(fetch->request_bytes == request_bytes);
    return fetch;
}

enum fetch_step fetch_begin(struct fetch *fetch)
{
    fetch->due_ms = now_ms() + FETCH_TIMEOUT_MS;
    fetch->fd = upstream_take(fetch->upstream);
    if (fetch->fd < 0)
        return fetch_connect(fetch);
    fetch->is_pooled = true;
    return fetch_send(fetch);
}

enum fetch_step fetch_go_on(struct fetch *fetch, short revents)
{
    if (revents == 0)
        return fetch_fail(fetch, 504);
    return fetch->phase == PHASE_SENDING ? fetch_send(fetch) : fetch_receive(fetch);
}

char *fetch_take_held(struct fetch *fetch)
{
    char *held = fetch->held.ptr;

    fetch->held = (struct buffer){0};
    return held;
}

void fetch_free(struct fetch *fetch)
{
    fetch_hang_up(fetch);
    buffer_release(&fetch->head);
    buffer_release(&fetch->held);
    free(fetch);
}
