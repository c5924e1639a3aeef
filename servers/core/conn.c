/*
 * Where a connection stands, and what its model is to do next. Each call of the contract does its
 * step (see conn_steps.h), then conn_settle closes the books: a send is in flight if anything was
 * handed out.
 */
#include "core/conn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/conn_steps.h"

static_assert(sizeof(struct conn) <= 256,
              "an idle connection is to cost less than 512 bytes in all");

void conn_shared_init(struct conn_shared *shared, const char *server_name, struct app *app)
{
    http_template_init(&shared->template, server_name);
    shared->app = app;
    shared->date_second = UINT64_MAX;
}

void conn_shared_tick(struct conn_shared *shared, time_t now)
{
    if (shared->date_second == (uint64_t)now)
        return;
    http_template_set_date(&shared->template, now);
    shared->date_second = (uint64_t)now;
}

void conn_open(struct conn *conn, struct conn_shared *shared, uint64_t now_ms)
{
    *conn = (struct conn){.shared = shared, .since_ms = now_ms};
}

static bool conn_is_reading(const struct conn *conn)
{
    return conn->phase == CONN_PHASE_HEAD || conn->phase == CONN_PHASE_BODY;
}

/* What ends or holds a connection, whether something is being sent or not. */
static unsigned conn_halt_wish(const struct conn *conn)
{
    if (conn->phase != CONN_PHASE_WAIT)
        return conn->phase == CONN_PHASE_RESET ? CONN_RESET : CONN_CLOSE;
    return conn->resumable ? CONN_WRITE : CONN_WAIT | (conn->sending ? CONN_WRITE : 0);
}

static inline unsigned conn_wish(const struct conn *conn)
{
    if (conn->phase >= CONN_PHASE_WAIT)
        return conn_halt_wish(conn);
    if (conn->sending)
        return CONN_WRITE;
    if (conn->peer_done)
        return CONN_CLOSE;
    return conn->phase == CONN_PHASE_LINGER ? CONN_LINGER | CONN_READ : CONN_READ;
}

static void conn_begin(struct conn_out *out)
{
    out->len = 0;
    out->ref.len = 0;
}

/* Ends a call that may have put something into out. */
static inline unsigned conn_settle(struct conn *conn, uint64_t now_ms, const struct conn_out *out)
{
    if (out->len > 0 || out->ref.len > 0) {
        conn->sending = true;
        conn->looks = 0;
        conn->since_ms = now_ms;
    }
    return conn_wish(conn);
}

/* Answers requests from the front of in until one waits or is incomplete, or out is full. */
static void conn_run(struct conn *conn, struct slice *in, uint64_t now_ms, struct conn_out *out)
{
    while (in->len > 0 && conn_is_reading(conn) && conn_room(out) >= CONN_ROOM_BYTES)
        conn_read(conn, in, now_ms, out);
}

static void conn_discard(struct conn *conn, size_t n)
{
    conn->linger_bytes += (uint32_t)n;
    if (conn->linger_bytes > CONN_LINGER_LIMIT_BYTES && !conn->sending)
        conn->phase = CONN_PHASE_CLOSED;
}

/* Input that cannot be read now waits for conn_more; after the last answer it is of no use. */
static void conn_stash(struct conn *conn, struct slice in, const struct conn_out *out)
{
    assert(out->cap >= CONN_ROOM_BYTES); /* else no request would ever be read */
    if (conn->phase == CONN_PHASE_LINGER)
        conn_discard(conn, in.len);
    else if (!buffer_append(&conn->backlog, in, CONN_STASH_LIMIT_BYTES))
        conn_give_up(conn);
}

static unsigned conn_end_of_input(struct conn *conn)
{
    conn->peer_done = true;
    return conn_wish(conn);
}

/* The path of every request, in one frame. */
__attribute__((flatten)) unsigned conn_input(struct conn *conn, struct slice in, uint64_t now_ms,
                                             struct conn_out *out)
{
    conn_begin(out);
    if (in.len == 0)
        return conn_end_of_input(conn);
    if (!conn->sending)
        conn_run(conn, &in, now_ms, out);
    if (in.len > 0 && conn->phase < CONN_PHASE_CLOSED)
        conn_stash(conn, in, out);
    return conn_settle(conn, now_ms, out);
}

static void conn_run_backlog(struct conn *conn, uint64_t now_ms, struct conn_out *out)
{
    struct slice in = {conn->backlog.ptr + conn->backlog_taken,
                       conn->backlog.len - conn->backlog_taken};
    conn_run(conn, &in, now_ms, out);
    if (conn->phase == CONN_PHASE_LINGER) {
        conn_discard(conn, in.len);
        in.len = 0;
    }
    conn->backlog_taken = conn->backlog.len - (uint32_t)in.len;
    if (in.len == 0) {
        buffer_release(&conn->backlog);
        conn->backlog_taken = 0;
    }
}

/* The send in flight has ended: reading goes on, and so do its clocks. */
static void conn_sent(struct conn *conn, uint64_t now_ms)
{
    assert(conn->tail.len == 0);
    if (conn->tail_copy != NULL) {
        free(conn->tail_copy);
        conn->tail_copy = NULL;
    }
    conn->sending = false;
    conn->since_ms = now_ms;
}

