/*
 * Requests out of bytes. The plain case is a request that lies whole in the input: it is parsed and
 * served where it is, and nothing is copied. Anything else is collected in conn->request: the head
 * as it came, then the decoded body; once complete, its head is parsed again where it then lies,
 * which costs only such requests.
 */
#include "core/conn_steps.h"

#include <assert.h>
#include <string.h>

static void slice_advance(struct slice *slice, size_t n)
{
    slice->ptr += n;
    slice->len -= n;
}

/* Moves n bytes from the front of in to the request being collected. */
static bool conn_collect(struct conn *conn, struct slice *in, size_t n)
{
    struct slice piece = {in->ptr, n};
    if (!buffer_append(&conn->request, piece, CONN_STASH_LIMIT_BYTES)) {
        conn_give_up(conn);
        return false;
    }
    slice_advance(in, n);
    return true;
}

/* A body of known length is collected in one piece of memory;
 * of a chunked one no length is known. */
static bool conn_reserve(struct conn *conn, size_t head_bytes, const struct http_request *request)
{
    if (request->content_length > 0 &&
        !buffer_reserve(&conn->request, (uint32_t)(head_bytes + request->content_length))) {
        conn_give_up(conn);
        return false;
    }
    return true;
}

/* Serves the request that has been collected. */
static void conn_complete(struct conn *conn, struct conn_out *out)
{
    struct http_request request;
    size_t scanned = 0;
    int head = http_request_parse(&request, conn->request.ptr, conn->head_bytes, &scanned);
    assert(head > 0 && (uint32_t)head == conn->head_bytes);
    struct slice body = {conn->request.ptr + head, conn->request.len - conn->head_bytes};
    conn_serve(conn, &request, body, false, out);
}

/* What must be remembered of a head beyond the call in which it came. */
static void conn_note(struct conn *conn, const struct http_request *request)
{
    conn->head_only = request->method == HTTP_HEAD;
    conn->http10 = request->http10;
    conn->keep_alive = request->keep_alive;
}

/*
 * Decides on a head before its body: false if it has been answered. A body that the client holds
 * back with Expect will not be asked for only to be refused, and whether it comes nevertheless is
 * unknown: such an answer is the connection's last (RFC 9110 section 10.1.1).
 */
static bool conn_accept(struct conn *conn, const struct http_request *request, struct conn_out *out)
{
    conn_note(conn, request);
    conn->call = (struct app_call){.app = conn->shared->app};
    unsigned refused = app_route(&conn->call, request);
    if (request->content_length > HTTP_BODY_LIMIT_BYTES) {
        conn_refuse(conn, 413, out);
        return false;
    }
    if (refused && request->expect_continue && (request->chunked || request->content_length > 0)) {
        conn->keep_alive = false;
        conn_serve(conn, request, (struct slice){0}, true, out);
        return false;
    }
    return true;
}

/* The head is accepted and is all that conn->request holds; rest is what has come after it. */
static void conn_await_body(struct conn *conn, const struct http_request *request, size_t rest,
                            uint64_t now_ms, struct conn_out *out)
{
    conn->phase = CONN_PHASE_BODY;
    conn->since_ms = now_ms;
    conn->progress_bytes = 0;
    conn->head_bytes = conn->request.len;
    conn->body_bytes = (uint32_t)request->content_length;
    conn->body_chunked = request->chunked;
    http_chunked_init(&conn->chunked);
    if (request->expect_continue && rest == 0) {
        struct slice interim = http_response_continue();
        memcpy(out->base + out->len, interim.ptr, interim.len);
        out->len += (uint32_t)interim.len;
    }
}

void conn_refuse_collected(struct conn *conn, unsigned status, struct conn_out *out)
{
    struct http_request request = {0};
    size_t scanned = 0;
    http_request_parse(&request, conn->request.ptr, conn->request.len, &scanned);
    conn->head_only = request.method == HTTP_HEAD;
    conn_refuse(conn, status, out);
}

