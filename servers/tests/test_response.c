/* Answer heads, byte for byte, in a block of exactly the promised size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "http/response.h"

struct head_case {
    const char *name;
    struct http_response_head head;
    const char *status_line;
    const char *fields; /* behind Date */
};

/* clang-format off */
static const struct head_case cases[] = {
    {"a 200 has type and length", {.status = 200, .content_length = 13},
     "HTTP/1.1 200 OK\r\n", "Content-Type: text/plain\r\nContent-Length: 13\r\n\r\n"},
    {"JSON has its type", {.status = 200, .type = HTTP_JSON, .content_length = 27},
     "HTTP/1.1 200 OK\r\n", "Content-Type: application/json\r\nContent-Length: 27\r\n\r\n"},
    {"octets have their type", {.status = 200, .type = HTTP_OCTETS, .content_length = 16777216},
     "HTTP/1.1 200 OK\r\n", "Content-Type: application/octet-stream\r\nContent-Length: 16777216\r\n\r\n"},
    {"an empty body has a length", {.status = 200},
     "HTTP/1.1 200 OK\r\n", "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n"},
    {"an HTTP/1.0 client that asked is told to stay", {.status = 200, .persistence = HTTP_PERSIST_EXPLICIT, .content_length = 1},
     "HTTP/1.1 200 OK\r\n", "Content-Type: text/plain\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n"},
    {"a last answer says so", {.status = 200, .persistence = HTTP_CLOSE, .content_length = 1},
     "HTTP/1.1 200 OK\r\n", "Content-Type: text/plain\r\nContent-Length: 1\r\nConnection: close\r\n\r\n"},
    {"a 204 has neither type nor length", {.status = 204, .content_length = 7},
     "HTTP/1.1 204 No Content\r\n", "\r\n"},
    {"a 204 to OPTIONS has Allow", {.status = 204, .allow = "GET, HEAD, OPTIONS"},
     "HTTP/1.1 204 No Content\r\n", "Allow: GET, HEAD, OPTIONS\r\n\r\n"},
    {"a 204 may be the last answer", {.status = 204, .allow = "POST, OPTIONS", .persistence = HTTP_CLOSE},
     "HTTP/1.1 204 No Content\r\n", "Allow: POST, OPTIONS\r\nConnection: close\r\n\r\n"},
    {"a 400", {.status = 400, .content_length = 16, .persistence = HTTP_CLOSE},
     "HTTP/1.1 400 Bad Request\r\n", "Content-Type: text/plain\r\nContent-Length: 16\r\nConnection: close\r\n\r\n"},
    {"a 404", {.status = 404, .content_length = 14},
     "HTTP/1.1 404 Not Found\r\n", "Content-Type: text/plain\r\nContent-Length: 14\r\n\r\n"},
    {"a 405 has Allow before Connection", {.status = 405, .content_length = 23, .allow = "POST, OPTIONS", .persistence = HTTP_PERSIST_EXPLICIT},
     "HTTP/1.1 405 Method Not Allowed\r\n", "Content-Type: text/plain\r\nContent-Length: 23\r\nAllow: POST, OPTIONS\r\nConnection: keep-alive\r\n\r\n"},
    {"a 408", {.status = 408, .content_length = 20, .persistence = HTTP_CLOSE},
     "HTTP/1.1 408 Request Timeout\r\n", "Content-Type: text/plain\r\nContent-Length: 20\r\nConnection: close\r\n\r\n"},
    {"a 413", {.status = 413, .content_length = 22, .persistence = HTTP_CLOSE},
     "HTTP/1.1 413 Content Too Large\r\n", "Content-Type: text/plain\r\nContent-Length: 22\r\nConnection: close\r\n\r\n"},
    {"a 417", {.status = 417, .content_length = 23, .persistence = HTTP_CLOSE},
     "HTTP/1.1 417 Expectation Failed\r\n", "Content-Type: text/plain\r\nContent-Length: 23\r\nConnection: close\r\n\r\n"},
    {"a 501", {.status = 501, .content_length = 20},
     "HTTP/1.1 501 Not Implemented\r\n", "Content-Type: text/plain\r\nContent-Length: 20\r\n\r\n"},
    {"a 505", {.status = 505, .content_length = 31, .persistence = HTTP_CLOSE},
     "HTTP/1.1 505 HTTP Version Not Supported\r\n", "Content-Type: text/plain\r\nContent-Length: 31\r\nConnection: close\r\n\r\n"},
    {"the longest head fits", {.status = 431, .type = HTTP_OCTETS, .content_length = UINT64_MAX, .allow = "GET, HEAD, POST, OPTIONS", .persistence = HTTP_PERSIST_EXPLICIT},
     "HTTP/1.1 431 Request Header Fields Too Large\r\n", "Content-Type: application/octet-stream\r\nContent-Length: 18446744073709551615\r\nAllow: GET, HEAD, POST, OPTIONS\r\nConnection: keep-alive\r\n\r\n"},
};
/* clang-format on */

