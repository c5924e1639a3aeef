/*
 * A state per place in the grammar of RFC 9112 section 7.1; framing goes byte by byte, data as
 * whole slices. An error is reported at the byte that makes it, however the bytes were cut.
 */
#include "http/chunked.h"

#include <assert.h>
#include <stdbool.h>

#include "http/request.h"
#include "http/scan.h"

/* What comes next. */
enum state {
    SIZE_FIRST, /* a hex digit */
    SIZE,       /* more digits, or what may follow a size */
    /* chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ) */
    EXT_SEMICOLON, /* white space after a size or a value: only another extension may follow */
    EXT_NAME_FIRST,
    EXT_NAME,
    EXT_EQUALS, /* white space after a name: its value, or another extension */
    EXT_VALUE_FIRST,
    EXT_VALUE,
    EXT_QUOTED,
    EXT_QUOTED_PAIR,
    EXT_QUOTED_END,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_FIRST, /* a field line, or the CR that ends the body */
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    END_LF,
    END,
    MALFORMED,
};

/* 15 digits: no sum of chunk sizes that is watched against a limit can overflow 64 bits. */
enum { SIZE_DIGITS_MAX = 15 };

void http_chunked_init(struct http_chunked *chunked)
{
    *chunked = (struct http_chunked){.state = SIZE_FIRST};
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

static enum state after_size(char byte)
{
    switch (byte) {
    case ';':
        return EXT_NAME_FIRST;
    case '\r':
        return SIZE_LF;
    default:
        return is_space(byte) ? EXT_SEMICOLON : MALFORMED;
    }
}

static unsigned hex_value(char digit)
{
    return scan_is(digit, HTTP_DIGIT) ? (unsigned)(digit - '0')
                                      : (unsigned)((digit | 0x20) - 'a') + 10;
}

static enum state size_step(struct http_chunked *chunked, char byte)
{
    if (!scan_is(byte, HTTP_HEX))
        return chunked->state == SIZE ? after_size(byte) : MALFORMED;
    if (++chunked->digits > SIZE_DIGITS_MAX)
        return MALFORMED;
    chunked->remaining_bytes = chunked->remaining_bytes * 16 + hex_value(byte);
    return SIZE;
}

static enum state ext_name_step(enum state state, char byte)
{
    if (is_space(byte))
        return state == EXT_NAME ? EXT_EQUALS : state;
    if (state != EXT_EQUALS && scan_is(byte, HTTP_TCHAR))
        return EXT_NAME;
    if (state == EXT_NAME_FIRST)
        return MALFORMED;
    if (byte == '=')
        return EXT_VALUE_FIRST;
    return state == EXT_NAME || byte == ';' ? after_size(byte) : MALFORMED;
}

static enum state ext_value_step(enum state state, char byte)
{
    if (scan_is(byte, HTTP_TCHAR))
        return state == EXT_QUOTED_END ? MALFORMED : EXT_VALUE;
    if (state != EXT_VALUE_FIRST)
        return after_size(byte);
    if (byte == '"')
        return EXT_QUOTED;
    return is_space(byte) ? EXT_VALUE_FIRST : MALFORMED;
}

/* quoted-string, RFC 9110 section 5.6.4 */
static enum state ext_quoted_step(enum state state, char byte)
{
    if (!scan_is(byte, HTTP_FIELD))
        return MALFORMED;
    if (state == EXT_QUOTED_PAIR)
        return EXT_QUOTED;
    return byte == '"' ? EXT_QUOTED_END : byte == '\\' ? EXT_QUOTED_PAIR : EXT_QUOTED;
}

static enum state trailer_step(enum state state, char byte)
{
    switch (state) {
    case TRAILER_FIRST:
        return byte == '\r' ? END_LF : scan_is(byte, HTTP_TCHAR) ? TRAILER_NAME : MALFORMED;
    case TRAILER_NAME:
        return byte == ':' ? TRAILER_VALUE : scan_is(byte, HTTP_TCHAR) ? TRAILER_NAME : MALFORMED;
    default:
        return byte == '\r' ? TRAILER_LF : scan_is(byte, HTTP_FIELD) ? TRAILER_VALUE : MALFORMED;
    }
}

/* The LF of a size line: the line is whole. */
static enum state size_line_end(struct http_chunked *chunked)
{
    chunked->line_bytes = 0;
    chunked->digits = 0;
    return chunked->remaining_bytes ? DATA : TRAILER_FIRST;
}

static enum state framing_step(struct http_chunked *chunked, char byte)
{
    enum state state = chunked->state;
    switch (state) {
    case SIZE_FIRST:
    case SIZE:
        return size_step(chunked, byte);
    case EXT_SEMICOLON:
        return byte == '\r' ? MALFORMED : after_size(byte);
    case EXT_NAME_FIRST:
    case EXT_NAME:
    case EXT_EQUALS:
        return ext_name_step(state, byte);
    case EXT_VALUE_FIRST:
    case EXT_VALUE:
    case EXT_QUOTED_END:
        return ext_value_step(state, byte);
    case EXT_QUOTED:
    case EXT_QUOTED_PAIR:
        return ext_quoted_step(state, byte);
    case SIZE_LF:
        return byte == '\n' ? size_line_end(chunked) : MALFORMED;
    case DATA_CR:
        return byte == '\r' ? DATA_LF : MALFORMED;
    case DATA_LF:
        return byte == '\n' ? SIZE_FIRST : MALFORMED;
    case TRAILER_FIRST:
    case TRAILER_NAME:
    case TRAILER_VALUE:
        return trailer_step(state, byte);
    case TRAILER_LF:
        return byte == '\n' ? TRAILER_FIRST : MALFORMED;
    case END_LF:
        return byte == '\n' ? END : MALFORMED;
    case DATA:
    case END:
    case MALFORMED:
        break;
    }
    assert(!"a chunked body is not read on after its end or an error");
    return MALFORMED;
}

static bool is_extension(enum state state)
{
    return state >= EXT_SEMICOLON && state <= EXT_QUOTED_END;
}

/* As much of [p, end) as belongs to the chunk. */
static struct slice data_take(struct http_chunked *chunked, const char *p, const char *end)
{
    size_t available = (size_t)(end - p);
    size_t len = available < chunked->remaining_bytes ? available : chunked->remaining_bytes;
    chunked->remaining_bytes -= len;
    if (chunked->remaining_bytes == 0)
        chunked->state = DATA_CR;
    return (struct slice){p, len};
}

int http_chunked_decode(struct http_chunked *chunked, struct slice in, size_t *taken,
                        struct slice *data)
{
    const char *p = in.ptr, *end = p + in.len;
    while (p < end) {
        if (chunked->state == DATA) {
            *data = data_take(chunked, p, end);
            *taken = (size_t)(p - in.ptr) + data->len;
            return HTTP_CHUNKED_DATA;
        }
        if (++chunked->line_bytes > HTTP_HEAD_LIMIT_BYTES)
            return -431;
        chunked->state = framing_step(chunked, *p++);
        if (chunked->state == MALFORMED)
            return -400;
        if (is_extension(chunked->state) &&
            ++chunked->extension_bytes > HTTP_EXTENSIONS_LIMIT_BYTES)
            return -431;
        if (chunked->state == END) {
            *taken = (size_t)(p - in.ptr);
            return HTTP_CHUNKED_DONE;
        }
    }
    *taken = in.len;
    return HTTP_CHUNKED_MORE;
}
