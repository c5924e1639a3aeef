/* The strict reader of answers. */
#include "measure/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"

static const struct {
    const char *name, *bytes;
    enum answer_result result;
    unsigned status;
    const char *body; /* of a whole one */
    const char *rest; /* what stands behind it */
} cases[] = {
    {"a plain answer", OK_HEAD "Content-Length: 2\r\n\r\nhi", ANSWER_WHOLE, 200, "hi", ""},
    {"two answers", OK_HEAD "Content-Length: 2\r\n\r\nhiHTTP/1.1", ANSWER_WHOLE, 200, "hi",
     "HTTP/1.1"},
    {"an empty body", OK_HEAD "content-length: 0\r\n\r\n", ANSWER_WHOLE, 200, "", ""},
    {"204 has no body", "HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n", ANSWER_WHOLE, 204, "", ""},
    {"304 may tell a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n",
     ANSWER_WHOLE, 304, "", ""},
    {"an empty reason phrase", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", ANSWER_WHOLE, 200, "",
     ""},
    {"chunks",
     OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n!",
     ANSWER_WHOLE, 200, "hi0123456789", "!"},
    {"chunks with a trailer", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n",
     ANSWER_WHOLE, 200, "", ""},
    {"no head yet", "HTTP/1.1 200 OK\r\n", ANSWER_PARTIAL, 0, NULL, NULL},
    {"half a body", OK_HEAD "Content-Length: 5\r\n\r\nhi", ANSWER_PARTIAL, 0, NULL, NULL},
    {"half a chunk", OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhi", ANSWER_PARTIAL, 0, NULL,
     NULL},
    {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", ANSWER_BAD, 0, NULL, NULL},
    {"no space after the status", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", ANSWER_BAD, 0, NULL,
     NULL},
    {"a status of letters", "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n", ANSWER_BAD, 0, NULL,
     NULL},
    {"a status below 100", "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n", ANSWER_BAD, 0, NULL,
     NULL},
    {"no framing", OK_HEAD "\r\nhi", ANSWER_BAD, 0, NULL, NULL},
    {"both framings", OK_HEAD "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     ANSWER_BAD, 0, NULL, NULL},
    {"two lengths", OK_HEAD "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", ANSWER_BAD, 0, NULL,
     NULL},
    {"a negative length", OK_HEAD "Content-Length: -1\r\n\r\n", ANSWER_BAD, 0, NULL, NULL},
    {"a length of too many digits", OK_HEAD "Content-Length: 9999999999\r\n\r\n", ANSWER_BAD, 0,
     NULL, NULL},
    {"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", ANSWER_BAD, 0,
     NULL, NULL},
    {"a folded field", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n", ANSWER_BAD, 0,
     NULL, NULL},
    {"a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n", ANSWER_BAD, 0,
     NULL, NULL},
    {"a bare LF in a value", "HTTP/1.1 200 OK\r\nA: b\nContent-Length: 0\r\n\r\n", ANSWER_BAD, 0,
     NULL, NULL},
    {"another transfer coding", OK_HEAD "Transfer-Encoding: gzip\r\n\r\n", ANSWER_BAD, 0, NULL,
     NULL},
    {"a chunk size that is none", OK_HEAD "Transfer-Encoding: chunked\r\n\r\nx\r\n", ANSWER_BAD, 0,
     NULL, NULL},
    {"a chunk longer than it says",
     OK_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nhi\r\n0\r\n\r\n", ANSWER_BAD, 0, NULL, NULL},
};
enum { CASES = sizeof(cases) / sizeof(cases[0]) };

static void each_answer_is_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct answer answer;
        enum answer_result result = answer_read(&answer, cases[i].bytes, strlen(cases[i].bytes));
        if (result != cases[i].result)
            fail_msg("%s: %d instead of %d (%s)", cases[i].name, result, cases[i].result,
                     answer.why);
        if (result == ANSWER_BAD && answer.why[0] == '\0')
            fail_msg("%s: refused without a reason", cases[i].name);
        if (result != ANSWER_WHOLE)
            continue;
        assert_int_equal(answer.status, cases[i].status);
        assert_int_equal(answer.body_len, strlen(cases[i].body));
        if (answer.body_len > 0)
            assert_memory_equal(answer.body, cases[i].body, answer.body_len);
        assert_string_equal(cases[i].bytes + answer.consumed, cases[i].rest);
        answer_release(&answer);
    }
}

static void every_beginning_of_an_answer_is_partial(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        if (cases[i].result != ANSWER_WHOLE)
            continue;
        size_t whole = strlen(cases[i].bytes) - strlen(cases[i].rest);
        for (size_t len = 0; len < whole; len++) {
            /* of exactly that size, so that a read beyond it is seen */
            char *part = malloc(len + (len == 0));
            memcpy(part, cases[i].bytes, len);
            struct answer answer;
            if (answer_read(&answer, part, len) != ANSWER_PARTIAL)
                fail_msg("%s: its first %zu bytes", cases[i].name, len);
            free(part);
        }
    }
}

