/*
 * Heads of answers, and trailers, which are fields without a meaning here: status line, fields by
 * their grammar, and of those that decide something, where the body ends (RFC 9112, 6.3) and
 * whether the connection does with it. A state's function calls the next one's at once where it
 * can, so that a line that is there whole takes one turn; those that a usual head needs are inline,
 * because the calls are a good part of what it costs.
 */
#include "pace/answer_reading.h"

#include <stdlib.h>

#include "pace/answer_words.h"

static const char no_lf[] = "a CR without LF stands in its head";
static const char no_text[] = "a control byte, or LF without CR, stands in its head";
static const char no_number[] = "Content-Length is no number";
static const char not_chunked[] = "Transfer-Encoding is not chunked, once and alone";
static const char no_list[] = "Connection is no list of tokens";

/* ---- lines ---- */

static inline const char *take_line_lf(struct reading *reading, const char *at)
{
    if (*at != '\n')
        return bad(reading, at, no_lf);
    reading->answer->state = AT_FIELD;
    return at + 1;
}

/* Nothing but the line's end may stand here; else it is bad because of why. */
static inline const char *take_line_end(struct reading *reading, const char *at, const char *why)
{
    if (at == reading->limit)
        return at;
    if (*at != '\r')
        return bad(reading, at, why);
    reading->answer->state = AT_LINE_LF;
    at++;
    return at < reading->limit ? take_line_lf(reading, at) : at;
}

static inline const char *take_text(struct reading *reading, const char *at)
{
    return take_line_end(reading, skip_text(at, reading->limit), no_text);
}

/* ---- the status line (RFC 9112, 4) ---- */

static const char form[] = "HTTP/1.v cdd ";
enum { FORM_LEN = sizeof(form) - 1 };

/* What is wrong with a byte where the form has v, c, d or the byte itself; NULL: nothing. */
static const char *misfit(struct answer *answer, char due, char c)
{
    switch (due) {
    case 'v':
        answer->seen |= c == '0' ? SEEN_HTTP_1_0 : 0;
        return c == '0' || c == '1' ? NULL : "it is neither of HTTP/1.0 nor of HTTP/1.1";
    case 'c': /* the class: no other is defined (RFC 9110, 15) */
    case 'd':
        answer->code = (uint16_t)(answer->code * 10 + (c - '0'));
        return (due == 'c' ? c >= '1' && c <= '5' : c >= '0' && c <= '9')
                   ? NULL
                   : "its status is no number from 100 to 599";
    case ' ':
        return c == ' ' ? NULL : "its status has no space on either side";
    default:
        return c == due ? NULL : "it does not begin with HTTP/1.";
    }
}

/* The same in one look, where it is there whole and as usual; else false, and nothing is said. */
static bool is_usual(struct answer *answer, const char *at)
{
    unsigned class = (unsigned)at[9] - '0', tens = (unsigned)at[10] - '0',
             units = (unsigned)at[11] - '0';
    if (memcmp(at, "HTTP/1.1 ", 9) != 0 || at[12] != ' ' || class - 1 > 4 || tens > 9 || units > 9)
        return false;
    answer->code = (uint16_t)(class * 100 + tens * 10 + units);
    return true;
}

/* The space behind the status must be there even before no reason. */
static const char *take_status(struct reading *reading, const char *at)
{
    struct answer *answer = reading->answer;
    if (answer->matched == 0 && reading->limit - at >= FORM_LEN && is_usual(answer, at)) {
        answer->matched = FORM_LEN;
        at += FORM_LEN;
    }
    for (; answer->matched < FORM_LEN; answer->matched++, at++) {
        if (at == reading->limit)
            return at;
        const char *why = misfit(answer, form[answer->matched], *at);
        if (why)
            return bad(reading, at, why);
    }
    answer->state = IN_REASON;
    answer->matched = 0; /* from now on digits of Content-Length */
    return take_text(reading, at);
}

/* ---- Content-Type ---- */

static inline const char *take_type(struct reading *reading, const char *at)
{
    const struct answer_sink *sink = reading->sink;
    const char *end = skip_text(at, reading->limit);
    if (end > at && reading->answer->code >= 200 && sink && sink->content_type)
        sink->content_type(sink->argument, at, (size_t)(end - at));
    return take_line_end(reading, end, no_text);
}

static inline const char *take_before_type(struct reading *reading, const char *at)
{
    at = skip(at, reading->limit, BLANK);
    if (at == reading->limit)
        return at;
    reading->answer->state = IN_TYPE;
    return take_type(reading, at);
}

/* ---- Content-Length ---- */

