/*
 * Reads answers (RFC 9112) as they come, in pieces of any size, without keeping their bodies and
 * without memory of its own. Strict, because a generator that guesses would count a broken answer
 * as a fast one: status line and fields by their grammar, Content-Length that is one plain decimal,
 * Transfer-Encoding that is one `chunked` and never beside Content-Length, chunk framing with CR
 * LF. 1xx answers are skipped (101 is an error); 204, 304 and answers to HEAD have no body; without
 * framing the body ends with the connection.
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

enum {
    ANSWER_HEAD_MOST = 65536,      /* bytes of one head, and of all trailers */
    ANSWER_CHUNK_LINE_MOST = 4096, /* of the line before a chunk: its size and its extensions */
    ANSWER_INTERIM_MOST = 16,      /* 1xx answers before the final one */
};

struct answer {
    bool is_to_head; /* given */
    unsigned status; /* of the final head; 0 until it was read */
    /* Once the head was read: neither `Connection: close` nor HTTP/1.0 without keep-alive, nor a
     * body that ends with the connection. */
    bool keeps_alive;
    bool ends_at_close;
    uint64_t body_len; /* taken so far; its whole length at ANSWER_DONE */

    /* private */
    const char *why;
    uint64_t left; /* of the body or the chunk; before that the length as it is read */
    uint64_t room; /* for the part of the answer that is being read */
    uint32_t seen; /* of the head */
    uint16_t code; /* its status */
    uint8_t state, matched, interims;
    /* The word that the last piece cut off, as far as it can matter. */
    uint8_t word_len;
    char word[18];
};

/* Where bytes are shown to as they are taken. Either may be called many times for one answer, with
 * the next bytes each time, as they come in pieces. */
struct answer_sink {
    void (*body)(void *argument, const char *bytes, size_t len); /* NULL: nobody wants it */
    /* The field's value in the final head; blanks may stand behind it. NULL: nobody wants it. */
    void (*content_type)(void *argument, const char *value, size_t len);
    void *argument;
};

void answer_begin(struct answer *answer, bool is_to_head);
/* Takes from bytes, which may be read up to len only, what belongs to this answer; not to be called
 * again after ANSWER_DONE or ANSWER_BAD. *taken is always set: what was good of it, if it is bad.
 * sink may be NULL. All that comes of it depends on the bytes, not on how they were cut. */
enum answer_step answer_take(struct answer *answer, const char *bytes, size_t len, size_t *taken,
                             const struct answer_sink *sink);
/* The peer has closed before ANSWER_DONE: it is that if the body ends so, else ANSWER_BAD. */
enum answer_step answer_closed(struct answer *answer);
bool answer_has_begun(const struct answer *answer); /* a byte of it was taken */
/* Of ANSWER_BAD, one clause: "Content-Length is no number". */
const char *answer_why(const struct answer *answer);

#endif
