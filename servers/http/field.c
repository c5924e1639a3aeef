/*
 * A line is read from left to right, each byte of it as a rule once, and is valid as it is read:
 * the name in blocks up to its colon, the value in blocks up to its CRLF. Blocks know the common
 * bytes; where one stops at another byte, the table of classes decides whether to go on.
 */
#include "http/field.h"

#include <strings.h>

#include "http/scan.h"
#include "http/target.h"

/* Bytes of a token in lower case; what else this changes occurs in no name below. */
static inline uint32_t lower4(const char *p)
{
    return load4(p) | 0x20202020;
}

static inline uint64_t lower8(const char *p)
{
    return load8(p) | 0x2020202020202020;
}

/* len is that of lower, at least 8 and at most 24. */
static inline bool is_name(const char *name, const char *lower, size_t len)
{
    size_t middle = len < 16 ? len - 8 : 8;
    return lower8(name) == load8(lower) && lower8(name + middle) == load8(lower + middle) &&
           lower8(name + len - 8) == load8(lower + len - 8);
}

static inline bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* The field value without the white space around it. *end is CR. */
static inline struct slice trim(const char *p, const char *end)
{
    while (is_space(*p))
        p++;
    while (end > p && is_space(end[-1]))
        end--;
    return (struct slice){p, (size_t)(end - p)};
}

static inline bool equals_ignoring_case(struct slice value, const char *text, size_t len)
{
    return value.len == len && strncasecmp(value.ptr, text, len) == 0;
}

static inline void note_field(struct http_parser *parser, enum http_note field)
{
    parser->notes |= field | (parser->notes & field) * NOTE_AGAIN;
}

/* ---- values ---- */

/* Content-Length = 1*DIGIT that fits; a list of equal values (RFC 9110 section 8.6) is refused. */
static bool content_length_parse(struct http_parser *parser, struct slice value)
{
    enum { SAFE_DIGITS = 19 /* fit 64 bits, whatever they are */ };
    uint64_t length = 0;
    const char *p = value.ptr, *end = p + value.len;
    const char *safe_end = value.len > SAFE_DIGITS ? p + SAFE_DIGITS : end;
    note_field(parser, NOTE_LENGTH);
    for (; p < safe_end && scan_is(*p, HTTP_DIGIT); p++)
        length = length * 10 + (uint64_t)(*p - '0');
    for (; p < end && scan_is(*p, HTTP_DIGIT); p++)
        if (__builtin_mul_overflow(length, 10, &length) ||
            __builtin_add_overflow(length, (uint64_t)(*p - '0'), &length))
            return false;
    parser->request->content_length = length;
    return p == end && value.len > 0;
}

/* Exactly one coding: another, or a list, could end the body elsewhere for someone else. */
static bool coding_parse(struct http_parser *parser, struct slice value)
{
    note_field(parser, NOTE_CODING);
    parser->request->chunked = true;
    return equals_ignoring_case(value, "chunked", 7);
}

static bool authorization_parse(struct http_parser *parser, struct slice value)
{
    note_field(parser, NOTE_AUTHORIZATION);
    parser->request->authorization = value;
    return true;
}

static bool expect_parse(struct http_parser *parser, struct slice value)
{
    note_field(parser, NOTE_EXPECT);
    if (!equals_ignoring_case(value, "100-continue", 12))
        parser->notes |= NOTE_OTHER_EXPECTATION;
    return true;
}

/* A host that http_plain_host_parse has not taken. */
static bool host_parse(struct http_parser *parser, struct slice value)
{
    const char *end = value.ptr + value.len;
    note_field(parser, NOTE_HOST);
    return scan_class(value.ptr, end, HTTP_REG_NAME) == end || http_host_is_valid(value);
}

static inline void connection_option(struct http_parser *parser, const char *p, size_t len)
{
    if (len == 5 && lower4(p) == load4("clos") && lower4(p + 1) == load4("lose"))
        parser->notes |= NOTE_CLOSE;
    else if (len == 10 && is_name(p, "keep-alive", 10))
        parser->notes |= NOTE_KEEP_ALIVE;
}

