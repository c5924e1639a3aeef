/*
 * The parser on request_cases, each whole, cut at every place and byte by byte. The input always
 * ends where its block of memory ends, so a sanitizer sees any read beyond it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "http/request.h"
#include "request_cases.h"

/* A copy that ends with its block; the caller frees it. */
static char *exact_copy(const char *bytes, size_t len)
{
    char *copy = malloc(len ? len : 1);
    assert_non_null(copy);
    memcpy(copy + (len ? 0 : 1), bytes, len);
    return copy;
}

static int parse_copy(struct http_request *request, const char *bytes, size_t len, size_t *scanned,
                      char **copy)
{
    *copy = exact_copy(bytes, len);
    return http_request_parse(request, *copy, len, scanned);
}

static int expected_result(const struct request_case *c)
{
    return c->refusal ? c->refusal : c->incomplete ? 0 : (int)(c->len - c->next_bytes);
}

static enum http_method expected_method(const struct request_case *c)
{
    return c->method == UNKNOWN ? HTTP_METHOD_UNKNOWN
           : c->method          ? (enum http_method)c->method
                                : HTTP_GET;
}

/* A slice is text, or absent when text is NULL; either way it lies within the head. */
static void check_slice(struct slice slice, const char *text, const char *head, size_t head_len)
{
    if (!text) {
        assert_null(slice.ptr);
        assert_int_equal(slice.len, 0);
        return;
    }
    assert_int_equal(slice.len, strlen(text));
    assert_memory_equal(slice.ptr, text, slice.len);
    assert_true(slice.ptr >= head && slice.ptr + slice.len <= head + head_len);
}

static void check_result(const struct request_case *c, int result,
                         const struct http_request *request, const char *head)
{
    assert_int_equal(result, expected_result(c));
    if (result != 0)
        assert_int_equal(request->method, expected_method(c));
    if (result <= 0)
        return;
    check_slice(request->path, c->path ? c->path : "/", head, (size_t)result);
    check_slice(request->query, c->query, head, (size_t)result);
    check_slice(request->authorization, c->authorization, head, (size_t)result);
    assert_int_equal(request->content_length, c->content_length);
    assert_int_equal(request->http10, c->http10);
    assert_int_equal(request->keep_alive, !c->closes);
    assert_int_equal(request->expect_continue, c->expects);
    assert_int_equal(request->chunked, c->chunked);
}

static void test_whole(const struct request_case *c)
{
    struct http_request request;
    size_t scanned = 0;
    char *copy;
    int result = parse_copy(&request, c->bytes, c->len, &scanned, &copy);
    check_result(c, result, &request, copy);
    if (result)
        assert_int_equal(scanned, 0);
    free(copy);
}

/* Each prefix is undecided or decided as the whole: a head is accepted at its last byte, neither
 * sooner nor later. */
static void test_prefixes(const struct request_case *c)
{
    for (size_t len = 0; len < c->len; len++) {
        struct http_request request;
        size_t scanned = 0;
        char *copy;
        int result = parse_copy(&request, c->bytes, len, &scanned, &copy);
        if (result || (!c->refusal && len >= c->len - c->next_bytes))
            check_result(c, result, &request, copy);
        free(copy);
    }
}

/* From a first cut on byte by byte, the bytes moved each time, the verdict comes with the same byte
 * as at once. */
static void test_bytewise_from(const struct request_case *c, size_t cut)
{
    size_t scanned = 0;
    for (size_t len = cut; len <= c->len; len++) {
        struct http_request request, fresh;
        size_t nothing = 0;
        char *copy;
        int result = parse_copy(&request, c->bytes, len, &scanned, &copy);
        assert_int_equal(result, http_request_parse(&fresh, copy, len, &nothing));
        assert_in_range(scanned, 0, len);
        if (result)
            check_result(c, result, &request, copy);
        free(copy);
        if (result)
            return;
    }
    assert_int_equal(expected_result(c), 0);
}

static void test_case(void **state)
{
    const struct request_case *c = *state;
    test_whole(c);
    test_prefixes(c);
    for (size_t cut = 0; cut <= c->len; cut++)
        test_bytewise_from(c, cut);
}

/* ---- limits ---- */

/* A head of len bytes with fields of the given size, "A: b...\r\n"; the caller frees it. */
static char *long_head(size_t len, size_t field_bytes)
{
    static const char start[] = "GET / HTTP/1.1\r\nHost: h\r\n";
    char *head = malloc(len);
    assert_non_null(head);
    size_t at = sizeof(start) - 1;
    memcpy(head, start, at);
    while (len - 2 - at >= 6) {
        size_t field = len - 2 - at;
        if (field >= field_bytes + 6)
            field = field_bytes;
        memcpy(head + at, "A: ", 3);
        memset(head + at + 3, 'b', field - 5);
        memcpy(head + at + field - 2, "\r\n", 2);
        at += field;
    }
    assert_int_equal(at, len - 2);
    memcpy(head + at, "\r\n", 2);
    return head;
}

