/* Comparing answers with what a case expects: byte for byte, and by meaning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check/match.h"
#include "data/strings.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Sun, 06 Nov 1994 08:49:37 GMT */
enum { NOW = 784111777 };

static const char expected[] =
    "why x\n> a\n"
    "< HTTP/1.1 200 OK\\r\\n\n< Server: {server}\\r\\n\n< Date: {date}\\r\\n\n"
    "< Content-Type: text/plain\\r\\n\n< Content-Length: 2\\r\\n\n< \\r\\n\n< ok\n";

static const char expected_head[] =
    "why x\n> a\n"
    "< HTTP/1.1 200 OK\\r\\n\n< Server: {server}\\r\\n\n< Date: {date}\\r\\n\n"
    "< Content-Type: text/plain\\r\\n\n< Content-Length: 2\\r\\n\n< \\r\\n\n";

#define HEAD(server, date) "HTTP/1.1 200 OK\r\nServer: " server "\r\nDate: " date "\r\n"
#define RIGHT_DATE         "Sun, 06 Nov 1994 08:49:37 GMT"
#define REST               "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"

static void read_expected(struct test_case *test, const char *text)
{
    char *error = NULL;
    assert_int_equal(case_parse(test, "name", text, &error), 0);
}

static const struct {
    const char *got;
    enum match_verdict verdict;
    const char *says;
} by_bytes[] = {
    {HEAD("backbench-x", RIGHT_DATE) REST, MATCH_YES, NULL},
    {HEAD("backbench-x", "Sun, 06 Nov 1994 08:49:39 GMT") REST, MATCH_YES, NULL},
    {HEAD("backbench-x", "Sun, 06 Nov 1994 08:49:35 GMT") REST, MATCH_YES, NULL},
    {HEAD("backbench-x", "Sun, 06 Nov 1994 08:49:40 GMT") REST, MATCH_NO, "3 s ahead"},
    {HEAD("backbench-x", "Sun, 06 Nov 1994 08:49:34 GMT") REST, MATCH_NO, "3 s old"},
    {HEAD("backbench-x", "Mon, 06 Nov 1994 08:49:37 GMT") REST, MATCH_NO, "IMF-fixdate"},
    {HEAD("backbench-x", "Sun, 6  Nov 1994 08:49:37 GMT") REST, MATCH_NO, "IMF-fixdate"},
    {HEAD("backbench-x", "sun, 06 nov 1994 08:49:37 GMT") REST, MATCH_NO, "IMF-fixdate"},
    {HEAD("backbench-x", "Sun, 06 Nov 1994 08:49:37 UTC") REST, MATCH_NO, "IMF-fixdate"},
    {HEAD("backbench-x", "Sun, 06 Nov 1994 08:49:60 GMT") REST, MATCH_NO, "IMF-fixdate"},
    {HEAD("backbench-x", "Sunday, 06-Nov-94 08:49:37 GMT") REST, MATCH_NO, "IMF-fixdate"},
    {HEAD("backbench-y", RIGHT_DATE) REST, MATCH_NO, "backbench-y"},
    {HEAD("backbench-xx", RIGHT_DATE) REST, MATCH_NO, "backbench-xx"},
    {"HTTP/1.1 200 OK\r\nServer: backbench-x\r\n" REST, MATCH_NO, "Date"},
    {"HTTP/1.1 404 Not Found\r\n\r\n", MATCH_NO, "404 Not Found"},
    {HEAD("backbench-x", RIGHT_DATE) "content-type: text/plain\r\n", MATCH_NO, "content-type"},
    {HEAD("backbench-x", RIGHT_DATE) "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nno",
     MATCH_NO, "no"},
    {"HTTP/1.1 2", MATCH_MORE, NULL},
    {"HTTP/1.1 200 OK\r\nServer: backbench-x\r\nDate: Sun, 06", MATCH_MORE, NULL},
    {"", MATCH_MORE, NULL},
    {HEAD("backbench-x", RIGHT_DATE) REST "HTTP/1.1", MATCH_YES, NULL},
};

