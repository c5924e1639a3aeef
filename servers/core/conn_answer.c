/*
 * Answers to bytes. A head and a short body are written to out; a long body follows by reference,
 * part by part, each part a turn of its own, so that whatever is handed out is one plain send.
 */
#include "core/conn_steps.h"

#include <string.h>

/* The longest reference handed out at once: write progress shows at its ends. */
enum { CONN_PART_BYTES = APP_PATTERN_SPAN_BYTES };

static enum http_persistence conn_persistence(const struct conn *conn)
{
    if (!conn->keep_alive || conn->draining)
        return HTTP_CLOSE;
    return conn->http10 ? HTTP_PERSIST_EXPLICIT : HTTP_PERSIST;
}

/* memcpy(3); bodies as short as most are take two moves that overlap, and no call. */
static inline void copy_body(char *to, const char *from, size_t len)
{
    enum { HALF = 16, QUARTER = 8 };

    if (len >= QUARTER && len <= HALF) {
        memcpy(to, from, QUARTER);
        memcpy(to + len - QUARTER, from + len - QUARTER, QUARTER);
    } else if (len > HALF && len <= 2 * HALF) {
        memcpy(to, from, HALF);
        memcpy(to + len - HALF, from + len - HALF, HALF);
    } else {
        memcpy(to, from, len);
    }
}

static bool conn_copy_body(struct conn_out *out, struct slice body)
{
    if (body.len > conn_room(out))
        return false;
    copy_body(out->base + out->len, body.ptr, body.len);
    out->len += (uint32_t)body.len;
    return true;
}

/* A short body or a borrowed one, for which the room is certain, is copied; another one goes by
 * reference. */
static void conn_put_body(struct conn *conn, const struct app_answer *answer, bool borrowed,
                          struct conn_out *out)
{
    if (answer->pattern_bytes > 0) {
        if (answer->pattern_bytes <= CONN_REF_BYTES &&
            conn_copy_body(out, app_pattern(0, answer->pattern_bytes)))
            return;
        conn->pattern_offset = 0;
        conn->pattern_end = (uint32_t)answer->pattern_bytes;
    } else {
        if ((borrowed || answer->body.len <= CONN_REF_BYTES) && conn_copy_body(out, answer->body))
            return;
        conn->body = answer->body;
    }
    conn->phase = CONN_PHASE_ANSWER;
}

static inline struct http_response_head conn_head(const struct conn *conn,
                                                  const struct app_answer *answer)
{
    return (struct http_response_head){
        .status = answer->status,
        .type = answer->type,
        .persistence = conn_persistence(conn),
        .content_length = answer->pattern_bytes > 0 ? answer->pattern_bytes : answer->body.len,
        .allow = answer->allow,
    };
}

/* The head is in out; the body follows it there, or later. */
static inline void conn_answer_body(struct conn *conn, const struct app_answer *answer,
                                    const struct http_response_head *head, bool borrowed,
                                    struct conn_out *out)
{
    conn->keep_alive = head->persistence != HTTP_CLOSE;
    conn->phase = conn->keep_alive ? CONN_PHASE_HEAD : CONN_PHASE_LINGER;
    if (!conn->head_only && head->content_length > 0)
        conn_put_body(conn, answer, borrowed, out);
    if (conn->phase != CONN_PHASE_ANSWER && conn->request.ptr != NULL)
        buffer_release(&conn->request);
}

static void conn_answer(struct conn *conn, const struct app_answer *answer, bool borrowed,
                        struct conn_out *out)
{
    struct http_response_head head = conn_head(conn, answer);
    out->len += (uint32_t)http_response_head(out->base + out->len, &conn->shared->template, &head);
    conn_answer_body(conn, answer, &head, borrowed, out);
}

/* Another server's answer. What it is in takes the place of the request, whose own is gone. */
static void conn_pass_on(struct conn *conn, struct app_answer *answer, struct conn_out *out)
{
    uint32_t held_bytes = (uint32_t)(answer->other_type.len + answer->body.len);
    struct http_response_head head;
    if (answer->held)
        conn->request = (struct buffer){answer->held, held_bytes, held_bytes};
    answer->type = HTTP_TEXT;
    head = conn_head(conn, answer);
    out->len += (uint32_t)http_response_head_of(out->base + out->len, &conn->shared->template,
                                                &head, answer->other_type);
    conn_answer_body(conn, answer, &head, false, out);
}

void conn_serve(struct conn *conn, const struct http_request *request, struct slice body,
                bool borrowed, struct conn_out *out)
{
    struct app_answer answer;
    if (app_handle(&conn->call, request, body, &answer, &conn->wait) == APP_ANSWER) {
        conn_answer(conn, &answer, borrowed, out);
        return;
    }
    conn->phase = CONN_PHASE_WAIT;
    conn->is_called = true;
    buffer_release(&conn->request);
}

void conn_resume(struct conn *conn, struct conn_out *out)
{
    struct app_answer answer;
    conn->resumable = false;
    if (app_resume(&conn->call, conn->revents, &answer, &conn->wait) != APP_ANSWER)
        return;
    conn->is_called = false;
    if (answer.type == HTTP_OTHER)
        conn_pass_on(conn, &answer, out);
    else
        conn_answer(conn, &answer, false, out);
}

void conn_refuse(struct conn *conn, unsigned status, struct conn_out *out)
{
    struct app_answer answer;
    app_refusal((uint16_t)status, &answer);
    conn->keep_alive = false;
    conn_answer(conn, &answer, false, out);
}

bool conn_answer_part(struct conn *conn, struct conn_out *out)
{
    if (conn->pattern_offset < conn->pattern_end) {
        out->ref = app_pattern(conn->pattern_offset, conn->pattern_end - conn->pattern_offset);
        conn->pattern_offset += (uint32_t)out->ref.len;
        return true;
    }
    if (conn->body.len > 0) {
        out->ref = conn->body;
        if (out->ref.len > CONN_PART_BYTES)
            out->ref.len = CONN_PART_BYTES;
        conn->body.ptr += out->ref.len;
        conn->body.len -= out->ref.len;
        return true;
    }
    buffer_release(&conn->request);
    conn->phase = conn->keep_alive ? CONN_PHASE_HEAD : CONN_PHASE_LINGER;
    return false;
}