/* The longest name that a template takes. */
static const char server_name[] = "backbench-of-24-letters-";
static const char common_fields[] =
    "Server: backbench-of-24-letters-\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
enum { RFC_EXAMPLE_S = 784111777 }; /* "Sun, 06 Nov 1994 08:49:37 GMT", RFC 9110 section 5.6.7 */

static void check_head(const struct http_template *template, const struct http_response_head *head,
                       const char *expected)
{
    char *out = malloc(HTTP_RESPONSE_HEAD_BYTES); /* a sanitizer sees a write beyond it */
    assert_non_null(out);
    size_t len = http_response_head(out, template, head);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(out, expected, len);
    free(out);
}

static void test_head(void **state)
{
    const struct head_case *c = *state;
    struct http_template template;
    char expected[512];
    http_template_init(&template, server_name);
    http_template_set_date(&template, RFC_EXAMPLE_S);
    strcpy(expected, c->status_line);
    strcat(expected, common_fields);
    strcat(expected, c->fields);
    check_head(&template, &c->head, expected);
}

/* The longest Content-Type makes the longest head. */
static void test_passed_on(void **state)
{
    static char longest[HTTP_OTHER_TYPE_BYTES + 1];
    static const struct {
        struct http_response_head head;
        const char *type, *status_line, *rest;
    } passed[] = {
        {{.status = 200, .content_length = 2},
         "text/html; charset=utf-8",
         "HTTP/1.1 200 OK",
         "Content-Length: 2\r\n\r\n"},
        {{.status = 404, .content_length = 0},
         "",
         "HTTP/1.1 404 Not Found",
         "Content-Length: 0\r\n\r\n"},
        {{.status = 299, .content_length = 7}, "", "HTTP/1.1 299 ", "Content-Length: 7\r\n\r\n"},
        {{.status = 204}, "", "HTTP/1.1 204 No Content", "\r\n"},
        {{.status = 431, .content_length = UINT64_MAX, .persistence = HTTP_PERSIST_EXPLICIT},
         longest,
         "HTTP/1.1 431 Request Header Fields Too Large",
         "Content-Length: 18446744073709551615\r\nConnection: keep-alive\r\n\r\n"},
    };
    struct http_template template;
    (void)state;
    memset(longest, 'a', HTTP_OTHER_TYPE_BYTES);
    http_template_init(&template, server_name);
    http_template_set_date(&template, RFC_EXAMPLE_S);
    for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++) {
        const char *type = passed[i].type;
        char expected[512], *out = malloc(HTTP_RESPONSE_HEAD_BYTES);
        snprintf(expected, sizeof(expected), "%s\r\n%s%s%s%s%s", passed[i].status_line,
                 common_fields, *type ? "Content-Type: " : "", type, *type ? "\r\n" : "",
                 passed[i].rest);
        size_t len = http_response_head_of(out, &template, &passed[i].head,
                                           (struct slice){type, strlen(type)});
        assert_int_equal(len, strlen(expected));
        assert_memory_equal(out, expected, len);
        free(out);
    }
}