static void test_bytes_decide(void **state)
{
    (void)state;
    struct test_case test;
    read_expected(&test, expected);
    for (size_t i = 0; i < COUNT(by_bytes); i++) {
        const char *got = by_bytes[i].got;
        struct match match = match_bytes(&test.steps[1], got, strlen(got), "backbench-x", NOW, NOW);
        if (match.verdict != by_bytes[i].verdict ||
            (by_bytes[i].says != NULL && strstr(match.difference, by_bytes[i].says) == NULL))
            fail_msg("answer %zu: verdict %d, %s", i, match.verdict,
                     match.difference ? match.difference : "no words");
        if (match.verdict == MATCH_YES)
            assert_int_equal(match.taken, match_wanted_bytes(&test.steps[1], "backbench-x"));
        free(match.difference);
    }
    case_release(&test);
}

/* An answer that came while its request was still being sent
 * is looked at later, and not older for that. */
static void test_dates_count_from_when_they_came(void **state)
{
    (void)state;
    static const struct {
        time_t since, now;
        enum match_verdict verdict;
    } table[] = {
        {NOW, NOW + 60, MATCH_YES},    {NOW + 2, NOW + 60, MATCH_YES},
        {NOW + 3, NOW + 60, MATCH_NO}, {NOW - 60, NOW - 2, MATCH_YES},
        {NOW - 60, NOW - 3, MATCH_NO}, {NOW - 60, NOW + 60, MATCH_YES},
    };
    static const char got[] = HEAD("backbench-x", RIGHT_DATE) REST;
    struct test_case test;
    read_expected(&test, expected);
    for (size_t i = 0; i < COUNT(table); i++) {
        struct match match = match_bytes(&test.steps[1], got, strlen(got), "backbench-x",
                                         table[i].since, table[i].now);
        assert_int_equal(match.verdict, table[i].verdict);
        free(match.difference);
    }
    case_release(&test);
}

/* Whatever prefix of the right answer has come: not complete, and not wrong. */
static void test_every_prefix_wants_more(void **state)
{
    (void)state;
    static const char whole[] = HEAD("backbench-x", RIGHT_DATE) REST;
    struct test_case test;
    read_expected(&test, expected);
    for (size_t len = 0; len < strlen(whole); len++) {
        struct match match = match_bytes(&test.steps[1], whole, len, "backbench-x", NOW, NOW);
        assert_int_equal(match.verdict, MATCH_MORE);
        match = match_meaning(&test.steps[1], whole, len);
        assert_int_equal(match.verdict, MATCH_MORE);
    }
    case_release(&test);
}

