/*
 * Line by line through each head, then over the body as its
 * framing says, then the next one. Nothing is copied.
 */
#include "pace/request_scan.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "data/strings.h"
#include "pace/quote.h"
#include "pace/requests.h"

/* A place in the bytes, and the request that is being read. */
struct scan {
    const char *begin, *at, *end;
    const char *request; /* where it begins */
    unsigned number;     /* of it, from 1 */
    char **error;
};

/* What decides about framing. */
struct head {
    bool is_head, is_chunked, has_length, closes;
    unsigned hosts;
    uint64_t length;
};

struct slice {
    const char *at;
    size_t len;
};

__attribute__((format(printf, 2, 3))) static int wrong(const struct scan *scan, const char *format,
                                                       ...)
{
    char clause[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(clause, sizeof(clause), format, arguments);
    va_end(arguments);
    text_error(scan->error, "HTTP request %u (at byte %zu) %s", scan->number,
               (size_t)(scan->request - scan->begin), clause);
    return -1;
}

static bool slice_is(struct slice slice, const char *word)
{
    return slice.len == strlen(word) && strncasecmp(slice.at, word, slice.len) == 0;
}

/* RFC 9110, 5.6.2. */
static bool is_token(struct slice slice)
{
    for (size_t i = 0; i < slice.len; i++) {
        char c = slice.at[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!plain && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
            return false;
    }
    return slice.len > 0;
}

/* The line without its CR LF (RFC 9112, 2.2: a lone CR or LF is none). */
static int read_line(struct scan *scan, struct slice *line)
{
    const char *lf = memchr(scan->at, '\n', (size_t)(scan->end - scan->at));
    if (lf == NULL)
        return wrong(scan, "ends too early: a line that ends in \"\\r\\n\" is missing");
    if (lf == scan->at || lf[-1] != '\r')
        return wrong(scan, "has a line that ends in \"\\n\" alone: lines end in \"\\r\\n\"");
    *line = (struct slice){scan->at, (size_t)(lf - scan->at) - 1};
    for (size_t i = 0; i < line->len; i++) {
        unsigned char byte = (unsigned char)line->at[i];
        if ((byte < ' ' && byte != '\t') || byte == 0x7f)
            return wrong(scan, "has the control byte 0x%02x in a line", byte);
    }
    scan->at = lf + 1;
    return 0;
}

static int no_request_line(const struct scan *scan)
{
    if (scan->number == 1)
        return wrong(scan, "does not begin with a line such as \"GET /path HTTP/1.1\"");
    return wrong(scan, "does not begin with a request line: if it is the body of the one before, "
                       "that one's Content-Length is missing or too small");
}

/* method SP target SP version (RFC 9112, 3). */
static bool split_request_line(struct slice line, struct slice *method, struct slice *target,
                               struct slice *version)
{
    const char *first = memchr(line.at, ' ', line.len);
    const char *last = memrchr(line.at, ' ', line.len);
    if (first == NULL || first == last)
        return false;
    *method = (struct slice){line.at, (size_t)(first - line.at)};
    *target = (struct slice){first + 1, (size_t)(last - first) - 1};
    *version = (struct slice){last + 1, (size_t)(line.at + line.len - last) - 1};
    return is_token(*method) && version->len == strlen("HTTP/1.1") &&
           memcmp(version->at, "HTTP/", 5) == 0;
}

static int check_target(const struct scan *scan, struct slice target)
{
    for (size_t i = 0; i < target.len; i++) {
        unsigned char byte = (unsigned char)target.at[i];
        if (byte <= ' ' || byte >= 0x7f)
            return wrong(scan, "has the byte 0x%02x in its target: write it as %%%02X", byte, byte);
    }
    return target.len > 0 ? 0 : wrong(scan, "has no target between its two spaces");
}

static int read_request_line(struct scan *scan, struct head *head)
{
    struct slice line, method, target, version;
    if (memchr(scan->at, '\n', (size_t)(scan->end - scan->at)) == NULL)
        return no_request_line(scan);
    if (read_line(scan, &line) != 0)
        return -1;
    if (!split_request_line(line, &method, &target, &version))
        return no_request_line(scan);
    if (memcmp(version.at, "HTTP/1.1", version.len) != 0)
        return wrong(scan, "is of version %.8s: pace sends HTTP/1.1 only", version.at);
    if (method.len == 7 && memcmp(method.at, "CONNECT", 7) == 0)
        return wrong(scan, "is a CONNECT, which asks for a tunnel: there is no answer to time");
    head->is_head = method.len == 4 && memcmp(method.at, "HEAD", 4) == 0;
    return check_target(scan, target);
}

/* Plain decimal digits, in 64 bits. */
static bool read_decimal(struct slice text, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(text.at[i] - '0');
        if (digit > 9 || __builtin_mul_overflow(*number, UINT64_C(10), number) ||
            __builtin_add_overflow(*number, (uint64_t)digit, number))
            return false;
    }
    return text.len > 0;
}

static struct slice trim(struct slice text)
{
    while (text.len > 0 && (*text.at == ' ' || *text.at == '\t'))
        text.at++, text.len--;
    while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t'))
        text.len--;
    return text;
}

/* Is word one of a list with commas (RFC 9110, 5.6.1)? */
static bool list_has(struct slice list, const char *word)
{
    while (list.len > 0) {
        const char *comma = memchr(list.at, ',', list.len);
        size_t len = comma != NULL ? (size_t)(comma - list.at) : list.len;
        if (slice_is(trim((struct slice){list.at, len}), word))
            return true;
        len += comma != NULL;
        list = (struct slice){list.at + len, list.len - len};
    }
    return false;
}

static int read_length(const struct scan *scan, struct head *head, struct slice value)
{
    if (head->has_length)
        return wrong(scan, "has more than one Content-Length");
    if (!read_decimal(value, &head->length))
        return wrong(scan, "has a Content-Length that is no number");
    head->has_length = true;
    return 0;
}

static int read_encoding(const struct scan *scan, struct head *head, struct slice value)
{
    if (head->is_chunked || !slice_is(value, "chunked"))
        return wrong(scan, "has a Transfer-Encoding other than one \"chunked\"");
    head->is_chunked = true;
    return 0;
}

static bool split_field(struct slice line, struct slice *name, struct slice *value)
{
    const char *colon = memchr(line.at, ':', line.len);
    size_t len = colon != NULL ? (size_t)(colon - line.at) : 0;
    *name = (struct slice){line.at, len};
    *value = trim((struct slice){line.at + len + 1, colon != NULL ? line.len - len - 1 : 0});
    return is_token(*name);
}

static int no_field(const struct scan *scan, struct slice line)
{
    char *text = quote(line.at, line.len);
    wrong(scan, "has the line %s, which is no field \"Name: value\"", text);
    free(text);
    return -1;
}

static int read_field(const struct scan *scan, struct head *head, struct slice line)
{
    struct slice name, value;
    if (!split_field(line, &name, &value))
        return no_field(scan, line);
    if (slice_is(name, "Content-Length"))
        return read_length(scan, head, value);
    if (slice_is(name, "Transfer-Encoding"))
        return read_encoding(scan, head, value);
    if (slice_is(name, "Connection"))
        head->closes |= list_has(value, "close");
    head->hosts += slice_is(name, "Host");
    return 0;
}

static int read_head(struct scan *scan, struct head *head)
{
    struct slice line;
    if (read_request_line(scan, head) != 0)
        return -1;
    while (true) {
        if (read_line(scan, &line) != 0)
            return -1;
        if (line.len == 0)
            break;
        if (read_field(scan, head, line) != 0)
            return -1;
    }
    if (head->hosts != 1) /* RFC 9112, 3.2 */
        return wrong(scan, "has %u Host fields: HTTP/1.1 asks for one", head->hosts);
    if (head->is_chunked && head->has_length) /* RFC 9112, 6.2 */
        return wrong(scan, "has both Content-Length and Transfer-Encoding");
    return 0;
}

/* SIZE[;EXTENSION] CR LF (RFC 9112, 7.1). */
static int read_chunk_size(struct scan *scan, uint64_t *size)
{
    struct slice line;
    if (read_line(scan, &line) != 0)
        return -1;
    size_t digits = 0;
    for (*size = 0; digits < line.len && digits <= 8; digits++) {
        const char *hex = "0123456789abcdef0123456789ABCDEF";
        const char *found = line.at[digits] != '\0' ? strchr(hex, line.at[digits]) : NULL;
        if (found == NULL)
            break;
        *size = *size << 4 | ((size_t)(found - hex) & 15);
    }
    if (digits == 0 || digits > 8 || (digits < line.len && line.at[digits] != ';'))
        return wrong(scan, "has a chunk whose size is no hexadecimal number");
    return 0;
}

static int read_trailers(struct scan *scan)
{
    struct slice line, name, value;
    while (true) {
        if (read_line(scan, &line) != 0)
            return -1;
        if (line.len == 0)
            return 0;
        if (!split_field(line, &name, &value))
            return no_field(scan, line);
    }
}

static int skip_chunks(struct scan *scan)
{
    while (true) {
        uint64_t size;
        if (read_chunk_size(scan, &size) != 0)
            return -1;
        if (size == 0)
            return read_trailers(scan);
        if ((uint64_t)(scan->end - scan->at) < size + 2)
            return wrong(scan, "ends in the middle of a chunk of %llu bytes",
                         (unsigned long long)size);
        scan->at += size;
        if (memcmp(scan->at, "\r\n", 2) != 0)
            return wrong(scan, "has a chunk that is longer than the %llu bytes it says",
                         (unsigned long long)size);
        scan->at += 2;
    }
}

static int skip_body(struct scan *scan, const struct head *head)
{
    if (head->is_chunked)
        return skip_chunks(scan);
    size_t left = (size_t)(scan->end - scan->at);
    if (head->length > left)
        return wrong(scan, "says Content-Length: %llu, and %zu bytes follow its head",
                     (unsigned long long)head->length, left);
    scan->at += head->length;
    return 0;
}

int request_scan(struct request_shape *shape, const char *bytes, size_t len, char **error)
{
    struct scan scan = {.begin = bytes, .at = bytes, .end = bytes + len, .error = error};
    bool closed = false;
    *shape = (struct request_shape){0};
    if (len == 0)
        return text_error(error, "there is not one byte in it");
    while (scan.at < scan.end) {
        struct head head = {0};
        scan.request = scan.at;
        scan.number = shape->answers + 1;
        if (shape->answers == REQUEST_PIPELINE_MOST)
            return wrong(&scan, "is one too many: %d at a time are the most",
                         REQUEST_PIPELINE_MOST);
        if (read_head(&scan, &head) != 0 || skip_body(&scan, &head) != 0)
            return -1;
        if (closed)
            return wrong(&scan, "follows one that says \"Connection: close\", so that no server "
                                "would answer it");
        closed = head.closes;
        shape->heads |= (uint64_t)head.is_head << shape->answers++;
    }
    return 0;
}
