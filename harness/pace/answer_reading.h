/*
 * What reads an answer (answer.h), for the files that it is made of: answer.c drives it,
 * answer_head.c reads heads and trailers, answer_body.c bodies and chunks. One state machine over
 * the bytes, whose states take as many of them at a time as they can: a head that comes in one
 * piece is read where it lies, in a few steps a line, and one that is cut anywhere goes on where it
 * was, for the same code reads both. Only a word that decides something (a name, an option, a
 * coding) and is cut itself is kept, as far as it can matter.
 */
#ifndef PACE_ANSWER_READING_H
#define PACE_ANSWER_READING_H

#include <string.h>

#include "pace/answer.h"

enum state {
    IN_STATUS_LINE,
    IN_REASON,
    AT_FIELD, /* its name, or the empty line */
    IN_VALUE, /* of a field that decides nothing */
    IN_TYPE,
    BEFORE_TYPE, /* BEFORE: blanks */
    BEFORE_LENGTH,
    IN_LENGTH,
    BEHIND_LENGTH, /* BEHIND: blanks, too */
    BEFORE_CODING,
    IN_CODING,
    BEHIND_CODING,
    BEFORE_OPTION,
    IN_OPTION,
    BEHIND_OPTION,
    AT_LINE_LF,
    AT_HEAD_LF,
    HEAD_STATES, /* those above are answer_head.c's, those below answer_body.c's */
    IN_CHUNK_SIZE = HEAD_STATES,
    BEHIND_CHUNK_SIZE,
    IN_CHUNK_EXTENSION,
    AT_CHUNK_LF,
    AT_DATA_CR,
    AT_DATA_LF,
    IN_BODY,
    IN_CHUNK,
    IN_BODY_TO_CLOSE,
    AT_END,
    IS_BAD,
};

/* What a head has said. */
enum seen {
    SEEN_HTTP_1_0 = 1,
    SEEN_LENGTH = 2,
    SEEN_CODING = 4,
    SEEN_TYPE = 8,
    SEEN_CLOSE = 16,
    SEEN_KEEP_ALIVE = 32,
    SEEN_ALL = 64, /* trailers are being read, which say nothing any more */
};

/* Bytes that are being taken. How far is passed from function to
 * function: each is given where the next byte stands and returns where
 * it has stopped, which is at the limit unless the state has changed. */
struct reading {
    struct answer *answer;
    const struct answer_sink *sink;
    const char *from;  /* where the room begins, in these bytes */
    const char *limit; /* up to where bytes may be taken: the end, or where the room is used up */
    const char *end;
};

static inline const char *stop(struct reading *reading, const char *at, enum state state)
{
    reading->answer->state = state;
    reading->limit = at;
    return at;
}

/* at is the first byte that cannot be. */
static inline const char *bad(struct reading *reading, const char *at, const char *why)
{
    reading->answer->why = why;
    return stop(reading, at, IS_BAD);
}

/* Each part has its own room. */
static inline const char *begin_part(struct reading *reading, const char *at, enum state state,
                                     uint64_t room)
{
    reading->answer->state = state;
    reading->answer->room = room;
    reading->from = at;
    reading->limit = (size_t)(reading->end - at) < room ? reading->end : at + room;
    return at;
}

static inline const char *begin_body(struct reading *reading, const char *at, enum state state,
                                     uint64_t len)
{
    reading->answer->left = len;
    return begin_part(reading, at, state, UINT64_MAX);
}

static inline const char *begin_chunk(struct reading *reading, const char *at, enum state state)
{
    reading->answer->matched = 0; /* as left is, which the size is added to */
    return begin_part(reading, at, state, ANSWER_CHUNK_LINE_MOST);
}

/* The first head, or one behind a 1xx. */
static inline void begin_head(struct answer *answer)
{
    answer->state = IN_STATUS_LINE;
    answer->room = ANSWER_HEAD_MOST;
    answer->matched = 0;
    answer->code = 0;
    answer->seen = 0;
    answer->left = 0;
}

/* Each goes on while there are bytes and the state is one of its own. */
const char *answer_take_head(struct reading *reading, const char *at);
const char *answer_take_body(struct reading *reading, const char *at);

#endif
