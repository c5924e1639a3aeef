/*
 * A head is read in one pass, line by line. Each line is parsed as if it were whole and valid; only
 * one that turns out not to be is looked at again, to tell what is malformed from what is not there
 * yet.
 *
 * The verdict must not depend on how the bytes were cut. So it is a function of the bytes alone,
 * fixed by the first of these to happen: a forbidden byte (400), a complete line that is malformed
 * by itself (400), the limit without an end (431), the end of the head, where what concerns several
 * lines is decided (repeated, missing and conflicting fields: 400; then 505; then 417).
 *
 * A head that arrives in pieces is resumed: each call parses the lines that have become complete,
 * to refuse them early, and the last call parses the whole head again: linear, and no state to keep
 * but *scanned.
 */
#include "http/request.h"

#include <assert.h>

#include "http/field.h"
#include "http/scan.h"
#include "http/target.h"

enum {
    REFUSE_MALFORMED = -400,
    REFUSE_EXPECT = -417,
    REFUSE_TOO_LARGE = -431,
    REFUSE_VERSION = -505
};

/* ---- request line ---- */

enum { AFTER_TARGET_BYTES = 11 /* " HTTP/1.1\r\n" */ };

/* With the SP behind it, at the start of a line. */
struct method {
    char text[8];
    uint8_t len;
    uint8_t method; /* enum http_method */
};

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "the first bytes in memory are the low ones");

static inline bool is_prefix(const char *p, const char *text, unsigned len)
{
    return (load8(p) ^ load8(text)) << (64 - 8 * len) == 0;
}

/* The method that the 8 bytes at p begin with, or NULL. */
static const struct method *method_find(const char *p)
{
    static const struct method methods[] = {
        {"GET ", 4, HTTP_GET},         {"POST ", 5, HTTP_POST},     {"PUT ", 4, HTTP_PUT},
        {"HEAD ", 5, HTTP_HEAD},       {"DELETE ", 7, HTTP_DELETE}, {"PATCH ", 6, HTTP_PATCH},
        {"OPTIONS ", 8, HTTP_OPTIONS}, {"TRACE ", 6, HTTP_TRACE},   {"CONNECT ", 8, HTTP_CONNECT},
    };
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (is_prefix(p, methods[i].text, methods[i].len))
            return &methods[i];
    return NULL;
}

/* Reads a method that is not GET; returns where the target starts, or NULL. */
static const char *other_method_parse(struct http_request *request, const char *p,
                                      const char *limit)
{
    const struct method *known = method_find(p);
    request->method = known ? known->method : HTTP_METHOD_UNKNOWN;
    if (known)
        return p + known->len;
    const char *end = scan_class(p, limit, HTTP_TCHAR);
    return limit - end >= 2 && *end == ' ' && end > p ? end + 1 : NULL;
}

/* SP, version and CRLF at p; returns their end, or NULL. */
static inline const char *version_parse(struct http_parser *parser, const char *p)
{
    if (parser->limit - p < AFTER_TARGET_BYTES || *p != ' ' || load2(p + 9) != load2("\r\n"))
        return NULL;
    if (load8(p + 1) == load8("HTTP/1.0"))
        parser->notes |= NOTE_HTTP10;
    else if (load8(p + 1) != load8("HTTP/1.1"))
        parser->notes |= NOTE_OTHER_VERSION;
    bool valid = memcmp(p + 1, "HTTP/", 5) == 0 && scan_is(p[6], HTTP_DIGIT) && p[7] == '.' &&
                 scan_is(p[8], HTTP_DIGIT);
    return valid ? p + AFTER_TARGET_BYTES : NULL;
}

/* A short path of common bytes before HTTP/1.1, which is what most request lines have from p on, is
 * valid as it is read. Returns where the next line starts, or NULL: a close look is needed. */
static inline const char *plain_target_parse(struct http_parser *parser, const char *p)
{
    if (parser->limit - p < SCAN_BLOCK_BYTES + AFTER_TARGET_BYTES || *p != '/' ||
        parser->request->method == HTTP_CONNECT)
        return NULL;
    const char *end = scan_path_block(p);
    if (load8(end) != load8(" HTTP/1.") || load4(end + 7) != load4(".1\r\n"))
        return NULL;
    parser->request->path = (struct slice){p, (size_t)(end - p)};
    return end + AFTER_TARGET_BYTES;
}

/* Moves on behind the request line; false if no complete and valid one ends before the limit. */
static inline bool request_line_parse(struct http_parser *parser)
{
    struct http_request *request = parser->request;
    const char *p = parser->line, *limit = parser->limit;
    p = load4(p) == load4("GET ") ? p + 4 : other_method_parse(request, p, limit);
    const char *next = p ? plain_target_parse(parser, p) : NULL;
    if (p && !next) {
        const char *end = http_target_parse(request, p, limit);
        next = end ? version_parse(parser, end) : NULL;
    }
    if (!next)
        return false;
    parser->line = next;
    return true;
}

/* ---- head ---- */

/* What may come with one Host in HTTP/1.1 without another look: such a head is valid, is kept alive
 * and expects nothing. */
enum { NOTES_USUAL = NOTE_LENGTH | NOTE_AUTHORIZATION | NOTE_KEEP_ALIVE };

