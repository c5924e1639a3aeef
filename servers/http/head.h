/*
 * What the heads of requests and of answers have in common (RFC 9112 section 5): field lines, the
 * few fields that say where a body ends and whether the connection goes on, and how a head that
 * comes in pieces is taken up again. A part of request.c and of reply.c. What is on the path of
 * every request is inline.
 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>
#include <strings.h>

#include "http/scan.h"
#include "http/slice.h"

/* What a head was seen to hold. */
enum http_note {
    NOTE_HOST = 1,
    NOTE_LENGTH = 2,
    NOTE_CODING = 4,
    NOTE_AUTHORIZATION = 8,
    NOTE_EXPECT = 16,
    NOTE_CLOSE = 32,
    NOTE_KEEP_ALIVE = 64,
    NOTE_OTHER_EXPECTATION = 128,
    NOTE_HTTP10 = 256,
    NOTE_OTHER_VERSION = 512,
    NOTE_RESUMED = 1024, /* its first lines were parsed by an earlier call */
    NOTE_TYPE = 2048,
    NOTE_AGAIN = 65536, /* times the note of a field: there is another one */
};

static inline void head_note(unsigned *notes, enum http_note field)
{
    *notes |= field | (*notes & field) * NOTE_AGAIN;
}

/* ---- names and values ---- */

/* Bytes of a token in lower case; what else this changes occurs in no name that is asked for. */
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

/* Content-Length = 1*DIGIT that fits; a list of equal values (RFC 9110 section 8.6) is refused. */
static inline bool head_length_parse(uint64_t *content_length, struct slice value)
{
    enum { SAFE_DIGITS = 19 /* fit 64 bits, whatever they are */ };
    uint64_t length = 0;
    const char *p = value.ptr, *end = p + value.len;
    const char *safe_end = value.len > SAFE_DIGITS ? p + SAFE_DIGITS : end;
    for (; p < safe_end && scan_is(*p, HTTP_DIGIT); p++)
        length = length * 10 + (uint64_t)(*p - '0');
    for (; p < end && scan_is(*p, HTTP_DIGIT); p++)
        if (__builtin_mul_overflow(length, 10, &length) ||
            __builtin_add_overflow(length, (uint64_t)(*p - '0'), &length))
            return false;
    *content_length = length;
    return p == end && value.len > 0;
}

/* Transfer-Encoding is exactly one coding: another, or a list, could end the body elsewhere for
 * someone else. */
static inline bool head_is_chunked(struct slice value)
{
    return equals_ignoring_case(value, "chunked", 7);
}

/* Connection = #token; empty elements count as nothing (RFC 9110 section 5.6.1.2). Notes what it
 * says of the connection; limit is that of the head. False if it is no such list. */
bool head_connection_parse(unsigned *notes, struct slice value, const char *limit);

/*
 * ---- lines ----
 *
 * A line is read from left to right, each byte of it as a rule once, and is valid as it is read:
 * the name in blocks up to its colon, the value in blocks up to its CRLF. Blocks know the common
 * bytes; where one stops at another byte, the table of classes decides whether to go on.
 */

/* A field line. Its value, with the white space around it, ends at CR. */
struct head_field {
    struct slice name; /* perhaps empty, which no valid one is */
    const char *value;
    const char *end;
};

/* The colon behind the name that goes on at p, with no white space in or before it (RFC 9112
 * section 5.1); or NULL. */
const char *head_name_end(const char *p, const char *limit);

/* The CRLF behind the value that goes on at p, in which HTAB and obs-text may occur; or NULL. */
const char *head_value_end(const char *p, const char *limit);

/* The same two from the start of each, with room for a block at p, or at the line that p is in. */
static inline const char *head_name_parse(const char *p, const char *limit)
{
    const char *end = scan_name_block(p);
    return *end == ':' ? end : head_name_end(end, limit);
}

static inline const char *head_value_parse(const char *p, const char *limit)
{
    const char *end = scan_value_blocks(p, limit - SCAN_ROOM_BYTES);
    return is_line_end(end, limit) ? end : head_value_end(end, limit);
}

/* The line at p; false if none ends before limit, or its form is not that of a field. */
static inline bool head_field_parse(struct head_field *field, const char *p, const char *limit)
{
    bool has_room = limit - p >= SCAN_ROOM_BYTES;
    const char *colon = has_room ? head_name_parse(p, limit) : head_name_end(p, limit);
    if (!colon)
        return false;
    field->name = (struct slice){p, (size_t)(colon - p)};
    field->value = colon + 1;
    field->end = has_room ? head_value_parse(colon + 1, limit) : head_value_end(colon + 1, limit);
    return field->end;
}

/* ---- heads in pieces ---- */

/* Whether the line that is allowed up to p only lacks bytes that are not there yet. */
static inline bool head_is_cut(const char *p, const char *limit)
{
    return p == limit || (*p == '\r' && p + 1 == limit);
}

/* The line to go on with when the bytes from first to p were seen by an earlier call, if it has
 * become complete; else NULL. */
static inline const char *head_resume(const char *first, const char *p, const char *limit)
{
    p = scan_control(p, limit);
    if (head_is_cut(p, limit))
        return NULL;
    const char *lf = memrchr(first, '\n', (size_t)(p - first));
    return lf ? lf + 1 : first;
}

#endif
