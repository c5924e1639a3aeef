/*
 * A head is read line by line. scan_control finds the end of a line and, on the way, every byte
 * that no line may hold; the line is then parsed with its end known, so that nothing in here can
 * run out of input.
 *
 * The verdict must not depend on how the bytes were cut. So it is a function of the bytes alone,
 * fixed by the first of these to happen: a forbidden byte (400), a complete line that is malformed
 * by itself (400), the limit without an end (431), the end of the head, where what concerns several
 * lines is decided (repeated, missing and conflicting fields: 400; then 505; then 417).
 *
 * A head that arrives in one piece takes one pass. Otherwise each call parses the lines that have
 * become complete, to refuse them early, and the last call parses the whole head again: linear, and
 * no state to keep but *scanned.
 */
#include "http/request.h"

#include <strings.h>

#include "http/scan.h"
#include "http/target.h"

enum {
    REFUSE_MALFORMED = -400,
    REFUSE_EXPECT = -417,
    REFUSE_TOO_LARGE = -431,
    REFUSE_VERSION = -505
};

/* Fields that may come once. Two of Expect are a list, and one that holds more than 100-continue.
 */
enum seen {
    SEEN_HOST = 1,
    SEEN_LENGTH = 2,
    SEEN_CODING = 4,
    SEEN_AUTHORIZATION = 8,
    SEEN_EXPECT = 16
};

struct parser {
    struct http_request *request;
    const char *limit; /* of the readable bytes */
    unsigned seen;
    bool repeated;
    bool close;
    bool keep_alive;
    bool other_expectation;
    bool other_version;
};

/* ---- request line ---- */

static enum http_method method_of(const char *p, size_t len)
{
    static const struct {
        char name[8];
        enum http_method method;
    } methods[] = {
        {"GET", HTTP_GET},     {"HEAD", HTTP_HEAD},       {"POST", HTTP_POST},
        {"PUT", HTTP_PUT},     {"DELETE", HTTP_DELETE},   {"OPTIONS", HTTP_OPTIONS},
        {"PATCH", HTTP_PATCH}, {"CONNECT", HTTP_CONNECT}, {"TRACE", HTTP_TRACE},
    };
    char name[8] = {0};
    if (len >= sizeof(name))
        return HTTP_METHOD_UNKNOWN;
    memcpy(name, p, len);
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (load8(name) == load8(methods[i].name))
            return methods[i].method;
    return HTTP_METHOD_UNKNOWN;
}

/* Reads the method and returns its end, a SP; NULL if there is none before the byte at limit. */
static const char *method_parse(struct http_request *request, const char *p, const char *limit)
{
    if (limit - p >= 4 && load4(p) == load4("GET ")) {
        request->method = HTTP_GET;
        return p + 3;
    }
    const char *end = p;
    while (end < limit && scan_is(*end, HTTP_TCHAR))
        end++;
    if (end == p || end == limit || *end != ' ')
        return NULL;
    request->method = method_of(p, (size_t)(end - p));
    return end;
}

/* The 8 bytes at p. False if they are no version at all. */
static bool version_parse(struct parser *parser, const char *p)
{
    uint64_t version = load8(p);
    if (version == load8("HTTP/1.1"))
        return true;
    parser->request->http10 = version == load8("HTTP/1.0");
    parser->other_version = !parser->request->http10;
    return memcmp(p, "HTTP/", 5) == 0 && scan_is(p[5], HTTP_DIGIT) && p[6] == '.' &&
           scan_is(p[7], HTTP_DIGIT);
}

static bool request_line_parse(struct parser *parser, const char *p, const char *end)
{
    enum { VERSION_BYTES = 8, SHORTEST = 12 /* "M / HTTP/1.1" */ };
    if (end - p < SHORTEST)
        return false;
    const char *version = end - VERSION_BYTES;
    const char *method_end = method_parse(parser->request, p, version);
    if (!method_end || version[-1] != ' ' || method_end + 1 >= version - 1)
        return false;
    return version_parse(parser, version) &&
           http_target_parse(parser->request, method_end + 1, version - 1, parser->limit);
}

/* ---- fields ---- */

/* 8 bytes of a field name in lower case; the other bytes of tokens that this changes are in no name
 * below. */
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

/* Which of the fields that may come once this is; 0 if none of them. */
static enum seen field_of(const char *name, size_t len)
{
    switch (len) {
    case 4:
        return (load4(name) | 0x20202020) == load4("host") ? SEEN_HOST : 0;
    case 6:
        return strncasecmp(name, "expect", 6) == 0 ? SEEN_EXPECT : 0;
    case 13:
        return is_name(name, "authorization", 13) ? SEEN_AUTHORIZATION : 0;
    case 14:
        return is_name(name, "content-length", 14) ? SEEN_LENGTH : 0;
    case 17:
        return is_name(name, "transfer-encoding", 17) ? SEEN_CODING : 0;
    default:
        return 0;
    }
}

static inline bool is_space(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* The field value without the white space around it. *end is CR. */
static struct slice trim(const char *p, const char *end)
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

/* Content-Length = 1*DIGIT (RFC 9110 section 8.6) that fits; a list of equal values is refused,
 * too. */
static bool content_length_parse(struct http_request *request, struct slice value)
{
    uint64_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (!scan_is(value.ptr[i], HTTP_DIGIT) || __builtin_mul_overflow(length, 10, &length) ||
            __builtin_add_overflow(length, (uint64_t)(value.ptr[i] - '0'), &length))
            return false;
    }
    request->content_length = length;
    return value.len > 0;
}

