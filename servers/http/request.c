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

/* What a head was seen to hold. */
enum note {
    /* Fields that may come once. Two of Expect are a list that holds more than 100-continue. */
    NOTE_HOST = 1,
    NOTE_LENGTH = 2,
    NOTE_CODING = 4,
    NOTE_AUTHORIZATION = 8,
    NOTE_EXPECT = 16,
    NOTE_REPEATED = 32, /* one of them, again */
    NOTE_CLOSE = 64,
    NOTE_KEEP_ALIVE = 128,
    NOTE_OTHER_EXPECTATION = 256,
    NOTE_HTTP10 = 512,
    NOTE_OTHER_VERSION = 1024,
};

struct parser {
    struct http_request *request;
    const char *limit; /* of the readable bytes */
    unsigned notes;
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

/* Reads the method and returns its end, a SP; NULL if there is none before limit. */
static const char *any_method_parse(struct http_request *request, const char *p, const char *limit)
{
    const char *end = p;
    while (end < limit && scan_is(*end, HTTP_TCHAR))
        end++;
    if (end == p || end == limit || *end != ' ')
        return NULL;
    request->method = method_of(p, (size_t)(end - p));
    return end;
}

static inline const char *method_parse(struct http_request *request, const char *p,
                                       const char *limit)
{
    if (limit - p < 4 || load4(p) != load4("GET "))
        return any_method_parse(request, p, limit);
    request->method = HTTP_GET;
    return p + 3;
}

/* The 8 bytes at p. False if they are no version at all. */
static bool version_parse(struct parser *parser, const char *p)
{
    uint64_t version = load8(p);
    if (version == load8("HTTP/1.1"))
        return true;
    parser->notes |= version == load8("HTTP/1.0") ? NOTE_HTTP10 : NOTE_OTHER_VERSION;
    return memcmp(p, "HTTP/", 5) == 0 && scan_is(p[5], HTTP_DIGIT) && p[6] == '.' &&
           scan_is(p[7], HTTP_DIGIT);
}

/* A path alone, which most targets are, needs no call; http_target_parse reads every form. */
static inline bool target_parse(struct parser *parser, const char *p, const char *end)
{
    if (*p == '/' && parser->request->method != HTTP_CONNECT &&
        scan_class(p, parser->limit, HTTP_PATH) == end) {
        parser->request->path = (struct slice){p, (size_t)(end - p)};
        return true;
    }
    return http_target_parse(parser->request, p, end, parser->limit);
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
    return version_parse(parser, version) && target_parse(parser, method_end + 1, version - 1);
}

/* Most request lines are "GET /path HTTP/1.1" with nothing to decode in the path: they are valid
 * as they are read, in one pass. Returns where the next line starts, or p: to be looked at closely. */
static inline const char *plain_line_parse(struct http_request *request, const char *p,
                                           const char *end)
{
    enum { METHOD_BYTES = 4 /* "GET " */, REST_BYTES = 11 /* " HTTP/1.1\r\n" */ };
    if (end - p < 8 || load4(p) != load4("GET ") || p[METHOD_BYTES] != '/')
        return p;
    const char *path = p + METHOD_BYTES, *path_end = scan_common_path(path, end);
    if (end - path_end < REST_BYTES || *path_end != ' ' ||
        load8(path_end + 1) != load8("HTTP/1.1") || load2(path_end + 9) != load2("\r\n"))
        return p;
    request->method = HTTP_GET;
    request->path = (struct slice){path, (size_t)(path_end - path)};
    return path_end + REST_BYTES;
}

/* ---- fields ---- */

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

static inline void note_field(struct parser *parser, enum note field)
{
    if (parser->notes & field)
        parser->notes |= field == NOTE_EXPECT ? NOTE_OTHER_EXPECTATION : NOTE_REPEATED;
    parser->notes |= field;
}

/* Content-Length = 1*DIGIT that fits; a list of equal values (RFC 9110 section 8.6) is refused. */
static bool content_length_parse(struct parser *parser, struct slice value)
{
    uint64_t length = 0;
    note_field(parser, NOTE_LENGTH);
    for (size_t i = 0; i < value.len; i++) {
        if (!scan_is(value.ptr[i], HTTP_DIGIT) || __builtin_mul_overflow(length, 10, &length) ||
            __builtin_add_overflow(length, (uint64_t)(value.ptr[i] - '0'), &length))
            return false;
    }
    parser->request->content_length = length;
    return value.len > 0;
}

/* Exactly one coding: another, or a list, could end the body elsewhere for someone else. */
static bool coding_parse(struct parser *parser, struct slice value)
{
    note_field(parser, NOTE_CODING);
    parser->request->chunked = true;
    return equals_ignoring_case(value, "chunked", 7);
}

static bool authorization_parse(struct parser *parser, struct slice value)
{
    note_field(parser, NOTE_AUTHORIZATION);
    parser->request->authorization = value;
    return true;
}

static bool expect_parse(struct parser *parser, struct slice value)
{
    note_field(parser, NOTE_EXPECT);
    if (!equals_ignoring_case(value, "100-continue", 12))
        parser->notes |= NOTE_OTHER_EXPECTATION;
    return true;
}

static void connection_option(struct parser *parser, const char *p, size_t len)
{
    if (len == 5 && lower4(p) == load4("clos") && lower4(p + 1) == load4("lose"))
        parser->notes |= NOTE_CLOSE;
    else if (len == 10 && is_name(p, "keep-alive", 10))
        parser->notes |= NOTE_KEEP_ALIVE;
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

/* A name or an IPv4 address needs no call; http_host_is_valid knows the whole grammar. */
static inline bool host_parse(struct parser *parser, struct slice value)
{
    const char *end = value.ptr + value.len;
    const char *p = scan_class(value.ptr, parser->limit, HTTP_REG_NAME);
    note_field(parser, NOTE_HOST);
    if (*p == ':' && p > value.ptr)
        while (scan_is(*++p, HTTP_DIGIT))
            ;
    return p == end || http_host_is_valid(value.ptr, end, parser->limit);
}

/* A field other than Host, its value in [p, end). Most are nobody's business here. */
static bool known_field_parse(struct parser *parser, struct slice name, const char *p,
                              const char *end)
{
    switch (name.len) {
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

/* A field line [p, end), with no white space in or after its name (RFC 9112 sections 5.1, 5.2). */
static bool field_parse(struct parser *parser, const char *p, const char *end)
{
    bool is_host = end - p >= 5 && lower4(p) == load4("host") && p[4] == ':';
    if (is_host) /* the one that all requests have */
        return host_parse(parser, trim(p + 5, end));
    const char *colon = scan_class(p, parser->limit, HTTP_TCHAR);
    if (*colon != ':' || colon == p)
        return false;
    return known_field_parse(parser, (struct slice){p, (size_t)(colon - p)}, colon + 1, end);
}

/* ---- head ---- */

/* What can be said only when all lines are known: 0, or the refusal. */
static int head_finish(struct http_request *request, unsigned notes)
{
    enum { NEED_NO_HOST = NOTE_HOST | NOTE_HTTP10 | NOTE_OTHER_VERSION };
    request->keep_alive = true;
    if (notes == NOTE_HOST) /* HTTP/1.1, and nothing of interest */
        return 0;
    if (notes & NOTE_REPEATED || !(notes & NEED_NO_HOST))
        return REFUSE_MALFORMED;
    if (notes & NOTE_CODING && notes & (NOTE_LENGTH | NOTE_HTTP10))
        return REFUSE_MALFORMED;
    if (notes & NOTE_OTHER_VERSION)
        return REFUSE_VERSION;
    request->http10 = notes & NOTE_HTTP10;
    if (notes & NOTE_OTHER_EXPECTATION && !request->http10)
        return REFUSE_EXPECT;
    request->expect_continue = notes & NOTE_EXPECT && !request->http10;
    request->keep_alive = !(notes & NOTE_CLOSE) && (notes & NOTE_KEEP_ALIVE || !request->http10);
    return 0;
}

/* The start of the line that the byte at p belongs to. */
static const char *line_of(const char *first, const char *p)
{
    const char *lf = memrchr(first, '\n', (size_t)(p - first));
    return lf ? lf + 1 : first;
}

/*
 * Parses the lines that end in [*from, end); the first of them starts at line, or before *from if
 * that is NULL, and the request line is at first. Returns 1 when the empty
 * line is reached (*from is then the end of the head), 0 when it is not there yet (*from is where
 * to go on), or the refusal.
 */
static int lines_parse(struct parser *parser, const char *first, const char *line,
                       const char **from, const char *end)
{
    for (;; line = *from) {
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

/* The request line of a head that is refused may have been read by an earlier call. */
static int refuse(struct http_request *request, const char *first, const char *end, int refusal)
{
    method_parse(request, first, end);
    return refusal;
}

int http_request_parse(struct http_request *request, const char *buf, size_t len, size_t *scanned)
{
    const char *end = buf + (len < HTTP_HEAD_LIMIT_BYTES ? len : HTTP_HEAD_LIMIT_BYTES);
    const char *first = skip_empty_line(buf, len);
    const char *from = *scanned ? buf + *scanned : first;
    bool resumed = from != first;
    struct parser parser = {.request = request, .limit = buf + len};
    *request = (struct http_request){0};
    if (!resumed)
        from = plain_line_parse(request, first, end);
    int result = lines_parse(&parser, first, resumed ? NULL : from, &from, end);
    if (result == 0 && len < HTTP_HEAD_LIMIT_BYTES) {
        *scanned = (size_t)(from - buf);
        return 0;
    }
    *scanned = 0;
    if (result > 0 && resumed)
        return http_request_parse(request, buf, len, scanned);
    if (result > 0)
        result = head_finish(request, parser.notes);
    else if (result == 0)
        result = REFUSE_TOO_LARGE;
    return result ? refuse(request, first, end, result) : (int)(from - buf);
}