static const struct {
    const char *got;
    enum match_verdict verdict;
    const char *says;
} by_meaning[] = {
    {HEAD("other", "whenever") REST, MATCH_YES, NULL},
    {"HTTP/1.1 200 Fine\r\ncontent-LENGTH:2\r\nDATE:x\r\nserver: y\r\nContent-Type:  text/plain "
     "\r\n\r\nok",
     MATCH_YES, NULL},
    {HEAD("o", "w") "X-More: 1\r\n" REST, MATCH_DIFFERS, "X-More"},
    {"HTTP/1.1 200 OK\r\nDate: x\r\n" REST, MATCH_DIFFERS, "Server"},
    {HEAD("o", "w") "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 2\r\n\r\nok",
     MATCH_DIFFERS, "Content-Type"},
    {HEAD("o", "w") "Content-Type: text/html\r\nContent-Length: 2\r\n\r\nok", MATCH_NO,
     "Content-Type"},
    {HEAD("o", "w") "Content-Type: text/plain\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\nT: 1\r\n\r\n",
     MATCH_DIFFERS, "Transfer-Encoding"},
    {HEAD(
         "o",
         "w") "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nokk\r\n0\r\n\r\n",
     MATCH_NO, "okk"},
    {HEAD("o", "w") "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nok",
     MATCH_MORE, NULL},
    {HEAD("o", "w") "Content-Type: text/plain\r\n\r\nok", MATCH_NO, "neither"},
    {HEAD("o", "w") "Content-Type: text/plain\r\nContent-Length: 99999999999999999999\r\n\r\nok",
     MATCH_NO, "expected HTTP/1.1"},
    {HEAD("o", "w") "Content-Type: text/plain\r\nContent-Length: 2x\r\n\r\nok", MATCH_NO,
     "expected HTTP/1.1"},
    {HEAD("o", "w") "Content-Type: text/plain\r\nContent-Length: +2\r\n\r\nok", MATCH_NO,
     "expected HTTP/1.1"},
    {HEAD("o", "w") "Content-Length: 2\r\n" REST, MATCH_NO, "expected HTTP/1.1"},
    {HEAD("o", "w") "Transfer-Encoding: chunked\r\n" REST, MATCH_NO, "expected HTTP/1.1"},
    {HEAD("o", "w") "Content-Type: text/plain\r\nTransfer-Encoding: gzip\r\n\r\n2\r\nok\r\n0\r\n"
                    "\r\n",
     MATCH_NO, "expected HTTP/1.1"},
    {HEAD("o", "w") "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n2x\r\nok\r\n0"
                    "\r\n\r\n",
     MATCH_NO, "expected HTTP/1.1"},
    {HEAD("o", "w") "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0"
                    "\r\n\r\n",
     MATCH_NO, "expected HTTP/1.1"},
    {"HTTP/1.1 2oo OK\r\n" REST, MATCH_NO, "expected HTTP/1.1"},
    {"HTTP/1.1 2000 OK\r\n" REST, MATCH_NO, "expected HTTP/1.1"},
    {"HTTP/1.1 200\r\n" REST, MATCH_NO, "expected HTTP/1.1"},
    {"HTTP/1.9 200 OK\r\n" REST, MATCH_NO, "expected HTTP/1.1"},
    {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", MATCH_NO, "status 200, got 500"},
    {HEAD("o", "w") "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nno", MATCH_NO, "\"no\""},
    {"SSH-2.0-OpenSSH\r\n", MATCH_NO, "expected HTTP/1.1"},
    {"HTTP/2", MATCH_NO, "expected HTTP/1.1"},
};

static void test_meaning_decides(void **state)
{
    (void)state;
    struct test_case test;
    read_expected(&test, expected);
    for (size_t i = 0; i < COUNT(by_meaning); i++) {
        const char *got = by_meaning[i].got;
        struct match match = match_meaning(&test.steps[1], got, strlen(got));
        if (match.verdict != by_meaning[i].verdict ||
            (by_meaning[i].says != NULL && strstr(match.difference, by_meaning[i].says) == NULL))
            fail_msg("answer %zu: verdict %d, %s", i, match.verdict,
                     match.difference ? match.difference : "no words");
        free(match.difference);
    }
    case_release(&test);
}

static void test_an_answer_to_head_has_no_body(void **state)
{
    (void)state;
    struct test_case test;
    static const char head[] =
        HEAD("o", "w") "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n";
    static const char both[] = HEAD("o", "w") REST;
    read_expected(&test, expected_head);
    struct match match = match_meaning(&test.steps[1], head, strlen(head));
    assert_int_equal(match.verdict, MATCH_YES);
    match = match_meaning(&test.steps[1], both, strlen(both));
    assert_int_equal(match.verdict, MATCH_YES);
    assert_int_equal(match.taken, strlen(both) - 2); /* the body is left over, and found as such */
    case_release(&test);
}

static void test_interim_answers_are_told_apart(void **state)
{
    (void)state;
    bool more;
    assert_int_equal(match_interim("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200", 37, &more), 25);
    assert_false(more);
    assert_int_equal(match_interim("HTTP/1.1 100 Con", 16, &more), 0);
    assert_true(more);
    assert_int_equal(match_interim("HTTP/1.", 7, &more), 0);
    assert_true(more);
    assert_int_equal(match_interim("HTTP/1.1 200 OK\r\n\r\n", 19, &more), 0);
    assert_false(more);
}

static void test_any_answer_has_a_length(void **state)
{
    (void)state;
    static const char answer[] = "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nabcrest";
    assert_int_equal(match_any(answer, strlen(answer)), (long)strlen(answer) - 4);
    assert_int_equal(match_any(answer, 20), 0);
    assert_int_equal(match_any("abc", 3), -1);
    assert_int_equal(match_any("HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n", 38), 38);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"byte for byte, one answer is right", test_bytes_decide, NULL, NULL, NULL},
        {"a date counts from when it came, not from when it is looked at",
         test_dates_count_from_when_they_came, NULL, NULL, NULL},
        {"every prefix of the right answer wants more", test_every_prefix_wants_more, NULL, NULL,
         NULL},
        {"by meaning, many answers are right", test_meaning_decides, NULL, NULL, NULL},
        {"an answer to HEAD has no body", test_an_answer_to_head_has_no_body, NULL, NULL, NULL},
        {"interim answers are told apart", test_interim_answers_are_told_apart, NULL, NULL, NULL},
        {"any answer has a length", test_any_answer_has_a_length, NULL, NULL, NULL},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return _cmocka_run_group_tests("answer", tests, COUNT(tests), NULL, NULL);
}
