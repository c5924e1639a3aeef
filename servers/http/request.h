/*
 * HTTP/1.1 request heads (RFC 9112, RFC 9110), strictly: whatever two parsers could read in two
 * ways is refused, because request smuggling lives there. Pure: bytes in, a description that points
 * into those bytes out; no allocation, no clock, no I/O, no state besides what the caller passes.
 */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "http/slice.h"

enum {
    HTTP_HEAD_LIMIT_BYTES = 8 * 1024,    /* from the first byte, a leading empty line included */
    HTTP_BODY_LIMIT_BYTES = 1024 * 1024, /* decoded body */
};

enum http_method {
    HTTP_METHOD_UNKNOWN, /* a well-formed token that is none of the below: the app answers 501 */
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_PATCH,
    HTTP_TRACE,
    HTTP_CONNECT,
};

/* Slices point into the parsed bytes and live as long as those. */
struct http_request {
    enum http_method method;
    bool http10;     /* HTTP/1.0, else HTTP/1.1 */
    bool keep_alive; /* 1.1 without "close"; 1.0 only with "keep-alive" (RFC 9112 section 9.3) */
    bool expect_continue;    /* in 1.1; 1.0 ignores it (RFC 9110 section 10.1.1) */
    bool chunked;            /* Transfer-Encoding: chunked, the only coding accepted */
    uint64_t content_length; /* 0 when absent or chunked */
    struct slice path;  /* as it came: a path, "*" (for OPTIONS perhaps empty), or the authority
                                of CONNECT */
    struct slice query; /* after '?', or empty with ptr NULL */
    struct slice authorization; /* field value, or empty with ptr NULL */
};

/*
 * Parses one request head at the start of buf.
 *   > 0  complete: the number of bytes it took (a tolerated leading CRLF included)
 *   0    incomplete: call again with more; *scanned keeps the work done, so that a head
 *        that arrives byte by byte costs linear time. *scanned must be 0 for a new head and
 * survives moves of buf; it is 0 again after any other result. < 0  refused: minus the status to
 * answer: -400, -417, -431, -505 (417 and 505 only for heads that are otherwise well-formed).
 * request->method is set if it could be read (an answer to HEAD has no body). The connection cannot
 * go on after it. The result depends on the bytes alone, not on how they were cut: once it is not
 * 0, more bytes would not change it. No byte at or beyond len is read.
 */
int http_request_parse(struct http_request *request, const char *buf, size_t len, size_t *scanned);

#endif
