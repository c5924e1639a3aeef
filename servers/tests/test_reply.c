/*
 * The parser on reply_cases, each whole, cut at every place and byte by byte. The input always ends
 * where its block of memory ends, so a sanitizer sees any read beyond it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "http/reply.h"
#include "reply_cases.h"

/* Parses a copy that ends with its block; the caller frees it. */
static int parse_copy(struct http_reply *reply, const char *bytes, size_t len, size_t *scanned,
                      char **block)
{
    *block = malloc(len + 1);
    assert_non_null(*block);
    char *copy = *block + 1;
    memcpy(copy, bytes, len);
    return http_reply_parse(reply, copy, len, scanned);
}

static int expected_result(const struct reply_case *c)
{
    return c->refused ? -1 : c->incomplete ? 0 : (int)(c->len - c->next_bytes);
}

/* The slice is text within the head, or absent when text is NULL. */
static void check_type(struct slice slice, const char *text, const char *head, size_t head_len)
{
    if (!text) {
        assert_null(slice.ptr);
        assert_int_equal(slice.len, 0);
        return;
    }
    assert_int_equal(slice.len, strlen(text));
    assert_memory_equal(slice.ptr, text, slice.len);
    assert_true(slice.ptr > head && slice.ptr + slice.len < head + head_len);
}

static void check_result(const struct reply_case *c, int result, const struct http_reply *reply,
                         const char *head)
{
    assert_int_equal(result, expected_result(c));
    if (result <= 0)
        return;
    assert_int_equal(reply->status, c->status ? c->status : 200);
    assert_int_equal(reply->end, c->end);
    assert_int_equal(reply->content_length, c->content_length);
    assert_int_equal(reply->keep_alive, !c->closes);
    check_type(reply->content_type, c->content_type, head, (size_t)result);
}

/* Each prefix is undecided or decided as the whole: a head is accepted at its last byte, neither
 * sooner nor later. */
static void test_prefixes(const struct reply_case *c)
{
    for (size_t len = 0; len <= c->len; len++) {
        struct http_reply reply;
        size_t scanned = 0;
        char *block;
        int result = parse_copy(&reply, c->bytes, len, &scanned, &block);
        if (result || len == c->len || (!c->refused && len >= c->len - c->next_bytes))
            check_result(c, result, &reply, block + 1);
        if (result)
            assert_int_equal(scanned, 0);
        free(block);
    }
}

/* From a first cut on byte by byte, the bytes moved each time, the verdict comes with the same byte
 * as at once. */
static void test_bytewise_from(const struct reply_case *c, size_t cut)
{
    size_t scanned = 0;
    int result = 0;
    for (size_t len = cut; len <= c->len && result == 0; len++) {
        struct http_reply reply, fresh;
        size_t nothing = 0;
        char *block;
        result = parse_copy(&reply, c->bytes, len, &scanned, &block);
        assert_int_equal(result, http_reply_parse(&fresh, block + 1, len, &nothing));
        assert_in_range(scanned, 0, len);
        if (result)
            check_result(c, result, &reply, block + 1);
        free(block);
    }
    if (result == 0)
        assert_int_equal(expected_result(c), 0);
}

static void test_case(void **state)
{
    const struct reply_case *c = *state;
    test_prefixes(c);
    for (size_t cut = 0; cut <= c->len; cut++)
        test_bytewise_from(c, cut);
}

/* ---- limits ---- */

static int parse_whole(const char *bytes, size_t len)
{
    struct http_reply reply;
    size_t scanned = 0;
    return http_reply_parse(&reply, bytes, len, &scanned);
}

static int parse_bytewise(const char *bytes, size_t len, size_t *decided_at)
{
    struct http_reply reply;
    size_t scanned = 0;
    int result = 0;
    for (*decided_at = 0; *decided_at < len && result == 0;)
        result = http_reply_parse(&reply, bytes, ++*decided_at, &scanned);
    return result;
}

enum { LONG_BYTES = HTTP_REPLY_HEAD_LIMIT_BYTES + 1 };

/* A head of len bytes whose fields are lines of line_bytes, the last one perhaps longer. */
static void long_head(char *head, size_t len, size_t line_bytes)
{
    int at = snprintf(head, len, "HTTP/1.1 200 OK\r\n");
    memset(head + at, 'b', len - (size_t)at);
    for (char *line = head + at; line < head + len - 2; line += line_bytes) {
        line[1] = ':';
        if ((size_t)(head + len - 2 - line) < 2 * line_bytes)
            line_bytes = (size_t)(head + len - 2 - line);
        memcpy(line + line_bytes - 2, "\r\n", 2);
    }
    memcpy(head + len - 2, "\r\n", 2);
}

