/* An answer read in pieces, and all that came of it. */
#ifndef TESTS_PACE_ANSWER_ROOM_H
#define TESTS_PACE_ANSWER_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "data/strings.h"
#include "pace/answer.h"
#include "pace_answer_cases.h"

enum { SHOWN_MOST = 256 };

/* All that comes of the bytes of one answer. */
struct outcome {
    enum came came;
    size_t taken;
    unsigned status;
    uint64_t body_len;
    bool keeps_alive, ends_at_close;
    char body[SHOWN_MOST], type[SHOWN_MOST]; /* as they were shown */
    const char *why;
};

static inline void append(char *text, const char *bytes, size_t len)
{
    size_t has = strlen(text);
    if (len < SHOWN_MOST - has)
        memcpy(text + has, bytes, len);
}

static inline void show_body(void *argument, const char *bytes, size_t len)
{
    append(((struct outcome *)argument)->body, bytes, len);
}

static inline void show_type(void *argument, const char *value, size_t len)
{
    append(((struct outcome *)argument)->type, value, len);
}

/* Gives len bytes in memory of their own, so that AddressSanitizer sees when more are read. */
static inline enum answer_step give(struct answer *answer, struct outcome *outcome,
                                    const char *bytes, size_t len)
{
    const struct answer_sink sink = {
        .body = show_body, .content_type = show_type, .argument = outcome};
    size_t taken = SIZE_MAX;
    char *piece = xcalloc(1, len ? len : 1);
    memcpy(piece, bytes, len);
    enum answer_step step = answer_take(answer, piece, len, &taken, &sink);
    free(piece);
    assert_true(taken <= len);
    assert_true(step != ANSWER_MORE || taken == len);
    outcome->taken += taken;
    return step;
}

static inline void end(struct outcome *outcome, struct answer *answer, enum answer_step step)
{
    bool closed = step == ANSWER_MORE && answer->ends_at_close;
    if (closed)
        step = answer_closed(answer);
    outcome->came = step == ANSWER_BAD    ? REFUSED
                    : step == ANSWER_MORE ? UNFINISHED
                    : closed              ? WHOLE_AT_CLOSE
                                          : WHOLE;
    outcome->why = step == ANSWER_BAD ? answer_why(answer) : "";
    outcome->status = answer->status;
    outcome->body_len = answer->body_len;
    outcome->keeps_alive = answer->keeps_alive;
    outcome->ends_at_close = answer->ends_at_close;
}

/* In a first piece, and the rest in pieces of so many bytes. */
static inline void read_cut(struct outcome *outcome, const struct answer_case *row, size_t first,
                            size_t piece)
{
    struct answer answer;
    enum answer_step step = ANSWER_MORE;
    *outcome = (struct outcome){0};
    answer_begin(&answer, row->to_head);
    size_t at = 0;
    for (size_t len = first; step == ANSWER_MORE; len = piece) {
        len = len < row->len - at ? len : row->len - at;
        step = give(&answer, outcome, row->bytes + at, len);
        at += len;
        if (at == row->len)
            break;
    }
    end(outcome, &answer, step);
}

#endif
