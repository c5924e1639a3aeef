/*
 * The fields on which the reading of a request depends, and
 * the line that most of its heads start with.
 */
#include "http/field.h"

#include "http/scan.h"
#include "http/target.h"

/* ---- values ---- */

static bool content_length_parse(struct http_parser *parser, struct slice value)
{
    head_note(&parser->notes, NOTE_LENGTH);
    return head_length_parse(&parser->request->content_length, value);
}

static bool coding_parse(struct http_parser *parser, struct slice value)
{
    head_note(&parser->notes, NOTE_CODING);
    parser->request->chunked = true;
    return head_is_chunked(value);
}

static bool authorization_parse(struct http_parser *parser, struct slice value)
{
    head_note(&parser->notes, NOTE_AUTHORIZATION);
    parser->request->authorization = value;
    return true;
}

static bool expect_parse(struct http_parser *parser, struct slice value)
{
    head_note(&parser->notes, NOTE_EXPECT);
    if (!equals_ignoring_case(value, "100-continue", 12))
        parser->notes |= NOTE_OTHER_EXPECTATION;
    return true;
}

/* A host that http_plain_host_parse has not taken. */
static bool host_parse(struct http_parser *parser, struct slice value)
{
    const char *end = value.ptr + value.len;
    head_note(&parser->notes, NOTE_HOST);
    return scan_class(value.ptr, end, HTTP_REG_NAME) == end || http_host_is_valid(value);
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
        return !is_name(name.ptr, "connection", 10) ||
               head_connection_parse(&parser->notes, trim(p, end), parser->limit);
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

bool http_field_parse(struct http_parser *parser)
{
    struct head_field field;
    if (!head_field_parse(&field, parser->line, parser->limit) ||
        !known_field_parse(parser, field.name, field.value, field.end))
        return false;
    parser->line = field.end + 2;
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
    head_note(&parser->notes, NOTE_HOST);
    parser->line = end + 2;
    return true;
}