static void test_limit(void **state)
{
    static const size_t line_bytes[] = {6, 100, LONG_BYTES};
    static char head[LONG_BYTES];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t decided_at;
        long_head(head, LONG_BYTES - 1, line_bytes[i]);
        assert_int_equal(parse_whole(head, LONG_BYTES - 1), LONG_BYTES - 1);
        assert_int_equal(parse_bytewise(head, LONG_BYTES - 1, &decided_at), LONG_BYTES - 1);
        long_head(head, LONG_BYTES, line_bytes[i]);
        assert_int_equal(parse_whole(head, LONG_BYTES), -1);
        assert_int_equal(parse_bytewise(head, LONG_BYTES, &decided_at), -1);
        assert_int_equal(decided_at, LONG_BYTES - 1);
    }
}

static void test_limit_of_one_line(void **state)
{
    static char line[LONG_BYTES];
    (void)state;
    memset(line, 'a', sizeof(line));
    assert_int_equal(parse_whole(line, LONG_BYTES - 2), 0);
    assert_int_equal(parse_whole(line, LONG_BYTES - 1), -1);
}

/*
 * Work done is kept: of a line that is not complete, no byte that an earlier call has seen is
 * looked at again, so these may be overwritten meanwhile. At the end of a line it is read as it is.
 */
static void test_bytewise_is_linear(void **state)
{
    static char head[LONG_BYTES - 1], spoilt[LONG_BYTES - 1];
    struct http_reply reply;
    size_t scanned = 0;
    (void)state;
    long_head(head, sizeof(head), 100);
    for (size_t len = 1; len < sizeof(head); len++) {
        memcpy(spoilt, head, len);
        if (head[len - 1] != '\n')
            memset(spoilt, 0, scanned);
        assert_int_equal(http_reply_parse(&reply, spoilt, len, &scanned), 0);
        assert_true(scanned >= len - (head[len - 1] == '\r'));
    }
}

/* ---- bytes and lengths: blocks, their ends and what goes on behind them ---- */

enum { PLACES = 40 };

/* Every byte at every place of a run of 'b' in format is allowed or refused as is_allowed says. */
static void check_every_byte(const char *format, bool (*is_allowed)(int byte, size_t place))
{
    char head[200], run[PLACES + 1] = {0};
    memset(run, 'b', PLACES);
    int len = snprintf(head, sizeof(head), format, run);
    char *places = strstr(head, run);
    for (int byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < PLACES; place++) {
            places[place] = (char)byte;
            assert_int_equal(parse_whole(head, (size_t)len), is_allowed(byte, place) ? len : -1);
            places[place] = 'b';
        }
    }
}

static bool is_of_value(int byte, size_t place)
{
    (void)place;
    return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

/* A colon ends the name; at the start of the line it leaves an empty one. */
static bool is_of_name(int byte, size_t place)
{
    bool alphanumeric = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= 'a' && byte <= 'z');
    return byte == ':' ? place > 0 : alphanumeric || (byte && strchr("!#$%&'*+-.^_`|~", byte));
}

static void test_every_byte(void **state)
{
    (void)state;
    check_every_byte("HTTP/1.1 200 %s\r\n\r\n", is_of_value);
    check_every_byte("HTTP/1.1 200 \r\nA: %s\r\nB: c\r\n\r\n", is_of_value);
    check_every_byte("HTTP/1.1 200 \r\n%s: a\r\n\r\n", is_of_name);
}

static void test_every_length(void **state)
{
    static const char *const formats[] = {
        "HTTP/1.1 200 %.*s\r\n\r\n",
        "HTTP/1.1 200 %.*s\r\nA: b\r\n\r\n",
        "HTTP/1.1 200 \r\nA%.*s: b\r\n\r\n",
        "HTTP/1.1 200 \r\nA:%.*s\r\n\r\n",
        "HTTP/1.1 200 \r\nA:%.*s\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 \r\nContent-Type: %.*s\r\n\r\n",
    };
    char text[200], filler[PLACES + 1] = {0}, *block;
    (void)state;
    memset(filler, 'a', PLACES);
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        for (int len = 0; len <= PLACES; len++) {
            struct http_reply reply;
            size_t scanned = 0;
            int text_len = snprintf(text, sizeof(text), formats[i], len, filler);
            assert_int_equal(parse_copy(&reply, text, (size_t)text_len, &scanned, &block),
                             text_len);
            assert_int_equal(reply.status, 200);
            free(block);
        }
    }
}

int main(void)
{
    static struct CMUnitTest tests[5 + REPLY_CASES] = {
        {"a head of exactly the limit is accepted, one byte more is not", test_limit, NULL, NULL,
         NULL},
        {"the limit holds for a line without an end", test_limit_of_one_line, NULL, NULL, NULL},
        {"byte by byte, what was seen is not looked at again before its line ends",
         test_bytewise_is_linear, NULL, NULL, NULL},
        {"every byte at every place of reasons, values and names", test_every_byte, NULL, NULL,
         NULL},
        {"parts of every length are read whole", test_every_length, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < REPLY_CASES; i++)
        tests[5 + i] = (struct CMUnitTest){reply_cases[i].name, test_case, NULL, NULL,
                                           (void *)&reply_cases[i]};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