/* Every number of digits, and where digits are written in pairs. */
static void test_lengths(void **state)
{
    struct http_template template;
    (void)state;
    http_template_init(&template, "s");
    for (int power = 0; power < 20; power++) {
        uint64_t value = 1;
        for (int i = 0; i < power; i++)
            value *= 10;
        for (uint64_t length = value - 1; length <= value + 1; length++) {
            struct http_response_head head = {.status = 200, .content_length = length};
            char expected[512];
            snprintf(expected, sizeof(expected),
                     "HTTP/1.1 200 OK\r\nServer: s\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                     "Content-Type: text/plain\r\nContent-Length: %llu\r\n\r\n",
                     (unsigned long long)length);
            check_head(&template, &head, expected);
        }
    }
    for (uint64_t length = 0; length < 1000; length++) {
        char out[HTTP_RESPONSE_HEAD_BYTES + 1];
        struct http_response_head head = {.status = 200, .content_length = length};
        out[http_response_head(out, &template, &head)] = '\0';
        assert_int_equal(strtoull(strstr(out, "Content-Length: ") + 16, NULL, 10), length);
    }
}

static void test_dates(void **state)
{
    static const struct {
        time_t at;
        const char *date;
    } dates[] = {
        {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {RFC_EXAMPLE_S, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {951782399, "Mon, 28 Feb 2000 23:59:59 GMT"},
        {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
        {1785542400, "Sat, 01 Aug 2026 00:00:00 GMT"},
        {4102444799, "Thu, 31 Dec 2099 23:59:59 GMT"},
    };
    struct http_template template;
    (void)state;
    http_template_init(&template, server_name);
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++) {
        http_template_set_date(&template, dates[i].at);
        for (enum http_type type = 0; type < HTTP_TYPES; type++) {
            const char *date = template.ok[type] + template.date_offset;
            assert_memory_equal(date - 6, "Date: ", 6);
            assert_memory_equal(date, dates[i].date, 29);
            assert_memory_equal(date + 29, "\r\nContent-Type: ", 16);
        }
    }
}

static void test_continue(void **state)
{
    static const char expected[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct slice text = http_response_continue();
    (void)state;
    assert_int_equal(text.len, sizeof(expected) - 1);
    assert_memory_equal(text.ptr, expected, text.len);
}

static void test_reason_bodies(void **state)
{
    static const char *const expected[] = {
        "400 Bad Request\n",
        "404 Not Found\n",
        "405 Method Not Allowed\n",
        "408 Request Timeout\n",
        "413 Content Too Large\n",
        "417 Expectation Failed\n",
        "431 Request Header Fields Too Large\n",
        "501 Not Implemented\n",
        "502 Bad Gateway\n",
        "504 Gateway Timeout\n",
        "505 HTTP Version Not Supported\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        struct slice body = http_reason_body((uint16_t)atoi(expected[i]));
        assert_int_equal(body.len, strlen(expected[i]));
        assert_memory_equal(body.ptr, expected[i], body.len);
    }
}

int main(void)
{
    enum { CASES = sizeof(cases) / sizeof(cases[0]), OTHERS = 5 };
    static struct CMUnitTest tests[OTHERS + CASES] = {
        {"Content-Length is written for every number of digits", test_lengths, NULL, NULL, NULL},
        {"Date is an IMF-fixdate", test_dates, NULL, NULL, NULL},
        {"100 Continue has no fields", test_continue, NULL, NULL, NULL},
        {"an answer that is passed on has its own type, or none", test_passed_on, NULL, NULL, NULL},
        {"a refusal's body is its status and reason", test_reason_bodies, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < CASES; i++)
        tests[OTHERS + i] =
            (struct CMUnitTest){cases[i].name, test_head, NULL, NULL, (void *)&cases[i]};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("response", tests, NULL, NULL);
}
