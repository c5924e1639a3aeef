/*
 * The chunked decoder on a table of bodies, each whole, in two pieces at every place, in three, and
 * byte by byte. Each piece ends with its block of memory, so a sanitizer sees any read beyond it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "http/chunked.h"
#include "http/request.h"

struct chunked_case {
    const char *name;
    const char *bytes;
    size_t len;
    int result; /* HTTP_CHUNKED_DONE, HTTP_CHUNKED_MORE (incomplete), or a refusal */
    /* Behind the body; of a refused one: behind the byte that makes it malformed. */
    size_t next_bytes;
    const char *body;
};

#define BYTES(text) text, sizeof(text) - 1
#define DONE        HTTP_CHUNKED_DONE
#define MORE        HTTP_CHUNKED_MORE

/* clang-format off */
static const struct chunked_case cases[] = {
    {"an empty body is accepted", BYTES("0\r\n\r\n"), DONE, 0, ""},
    {"one chunk is accepted", BYTES("3\r\nabc\r\n0\r\n\r\n"), DONE, 0, "abc"},
    {"chunks are joined", BYTES("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), DONE, 0, "abc"},
    {"a size may have two digits", BYTES("1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"), DONE, 0, "abcdefghijklmnopqrstuvwxyz"},
    {"hex digits may be capitals", BYTES("A\r\n0123456789\r\n0\r\n\r\n"), DONE, 0, "0123456789"},
    {"a size may have leading zeros", BYTES("00003\r\nabc\r\n000\r\n\r\n"), DONE, 0, "abc"},
    {"data may look like framing", BYTES("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"), DONE, 0, "\r\n0\r\n\r\n"},
    {"what follows the body is left alone", BYTES("1\r\na\r\n0\r\n\r\nGET /"), DONE, 5, "a"},
    {"an extension is ignored", BYTES("1;a\r\nx\r\n0;b\r\n\r\n"), DONE, 0, "x"},
    {"an extension may have a value", BYTES("1;a=b;c=d\r\nx\r\n0\r\n\r\n"), DONE, 0, "x"},
    {"an extension may have a quoted value", BYTES("1;a=\"b c;\\\"\x80\t\"\r\nx\r\n0\r\n\r\n"), DONE, 0, "x"},
    {"an extension may follow a quoted value", BYTES("1;a=\"\";b\r\nx\r\n0\r\n\r\n"), DONE, 0, "x"},
    {"white space around an extension's parts is accepted", BYTES("1 ; a = b ;\tc ; d = \"e\" ;f\r\nx\r\n0\r\n\r\n"), DONE, 0, "x"},
    {"a trailer is ignored", BYTES("0\r\nA: b\r\n\r\n"), DONE, 0, ""},
    {"trailers are ignored", BYTES("1\r\nx\r\n0\r\nA: b\tc\r\nD:\r\nE: \xff\r\n\r\n"), DONE, 0, "x"},
    {"nothing is incomplete", BYTES(""), MORE, 0, ""},
    {"a size is incomplete", BYTES("5\r\n"), MORE, 0, ""},
    {"half a chunk is incomplete", BYTES("5\r\nab"), MORE, 0, "ab"},
    {"a chunk without its end is incomplete", BYTES("2\r\nab\r"), MORE, 0, "ab"},
    {"a last chunk without the empty line is incomplete", BYTES("2\r\nab\r\n0\r\n"), MORE, 0, "ab"},
    {"half an empty line is incomplete", BYTES("0\r\n\r"), MORE, 0, ""},
    {"a size of 15 digits is accepted", BYTES("fffffffffffffff\r\nab"), MORE, 0, "ab"},
    {"a size of 16 digits is refused", BYTES("0fffffffffffffff\r\nab"), -400, 4, ""},
    {"an empty size is refused", BYTES("\r\n\r\n"), -400, 3, ""},
    {"an extension without a size is refused", BYTES(";a\r\n"), -400, 3, ""},
    {"a size that is no number is refused", BYTES("g\r\n"), -400, 2, ""},
    {"a size with a prefix is refused", BYTES("0x1\r\na\r\n"), -400, 6, ""},
    {"a size with a sign is refused", BYTES("+1\r\na\r\n"), -400, 6, ""},
    {"a negative size is refused", BYTES("-1\r\na\r\n"), -400, 6, ""},
    {"a space before a size is refused", BYTES(" 1\r\na\r\n"), -400, 6, ""},
    {"a space after a size is refused", BYTES("1 \r\na\r\n"), -400, 4, ""},
    {"a tab after a size is refused", BYTES("1\t\r\na\r\n"), -400, 4, ""},
    {"digits after white space are refused", BYTES("1 2\r\n"), -400, 2, ""},
    {"a bare LF after a size is refused", BYTES("1\na\r\n"), -400, 3, ""},
    {"a bare CR after a size is refused", BYTES("1\ra\r\n"), -400, 2, ""},
    {"NUL after a size is refused", BYTES("1\0\r\n"), -400, 2, ""},
    {"a comma after a size is refused", BYTES("1,1\r\n"), -400, 3, ""},
    {"an extension without a name is refused", BYTES("1;\r\na\r\n"), -400, 4, ""},
    {"two semicolons are refused", BYTES("1;;a\r\n"), -400, 3, ""},
    {"a name that is no token is refused", BYTES("1;a@\r\n"), -400, 2, ""},
    {"a space at the end of an extension is refused", BYTES("1;a \r\nx"), -400, 2, ""},
    {"a space after an extension's value is refused", BYTES("1;a=b \r\nx"), -400, 2, ""},
    {"a space after a quoted value is refused", BYTES("1;a=\"b\" \r\nx"), -400, 2, ""},
    {"an extension with an empty value is refused", BYTES("1;a=\r\nx"), -400, 2, ""},
    {"an empty value before another extension is refused", BYTES("1;a=;b\r\n"), -400, 3, ""},
    {"a value that is no token is refused", BYTES("1;a=b@\r\n"), -400, 2, ""},
    {"two equal signs are refused", BYTES("1;a==b\r\n"), -400, 3, ""},
    {"a second value after white space is refused", BYTES("1;a=b =c\r\n"), -400, 3, ""},
    {"two names without a semicolon are refused", BYTES("1;a b\r\n"), -400, 2, ""},
    {"text behind a quoted value is refused", BYTES("1;a=\"b\"c\r\n"), -400, 2, ""},
    {"CR within quotes is refused", BYTES("1;a=\"b\r\nc\"\r\n"), -400, 5, ""},
    {"LF within quotes is refused", BYTES("1;a=\"b\nc\"\r\n"), -400, 4, ""},
    {"NUL within quotes is refused", BYTES("1;a=\"\0\"\r\n"), -400, 3, ""},
    {"an escaped control byte is refused", BYTES("1;a=\"\\\x01\"\r\n"), -400, 3, ""},
    {"a bare LF in an extension is refused", BYTES("1;a\nx\r\n"), -400, 3, ""},
    {"a control byte in an extension is refused", BYTES("1;a\x01\r\n"), -400, 2, ""},
    {"a chunk longer than its size is refused", BYTES("1\r\nab\r\n"), -400, 2, "a"},
    {"a chunk shorter than its size is refused", BYTES("3\r\nab\r\n0\r\n"), -400, 3, "ab\r"},
    {"a chunk that ends in a bare LF is refused", BYTES("1\r\na\n0\r\n"), -400, 3, "a"},
    {"a chunk that ends in a bare CR is refused", BYTES("1\r\na\r0\r\n"), -400, 2, "a"},
    {"a bare LF after the last chunk is refused", BYTES("0\r\n\n"), -400, 0, ""},
    {"a bare CR after the last chunk is refused", BYTES("0\r\n\rG"), -400, 0, ""},
    {"a trailer without a colon is refused", BYTES("0\r\nA\r\n"), -400, 1, ""},
    {"a trailer without a name is refused", BYTES("0\r\n: a\r\n"), -400, 4, ""},
    {"a trailer with a space before its colon is refused", BYTES("0\r\nA : b\r\n"), -400, 5, ""},
    {"a folded trailer is refused", BYTES("0\r\nA: b\r\n c\r\n"), -400, 3, ""},
    {"a trailer that ends in a bare LF is refused", BYTES("0\r\nA: b\n\r\n"), -400, 2, ""},
    {"a trailer that ends in a bare CR is refused", BYTES("0\r\nA: b\rC"), -400, 0, ""},
    {"NUL in a trailer is refused", BYTES("0\r\nA: \0\r\n"), -400, 2, ""},
    {"DEL in a trailer is refused", BYTES("0\r\nA: \x7f\r\n"), -400, 2, ""},
};
/* clang-format on */

/* What was decoded so far, of a body handed over in pieces. */
struct decoding {
    struct http_chunked chunked;
    size_t consumed;
    size_t body_bytes;
    char body[64];
    int result;
};

static void decoding_data(struct decoding *decoding, struct slice data)
{
    assert_true(data.len > 0);
    assert_in_range(decoding->body_bytes + data.len, 0, sizeof(decoding->body));
    memcpy(decoding->body + decoding->body_bytes, data.ptr, data.len);
    decoding->body_bytes += data.len;
}

/* Hands over the piece until the decoder wants more or is done with the body. */
static void decoding_piece(struct decoding *decoding, struct slice piece)
{
    do {
        struct slice data;
        size_t taken = SIZE_MAX;
        decoding->result = http_chunked_decode(&decoding->chunked, piece, &taken, &data);
        if (decoding->result < 0)
            return;
        assert_in_range(taken, 0, piece.len);
        decoding->consumed += taken;
        if (decoding->result == HTTP_CHUNKED_MORE)
            assert_int_equal(taken, piece.len);
        if (decoding->result == HTTP_CHUNKED_DATA) {
            assert_ptr_equal(data.ptr + data.len, piece.ptr + taken);
            decoding_data(decoding, data);
        }
        piece = (struct slice){piece.ptr + taken, piece.len - taken};
    } while (decoding->result == HTTP_CHUNKED_DATA);
}

static bool is_decided(const struct decoding *decoding)
{
    return decoding->result < 0 || decoding->result == HTTP_CHUNKED_DONE;
}

/* Hands over [from, to) in a block of its own, unless all has been said. */
static void decoding_range(struct decoding *decoding, const char *bytes, size_t from, size_t to)
{
    if (is_decided(decoding))
        return;
    char *copy = malloc(to - from + 1);
    assert_non_null(copy);
    memcpy(copy + 1, bytes + from, to - from);
    decoding_piece(decoding, (struct slice){copy + 1, to - from});
    free(copy);
}

static void decoding_init(struct decoding *decoding)
{
    *decoding = (struct decoding){.result = HTTP_CHUNKED_MORE};
    http_chunked_init(&decoding->chunked);
}

static void check(const struct decoding *decoding, const struct chunked_case *c)
{
    assert_int_equal(decoding->result, c->result);
    assert_int_equal(decoding->body_bytes, strlen(c->body));
    assert_memory_equal(decoding->body, c->body, decoding->body_bytes);
    if (decoding->result >= 0)
        assert_int_equal(decoding->consumed, c->len - c->next_bytes);
}

/* In up to three pieces, cut at every two places. */
static void test_pieces(const struct chunked_case *c)
{
    for (size_t first = 0; first <= c->len; first++) {
        for (size_t second = first; second <= c->len; second++) {
            struct decoding decoding;
            decoding_init(&decoding);
            decoding_range(&decoding, c->bytes, 0, first);
            decoding_range(&decoding, c->bytes, first, second);
            decoding_range(&decoding, c->bytes, second, c->len);
            check(&decoding, c);
        }
    }
}

/* Byte by byte, and decided by the byte that the case says. */
static void test_bytewise(const struct chunked_case *c)
{
    struct decoding decoding;
    size_t at = 0;
    decoding_init(&decoding);
    while (at < c->len && !is_decided(&decoding)) {
        decoding_range(&decoding, c->bytes, at, at + 1);
        at++;
    }
    check(&decoding, c);
    assert_int_equal(at, c->len - c->next_bytes);
}

static void test_case(void **state)
{
    test_pieces(*state);
    test_bytewise(*state);
}

/* ---- limits ---- */

/* Hands over start, then count bytes of filler, one by one; returns the first refusal, or the last
 * result. */
static int decode_long(const char *start, char filler, size_t count)
{
    struct http_chunked chunked;
    struct slice data;
    size_t taken;
    http_chunked_init(&chunked);
    int result = http_chunked_decode(&chunked, (struct slice){start, strlen(start)}, &taken, &data);
    for (size_t i = 0; i < count && result == HTTP_CHUNKED_MORE; i++)
        result = http_chunked_decode(&chunked, (struct slice){&filler, 1}, &taken, &data);
    return result;
}

static void test_size_line_limit(void **state)
{
    (void)state;
    assert_int_equal(decode_long("1;", 'a', HTTP_HEAD_LIMIT_BYTES - 2), HTTP_CHUNKED_MORE);
    assert_int_equal(decode_long("1;", 'a', HTTP_HEAD_LIMIT_BYTES - 1), -431);
}

static void test_trailer_limit(void **state)
{
    (void)state;
    assert_int_equal(decode_long("0\r\nA:", 'a', HTTP_HEAD_LIMIT_BYTES - 2), HTTP_CHUNKED_MORE);
    assert_int_equal(decode_long("0\r\nA:", 'a', HTTP_HEAD_LIMIT_BYTES - 1), -431);
}

/* Reads a chunk of one byte. */
static int decode_chunk(struct http_chunked *chunked, const char *chunk)
{
    struct slice in = {chunk, strlen(chunk)}, data;
    size_t taken;
    int result = http_chunked_decode(chunked, in, &taken, &data);
    if (result != HTTP_CHUNKED_DATA)
        return result;
    in = (struct slice){in.ptr + taken, in.len - taken};
    return http_chunked_decode(chunked, in, &taken, &data);
}

/* The limit is one line's: a body of many chunks has no limit of framing but its data's. */
static void test_many_chunks(void **state)
{
    struct http_chunked chunked;
    (void)state;
    http_chunked_init(&chunked);
    for (int i = 0; i < HTTP_BODY_LIMIT_BYTES; i++)
        assert_int_equal(decode_chunk(&chunked, "1\r\na\r\n"), HTTP_CHUNKED_MORE);
}

static void test_many_extensions(void **state)
{
    struct http_chunked chunked;
    (void)state;
    http_chunked_init(&chunked);
    for (int i = 0; i < HTTP_EXTENSIONS_LIMIT_BYTES / 4; i++)
        assert_int_equal(decode_chunk(&chunked, "1;a=b\r\na\r\n"), HTTP_CHUNKED_MORE);
    assert_int_equal(decode_chunk(&chunked, "1\r\na\r\n"), HTTP_CHUNKED_MORE);
    assert_int_equal(decode_chunk(&chunked, "1;"), -431);
}

static void test_remaining_bytes(void **state)
{
    struct http_chunked chunked;
    struct slice data;
    size_t taken;
    (void)state;
    http_chunked_init(&chunked);
    assert_int_equal(
        http_chunked_decode(&chunked, (struct slice){"fffffffffffffff\r\n", 17}, &taken, &data),
        HTTP_CHUNKED_MORE);
    assert_true(chunked.remaining_bytes == 0xfffffffffffffff);
    assert_int_equal(http_chunked_decode(&chunked, (struct slice){"ab", 2}, &taken, &data),
                     HTTP_CHUNKED_DATA);
    assert_true(chunked.remaining_bytes == 0xffffffffffffffd);
}

int main(void)
{
    enum { CASES = sizeof(cases) / sizeof(cases[0]) };
    static struct CMUnitTest tests[CASES + 5] = {
        {"a size line over the head limit is refused with 431", test_size_line_limit, NULL, NULL,
         NULL},
        {"a trailer section over the head limit is refused with 431", test_trailer_limit, NULL,
         NULL, NULL},
        {"any number of chunks is within the limit", test_many_chunks, NULL, NULL, NULL},
        {"the extensions of all chunks have a limit together", test_many_extensions, NULL, NULL,
         NULL},
        {"what remains of a chunk can be watched", test_remaining_bytes, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < CASES; i++)
        tests[5 + i] = (struct CMUnitTest){cases[i].name, test_case, NULL, NULL, (void *)&cases[i]};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("chunked", tests, NULL, NULL);
}