/* Blanks may stand behind what has been taken of the value. */
static inline const char *take_value_end(struct reading *reading, const char *at, const char *why)
{
    return take_line_end(reading, skip(at, reading->limit, BLANK), why);
}

static inline const char *take_length(struct reading *reading, const char *at)
{
    struct answer *answer = reading->answer;
    for (; at < reading->limit && *at >= '0' && *at <= '9'; at++)
        if (!add_digit(answer, 10, (unsigned)(*at - '0')))
            return bad(reading, at, "Content-Length is too large a number");
    if (at == reading->limit)
        return at;
    if (!answer->matched)
        return bad(reading, at, no_number);
    answer->state = BEHIND_LENGTH;
    return take_value_end(reading, at, no_number);
}

static inline const char *take_before_length(struct reading *reading, const char *at)
{
    at = skip(at, reading->limit, BLANK);
    if (at == reading->limit)
        return at;
    reading->answer->state = IN_LENGTH;
    return take_length(reading, at);
}

/* ---- Transfer-Encoding ---- */

static const char *take_coding(struct reading *reading, const char *at)
{
    struct word word;
    const char *end = take_word(reading, at, &word);
    if (end == reading->limit)
        return end;
    if (!is_word(word, "chunked"))
        return bad(reading, end, not_chunked);
    reading->answer->state = BEHIND_CODING;
    return take_value_end(reading, end, not_chunked);
}

static const char *take_before_coding(struct reading *reading, const char *at)
{
    at = skip(at, reading->limit, BLANK);
    if (at == reading->limit)
        return at;
    reading->answer->state = IN_CODING;
    return take_coding(reading, at);
}

/* ---- Connection, a list of tokens (RFC 9110, 7.6.1) whose elements may be empty (5.6.1.2) ---- */

static const char *take_behind_option(struct reading *reading, const char *at)
{
    at = skip(at, reading->limit, BLANK);
    if (at == reading->limit || *at != ',')
        return take_line_end(reading, at, no_list);
    reading->answer->state = BEFORE_OPTION;
    return at + 1;
}

static const char *take_option(struct reading *reading, const char *at)
{
    struct answer *answer = reading->answer;
    struct word word;
    at = take_word(reading, at, &word);
    if (at == reading->limit)
        return at;
    if (is_word(word, "close"))
        answer->seen |= SEEN_CLOSE;
    else if (is_word(word, "keep-alive"))
        answer->seen |= SEEN_KEEP_ALIVE;
    answer->state = BEHIND_OPTION;
    return take_behind_option(reading, at);
}

static const char *take_before_option(struct reading *reading, const char *at)
{
    while (at < reading->limit && (is(*at, BLANK) || *at == ','))
        at++;
    if (at == reading->limit || *at == '\r')
        return take_line_end(reading, at, no_list);
    reading->answer->state = IN_OPTION;
    return take_option(reading, at);
}

/* ---- the head's end: where is the body's? (RFC 9112, 6.3) ---- */

/* Nobody asks for another protocol here, so 101 may not come (RFC 9110, 15.2.2); nor may any of
 * them from a server that speaks HTTP/1.0 (15.2). */
static const char *end_interim(struct reading *reading, const char *at)
{
    struct answer *answer = reading->answer;
    if (answer->code == 101)
        return bad(reading, at, "it changes the protocol, which nobody asked for");
    if (answer->seen & SEEN_HTTP_1_0)
        return bad(reading, at, "it is a 1xx of HTTP/1.0, which knows none");
    if (answer->interims == ANSWER_INTERIM_MOST)
        return bad(reading, at, "too many 1xx come before it");
    answer->interims++;
    begin_head(answer);
    return begin_part(reading, at, IN_STATUS_LINE, ANSWER_HEAD_MOST);
}

static inline const char *begin_content(struct reading *reading, const char *at)
{
    struct answer *answer = reading->answer;
    bool none = answer->is_to_head || answer->code == 204 || answer->code == 304;
    answer->status = answer->code;
    answer->ends_at_close = !none && !(answer->seen & (SEEN_LENGTH | SEEN_CODING));
    answer->keeps_alive = !answer->ends_at_close && !(answer->seen & SEEN_CLOSE) &&
                          (answer->seen & SEEN_KEEP_ALIVE || !(answer->seen & SEEN_HTTP_1_0));
    if (none)
        return stop(reading, at, AT_END);
    if (answer->ends_at_close)
        return begin_body(reading, at, IN_BODY_TO_CLOSE, UINT64_MAX);
    if (answer->seen & SEEN_CODING)
        return begin_chunk(reading, at, IN_CHUNK_SIZE);
    if (answer->left == 0)
        return stop(reading, at, AT_END);
    return begin_body(reading, at, IN_BODY, answer->left);
}