/* What else can be said only when all lines are known: 0, or the refusal. */
static inline int head_finish(struct http_request *request, unsigned notes)
{
    enum {
        ONCE = NOTE_HOST | NOTE_LENGTH | NOTE_CODING | NOTE_AUTHORIZATION,
        NEED_NO_HOST = NOTE_HOST | NOTE_HTTP10 | NOTE_OTHER_VERSION,
        /* Two of Expect are a list that holds more than 100-continue. */
        NOT_EXPECTED = NOTE_OTHER_EXPECTATION | NOTE_EXPECT * NOTE_AGAIN,
    };
    if (notes & (ONCE * NOTE_AGAIN) || !(notes & NEED_NO_HOST))
        return REFUSE_MALFORMED;
    if (notes & NOTE_CODING && notes & (NOTE_LENGTH | NOTE_HTTP10))
        return REFUSE_MALFORMED;
    if (notes & NOTE_OTHER_VERSION)
        return REFUSE_VERSION;
    request->http10 = notes & NOTE_HTTP10;
    if (notes & NOT_EXPECTED && !request->http10)
        return REFUSE_EXPECT;
    request->expect_continue = notes & NOTE_EXPECT && !request->http10;
    request->keep_alive = !(notes & NOTE_CLOSE) && (notes & NOTE_KEEP_ALIVE || !request->http10);
    return 0;
}

/* Parses the lines of a head that starts at first, from the next one to the empty one. False at one
 * that is not there or not valid. */
static inline bool lines_parse(struct http_parser *parser, const char *first)
{
    if (parser->line == first) {
        if (!request_line_parse(parser))
            return false;
        http_plain_host_parse(parser);
    }
    while (!is_line_end(parser->line, parser->limit)) {
        if (!http_field_parse(parser))
            return false;
    }
    parser->line += 2;
    return true;
}

static inline const char *limit_of(const char *buf, size_t len)
{
    return buf + (len < HTTP_HEAD_LIMIT_BYTES ? len : HTTP_HEAD_LIMIT_BYTES);
}

/* One empty line before the request line is tolerated (RFC 9112 section 2.2). */
static inline const char *skip_empty_line(const char *p, const char *limit)
{
    return is_line_end(p, limit) ? p + 2 : p;
}

/* The request line of a head that is refused may have been read by an earlier call, or be cut. */
static int refuse(struct http_request *request, const char *buf, size_t len, int refusal)
{
    const char *limit = limit_of(buf, len), *first = skip_empty_line(buf, limit);
    char start[8] = {0};
    size_t start_len = (size_t)(limit - first);
    memcpy(start, first, start_len < sizeof(start) ? start_len : sizeof(start));
    const struct method *known = method_find(start);
    request->method = known ? known->method : HTTP_METHOD_UNKNOWN;
    return refusal;
}

/*
 * What to say when a line could not be parsed that goes on at p, the bytes before which are known
 * to be allowed: nothing yet if its end is missing.
 */
static int cut_or_malformed(struct http_request *request, const char *buf, size_t len,
                            const char *p, size_t *scanned)
{
    const char *limit = limit_of(buf, len);
    p = scan_control(p, limit);
    *scanned = 0;
    if (!head_is_cut(p, limit))
        return refuse(request, buf, len, REFUSE_MALFORMED);
    if (len >= HTTP_HEAD_LIMIT_BYTES)
        return refuse(request, buf, len, REFUSE_TOO_LARGE);
    *scanned = (size_t)(p - buf);
    return 0;
}

/* buf has SCAN_BLOCK_BYTES, or as much room before and behind it. */
static int head_parse(struct http_request *request, const char *buf, size_t len, size_t *scanned)
{
    const char *limit = limit_of(buf, len), *first = skip_empty_line(buf, limit);
    struct http_parser parser = {.request = request, .line = first, .limit = limit};
    *request = (struct http_request){.method = HTTP_GET, .keep_alive = true}; /* what most are */
    if (*scanned) {
        parser.line = head_resume(first, buf + *scanned, limit);
        parser.notes = NOTE_RESUMED;
        if (!parser.line)
            return cut_or_malformed(request, buf, len, buf + *scanned, scanned);
    }
    if (!lines_parse(&parser, first))
        return cut_or_malformed(request, buf, len, parser.line, scanned);
    if ((parser.notes & ~NOTES_USUAL) == NOTE_HOST)
        return (int)(parser.line - buf);
    if (parser.notes & NOTE_RESUMED) {
        *scanned = 0;
        return head_parse(request, buf, len, scanned);
    }
    int refusal = head_finish(request, parser.notes);
    return refusal ? refuse(request, buf, len, refusal) : (int)(parser.line - buf);
}

/* Fewer bytes than the smallest head has, and than blocks need: they get room around them. */
static __attribute__((noinline)) int start_parse(struct http_request *request, const char *buf,
                                                 size_t len, size_t *scanned)
{
    char room[3 * SCAN_BLOCK_BYTES] = {0};
    memcpy(room + SCAN_BLOCK_BYTES, buf, len);
    int result = head_parse(request, room + SCAN_BLOCK_BYTES, len, scanned);
    assert(result <= 0);
    *request = (struct http_request){.method = request->method}; /* nothing points into room */
    return result;
}

int http_request_parse(struct http_request *request, const char *buf, size_t len, size_t *scanned)
{
    if (len < SCAN_BLOCK_BYTES)
        return start_parse(request, buf, len, scanned);
    return head_parse(request, buf, len, scanned);
}
