/*
 * A request as a second parser reads it: that of Node.js before llhttp, which Debian keeps as
 * libhttp-parser. It gets one byte at a time, so that what it says has a place.
 */
#ifndef TESTS_SECOND_PARSER_H
#define TESTS_SECOND_PARSER_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* It names the methods, and their type, as http/request.h does. */
#define http_method  second_http_method
#define HTTP_GET     SECOND_HTTP_GET
#define HTTP_HEAD    SECOND_HTTP_HEAD
#define HTTP_POST    SECOND_HTTP_POST
#define HTTP_PUT     SECOND_HTTP_PUT
#define HTTP_DELETE  SECOND_HTTP_DELETE
#define HTTP_OPTIONS SECOND_HTTP_OPTIONS
#define HTTP_PATCH   SECOND_HTTP_PATCH
#define HTTP_TRACE   SECOND_HTTP_TRACE
#define HTTP_CONNECT SECOND_HTTP_CONNECT
#include <http_parser.h>
#undef http_method
#undef HTTP_GET
#undef HTTP_HEAD
#undef HTTP_POST
#undef HTTP_PUT
#undef HTTP_DELETE
#undef HTTP_OPTIONS
#undef HTTP_PATCH
#undef HTTP_TRACE
#undef HTTP_CONNECT

struct text {
    char *bytes;
    size_t len;
};

struct second {
    http_parser parser;
    size_t at;       /* bytes read before the present one */
    size_t head_end; /* bytes read up to it; 0 if it was not seen */
    size_t end;      /* of the message, in the same way */
    bool chunked;
    uint64_t content_length; /* UINT64_MAX: none */
    bool in_value;
    struct text url, body;
    struct text fields; /* NAME ':' VALUE '\n' for each, blanks before the value left out */
};

static inline int text_append(struct text *text, const char *bytes, size_t len)
{
    text->bytes = realloc(text->bytes, text->len + len + 1);
    assert(text->bytes);
    memcpy(text->bytes + text->len, bytes, len);
    text->len += len;
    return 0;
}

static inline int second_url(http_parser *parser, const char *bytes, size_t len)
{
    struct second *second = parser->data;
    return text_append(&second->url, bytes, len);
}

static inline int second_name(http_parser *parser, const char *bytes, size_t len)
{
    struct second *second = parser->data;
    if (second->in_value)
        text_append(&second->fields, "\n", 1);
    second->in_value = false;
    return text_append(&second->fields, bytes, len);
}

/* Also called, with no bytes, for a value that is empty. */
static inline int second_value(http_parser *parser, const char *bytes, size_t len)
{
    struct second *second = parser->data;
    if (!second->in_value)
        text_append(&second->fields, ":", 1);
    second->in_value = true;
    return text_append(&second->fields, bytes, len);
}

static inline int second_head(http_parser *parser)
{
    struct second *second = parser->data;
    if (second->in_value)
        text_append(&second->fields, "\n", 1);
    second->in_value = false;
    second->head_end = second->at + 1;
    second->chunked = parser->flags & F_CHUNKED;
    second->content_length = parser->content_length;
    return 0;
}

static inline int second_body(http_parser *parser, const char *bytes, size_t len)
{
    struct second *second = parser->data;
    return text_append(&second->body, bytes, len);
}

static inline int second_complete(http_parser *parser)
{
    struct second *second = parser->data;
    if (second->end == 0)
        second->end = second->at + 1;
    return 0;
}

static inline void second_init(struct second *second)
{
    *second = (struct second){.parser.data = second};
    http_parser_init(&second->parser, HTTP_REQUEST);
}

/* Reads len bytes or up to the first error, which second->parser names. */
static inline void second_read(struct second *second, const char *bytes, size_t len)
{
    static const http_parser_settings settings = {
        .on_url = second_url,
        .on_header_field = second_name,
        .on_header_value = second_value,
        .on_headers_complete = second_head,
        .on_body = second_body,
        .on_message_complete = second_complete,
    };
    for (size_t i = 0; i < len && HTTP_PARSER_ERRNO(&second->parser) == HPE_OK; i++, second->at++)
        http_parser_execute(&second->parser, &settings, bytes + i, 1);
}

static inline void second_release(struct second *second)
{
    free(second->url.bytes);
    free(second->body.bytes);
    free(second->fields.bytes);
}

#endif
