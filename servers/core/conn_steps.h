/*
 * What conn.c, conn_read.c and conn_answer.c ask of each other; nobody else's. One call of the
 * contract is: conn.c looks where the connection stands, conn_read.c takes requests out of bytes,
 * conn_answer.c puts their answers into *out, and conn.c says what the model is to do.
 */
#ifndef CORE_CONN_STEPS_H
#define CORE_CONN_STEPS_H

#include "core/conn.h"

/* Room in *out without which no request is read: any head, a 100 Continue, a refusal's body. */
enum { CONN_ROOM_BYTES = 2 * HTTP_RESPONSE_HEAD_BYTES };

static inline uint32_t conn_room(const struct conn_out *out)
{
    return out->cap - out->len;
}

/* Between requests. The empty line that may come before one, or behind a body whose sender counts
 * badly (RFC 9112 section 2.2), does not begin one. */
static inline bool conn_is_idle(const struct conn *conn)
{
    return conn->phase == CONN_PHASE_HEAD &&
           (conn->request.len == 0 || (conn->request.len <= 2 && conn->request.ptr[0] == '\r'));
}

/*
 * Takes a head, a piece of a body or a whole request from the front of in, which is not empty, and
 * answers what has become complete. Phase HEAD or BODY only, with CONN_ROOM_BYTES in out.
 */
void conn_read(struct conn *conn, struct slice *in, uint64_t now_ms, struct conn_out *out);

/* Calls the app. A body that is borrowed (dies with the call) has its length and a head's as room
 * in out. */
void conn_serve(struct conn *conn, const struct http_request *request, struct slice body,
                bool borrowed, struct conn_out *out);

/* The waiting call goes on. */
void conn_resume(struct conn *conn, struct conn_out *out);

/* Answers with a status of the connection's own; the connection cannot go on after it. */
void conn_refuse(struct conn *conn, unsigned status, struct conn_out *out);

/* The same for a head that is not complete or not valid, of which conn->request holds at least a
 * part: whether it was a HEAD request, whose refusal has no body, is found out by parsing it from
 * its start. */
void conn_refuse_collected(struct conn *conn, unsigned status, struct conn_out *out);

/* Phase ANSWER: sets out->ref to the next part; false when there is none, and the phase is the next
 * one. */
bool conn_answer_part(struct conn *conn, struct conn_out *out);

/* Phase RESET: memory has run out, or more input came than may be held. */
static inline void conn_give_up(struct conn *conn)
{
    conn->phase = CONN_PHASE_RESET;
}

#endif