static void connection_option(struct parser *parser, const char *p, size_t len)
{
    struct slice option = {p, len};
    if (equals_ignoring_case(option, "close", 5))
        parser->close = true;
    else if (equals_ignoring_case(option, "keep-alive", 10))
        parser->keep_alive = true;
}

/* Connection = #token; empty elements count as nothing (RFC 9110 section 5.6.1.2). */
static bool connection_parse(struct parser *parser, struct slice value)
{
    const char *p = value.ptr, *end = p + value.len;
    while (p < end) {
        const char *option = p;
        while (p < end && scan_is(*p, HTTP_TCHAR))
            p++;
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

static bool value_parse(struct parser *parser, enum seen field, struct slice value)
{
    struct http_request *request = parser->request;
    bool again = parser->seen & field;
    parser->seen |= field;
    if (again && field != SEEN_EXPECT)
        parser->repeated = true;
    switch (field) {
    case SEEN_HOST:
        return http_host_is_valid(value.ptr, value.ptr + value.len, parser->limit);
    case SEEN_LENGTH:
        return content_length_parse(request, value);
    case SEEN_CODING:
        request->chunked = true;
        return equals_ignoring_case(value, "chunked", 7);
    case SEEN_AUTHORIZATION:
        request->authorization = value;
        return true;
    case SEEN_EXPECT:
        request->expect_continue = true;
        if (again || !equals_ignoring_case(value, "100-continue", 12))
            parser->other_expectation = true;
        return true;
    }
    return false;
}

/* A field line [p, end): no white space in or after the name, no folding (RFC 9112
 * sections 5.1, 5.2). */
static bool field_parse(struct parser *parser, const char *p, const char *end)
{
    const char *colon = scan_class(p, parser->limit, HTTP_TCHAR);
    if (*colon != ':' || colon == p)
        return false;
    size_t len = (size_t)(colon - p);
    if (len == 10 && is_name(p, "connection", 10))
        return connection_parse(parser, trim(colon + 1, end));
    enum seen field = field_of(p, len);
    return !field || value_parse(parser, field, trim(colon + 1, end));
}

/* ---- head ---- */

/* What can be said only when all lines are known: 0, or the refusal. */
static int head_finish(struct parser *parser)
{
    struct http_request *request = parser->request;
    bool conflicting = (parser->seen & SEEN_LENGTH && parser->seen & SEEN_CODING) ||
                       (parser->seen & SEEN_CODING && request->http10);
    bool lacks_host = !(parser->seen & SEEN_HOST) && !request->http10 && !parser->other_version;
    if (parser->repeated || conflicting || lacks_host)
        return REFUSE_MALFORMED;
    if (parser->other_version)
        return REFUSE_VERSION;
    if (parser->other_expectation && !request->http10)
        return REFUSE_EXPECT;
    request->expect_continue &= !request->http10;
    request->keep_alive = !parser->close && (parser->keep_alive || !request->http10);
    return 0;
}

/* The start of the line that the byte at p belongs to. */
static const char *line_of(const char *first, const char *p)
{
    const char *lf = memrchr(first, '\n', (size_t)(p - first));
    return lf ? lf + 1 : first;
}

/*
 * Parses the lines that end in [*from, end); the request line is at first. Returns 1 when the empty
 * line is reached (*from is then the end of the head), 0 when it is not there yet (*from is where
 * to go on), or the refusal.
 */
static int lines_parse(struct parser *parser, const char *first, const char **from, const char *end)
{
    for (const char *line = *from == first ? first : NULL;; line = *from) {
        const char *stop = *from = scan_control(*from, end);
        if (end - stop < 2)
            return stop == end || *stop == '\r' ? 0 : REFUSE_MALFORMED;
        if (load2(stop) != load2("\r\n"))
            return REFUSE_MALFORMED;
        *from = stop + 2;
        if (!line)
            line = line_of(first, stop);
        if (line == stop)
            return line == first ? REFUSE_MALFORMED : 1;
        bool valid = line == first ? request_line_parse(parser, line, stop)
                                   : field_parse(parser, line, stop);
        if (!valid)
            return REFUSE_MALFORMED;
    }
}

/* One empty line before the request line is tolerated (RFC 9112 section 2.2). */
static const char *skip_empty_line(const char *p, size_t len)
{
    return len >= 2 && load2(p) == load2("\r\n") ? p + 2 : p;
}

/* Parses [first, end) from *from on, as lines_parse; a head that is complete is parsed whole. */
static int head_parse(struct http_request *request, const char *first, const char **from,
                      const char *end, const char *limit)
{
    bool whole = *from == first;
    struct parser parser = {.request = request, .limit = limit};
    int result = lines_parse(&parser, first, from, end);
    if (result <= 0)
        return result;
    if (!whole) {
        *request = (struct http_request){0};
        parser = (struct parser){.request = request, .limit = limit};
        *from = first;
        lines_parse(&parser, first, from, end);
    }
    int refusal = head_finish(&parser);
    return refusal ? refusal : 1;
}

int http_request_parse(struct http_request *request, const char *buf, size_t len, size_t *scanned)
{
    const char *end = buf + (len < HTTP_HEAD_LIMIT_BYTES ? len : HTTP_HEAD_LIMIT_BYTES);
    const char *first = skip_empty_line(buf, len);
    const char *from = *scanned ? buf + *scanned : first;
    *request = (struct http_request){0};
    int result = head_parse(request, first, &from, end, buf + len);
    *scanned = result ? 0 : (size_t)(from - buf);
    if (result > 0)
        return (int)(from - buf);
    if (result == 0 && len >= HTTP_HEAD_LIMIT_BYTES)
        result = REFUSE_TOO_LARGE;
    if (result < 0) /* a resumed call has not seen the request line */
        method_parse(request, first, end);
    return result;
}
