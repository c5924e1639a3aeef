/*
 * Bodies of answers, which are shown to whoever wants them and not kept:
 * so many bytes, in chunks (RFC 9112, 7.1), or up to the connection's
 * end. Chunk extensions are read over, for they change no answer's end.
 */
#include "pace/answer_reading.h"

#include <stdlib.h>

#include "pace/answer_words.h"

static const char *take_body(struct reading *reading, const char *at)
{
    struct answer *answer = reading->answer;
    const struct answer_sink *sink = reading->sink;
    size_t len = (size_t)(reading->limit - at);
    if (len > answer->left)
        len = answer->left;
    if (sink && sink->body)
        sink->body(sink->argument, at, len);
    answer->body_len += len;
    answer->left -= len;
    at += len;
    if (answer->left > 0)
        return at;
    return answer->state == IN_BODY ? stop(reading, at, AT_END)
                                    : begin_chunk(reading, at, AT_DATA_CR);
}

static const char *take_byte(struct reading *reading, const char *at, char c, enum state next,
                             const char *why)
{
    if (*at != c)
        return bad(reading, at, why);
    reading->answer->state = next;
    return at + 1;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static const char *take_size(struct reading *reading, const char *at)
{
    struct answer *answer = reading->answer;
    for (int digit; at < reading->limit && (digit = hex_value(*at)) >= 0; at++)
        if (!add_digit(answer, 16, (unsigned)digit))
            return bad(reading, at, "a chunk's size is too large a number");
    if (at == reading->limit)
        return at;
    if (!answer->matched)
        return bad(reading, at, "a chunk's size is no number");
    answer->state = *at == '\r' ? AT_CHUNK_LF : BEHIND_CHUNK_SIZE;
    return *at == '\r' ? at + 1 : at;
}

/* Blanks may only stand before an extension. */
static const char *take_behind_size(struct reading *reading, const char *at)
{
    at = skip(at, reading->limit, BLANK);
    return at == reading->limit ? at
                                : take_byte(reading, at, ';', IN_CHUNK_EXTENSION,
                                            "behind a chunk's size stands what is no extension");
}

/* No line can end within one, not even within quotes. */
static const char *take_extension(struct reading *reading, const char *at)
{
    at = skip_text(at, reading->limit);
    return at == reading->limit ? at
                                : take_byte(reading, at, '\r', AT_CHUNK_LF,
                                            "a control byte stands in a chunk's extension");
}

/* The chunk of size 0 is the last, and trailers follow. */
static const char *take_chunk_lf(struct reading *reading, const char *at)
{
    struct answer *answer = reading->answer;
    if (*at != '\n')
        return bad(reading, at, "a chunk's size has a CR without LF");
    if (answer->left > 0)
        return begin_body(reading, at + 1, IN_CHUNK, answer->left);
    answer->seen |= SEEN_ALL;
    return begin_part(reading, at + 1, AT_FIELD, ANSWER_HEAD_MOST);
}

static const char *take_some(struct reading *reading, const char *at)
{
    static const char no_end[] = "no CR LF stands where a chunk ends";
    switch ((enum state)reading->answer->state) {
    case IN_CHUNK_SIZE:
        return take_size(reading, at);
    case BEHIND_CHUNK_SIZE:
        return take_behind_size(reading, at);
    case IN_CHUNK_EXTENSION:
        return take_extension(reading, at);
    case AT_CHUNK_LF:
        return take_chunk_lf(reading, at);
    case AT_DATA_CR:
        return take_byte(reading, at, '\r', AT_DATA_LF, no_end);
    case AT_DATA_LF:
        return take_byte(reading, at, '\n', IN_CHUNK_SIZE, no_end);
    case IN_BODY:
    case IN_CHUNK:
    case IN_BODY_TO_CLOSE:
        return take_body(reading, at);
    default:
        abort();
    }
}

const char *answer_take_body(struct reading *reading, const char *at)
{
    while (at < reading->limit && reading->answer->state >= HEAD_STATES)
        at = take_some(reading, at);
    return at;
}