unsigned conn_more(struct conn *conn, uint64_t now_ms, struct conn_out *out)
{
    conn_begin(out);
    if (conn->sending)
        conn_sent(conn, now_ms);
    if (conn->phase == CONN_PHASE_HEAD && conn->backlog.len == 0)
        return conn->peer_done ? CONN_CLOSE : CONN_READ;
    if (conn->phase == CONN_PHASE_ANSWER && conn_answer_part(conn, out))
        return conn_settle(conn, now_ms, out);
    if (conn->resumable)
        conn_resume(conn, out);
    if (conn->backlog.len > 0)
        conn_run_backlog(conn, now_ms, out);
    return conn_settle(conn, now_ms, out);
}

static void conn_write_moved(struct conn *conn, uint64_t now_ms)
{
    conn->since_ms = now_ms;
    conn->looks = 0;
}

unsigned conn_keep(struct conn *conn, const struct conn_out *out, size_t sent, uint64_t now_ms)
{
    assert(conn->sending && conn->tail.len == 0 && conn->tail_copy == NULL);
    struct slice rest = out->ref.len > 0 ? out->ref : (struct slice){out->base, out->len};
    assert(sent < rest.len);
    rest.ptr += sent;
    rest.len -= sent;
    if (sent > 0)
        conn_write_moved(conn, now_ms);
    if (out->ref.len == 0) {
        conn->tail_copy = malloc(rest.len);
        if (conn->tail_copy == NULL) {
            conn_give_up(conn);
            return CONN_RESET;
        }
        rest.ptr = memcpy(conn->tail_copy, rest.ptr, rest.len);
    }
    conn->tail = rest;
    return conn_wish(conn);
}

void conn_wrote(struct conn *conn, size_t n, uint64_t now_ms)
{
    if (n > 0)
        conn_write_moved(conn, now_ms);
    if (conn->tail.len == 0)
        return;
    assert(n <= conn->tail.len);
    conn->tail.ptr += n;
    conn->tail.len -= n;
}

struct slice conn_tail(const struct conn *conn)
{
    return conn->tail;
}

unsigned conn_event(struct conn *conn, short revents, uint64_t now_ms, struct conn_out *out)
{
    conn_begin(out);
    if (conn->phase != CONN_PHASE_WAIT || conn->resumable)
        return conn_wish(conn);
    conn->revents = revents;
    if (conn->sending) {
        conn->resumable = true;
        return conn_wish(conn);
    }
    conn_resume(conn, out);
    if (conn->backlog.len > 0)
        conn_run_backlog(conn, now_ms, out);
    return conn_settle(conn, now_ms, out);
}

const struct app_wait *conn_wait(const struct conn *conn)
{
    return conn->phase == CONN_PHASE_WAIT && !conn->resumable ? &conn->wait : NULL;
}

static uint64_t conn_head_timeout_ms(const struct conn *conn)
{
    if (!conn_is_idle(conn))
        return CONN_HEADER_TIMEOUT_MS;
    return conn->draining ? CONN_DRAIN_LINGER_MS : CONN_IDLE_TIMEOUT_MS;
}

uint64_t conn_still_deadline_ms(const struct conn *conn)
{
    if (conn->phase == CONN_PHASE_HEAD)
        return conn->since_ms + conn_head_timeout_ms(conn);
    switch (conn->phase) {
    case CONN_PHASE_BODY:
        return conn->since_ms + CONN_BODY_INTERVAL_MS;
    case CONN_PHASE_LINGER:
        return conn->since_ms +
               (conn->brief_linger ? CONN_DRAIN_LINGER_MS : CONN_LINGER_TIMEOUT_MS);
    }
    return UINT64_MAX;
}

void conn_progress(struct conn *conn, uint32_t unsent_bytes, uint64_t now_ms)
{
    if (!conn->sending || now_ms < conn_deadline_ms(conn))
        return;
    if (unsent_bytes < conn->unsent_bytes)
        conn_write_moved(conn, now_ms);
    else if (conn->looks < CONN_WRITE_LOOKS - 1)
        conn->looks++;
    conn->unsent_bytes = unsent_bytes;
}

/* Nothing has come in its time. While draining the client is told, so that a request which crosses
 * the FIN meets no reset. */
static void conn_end_idle(struct conn *conn, uint64_t now_ms)
{
    conn->phase = conn->draining ? CONN_PHASE_LINGER : CONN_PHASE_CLOSED;
    conn->brief_linger = true;
    conn->since_ms = now_ms;
}

unsigned conn_expire(struct conn *conn, uint64_t now_ms, struct conn_out *out)
{
    conn_begin(out);
    if (now_ms < conn_deadline_ms(conn))
        return conn_wish(conn);
    if (conn->sending) {
        if (now_ms - conn->since_ms >= CONN_WRITE_TIMEOUT_MS)
            conn_give_up(conn);
    } else if (conn->phase == CONN_PHASE_LINGER) {
        conn->phase = CONN_PHASE_CLOSED;
    } else if (conn_is_idle(conn)) {
        conn_end_idle(conn, now_ms);
    } else if (conn->phase == CONN_PHASE_HEAD) {
        conn_refuse_collected(conn, 408, out);
    } else {
        conn_refuse(conn, 408, out);
    }
    return conn_settle(conn, now_ms, out);
}

void conn_drain(struct conn *conn, uint64_t now_ms)
{
    conn->draining = true;
    if (!conn->sending && conn_is_idle(conn))
        conn->since_ms = now_ms;
}

void conn_close(struct conn *conn)
{
    if (conn->is_called)
        app_cancel(&conn->call);
    conn->is_called = false;
    buffer_release(&conn->request);
    buffer_release(&conn->backlog);
    free(conn->tail_copy);
    conn->tail_copy = NULL;
    conn->tail = (struct slice){0};
    conn->phase = CONN_PHASE_CLOSED;
    conn->sending = false;
}