/* A request whose head is at the front of in, with nothing of it collected. */
static void conn_read_head(struct conn *conn, struct slice *in, uint64_t now_ms,
                           struct conn_out *out)
{
    struct http_request request;
    request.method = HTTP_METHOD_UNKNOWN;
    size_t scanned = 0;
    int head = http_request_parse(&request, in->ptr, in->len, &scanned);
    if (head == 0) {
        conn->since_ms = now_ms;
        conn->scanned = (uint32_t)scanned;
        conn_collect(conn, in, in->len);
        return;
    }
    if (head < 0) {
        conn->head_only = request.method == HTTP_HEAD;
        conn_refuse(conn, (unsigned)-head, out);
        return;
    }
    if (!conn_accept(conn, &request, out))
        return;
    struct slice body = {in->ptr + head, (size_t)request.content_length};
    bool whole = !request.chunked && in->len - (size_t)head >= body.len;
    if (whole && conn_room(out) >= HTTP_RESPONSE_HEAD_BYTES + body.len) {
        slice_advance(in, (size_t)head + body.len);
        conn_serve(conn, &request, body, true, out);
    } else if (conn_reserve(conn, (size_t)head, &request) && conn_collect(conn, in, (size_t)head)) {
        conn_await_body(conn, &request, in->len, now_ms, out);
    }
}

/*
 * A head of which a part is collected. It takes no more of in than a head may have, so that a read
 * full of pipelined requests is not copied for the sake of its first one.
 */
static void conn_read_head_on(struct conn *conn, struct slice *in, uint64_t now_ms,
                              struct conn_out *out)
{
    struct http_request request;
    struct slice rest = *in;
    uint32_t before = conn->request.len;
    size_t room = HTTP_HEAD_LIMIT_BYTES + 1 - before;
    if (conn_is_idle(conn))
        conn->since_ms = now_ms;
    if (!conn_collect(conn, &rest, rest.len < room ? rest.len : room))
        return;
    size_t scanned = conn->scanned;
    int head = http_request_parse(&request, conn->request.ptr, conn->request.len, &scanned);
    if (head == 0) {
        conn->scanned = (uint32_t)scanned;
        *in = rest;
        return;
    }
    if (head < 0) {
        conn_refuse_collected(conn, (unsigned)-head, out);
        return;
    }
    assert((uint32_t)head > before);
    slice_advance(in, (uint32_t)head - before);
    conn->request.len = (uint32_t)head;
    if (!conn_accept(conn, &request, out))
        return;
    if (request.chunked || request.content_length > 0) {
        if (conn_reserve(conn, (size_t)head, &request))
            conn_await_body(conn, &request, in->len, now_ms, out);
    } else {
        conn->head_bytes = (uint32_t)head;
        conn_complete(conn, out);
    }
}

/* Body has come. Only as much as CONN_BODY_PROGRESS_BYTES moves the deadline. */
static void conn_body_progress(struct conn *conn, size_t n, uint64_t now_ms)
{
    conn->progress_bytes += (uint32_t)n;
    if (conn->progress_bytes >= CONN_BODY_PROGRESS_BYTES) {
        conn->progress_bytes = 0;
        conn->since_ms = now_ms;
    }
}

static void conn_read_counted(struct conn *conn, struct slice *in, uint64_t now_ms,
                              struct conn_out *out)
{
    size_t missing = conn->head_bytes + conn->body_bytes - conn->request.len;
    size_t n = in->len < missing ? in->len : missing;
    if (!conn_collect(conn, in, n))
        return;
    conn_body_progress(conn, n, now_ms);
    if (n == missing)
        conn_complete(conn, out);
}

/* The limit is looked at only when data comes, not when a chunk's size does: a size cut in the
 * middle would otherwise be judged before the bytes that make it malformed. */
static void conn_read_chunked(struct conn *conn, struct slice *in, uint64_t now_ms,
                              struct conn_out *out)
{
    size_t taken;
    struct slice data;
    int event = http_chunked_decode(&conn->chunked, *in, &taken, &data);
    if (event < 0) {
        conn_refuse(conn, (unsigned)-event, out);
        return;
    }
    slice_advance(in, taken);
    if (event == HTTP_CHUNKED_DONE) {
        conn_complete(conn, out);
    } else if (event == HTTP_CHUNKED_DATA) {
        size_t room = HTTP_BODY_LIMIT_BYTES - (conn->request.len - conn->head_bytes);
        if (data.len > room || conn->chunked.remaining_bytes > room - data.len) {
            conn_refuse(conn, 413, out);
            return;
        }
        conn_body_progress(conn, data.len, now_ms);
        conn_collect(conn, &data, data.len);
    }
}

void conn_read(struct conn *conn, struct slice *in, uint64_t now_ms, struct conn_out *out)
{
    if (conn->phase == CONN_PHASE_HEAD && conn->request.len == 0)
        conn_read_head(conn, in, now_ms, out);
    else if (conn->phase == CONN_PHASE_HEAD)
        conn_read_head_on(conn, in, now_ms, out);
    else if (conn->body_chunked)
        conn_read_chunked(conn, in, now_ms, out);
    else
        conn_read_counted(conn, in, now_ms, out);
}
