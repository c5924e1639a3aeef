/* Which bytes pace takes as requests, how many answers it then
 * waits for, and the ring that gives them out. */
#include "pace/requests.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "measure/host.h"

#define HEAD_OF(method) method " / HTTP/1.1\r\nHost: h\r\n"
#define GET             HEAD_OF("GET") "\r\n"
#define HEAD            HEAD_OF("HEAD") "\r\n"
#define POST            HEAD_OF("POST")

static void answers_are_counted_as_they_are_due(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        uint32_t answers;
        uint64_t heads;
    } table[] = {
        {GET, 1, 0},
        {HEAD, 1, 1},
        {GET HEAD GET HEAD, 4, 0xa},
        {POST "Content-Length: 5\r\n\r\nhello", 1, 0},
        {POST "content-length:\t0 \r\n\r\n" HEAD, 2, 2},
        {POST "Content-Length: 47\r\n\r\n" POST "Content-Length: 5\r\n\r\n", 1, 0},
        {POST "Transfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" HEAD, 2, 2},
        {POST "Transfer-Encoding: chunked\r\n\r\n00a;x=\"y\"\r\n0123456789\r\n1\r\n\n\r\n0\r\n"
              "Digest: z\r\n\r\n",
         1, 0},
        {POST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1, 0},
        {HEAD_OF("OPTIONS") "Empty:\r\nObs: \xe4\r\n\r\n" HEAD, 2, 2},
        {GET HEAD_OF("GET") "Connection: keep-alive, Close\r\n\r\n", 2, 0},
        {HEAD_OF("head") "\r\n", 1, 0}, /* methods depend on case (RFC 9110, 9.1) */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct requests requests;
        char *error = NULL;
        requests_init(&requests);
        if (requests_add(&requests, table[i].bytes, strlen(table[i].bytes), &error) != 0)
            fail_msg("%zu: %s", i, error);
        const struct request *request = requests_next(&requests);
        assert_int_equal(request->len, strlen(table[i].bytes));
        assert_memory_equal(request->bytes, table[i].bytes, request->len);
        assert_int_equal(request->answers, table[i].answers);
        assert_true(request->heads == table[i].heads);
        requests_release(&requests);
    }
}

#define FIRST(clause)  "HTTP request 1 (at byte 0) " clause
#define SECOND(clause) "HTTP request 2 (at byte 27) " clause

