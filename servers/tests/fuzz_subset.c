/*
 * Whatever requests the parser and the chunked decoder accept, a second, independent parser must
 * accept, too, and understand in the same way: method, target, version, each field, and where the
 * head, the body and the message end. A message that two servers in a row see end in two places is
 * how requests are smuggled. Where the two are known to differ, and should, the table of
 * differences says so, and why.
 */
#include "second_parser.h"

#include "http/chunked.h"
#include "http/request.h"

/* One message as it is accepted here. */
struct message {
    const char *bytes;
    size_t head_len;
    size_t len;    /* up to the end of the message, or of what is there */
    bool complete; /* else more of its body would be needed */
    bool refused;  /* its body is malformed; len is head_len */
    struct http_request request;
    struct text body;
};

/* ---- what is accepted here ---- */

static void read_chunks(struct message *message, size_t available)
{
    struct http_chunked chunked;
    int event = HTTP_CHUNKED_DATA;
    http_chunked_init(&chunked);
    while (event == HTTP_CHUNKED_DATA) {
        struct slice in = {message->bytes + message->len, available - message->len}, data;
        size_t taken;
        event = http_chunked_decode(&chunked, in, &taken, &data);
        if (event < 0)
            break;
        if (event == HTTP_CHUNKED_DATA)
            text_append(&message->body, data.ptr, data.len);
        message->len += taken;
    }
    message->complete = event == HTTP_CHUNKED_DONE;
    message->refused = event < 0;
    if (message->refused)
        message->len = message->head_len;
}

static void read_counted(struct message *message, size_t available)
{
    size_t here = available - message->len;
    uint64_t length = message->request.content_length;
    message->complete = here >= length;
    here = message->complete ? (size_t)length : here;
    text_append(&message->body, message->bytes + message->len, here);
    message->len += here;
}

/* False if there is no complete and valid head. */
static bool message_read(struct message *message, const char *bytes, size_t len)
{
    size_t scanned = 0;
    *message = (struct message){.bytes = bytes};
    int result = http_request_parse(&message->request, bytes, len, &scanned);
    if (result <= 0)
        return false;
    message->head_len = message->len = (size_t)result;
    if (message->request.chunked)
        read_chunks(message, len);
    else
        read_counted(message, len);
    return true;
}

/* ---- where the two may differ ---- */

static bool has_unknown_method(const struct message *message)
{
    return message->request.method == HTTP_METHOD_UNKNOWN;
}

static bool is_connect_with_body(const struct message *message)
{
    const struct http_request *request = &message->request;
    return request->method == HTTP_CONNECT && (request->chunked || request->content_length > 0);
}

static bool has_huge_length(const struct message *message)
{
    return message->request.content_length > (UINT64_MAX - 10) / 10;
}

/* The first place of text in [p, end), or NULL. */
static const char *find(const char *p, const char *end, const char *text)
{
    size_t text_len = strlen(text);
    for (; (size_t)(end - p) >= text_len; p++)
        if (strncasecmp(p, text, text_len) == 0)
            return p;
    return NULL;
}

static const char *find_in_head(const struct message *message, const char *text)
{
    return find(message->bytes, message->bytes + message->head_len, text);
}

/* In the chunks, their framing or the trailers. */
static const char *find_in_chunks(const struct message *message, const char *text)
{
    const char *head_end = message->bytes + message->head_len;
    return message->request.chunked ? find(head_end, message->bytes + message->len, text) : NULL;
}

static bool has_name_like_coding(const struct message *message)
{
    return !message->request.chunked && find_in_head(message, "\r\nTransfer-Encoding");
}

static bool has_tab_in(const struct message *message, const char *name)
{
    const char *field = find_in_head(message, name);
    return field && memchr(field + 2, '\t', strcspn(field + 2, "\r"));
}

static bool has_tab_beside_framing(const struct message *message)
{
    return has_tab_in(message, "\r\nTransfer-Encoding:") ||
           has_tab_in(message, "\r\nContent-Length:");
}

static bool has_length_trailer(const struct message *message)
{
    return find_in_chunks(message, "\r\nContent-Length:");
}

static bool has_tab_in_chunks(const struct message *message)
{
    return find_in_chunks(message, "\t");
}

enum scope { COMPARE_ALL, COMPARE_HEAD, COMPARE_NOTHING };

struct difference {
    bool (*applies)(const struct message *message);
    enum scope left; /* what is compared all the same */
    const char *why;
};