static void an_endless_head_is_refused(void **state)
{
    (void)state;
    size_t len = 1 << 17;
    char *bytes = malloc(len);
    memset(bytes, 'a', len);
    struct answer answer;
    assert_int_equal(answer_read(&answer, bytes, len), ANSWER_BAD);
    free(bytes);
}

static void an_answer_must_be_what_the_workload_expects(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes;
        const char *why; /* a part; NULL: it fits */
    } table[] = {
        {"as expected", OK_HEAD "Content-Length: 2\r\n\r\nhi", NULL},
        {"a type with a parameter",
         "HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\nContent-Length: "
         "2\r\n\r\nhi",
         NULL},
        {"another status",
         "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi",
         "status 404"},
        {"another type",
         "HTTP/1.1 200 OK\r\nContent-Type: text/plainer\r\nContent-Length: 2\r\n\r\nhi", "type"},
        {"no type", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "type"},
        {"another body", OK_HEAD "Content-Length: 2\r\n\r\nho", "body"},
        {"a longer body", OK_HEAD "Content-Length: 3\r\n\r\nhi!", "body"},
        {"no body", OK_HEAD "Content-Length: 0\r\n\r\n", "body"},
        {"the last answer", OK_HEAD "Connection: close\r\nContent-Length: 2\r\n\r\nhi", "closes"},
    };
    char type[] = "text/plain", body[] = "hi";
    const struct workload workload = {
        .expect_status = 200, .expect_type = type, .expect_body = body};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct answer answer;
        char why[200] = "";
        assert_int_equal(answer_read(&answer, table[i].bytes, strlen(table[i].bytes)),
                         ANSWER_WHOLE);
        bool fits = answer_fits(&answer, &workload, why, sizeof(why));
        if (fits != (table[i].why == NULL) || (!fits && strstr(why, table[i].why) == NULL))
            fail_msg("%s: %s", table[i].name, why);
        answer_release(&answer);
    }
}

/* sha256sum of "hi", and of nothing. */
#define HI_SHA256      "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"
#define NOTHING_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void a_body_must_have_the_hash_that_is_expected(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes, *sha256;
        const char *why; /* a part; NULL: it fits */
    } table[] = {
        {"the body", OK_HEAD "Content-Length: 2\r\n\r\nhi", HI_SHA256, NULL},
        {"the body in chunks",
         OK_HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n", HI_SHA256,
         NULL},
        {"no body where none is expected", OK_HEAD "Content-Length: 0\r\n\r\n", NOTHING_SHA256,
         NULL},
        {"one wrong letter", OK_HEAD "Content-Length: 2\r\n\r\nho", HI_SHA256,
         "2 bytes with SHA-256"},
        {"one letter more", OK_HEAD "Content-Length: 3\r\n\r\nhi!", HI_SHA256,
         "instead of 8f434346648f"},
        {"no body", OK_HEAD "Content-Length: 0\r\n\r\n", HI_SHA256,
         "0 bytes with SHA-256 e3b0c44298fc"},
        {"another status", "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nhi", HI_SHA256,
         "status 404"},
        {"the last answer", OK_HEAD "Connection: close\r\nContent-Length: 2\r\n\r\nhi", HI_SHA256,
         "closes"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const struct workload workload = {.expect_status = 200,
                                          .expect_sha256 = (char *)(uintptr_t)table[i].sha256};
        struct answer answer;
        char why[200] = "";
        assert_int_equal(answer_read(&answer, table[i].bytes, strlen(table[i].bytes)),
                         ANSWER_WHOLE);
        bool fits = answer_fits(&answer, &workload, why, sizeof(why));
        if (fits != (table[i].why == NULL) || (!fits && strstr(why, table[i].why) == NULL))
            fail_msg("%s: %s", table[i].name, why);
        answer_release(&answer);
    }
}

static void requests_are_counted_by_their_heads(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        unsigned count;
    } table[] = {
        {"", 0},
        {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 1},
        {"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", 2},
        {"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n\r\n\r\n", 1},
        {"POST / HTTP/1.1\r\ncontent-length:2\r\n\r\nhiGET / HTTP/1.1\r\n\r\n", 2},
        {"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhi", 0},
        {"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 0},
        {"GET / HTTP/1.1\r\nHost: localhost\r\n", 0},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (answer_requests(table[i].bytes, strlen(table[i].bytes)) != table[i].count)
            fail_msg("case %zu: %u", i, answer_requests(table[i].bytes, strlen(table[i].bytes)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_is_read_or_refused),
        cmocka_unit_test(every_beginning_of_an_answer_is_partial),
        cmocka_unit_test(an_endless_head_is_refused),
        cmocka_unit_test(an_answer_must_be_what_the_workload_expects),
        cmocka_unit_test(a_body_must_have_the_hash_that_is_expected),
        cmocka_unit_test(requests_are_counted_by_their_heads),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