static void what_is_no_request_is_said_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *error;
    } table[] = {
        {"", "there is not one byte in it"},
        {"hello", FIRST("does not begin with a line such as \"GET /path HTTP/1.1\"")},
        {"\r\n" GET, FIRST("does not begin with a line such as \"GET /path HTTP/1.1\"")},
        {"GET /\r\n\r\n", FIRST("does not begin with a line such as \"GET /path HTTP/1.1\"")},
        {"G@T / HTTP/1.1\r\n\r\n",
         FIRST("does not begin with a line such as \"GET /path HTTP/1.1\"")},
        {"GET / HTTP/1.0\r\nHost: h\r\n\r\n",
         FIRST("is of version HTTP/1.0: pace sends HTTP/1.1 only")},
        {"GET  HTTP/1.1\r\nHost: h\r\n\r\n", FIRST("has no target between its two spaces")},
        {"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
         FIRST("has the byte 0x20 in its target: write it as %20")},
        {"GET /\xe4 HTTP/1.1\r\nHost: h\r\n\r\n",
         FIRST("has the byte 0xe4 in its target: write it as %E4")},
        {HEAD_OF("CONNECT") "\r\n",
         FIRST("is a CONNECT, which asks for a tunnel: there is no answer to time")},
        {"GET / HTTP/1.1\r\n\r\n", FIRST("has 0 Host fields: HTTP/1.1 asks for one")},
        {HEAD_OF("GET") "host: other\r\n\r\n", FIRST("has 2 Host fields: HTTP/1.1 asks for one")},
        {HEAD_OF("GET"), FIRST("ends too early: a line that ends in \"\\r\\n\" is missing")},
        {"GET / HTTP/1.1\nHost: h\n\n",
         FIRST("has a line that ends in \"\\n\" alone: lines end in \"\\r\\n\"")},
        {HEAD_OF("GET") "X: a\rb\r\n\r\n", FIRST("has the control byte 0x0d in a line")},
        {HEAD_OF("GET") "X : y\r\n\r\n",
         FIRST("has the line \"X : y\", which is no field \"Name: value\"")},
        {HEAD_OF("GET") " folded\r\n\r\n",
         FIRST("has the line \" folded\", which is no field \"Name: value\"")},
        {HEAD_OF("GET") ": y\r\n\r\n",
         FIRST("has the line \": y\", which is no field \"Name: value\"")},
        {POST "Content-Length: 6\r\n\r\nhello",
         FIRST("says Content-Length: 6, and 5 bytes follow its head")},
        {POST "Content-Length: 4\r\n\r\nhello",
         "HTTP request 2 (at byte 51) does not begin with a request line: if it is the body of the "
         "one before, that one's Content-Length is missing or too small"},
        {POST "Content-Length: +5\r\n\r\nhello", FIRST("has a Content-Length that is no number")},
        {POST "Content-Length:\r\n\r\n", FIRST("has a Content-Length that is no number")},
        {POST "Content-Length: 5, 5\r\n\r\nhello", FIRST("has a Content-Length that is no number")},
        {POST "Content-Length: 18446744073709551616\r\n\r\n",
         FIRST("has a Content-Length that is no number")},
        {POST "Content-Length: 18446744073709551615\r\n\r\nx",
         FIRST("says Content-Length: 18446744073709551615, and 1 bytes follow its head")},
        {POST "Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello",
         FIRST("has more than one Content-Length")},
        {POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
         FIRST("has a Transfer-Encoding other than one \"chunked\"")},
        {POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
         FIRST("has both Content-Length and Transfer-Encoding")},
        {POST "Transfer-Encoding: chunked\r\n\r\n5\r\nhell",
         FIRST("ends in the middle of a chunk of 5 bytes")},
        {POST "Transfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n",
         FIRST("has a chunk that is longer than the 4 bytes it says")},
        {POST "Transfer-Encoding: chunked\r\n\r\nhello\r\n",
         FIRST("has a chunk whose size is no hexadecimal number")},
        {POST "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
         FIRST("has a chunk whose size is no hexadecimal number")},
        {POST "Transfer-Encoding: chunked\r\n\r\n0\r\nno field\r\n\r\n",
         FIRST("has the line \"no field\", which is no field \"Name: value\"")},
        {POST "Transfer-Encoding: chunked\r\n\r\n0\r\n",
         FIRST("ends too early: a line that ends in \"\\r\\n\" is missing")},
        {GET "hello",
         SECOND("does not begin with a request line: if it is the body of the one before, that "
                "one's Content-Length is missing or too small")},
        {GET "GET / HTTP/1.1\r\n\r\n", SECOND("has 0 Host fields: HTTP/1.1 asks for one")},
        {HEAD_OF("GET") "Connection: x ,close\r\n\r\n" GET,
         "HTTP request 2 (at byte 49) follows one that says \"Connection: close\", so that no "
         "server would answer it"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct requests requests;
        char *error = NULL;
        requests_init(&requests);
        if (requests_add(&requests, table[i].bytes, strlen(table[i].bytes), &error) != -1)
            fail_msg("%zu is taken: %s", i, table[i].bytes);
        assert_string_equal(error, table[i].error);
        assert_int_equal(requests.ring_count, 0);
        assert_int_equal(requests.distinct_count, 0);
        requests_release(&requests);
        free(error);
    }
}

/* Each prefix in memory of just its length, so that a sanitizer sees a step beyond it. */
static void a_request_that_is_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    static const char *const table[] = {
        HEAD_OF("OPTIONS") "Empty:\r\nObs: \xe4\r\nConnection: a,, close ,\r\n\r\n",
        POST "Content-Length: 5\r\n\r\nhello",
        POST
        "Transfer-Encoding: chunked\r\n\r\n00a;x=\"y\"\r\n0123456789\r\n1\r\n\n\r\n0\r\nA: b\r\n"
        "\r\n",
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        for (size_t len = 0; len <= strlen(table[i]); len++) {
            struct requests requests;
            char *error = NULL, *bytes = malloc(len > 0 ? len : 1);
            memcpy(bytes, table[i], len);
            requests_init(&requests);
            int result = requests_add(&requests, bytes, len, &error);
            if (result != (len == strlen(table[i]) ? 0 : -1))
                fail_msg("%zu, cut at %zu: %d, %s", i, len, result, error);
            assert_true((error != NULL) == (result != 0));
            requests_release(&requests);
            free(bytes);
            free(error);
        }
    }
}

