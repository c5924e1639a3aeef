/*
 * The heads of answers that another server gave (RFC 9112, RFC 9110), as strictly as those of
 * requests: an answer whose end two parsers could see in two places is refused, because what comes
 * after it would be taken for the answer to somebody else's request. Pure: bytes in, a description
 * that points into those bytes out; no allocation, no clock, no I/O, no state besides what the
 * caller passes. Of answers to GET; those to HEAD or CONNECT end elsewhere.
 */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "http/slice.h"

enum { HTTP_REPLY_HEAD_LIMIT_BYTES = 16 * 1024 }; /* from the first byte */

/* Where the body ends (RFC 9112 section 6.3). */
enum http_reply_end {
    HTTP_REPLY_AT_LENGTH,  /* after content_length bytes: 0 of a 204 or 304 */
    HTTP_REPLY_AT_CHUNK,   /* with its last chunk, chunked being the only coding accepted */
    HTTP_REPLY_AT_CLOSE,   /* with the connection */
    HTTP_REPLY_IS_INTERIM, /* 1xx but 101: another head follows */
};

/* Slices point into the parsed bytes and live as long as those. */
struct http_reply {
    uint16_t status; /* 100 to 599 */
    enum http_reply_end end;
    uint64_t content_length; /* AT_LENGTH */
    /* The connection can carry another request (RFC 9112 section 9.3); never AT_CLOSE, nor after a
     * 204 or 304 whose fields announce a body. IS_INTERIM says it for the answer that follows. */
    bool keep_alive;
    bool has_coding;           /* a Content-Encoding: the body is not what content_type says */
    struct slice content_type; /* field value without surrounding blanks, or empty with ptr NULL */
};

/*
 * Parses one head at the start of buf.
 *   > 0  complete: the number of bytes it took
 *   0    incomplete: call again with more; *scanned keeps the work done, so that a head that
 *        arrives byte by byte costs linear time. It must be 0 for a new head, survives moves of
 *        buf, and is 0 again after any other result.
 *   -1   no answer that may be passed on: not HTTP/1.0 or 1.1, malformed (a status line without the
 *        SP behind its status is), framed in two ways, two of Content-Type, 101 (nobody asked for
 *        it), a 1xx of HTTP/1.0 or one that announces a body, or longer than
 *        HTTP_REPLY_HEAD_LIMIT_BYTES.
 * The result depends on the bytes alone, not on how they were cut: once it is not 0, more bytes
 * would not change it. No byte at or beyond len is read.
 */
int http_reply_parse(struct http_reply *reply, const char *buf, size_t len, size_t *scanned);

#endif
