/* What an upstream's bytes come to when they are read in one piece: the
 * parser of heads and the decoder of chunks, which are tried against naive
 * readers elsewhere, and by what docs/http.md says what is passed on. */
#ifndef TESTS_WHOLE_ANSWER_H
#define TESTS_WHOLE_ANSWER_H

#include <stdbool.h>
#include <string.h>

#include "http/chunked.h"
#include "http/reply.h"
#include "upstream/fetch.h"

enum verdict { GOES_ON, PASSED_ON, REFUSED };

struct judged {
    enum verdict verdict;
    uint16_t status;
    bool may_be_followed;
    struct slice type, body;
    size_t answer_bytes;
};

static inline void judge_counted(struct judged *judged, struct slice in, uint64_t length)
{
    if (in.len < length)
        return;
    judged->verdict = PASSED_ON;
    judged->body = (struct slice){in.ptr, (size_t)length};
    judged->answer_bytes += (size_t)length;
}

static inline void judge_chunked(struct judged *judged, struct slice in)
{
    static char body[FETCH_BODY_LIMIT_BYTES];
    struct http_chunked chunked;
    int event = 0;

    http_chunked_init(&chunked);
    judged->body = (struct slice){body, 0};
    while (in.len > 0 && event != HTTP_CHUNKED_DONE && judged->verdict == GOES_ON) {
        struct slice data = {0};
        size_t taken;

        event = http_chunked_decode(&chunked, in, &taken, &data);
        in = (struct slice){in.ptr + taken, in.len - taken};
        judged->answer_bytes += taken;
        if (event < 0 || data.len > sizeof body - judged->body.len) {
            judged->verdict = REFUSED;
        } else if (event == HTTP_CHUNKED_DATA) {
            memcpy(body + judged->body.len, data.ptr, data.len);
            judged->body.len += data.len;
        }
    }
    if (event == HTTP_CHUNKED_DONE)
        judged->verdict = PASSED_ON;
}

static inline void judge_body(struct judged *judged, const struct http_reply *reply,
                              struct slice in, bool has_finished)
{
    if (reply->end == HTTP_REPLY_AT_LENGTH) {
        judge_counted(judged, in, reply->content_length);
    } else if (reply->end == HTTP_REPLY_AT_CHUNK) {
        judge_chunked(judged, in);
    } else if (in.len > FETCH_BODY_LIMIT_BYTES) {
        judged->verdict = REFUSED;
    } else if (has_finished) {
        judged->verdict = PASSED_ON;
        judged->body = in;
        judged->answer_bytes += in.len;
    }
}

static inline bool is_head_passed_on(const struct http_reply *reply)
{
    return reply->status != 206 && reply->status != 304 && !reply->has_coding &&
           reply->content_type.len <= FETCH_TYPE_LIMIT_BYTES &&
           (reply->end != HTTP_REPLY_AT_LENGTH || reply->content_length <= FETCH_BODY_LIMIT_BYTES);
}

/* The final head, past the interim ones: http_reply_parse's result. */
static inline int judge_heads(struct http_reply *reply, struct slice *in)
{
    size_t scanned = 0, interim_bytes = 0;
    int n;

    while ((n = http_reply_parse(reply, in->ptr, in->len, &scanned)) > 0) {
        in->ptr += n;
        in->len -= (size_t)n;
        if (reply->end != HTTP_REPLY_IS_INTERIM)
            return n;
        interim_bytes += (size_t)n;
        if (interim_bytes > FETCH_INTERIM_LIMIT_BYTES)
            return -1;
    }
    return n;
}

/* has_finished: with FIN behind the last of them. */
static inline struct judged judge_bytes(struct slice in, bool has_finished)
{
    struct judged judged = {.verdict = GOES_ON};
    struct http_reply reply;
    size_t all_bytes = in.len;
    int n = judge_heads(&reply, &in);

    if (n > 0 && is_head_passed_on(&reply)) {
        judged.status = reply.status;
        judged.type = reply.content_type;
        judged.may_be_followed = reply.keep_alive;
        judged.answer_bytes = all_bytes - in.len;
        judge_body(&judged, &reply, in, has_finished);
    } else if (n != 0) {
        judged.verdict = REFUSED;
    }
    return judged;
}

#endif