/* A coding beside a length, or in HTTP/1.0, is how messages
 * are smuggled: no server may send it (RFC 9112, 6.1). */
static inline const char *take_head_lf(struct reading *reading, const char *at)
{
    unsigned seen = reading->answer->seen;
    if (*at != '\n')
        return bad(reading, at, no_lf);
    at++;
    if (seen & SEEN_ALL)
        return stop(reading, at, AT_END);
    if (seen & SEEN_CODING && seen & SEEN_LENGTH)
        return bad(reading, at, "it has Content-Length beside Transfer-Encoding");
    if (seen & SEEN_CODING && seen & SEEN_HTTP_1_0)
        return bad(reading, at, "it has Transfer-Encoding in HTTP/1.0, which knows none");
    return reading->answer->code < 200 ? end_interim(reading, at) : begin_content(reading, at);
}

/* ---- fields (RFC 9112, 5) ---- */

static bool is_first(struct answer *answer, enum seen which, enum state state)
{
    bool first = !(answer->seen & which);
    answer->seen |= which;
    answer->state = state;
    return first;
}

/*
 * A length may not come again even where it is the same, nor as a list of
 * equal ones: a recipient may take those for one (RFC 9110, 8.6), but no
 * server that is well sends them. A second type is refused as well (5.3).
 */
static inline const char *take_value(struct reading *reading, const char *at, struct word name)
{
    struct answer *answer = reading->answer;
    if (answer->seen & SEEN_ALL) {
        answer->state = IN_VALUE;
        return take_text(reading, at);
    }
    if (is_word(name, "content-length"))
        return is_first(answer, SEEN_LENGTH, BEFORE_LENGTH)
                   ? take_before_length(reading, at)
                   : bad(reading, at, "Content-Length comes twice");
    if (is_word(name, "content-type"))
        return is_first(answer, SEEN_TYPE, BEFORE_TYPE)
                   ? take_before_type(reading, at)
                   : bad(reading, at, "Content-Type comes twice");
    if (is_word(name, "transfer-encoding"))
        return is_first(answer, SEEN_CODING, BEFORE_CODING)
                   ? take_before_coding(reading, at)
                   : bad(reading, at, "Transfer-Encoding comes twice");
    bool is_list = is_word(name, "connection");
    answer->state = is_list ? BEFORE_OPTION : IN_VALUE;
    return is_list ? take_before_option(reading, at) : take_text(reading, at);
}

/* Or the empty line. */
static inline const char *take_field(struct reading *reading, const char *at)
{
    struct answer *answer = reading->answer;
    struct word name;
    if (*at == '\r' && answer->word_len == 0) {
        answer->state = AT_HEAD_LF;
        at++;
        return at < reading->limit ? take_head_lf(reading, at) : at;
    }
    at = take_word(reading, at, &name);
    if (at == reading->limit)
        return at;
    if (name.len == 0)
        return bad(reading, at,
                   is(*at, BLANK) ? "a line of its head is folded" : "a field has no name");
    if (*at != ':')
        return bad(reading, at, "a field's name is not followed by a colon at once");
    return take_value(reading, at + 1, name);
}

/* ---- the whole ---- */

static const char *take_some(struct reading *reading, const char *at)
{
    switch ((enum state)reading->answer->state) {
    case IN_STATUS_LINE:
        return take_status(reading, at);
    case IN_REASON:
    case IN_VALUE:
        return take_text(reading, at);
    case AT_FIELD:
        return take_field(reading, at);
    case BEFORE_TYPE:
        return take_before_type(reading, at);
    case IN_TYPE:
        return take_type(reading, at);
    case BEFORE_LENGTH:
        return take_before_length(reading, at);
    case IN_LENGTH:
        return take_length(reading, at);
    case BEHIND_LENGTH:
        return take_value_end(reading, at, no_number);
    case BEFORE_CODING:
        return take_before_coding(reading, at);
    case IN_CODING:
        return take_coding(reading, at);
    case BEHIND_CODING:
        return take_value_end(reading, at, not_chunked);
    case BEFORE_OPTION:
        return take_before_option(reading, at);
    case IN_OPTION:
        return take_option(reading, at);
    case BEHIND_OPTION:
        return take_behind_option(reading, at);
    case AT_LINE_LF:
        return take_line_lf(reading, at);
    case AT_HEAD_LF:
        return take_head_lf(reading, at);
    default:
        abort();
    }
}

const char *answer_take_head(struct reading *reading, const char *at)
{
    while (at < reading->limit && reading->answer->state < HEAD_STATES)
        at = take_some(reading, at);
    return at;
}
