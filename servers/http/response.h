/*
 * HTTP/1.1 answer heads. Everything that does not change from request to request
 * (status line, Server, the Date of this second, Content-Type) is rendered once
 * into a template; a usual head is then one copy and an integer. Field order is
 * fixed: Server, Date, Content-Type, Content-Length, Allow, Connection. Pure.
 */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "http/slice.h"

enum http_type {
    HTTP_TEXT,               /* text/plain */
    HTTP_JSON,               /* application/json */
    HTTP_OCTETS,             /* application/octet-stream */
    HTTP_TYPES,              /* how many there are */
    HTTP_OTHER = HTTP_TYPES, /* another server's */
};

enum {
    HTTP_RESPONSE_HEAD_BYTES = 384, /* no head is longer */
    HTTP_OTHER_TYPE_BYTES = 128,    /* no Content-Type may be */
    HTTP_OK_BYTES = 144,            /* no head of a 200 is longer up to its Content-Length */
};

/* "Connection" of an answer. */
enum http_persistence {
    HTTP_PERSIST,          /* HTTP/1.1 keep-alive: no field */
    HTTP_PERSIST_EXPLICIT, /* an HTTP/1.0 client that asked: "Connection: keep-alive" */
    HTTP_CLOSE,            /* "Connection: close" */
};

struct http_response_head {
    uint16_t status;
    enum http_type type; /* not HTTP_OTHER */
    enum http_persistence persistence;
    uint64_t content_length; /* 204 has neither Content-Length nor Content-Type */
    const char *allow;       /* for 405 and OPTIONS, at most 24 bytes; else NULL */
};

/* One per worker. The offsets are the same in all types' texts. */
struct http_template {
    /* "HTTP/1.1 200 OK\r\nServer: ...\r\nDate: ...\r\nContent-Type: ...\r\nContent-Length: " */
    char ok[HTTP_TYPES][HTTP_OK_BYTES];
    uint32_t ok_len[HTTP_TYPES];
    uint32_t date_offset;    /* of the 29 bytes of the date */
    uint32_t content_offset; /* of "Content-Type:" */
};

/* server names the model, "backbench-epoll", in at most 24 bytes. */
void http_template_init(struct http_template *template, const char *server);

/* Puts the date of now into the template (RFC 9110 section 5.6.7, IMF-fixdate). */
void http_template_set_date(struct http_template *template, time_t now);

/* Writes a head to out, which has room for HTTP_RESPONSE_HEAD_BYTES; returns its length. */
size_t http_response_head(char *out, const struct http_template *template,
                          const struct http_response_head *head);

/* The same for an answer that is passed on: head->status may be any from 200 to 599 (one that is
 * not ours has no reason phrase), and instead of head->type it has this Content-Type, of at most
 * HTTP_OTHER_TYPE_BYTES; empty: none. */
size_t http_response_head_of(char *out, const struct http_template *template,
                             const struct http_response_head *head, struct slice type);

/* "HTTP/1.1 100 Continue\r\n\r\n", static. */
struct slice http_response_continue(void);

/* "404 Not Found\n": the text body of a refusal with a status of ours; static. */
struct slice http_reason_body(uint16_t status);

#endif
