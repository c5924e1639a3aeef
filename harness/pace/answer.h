/*
 * Reads answers (RFC 9112) as they come, in pieces of any size, without keeping their bodies and without memory of its
 * own. Strict, because a generator that guesses would count a broken answer as a fast one: status line and fields by
 * their grammar, Content-Length that is one plain decimal, Transfer-Encoding that is one `chunked` and never beside
 * Content-Length, chunk framing with CR LF. 1xx answers are skipped (101 is an error); 204, 304 and answers to HEAD have
 * no body; without framing the body ends with the connection.
 */
#ifndef PACE_ANSWER_H
#define PACE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum answer_step {
    ANSWER_MORE, /* all bytes were taken, and it is not at its end */
    ANSWER_DONE, /* *taken bytes belonged to it; what follows is the next one's */
    ANSWER_BAD,  /* see answer_why */
};

enum { ANSWER_HEAD_MOST = 65536 }; /* bytes of one head, and of all trailers */

struct answer {
    bool is_to_head; /* given */
    unsigned status; /* of the final head; 0 until it was read */
    bool
        keeps_alive; /* once the head was read: neither `Connection: close` nor HTTP/1.0 without keep-alive, nor a body
                          that ends with the connection */
    bool ends_at_close;
    uint64_t body_len; /* taken so far; its whole length at ANSWER_DONE */
    uint64_t left;     /* private, like all below */
    /* ... state of the parser: the implementer's */
    uint32_t state;
    uint32_t head_len;
};

/* Where body bytes are shown to as they are taken; one answer may call it many times. NULL: nobody wants them. */
struct answer_sink {
    void (*body)(void *argument, const char *bytes, size_t len);
    void (*content_type)(void *argument, const char *value, size_t len);
    void *argument;
};

void answer_begin(struct answer *answer, bool is_to_head);
/* Takes from bytes. *taken is always set. */
enum answer_step answer_take(struct answer *answer, const char *bytes, size_t len, size_t *taken,
                             const struct answer_sink *sink);
/* The peer has closed: ANSWER_DONE if the body ends so, else ANSWER_BAD. */
enum answer_step answer_closed(struct answer *answer);
bool answer_has_begun(const struct answer *answer); /* a byte of it was taken */
const char *answer_why(
    const struct answer *answer); /* of ANSWER_BAD, one clause: "Content-Length is no number" */

#endif