static int parse_bytewise(const char *bytes, size_t len, size_t *decided_at)
{
    struct http_request request;
    size_t scanned = 0;
    int result = 0;
    for (*decided_at = 0; *decided_at < len && result == 0;)
        result = http_request_parse(&request, bytes, ++*decided_at, &scanned);
    return result;
}

static int parse_whole(const char *bytes, size_t len)
{
    struct http_request request;
    size_t scanned = 0;
    return http_request_parse(&request, bytes, len, &scanned);
}

static void test_limit(void **state)
{
    const size_t field_bytes[] = {6, 100, HTTP_HEAD_LIMIT_BYTES};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t decided_at;
        char *fits = long_head(HTTP_HEAD_LIMIT_BYTES, field_bytes[i]);
        assert_int_equal(parse_whole(fits, HTTP_HEAD_LIMIT_BYTES), HTTP_HEAD_LIMIT_BYTES);
        assert_int_equal(parse_bytewise(fits, HTTP_HEAD_LIMIT_BYTES, &decided_at),
                         HTTP_HEAD_LIMIT_BYTES);
        free(fits);
        char *too_long = long_head(HTTP_HEAD_LIMIT_BYTES + 1, field_bytes[i]);
        assert_int_equal(parse_whole(too_long, HTTP_HEAD_LIMIT_BYTES + 1), -431);
        assert_int_equal(parse_bytewise(too_long, HTTP_HEAD_LIMIT_BYTES + 1, &decided_at), -431);
        assert_int_equal(decided_at, HTTP_HEAD_LIMIT_BYTES);
        free(too_long);
    }
}

static void test_limit_counts_empty_line(void **state)
{
    (void)state;
    char *head = long_head(HTTP_HEAD_LIMIT_BYTES, 100);
    char *later = malloc(HTTP_HEAD_LIMIT_BYTES + 2);
    assert_non_null(later);
    memcpy(later, "\r\n", 2);
    memcpy(later + 2, head, HTTP_HEAD_LIMIT_BYTES);
    assert_int_equal(parse_whole(later, HTTP_HEAD_LIMIT_BYTES + 2), -431);
    free(later);
    free(head);
}

static void test_limit_of_one_line(void **state)
{
    char line[HTTP_HEAD_LIMIT_BYTES];
    (void)state;
    memset(line, 'a', sizeof(line));
    assert_int_equal(parse_whole(line, sizeof(line) - 1), 0);
    assert_int_equal(parse_whole(line, sizeof(line)), -431);
}

static void test_error_before_limit(void **state)
{
    char *head = long_head(HTTP_HEAD_LIMIT_BYTES + 100, 100);
    (void)state;
    head[HTTP_HEAD_LIMIT_BYTES - 10] = '\0';
    assert_int_equal(parse_whole(head, HTTP_HEAD_LIMIT_BYTES + 100), -400);
    head[HTTP_HEAD_LIMIT_BYTES - 10] = 'b';
    head[HTTP_HEAD_LIMIT_BYTES] = '\0';
    assert_int_equal(parse_whole(head, HTTP_HEAD_LIMIT_BYTES + 100), -431);
    free(head);
}

/* Every byte at every place of a value: the block scan and its tail agree with the grammar. */
static void test_every_byte_in_a_value(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 40; place++) {
            char head[] =
                "GET / HTTP/1.1\r\nHost: h\r\nA: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n\r\n";
            bool allowed = byte == '\t' || (byte >= ' ' && byte != 0x7f);
            head[28 + place] = (char)byte;
            assert_int_equal(parse_whole(head, sizeof(head) - 1),
                             allowed ? (int)sizeof(head) - 1 : -400);
        }
    }
}

static bool is_in(int byte, const char *others)
{
    return (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z') ||
           (byte && strchr(others, byte));
}

static void test_every_byte_in_a_name(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 39; place++) {
            char head[] =
                "GET / HTTP/1.1\r\nHost: h\r\nbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: a\r\n\r\n";
            /* a colon ends the name; at the start of the line it leaves an empty one */
            bool allowed = byte == ':' ? place > 0 : byte < 128 && is_in(byte, "!#$%&'*+-.^_`|~");
            head[25 + place] = (char)byte;
            assert_int_equal(parse_whole(head, sizeof(head) - 1),
                             allowed ? (int)sizeof(head) - 1 : -400);
        }
    }
}