static void a_nul_ends_no_line_and_no_scan(void **state)
{
    (void)state;
    static const char bytes[] = "GET / HTTP/1.1\r\nHost: h\0\r\n\r\n";
    struct requests requests;
    char *error = NULL;
    requests_init(&requests);
    assert_int_equal(requests_add(&requests, bytes, sizeof(bytes) - 1, &error), -1);
    assert_string_equal(error, FIRST("has the control byte 0x00 in a line"));
    requests_release(&requests);
    free(error);
}

static void at_most_64_are_pipelined(void **state)
{
    (void)state;
    enum { EACH = sizeof(HEAD) - 1, MOST = REQUEST_PIPELINE_MOST };
    char bytes[(MOST + 1) * EACH];
    for (size_t i = 0; i <= MOST; i++)
        memcpy(bytes + i * EACH, HEAD, EACH);
    struct requests requests;
    char *error = NULL;
    requests_init(&requests);
    assert_int_equal(requests_add(&requests, bytes, MOST * EACH, &error), 0);
    assert_int_equal(requests_next(&requests)->answers, 64);
    assert_true(requests_next(&requests)->heads == UINT64_MAX);
    assert_int_equal(requests_add(&requests, bytes, sizeof(bytes), &error), -1);
    assert_string_equal(
        error, "HTTP request 65 (at byte 1792) is one too many: 64 at a time are the most");
    requests_release(&requests);
    free(error);
}

/* GET /NUMBER, of which there are many. */
static void add_number(struct requests *requests, unsigned number)
{
    char bytes[80], *error = NULL;
    int len = snprintf(bytes, sizeof(bytes), "GET /%u HTTP/1.1\r\nHost: h\r\n\r\n", number);
    assert_int_equal(requests_add(requests, bytes, (size_t)len, &error), 0);
}

static void equal_ones_are_stored_once_and_come_in_their_order(void **state)
{
    (void)state;
    enum { COUNT = 20000, DISTINCT = 5003 };
    struct requests requests;
    requests_init(&requests);
    for (unsigned i = 0; i < COUNT; i++)
        add_number(&requests, i * 7 % DISTINCT);
    assert_int_equal(requests.distinct_count, DISTINCT);
    assert_int_equal(requests.ring_count, COUNT);
    for (unsigned i = 0; i < 2 * COUNT; i++) {
        const struct request *request = requests_next(&requests);
        unsigned number = (unsigned)strtoul(request->bytes + strlen("GET /"), NULL, 10);
        if (number != i % COUNT * 7 % DISTINCT)
            fail_msg("%u. is of number %u", i, number);
    }
    requests_release(&requests);
}

static void the_hash_is_of_all_that_is_sent_in_its_order(void **state)
{
    (void)state;
    static const char sent[] = GET HEAD GET;
    struct requests requests;
    char hex[65], *error = NULL;
    requests_init(&requests);
    requests_add(&requests, GET, strlen(GET), &error);
    requests_add(&requests, HEAD, strlen(HEAD), &error);
    requests_add(&requests, GET, strlen(GET), &error);
    requests_next(&requests); /* where the ring stands does not matter */
    requests_hash(&requests, hex);
    char *expected = bytes_sha256(sent, strlen(sent));
    assert_string_equal(hex, expected);
    free(expected);
    requests_release(&requests);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_counted_as_they_are_due),
        cmocka_unit_test(what_is_no_request_is_said_in_a_sentence),
        cmocka_unit_test(a_request_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_nul_ends_no_line_and_no_scan),
        cmocka_unit_test(at_most_64_are_pipelined),
        cmocka_unit_test(equal_ones_are_stored_once_and_come_in_their_order),
        cmocka_unit_test(the_hash_is_of_all_that_is_sent_in_its_order),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("requests", tests, NULL, NULL);
}