/* Connection = #token; empty elements count as nothing (RFC 9110 section 5.6.1.2). */
static bool connection_parse(struct http_parser *parser, struct slice value)
{
    const char *p = value.ptr, *end = p + value.len;
    while (p < end) {
        const char *option = p;
        p = scan_class(p, parser->limit, HTTP_TCHAR);
        connection_option(parser, option, (size_t)(p - option));
        while (p < end && is_space(*p))
            p++;
        if (p == end)
            return true;
        if (*p++ != ',')
            return false;
        while (p < end && is_space(*p))
            p++;
    }
    return true;
}

/* The value lies in [p, end). Most fields are nobody's business here. */
static inline bool known_field_parse(struct http_parser *parser, struct slice name, const char *p,
                                     const char *end)
{
    switch (name.len) {
    case 0:
        return false;
    case 4:
        return lower4(name.ptr) != load4("host") || host_parse(parser, trim(p, end));
    case 6:
        return lower4(name.ptr) != load4("expe") || lower4(name.ptr + 2) != load4("pect") ||
               expect_parse(parser, trim(p, end));
    case 10:
        return !is_name(name.ptr, "connection", 10) || connection_parse(parser, trim(p, end));
    case 13:
        return !is_name(name.ptr, "authorization", 13) || authorization_parse(parser, trim(p, end));
    case 14:
        return !is_name(name.ptr, "content-length", 14) ||
               content_length_parse(parser, trim(p, end));
    case 17:
        return !is_name(name.ptr, "transfer-encoding", 17) || coding_parse(parser, trim(p, end));
    default:
        return true;
    }
}

/* ---- lines ---- */

/* The colon behind the name that goes on at p, with no white space in or before it (RFC 9112
 * section 5.1); or NULL. */
static const char *name_end(const char *p, const char *limit)
{
    const char *end = scan_class(p, limit, HTTP_TCHAR);
    return end < limit && *end == ':' ? end : NULL;
}

/* The CRLF behind the value that goes on at p, in which HTAB and obs-text may occur; or NULL. */
static const char *value_end(const char *p, const char *limit)
{
    const char *end = scan_control(p, limit);
    return is_line_end(end, limit) ? end : NULL;
}

/* The same two from the start of each, with room for a block at p, or at the line that p is in. */
static inline const char *name_parse(const char *p, const char *limit)
{
    const char *end = scan_name_block(p);
    return *end == ':' ? end : name_end(end, limit);
}

static inline const char *value_parse(const char *p, const char *limit)
{
    const char *end = scan_value_blocks(p, limit - SCAN_ROOM_BYTES);
    return is_line_end(end, limit) ? end : value_end(end, limit);
}

bool http_field_parse(struct http_parser *parser)
{
    const char *line = parser->line, *limit = parser->limit;
    bool has_room = limit - line >= SCAN_ROOM_BYTES;
    const char *colon = has_room ? name_parse(line, limit) : name_end(line, limit);
    if (!colon)
        return false;
    const char *end = has_room ? value_parse(colon + 1, limit) : value_end(colon + 1, limit);
    struct slice name = {line, (size_t)(colon - line)};
    if (!end || !known_field_parse(parser, name, colon + 1, end))
        return false;
    parser->line = end + 2;
    return true;
}

/* The CRLF behind the host at value, which goes on at p, and perhaps a port; or NULL. */
static const char *host_end(const char *value, const char *p, const char *limit)
{
    if (*p != ':')
        p = scan_class(p, limit, HTTP_REG_NAME);
    if (p < limit && *p == ':' && p > value)
        do
            p++;
        while (p < limit && scan_is(*p, HTTP_DIGIT));
    return is_line_end(p, limit) ? p : NULL;
}

bool http_plain_host_parse(struct http_parser *parser)
{
    enum { BEFORE_VALUE = 6 /* "Host: " */ };
    const char *line = parser->line, *limit = parser->limit;
    if (limit - line < SCAN_ROOM_BYTES || lower4(line) != load4("host") ||
        load2(line + 4) != load2(": "))
        return false;
    const char *end = scan_host_block(line, BEFORE_VALUE);
    if (load2(end) != load2("\r\n"))
        end = host_end(line + BEFORE_VALUE, end, limit);
    if (!end)
        return false;
    note_field(parser, NOTE_HOST);
    parser->line = end + 2;
    return true;
}