static void test_every_byte_in_a_path(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 38; place++) {
            char head[] = "GET /gggggggggggggggggggggggggggggggggggggg HTTP/1.1\r\nHost: h\r\n\r\n";
            bool allowed = byte < 128 && is_in(byte, "-._~!$&'()*+,;=:@/?");
            head[5 + place] = (char)byte;
            assert_int_equal(parse_whole(head, sizeof(head) - 1),
                             allowed ? (int)sizeof(head) - 1 : -400);
        }
    }
}

/* An 'a' before the byte and letters behind it, in a Host that comes first and in a later one. */
static void test_every_byte_in_a_host(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 30; place++) {
            char first[] = "GET / HTTP/1.1\r\nHost: agggggggggggggggggggggggggggggg\r\n\r\n";
            char later[] =
                "GET / HTTP/1.1\r\nA: b\r\nHost: agggggggggggggggggggggggggggggg\r\n\r\n";
            /* a colon is followed by a port, of which none is as long as
             * it takes to end the line */
            bool is_port = byte == ':' && place == 29;
            bool is_padding = byte == '\t' || byte == ' ';
            bool allowed = is_port || (is_padding && place == 29) ||
                           (byte < 128 && is_in(byte, "-._~!$&'()*+,;="));
            first[23 + place] = later[29 + place] = (char)byte;
            assert_int_equal(parse_whole(first, sizeof(first) - 1),
                             allowed ? (int)sizeof(first) - 1 : -400);
            assert_int_equal(parse_whole(later, sizeof(later) - 1),
                             allowed ? (int)sizeof(later) - 1 : -400);
        }
    }
}

/* ---- lengths: blocks, their ends and what goes on behind them ---- */

enum { LENGTHS = 70 };

/* Parses format with len bytes 'a' as its "%.*s"; the caller frees *head. */
static int parse_with_length(const char *format, size_t len, struct http_request *request,
                             char **head)
{
    char text[2 * LENGTHS + 100], filler[LENGTHS + 1] = {0};
    size_t scanned = 0;
    memset(filler, 'a', len);
    int text_len = snprintf(text, sizeof(text), format, (int)len, filler);
    int result = parse_copy(request, text, (size_t)text_len, &scanned, head);
    assert_int_equal(result, text_len);
    return result;
}

/* Every part of a head is read whole, whatever its length, at the end of the input and before more
 * of it. */
static void test_every_length(void **state)
{
    static const char *const formats[] = {
        "GET / HTTP/1.1\r\nHost: %.*s\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a%.*s:80\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:%.*s\r\nA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nA: b\r\nHost: %.*s\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nA%.*s: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n0%.*s: b\r\nA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nA:%.*s\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nA:\t%.*s\r\nB: c\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        for (size_t len = 0; len <= LENGTHS; len++) {
            struct http_request request;
            char *head;
            parse_with_length(formats[i], len, &request, &head);
            check_slice(request.path, "/", head, strlen("GET /"));
            free(head);
        }
    }
}

static void test_every_path_length(void **state)
{
    static const char *const formats[] = {
        "GET /%.*s HTTP/1.1\r\nHost:\r\n\r\n",
        "GET /%.*s HTTP/1.0\r\n\r\n",
        "GET /%.*s?query HTTP/1.1\r\nHost: localhost\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        for (size_t len = 0; len <= LENGTHS; len++) {
            struct http_request request;
            char *head;
            parse_with_length(formats[i], len, &request, &head);
            assert_ptr_equal(request.path.ptr, head + strlen("GET "));
            assert_int_equal(request.path.len, 1 + len);
            free(head);
        }
    }
}

int main(void)
{
    static struct CMUnitTest tests[10 + REQUEST_CASES] = {
        {"a head of exactly the limit is accepted, one byte more is not", test_limit, NULL, NULL,
         NULL},
        {"the tolerated empty line counts towards the limit", test_limit_counts_empty_line, NULL,
         NULL, NULL},
        {"the limit holds for a line without an end", test_limit_of_one_line, NULL, NULL, NULL},
        {"an error before the limit is found, one behind it is not", test_error_before_limit, NULL,
         NULL, NULL},
        {"every byte at every place of a value", test_every_byte_in_a_value, NULL, NULL, NULL},
        {"every byte at every place of a field name", test_every_byte_in_a_name, NULL, NULL, NULL},
        {"every byte at every place of a path", test_every_byte_in_a_path, NULL, NULL, NULL},
        {"every byte at every place of a Host", test_every_byte_in_a_host, NULL, NULL, NULL},
        {"fields of every length are read whole", test_every_length, NULL, NULL, NULL},
        {"paths of every length are read whole", test_every_path_length, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < REQUEST_CASES; i++)
        tests[10 + i] = (struct CMUnitTest){request_cases[i].name, test_case, NULL, NULL,
                                            (void *)&request_cases[i]};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
