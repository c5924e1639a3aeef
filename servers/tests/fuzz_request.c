/*
 * Any bytes as a request head. The verdict must not depend on how they are cut; no byte beyond the
 * given length may be read (the rest is poisoned); the scalar parser must say the same; and what is
 * accepted must have the properties that a naive look at the head finds, each byte and line by
 * itself.
 */
#include "scalar_request.h"

#include <assert.h>
#include <sanitizer/asan_interface.h>
#include <stdlib.h>

enum { FRESH_LIMIT_BYTES = 256 }; /* up to here each prefix is also parsed from nothing */

/* ---- properties of accepted heads ---- */

static bool is_token_byte(char byte)
{
    return byte && strchr("!#$%&'*+-.^_`|~0123456789"
                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
                          byte);
}

static void check_bytes(const char *head, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = (unsigned char)head[i];
        if (byte == '\r')
            assert(i + 1 < len && head[i + 1] == '\n');
        else if (byte == '\n')
            assert(i > 0 && head[i - 1] == '\r');
        else
            assert(byte == '\t' || (byte >= ' ' && byte != 0x7f));
    }
    assert(len <= HTTP_HEAD_LIMIT_BYTES);
    assert(memcmp(head + len - 4, "\r\n\r\n", 4) == 0);
    assert(memmem(head, len, "\r\n\r\n", 4) == head + len - 4);
}

static void check_request_line(const struct http_request *request, const char *line, size_t len)
{
    const char *first = memchr(line, ' ', len), *last = memrchr(line, ' ', len);
    assert(first && last && first < last);
    assert(!memchr(first + 1, ' ', (size_t)(last - first - 1)));
    assert(strncmp(last, request->http10 ? " HTTP/1.0\r" : " HTTP/1.1\r", 10) == 0);
    for (const char *p = line; p < first; p++)
        assert(is_token_byte(*p));
    for (const char *p = first + 1; p < last; p++)
        assert(*p > ' ' && *p < 0x7f && *p != '#' && *p != '\\');
}

/* What the field lines say, read naively. */
struct seen {
    int hosts, lengths, codings;
};

static void check_field(const struct http_request *request, struct seen *seen, const char *line,
                        size_t len)
{
    const char *colon = memchr(line, ':', len);
    assert(colon && colon > line);
    for (const char *p = line; p < colon; p++)
        assert(is_token_byte(*p));
    size_t name_len = (size_t)(colon - line);
    seen->hosts += name_len == 4 && strncasecmp(line, "host", 4) == 0;
    seen->codings += name_len == 17 && strncasecmp(line, "transfer-encoding", 17) == 0;
    if (name_len == 14 && strncasecmp(line, "content-length", 14) == 0) {
        seen->lengths++;
        assert(request->content_length == strtoull(colon + 1, NULL, 10));
    }
}

static void check_lines(const struct http_request *request, const char *head, size_t len)
{
    struct seen seen = {0};
    const char *line = head, *end = head + len - 2;
    if (*line == '\r')
        line += 2;
    for (bool first = true; line < end; first = false) {
        const char *line_end = memmem(line, (size_t)(end - line), "\r\n", 2);
        if (first)
            check_request_line(request, line, (size_t)(line_end - line));
        else
            check_field(request, &seen, line, (size_t)(line_end - line));
        line = line_end + 2;
    }
    assert(seen.hosts == 1 || (request->http10 && seen.hosts == 0));
    assert(seen.lengths + seen.codings <= 1);
    assert(request->chunked == (seen.codings == 1));
    assert(!(request->chunked && request->http10));
}

static void check_inside(struct slice slice, const char *head, size_t len)
{
    assert(slice.ptr ? slice.ptr >= head && slice.ptr + slice.len <= head + len : slice.len == 0);
}

static void check_accepted(const struct http_request *request, const char *head, size_t len)
{
    check_bytes(head, len);
    check_lines(request, head, len);
    check_inside(request->path, head, len);
    check_inside(request->query, head, len);
    check_inside(request->authorization, head, len);
    assert(request->path.len > 0 || request->method == HTTP_OPTIONS);
    assert(request->path.len == 0 || request->method == HTTP_CONNECT || *request->path.ptr == '/' ||
           *request->path.ptr == '*');
    assert(!(request->expect_continue && request->http10));
}

/* ---- the same verdict, however it comes about ---- */

static bool is_same_slice(struct slice a, struct slice b)
{
    return a.ptr == b.ptr && a.len == b.len;
}

static void check_same(const struct http_request *a, const struct http_request *b, int result)
{
    if (result == 0)
        return;
    assert(a->method == b->method);
    if (result < 0)
        return;
    assert(a->http10 == b->http10 && a->keep_alive == b->keep_alive && a->chunked == b->chunked);
    assert(a->expect_continue == b->expect_continue && a->content_length == b->content_length);
    assert(is_same_slice(a->path, b->path) && is_same_slice(a->query, b->query));
    assert(is_same_slice(a->authorization, b->authorization));
}

static int parse_whole(struct http_request *request, const char *bytes, size_t len)
{
    size_t scanned = 0;
    int result = http_request_parse(request, bytes, len, &scanned);
    assert(scanned <= len && (result == 0 || scanned == 0));
    return result;
}

static void check_scalar(const struct http_request *request, int result, const char *bytes,
                         size_t len)
{
    struct http_request other;
    size_t scanned = 0;
    int other_result = scalar_http_request_parse(&other, bytes, len, &scanned);
    assert(other_result == result);
    check_same(request, &other, result);
}

/* Byte by byte; what has not come yet is poisoned. The first verdict must be that of the whole. */
static void check_bytewise(const struct http_request *whole, int result, const char *bytes,
                           size_t len)
{
    struct http_request request;
    size_t scanned = 0;
    int verdict = 0;
    ASAN_POISON_MEMORY_REGION(bytes, len);
    for (size_t n = 1; n <= len && verdict == 0; n++) {
        ASAN_UNPOISON_MEMORY_REGION(bytes, n);
        verdict = http_request_parse(&request, bytes, n, &scanned);
        if (n <= FRESH_LIMIT_BYTES) {
            struct http_request fresh;
            assert(parse_whole(&fresh, bytes, n) == verdict);
            check_same(&fresh, &request, verdict);
        }
    }
    ASAN_UNPOISON_MEMORY_REGION(bytes, len);
    assert(verdict == result);
    check_same(whole, &request, result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request request;
    char *bytes = malloc(size ? size : 1);
    assert(bytes);
    memcpy(bytes, data, size);
    int result = parse_whole(&request, bytes, size);
    if (size > 0)
        check_bytewise(&request, result, bytes, size);
    check_scalar(&request, result, bytes, size);
    if (result > 0)
        check_accepted(&request, bytes, (size_t)result);
    else
        assert(result == 0 || result == -400 || result == -417 || result == -431 || result == -505);
    free(bytes);
    return 0;
}