static const struct difference differences[] = {
    {has_unknown_method, COMPARE_NOTHING,
     "A method is any token, and one that is unknown is answered 501 (RFC 9110 section 9.1). The "
     "other one knows a list and refuses the rest."},
    {is_connect_with_body, COMPARE_HEAD,
     "Fields say where the body of a request ends, whatever its method (RFC 9112 section 6.3). To "
     "the other one, HTTP ends with the head of a CONNECT; here it is answered 501."},
    {has_huge_length, COMPARE_NOTHING,
     "A length may have any number of digits (RFC 9110 section 8.6); here those that fit 64 bits "
     "are read, and answered 413. The other one refuses some of the last that fit."},
    {has_name_like_coding, COMPARE_NOTHING,
     "A name that only begins with Transfer-Encoding is another name (RFC 9110 section 5.1). The "
     "other one believes that it has seen a coding, and misses the chunks."},
    {has_tab_beside_framing, COMPARE_NOTHING,
     "Blanks behind a value are SP or HTAB, and no part of it (RFC 9110 section 5.6.3). The other "
     "one takes HTAB behind a length or a coding for a part of it, and refuses it."},
    {has_length_trailer, COMPARE_HEAD,
     "A trailer cannot frame a body that was already read: it is ignored (RFC 9110 section 6.5.1). "
     "The other one refuses a second Content-Length there, or one that is no number."},
    {has_tab_in_chunks, COMPARE_HEAD,
     "Blanks before a chunk's extension are SP or HTAB (RFC 9112 section 7.1.1). The other one "
     "knows SP only."},
};

static enum scope scope_of(const struct message *message)
{
    enum scope scope = message->refused ? COMPARE_HEAD : COMPARE_ALL;
    for (size_t i = 0; i < sizeof(differences) / sizeof(differences[0]); i++)
        if (differences[i].left > scope && differences[i].applies(message))
            scope = differences[i].left;
    return scope;
}

/* ---- the comparison ---- */

static void check_text(const struct text *text, const char *bytes, size_t len)
{
    assert(text->len == len);
    assert(len == 0 || memcmp(text->bytes, bytes, len) == 0);
}

/* Path and query are the end of a target; that of "http://host" has none. */
static void check_target(const struct message *message, const struct text *url)
{
    const struct http_request *request = &message->request;
    struct slice last = request->query.ptr ? request->query : request->path;
    const char *line = message->bytes + (message->bytes[0] == '\r' ? 2 : 0);
    const char *target = (const char *)memchr(line, ' ', message->head_len) + 1;
    assert(url->len > 0 && memcmp(url->bytes, target, url->len) == 0 && target[url->len] == ' ');
    bool no_path = target[0] != '/' && last.len == 1 && last.ptr[-1] == '/';
    assert(no_path || last.ptr + last.len == target + url->len);
}

/* The next bytes of text are these. */
static void check_next(const struct text *text, size_t *at, const char *bytes, size_t len)
{
    assert(len <= text->len - *at);
    assert(len == 0 || memcmp(text->bytes + *at, bytes, len) == 0);
    *at += len;
}

/* Each line's name is what is before its first colon, its value what is behind, without blanks. */
static void check_fields(const struct message *message, const struct text *fields)
{
    const char *head_end = message->bytes + message->head_len - 2;
    const char *line = memchr(message->bytes + 2, '\n', message->head_len);
    size_t at = 0;
    for (line++; line < head_end; line = memchr(line, '\n', message->head_len), line++) {
        const char *end = memchr(line, '\r', message->head_len);
        const char *value = (const char *)memchr(line, ':', message->head_len) + 1;
        check_next(fields, &at, line, (size_t)(value - line));
        while (value < end && (*value == ' ' || *value == '\t'))
            value++;
        check_next(fields, &at, value, (size_t)(end - value));
        check_next(fields, &at, "\n", 1);
    }
    assert(at == fields->len);
}

static void check_head(const struct message *message, const struct second *second)
{
    const struct http_request *request = &message->request;
    const char *method = http_method_str(second->parser.method);
    const char *line = message->bytes + (message->bytes[0] == '\r' ? 2 : 0);
    assert(second->head_end == message->head_len);
    assert(strncmp(line, method, strlen(method)) == 0 && line[strlen(method)] == ' ');
    assert(second->parser.http_major == 1 && second->parser.http_minor == !request->http10);
    assert(second->chunked == request->chunked);
    assert(second->content_length == request->content_length ||
           (second->content_length == UINT64_MAX && request->content_length == 0));
    check_target(message, &second->url);
    check_fields(message, &second->fields);
}

static void check_message(const struct message *message)
{
    struct second second;
    enum scope scope = scope_of(message);
    if (scope == COMPARE_NOTHING)
        return;
    second_init(&second);
    second_read(&second, message->bytes, message->head_len);
    assert(HTTP_PARSER_ERRNO(&second.parser) == HPE_OK);
    check_head(message, &second);
    if (scope == COMPARE_ALL) {
        second_read(&second, message->bytes + message->head_len, message->len - message->head_len);
        assert(HTTP_PARSER_ERRNO(&second.parser) == HPE_OK);
        assert(second.end == (message->complete ? message->len : 0));
        check_text(&second.body, message->body.bytes, message->body.len);
    }
    second_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All messages of a conversation, up to the first that is refused or not whole. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    for (bool complete = true; complete;) {
        struct message message;
        if (!message_read(&message, bytes, size))
            break;
        check_message(&message);
        complete = message.complete;
        bytes += message.len;
        size -= message.len;
        free(message.body.bytes);
    }
    return 0;
}
