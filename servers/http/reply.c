/*
 * A head is read as http/request.c reads one: line by line, each parsed as if it were whole and
 * valid, and looked at again only if it turns out not to be, to tell what is malformed from what is
 * not there yet. Every refusal is the same, so it does not matter which of several reasons is found
 * first; but each is found at its own byte, line or head's end, however the bytes were cut.
 */
#include "http/reply.h"

#include <assert.h>

#include "http/head.h"

enum { MALFORMED = -1, SWITCHING_PROTOCOLS = 101, NO_CONTENT = 204, NOT_MODIFIED = 304 };

struct parser {
    struct http_reply *reply;
    const char *line;  /* the line that is next */
    const char *limit; /* of what may be read; SCAN_BLOCK_BYTES before it may be, too */
    unsigned notes;    /* of enum http_note */
};

/* status-line = HTTP-version SP status-code SP [ reason-phrase ] CRLF. The second SP must be there
 * even before no reason (RFC 9112 section 4): a line without it is malformed, as any other is. */
static bool status_line_parse(struct parser *parser)
{
    enum { AT_STATUS = 9, AT_REASON = 13 };
    const char *p = parser->line, *limit = parser->limit;
    if (limit - p < AT_REASON + 2 || p[AT_STATUS - 1] != ' ' || p[AT_REASON - 1] != ' ')
        return false;
    if (load8(p) == load8("HTTP/1.0"))
        parser->notes |= NOTE_HTTP10;
    else if (load8(p) != load8("HTTP/1.1"))
        return false;
    const char *code = p + AT_STATUS;
    if (code[0] < '1' || code[0] > '5' || !scan_is(code[1], HTTP_DIGIT) ||
        !scan_is(code[2], HTTP_DIGIT))
        return false;
    const char *end = head_value_end(p + AT_REASON, limit);
    if (!end)
        return false;
    parser->reply->status =
        (uint16_t)((code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0'));
    parser->line = end + 2;
    return true;
}

/* ---- fields ---- */

static bool type_parse(struct parser *parser, struct slice value)
{
    head_note(&parser->notes, NOTE_TYPE);
    parser->reply->content_type = value;
    return true;
}

static bool length_parse(struct parser *parser, struct slice value)
{
    head_note(&parser->notes, NOTE_LENGTH);
    return head_length_parse(&parser->reply->content_length, value);
}

static bool coding_parse(struct parser *parser, struct slice value)
{
    head_note(&parser->notes, NOTE_CODING);
    return head_is_chunked(value);
}

static bool known_field_parse(struct parser *parser, struct slice name, struct slice value)
{
    switch (name.len) {
    case 0:
        return false;
    case 10:
        return !is_name(name.ptr, "connection", 10) ||
               head_connection_parse(&parser->notes, value, parser->limit);
    case 12:
        return !is_name(name.ptr, "content-type", 12) || type_parse(parser, value);
    case 14:
        return !is_name(name.ptr, "content-length", 14) || length_parse(parser, value);
    case 16:
        parser->reply->has_coding |= is_name(name.ptr, "content-encoding", 16);
        return true;
    case 17:
        return !is_name(name.ptr, "transfer-encoding", 17) || coding_parse(parser, value);
    default:
        return true;
    }
}

/* Moves on behind the next line; false if no complete and valid one ends before the limit. */
static bool field_parse(struct parser *parser)
{
    struct head_field field;
    if (!head_field_parse(&field, parser->line, parser->limit) ||
        !known_field_parse(parser, field.name, trim(field.value, field.end)))
        return false;
    parser->line = field.end + 2;
    return true;
}

/* ---- what only the whole head can say ---- */

/*
 * Where the body ends (RFC 9112 section 6.3). A 1xx has none, and may not announce one (RFC 9110
 * section 8.6, RFC 9112 section 6.1): one that does is refused, for what follows it might be its
 * body or the next head. HTTP/1.0 knows no 1xx (RFC 9110 section 15.2), so that of its sender would
 * be an answer with a body up to the close.
 */
static bool end_find(struct http_reply *reply, unsigned notes)
{
    if (reply->status < 200) {
        reply->end = HTTP_REPLY_IS_INTERIM;
        return reply->status != SWITCHING_PROTOCOLS &&
               !(notes & (NOTE_LENGTH | NOTE_CODING | NOTE_HTTP10));
    }
    if (reply->status == NO_CONTENT || reply->status == NOT_MODIFIED)
        reply->end = HTTP_REPLY_AT_LENGTH;
    else if (notes & NOTE_CODING)
        reply->end = HTTP_REPLY_AT_CHUNK;
    else
        reply->end = notes & NOTE_LENGTH ? HTTP_REPLY_AT_LENGTH : HTTP_REPLY_AT_CLOSE;
    return true;
}

/* A 204 or 304 has no body, whatever its fields say. Should it send the one that they announce, it
 * must not become the start of the next answer: the connection ends with this one. */
static bool body_suppress(struct http_reply *reply, unsigned notes)
{
    if (reply->status != NO_CONTENT && reply->status != NOT_MODIFIED)
        return false;
    bool announced = notes & NOTE_CODING || reply->content_length > 0;
    reply->content_length = 0;
    return announced;
}

static bool head_finish(struct http_reply *reply, unsigned notes)
{
    enum { ONCE = NOTE_LENGTH | NOTE_CODING | NOTE_TYPE };
    if (notes & (ONCE * NOTE_AGAIN))
        return false;
    if (notes & NOTE_CODING && notes & (NOTE_LENGTH | NOTE_HTTP10))
        return false;
    if (!end_find(reply, notes))
        return false;
    bool persists = !(notes & NOTE_CLOSE) && (notes & NOTE_KEEP_ALIVE || !(notes & NOTE_HTTP10));
    bool disputed = body_suppress(reply, notes);
    reply->keep_alive = persists && !disputed && reply->end != HTTP_REPLY_AT_CLOSE;
    return true;
}

/* ---- head ---- */

/* Parses the lines of the head at first from the next one to the empty one. False at one that is
 * not there or not valid. */
static bool lines_parse(struct parser *parser, const char *first)
{
    if (parser->line == first && !status_line_parse(parser))
        return false;
    while (!is_line_end(parser->line, parser->limit)) {
        if (!field_parse(parser))
            return false;
    }
    parser->line += 2;
    return true;
}

static const char *limit_of(const char *buf, size_t len)
{
    return buf + (len < HTTP_REPLY_HEAD_LIMIT_BYTES ? len : HTTP_REPLY_HEAD_LIMIT_BYTES);
}

/*
 * What to say when a line could not be parsed that goes on at p, the bytes before which are known
 * to be allowed: nothing yet if its end is missing.
 */
static int cut_or_malformed(const char *buf, size_t len, const char *p, size_t *scanned)
{
    const char *limit = limit_of(buf, len);
    p = scan_control(p, limit);
    bool cut = head_is_cut(p, limit) && len < HTTP_REPLY_HEAD_LIMIT_BYTES;
    *scanned = cut ? (size_t)(p - buf) : 0;
    return cut ? 0 : MALFORMED;
}

/* buf has SCAN_BLOCK_BYTES, or as much room before and behind it. */
static int head_parse(struct http_reply *reply, const char *buf, size_t len, size_t *scanned)
{
    struct parser parser = {.reply = reply, .line = buf, .limit = limit_of(buf, len)};
    *reply = (struct http_reply){0};
    if (*scanned) {
        parser.line = head_resume(buf, buf + *scanned, parser.limit);
        parser.notes = NOTE_RESUMED;
        if (!parser.line)
            return cut_or_malformed(buf, len, buf + *scanned, scanned);
    }
    if (!lines_parse(&parser, buf))
        return cut_or_malformed(buf, len, parser.line, scanned);
    *scanned = 0;
    if (parser.notes & NOTE_RESUMED)
        return head_parse(reply, buf, len, scanned);
    return head_finish(reply, parser.notes) ? (int)(parser.line - buf) : MALFORMED;
}

/* Fewer bytes than the smallest head has, and than blocks need: they get room around them. */
static int start_parse(struct http_reply *reply, const char *buf, size_t len, size_t *scanned)
{
    char room[3 * SCAN_BLOCK_BYTES] = {0};
    memcpy(room + SCAN_BLOCK_BYTES, buf, len);
    int result = head_parse(reply, room + SCAN_BLOCK_BYTES, len, scanned);
    assert(result <= 0);
    *reply = (struct http_reply){0}; /* nothing points into room */
    return result;
}

int http_reply_parse(struct http_reply *reply, const char *buf, size_t len, size_t *scanned)
{
    if (len < SCAN_BLOCK_BYTES)
        return start_parse(reply, buf, len, scanned);
    return head_parse(reply, buf, len, scanned);
}
