/*
 * Field lines of a request head (RFC 9112 section 5): their form, and what those few mean that
 * framing, the connection and the app depend on. What concerns several lines is only noted here;
 * request.c judges it at the head's end. A part of request.c.
 */
#ifndef HTTP_FIELD_H
#define HTTP_FIELD_H

#include "http/head.h"
#include "http/request.h"

/* One head being parsed. */
struct http_parser {
    struct http_request *request;
    const char *line;  /* the line that is next */
    const char *limit; /* of what may be read; SCAN_BLOCK_BYTES before it may be, too */
    unsigned notes;    /* of enum http_note */
};

/*
 * Both parse the next line, which lies behind a request line, and move on behind it. False, and
 * nothing moved, if no complete and valid field line ends before the limit.
 *
 * The first is for the line that most heads start with, as they should (RFC 9110 section 7.2): Host
 * with a value that needs no close look. It is false for all others, too.
 */
bool http_plain_host_parse(struct http_parser *parser);
bool http_field_parse(struct http_parser *parser);

#endif
