/* Routes and handlers: which answer a method and a path get, without any HTTP around them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "app/app.h"
#include "app/json.h"
#include "upstream/upstream.h"

struct route_case {
    const char *name;
    enum http_method method;
    const char *path;
    uint16_t status;
    enum http_type type;
    const char *body;  /* NULL: empty */
    const char *allow; /* NULL: none */
    uint64_t pattern_bytes;
    int wait_ms; /* -1: answered at once */
};

#define GETS        "GET, HEAD, OPTIONS"
#define POSTS       "POST, OPTIONS"
#define NOT_FOUND   404, HTTP_TEXT, "404 Not Found\n", NULL, 0, -1
#define NOT_ALLOWED 405, HTTP_TEXT, "405 Method Not Allowed\n"
#define UNKNOWN     501, HTTP_TEXT, "501 Not Implemented\n", NULL, 0, -1
#define HELLO       200, HTTP_TEXT, "Hello, World!", NULL, 0, -1
#define MESSAGE     200, HTTP_JSON, "{\"message\":\"Hello, World!\"}", NULL, 0, -1
#define OCTETS(n)   200, HTTP_OCTETS, NULL, NULL, n, -1
#define WAITS(ms)   204, HTTP_TEXT, NULL, NULL, 0, ms
#define ALLOW(list) 204, HTTP_TEXT, NULL, list, 0, -1

/* clang-format off */
static const struct route_case cases[] = {
    {"/plaintext greets", HTTP_GET, "/plaintext", HELLO},
    {"HEAD of /plaintext is answered like GET", HTTP_HEAD, "/plaintext", HELLO},
    {"/json greets in JSON", HTTP_GET, "/json", MESSAGE},
    {"HEAD of /json is answered like GET", HTTP_HEAD, "/json", MESSAGE},
    {"/bytes may be none", HTTP_GET, "/bytes/0", OCTETS(0)},
    {"/bytes/1 is one octet", HTTP_GET, "/bytes/1", OCTETS(1)},
    {"/bytes with a path as long as /plaintext is told from it", HTTP_GET, "/bytes/123", OCTETS(123)},
    {"/bytes may be 16 MiB", HTTP_GET, "/bytes/16777216", OCTETS(16777216)},
    {"HEAD of /bytes is answered like GET", HTTP_HEAD, "/bytes/1024", OCTETS(1024)},
    {"/bytes beyond 16 MiB is not found", HTTP_GET, "/bytes/16777217", NOT_FOUND},
    {"/bytes beyond 32 bits is not found", HTTP_GET, "/bytes/4294967297", NOT_FOUND},
    {"/bytes beyond 64 bits is not found", HTTP_GET, "/bytes/18446744073709551617", NOT_FOUND},
    {"/bytes without a number is not found", HTTP_GET, "/bytes/", NOT_FOUND},
    {"/bytes without a slash is not found", HTTP_GET, "/bytes", NOT_FOUND},
    {"/bytes with a leading zero is not found", HTTP_GET, "/bytes/01", NOT_FOUND},
    {"/bytes with two zeros is not found", HTTP_GET, "/bytes/00", NOT_FOUND},
    {"/bytes with a sign is not found", HTTP_GET, "/bytes/+1", NOT_FOUND},
    {"/bytes with a negative number is not found", HTTP_GET, "/bytes/-1", NOT_FOUND},
    {"/bytes with a letter is not found", HTTP_GET, "/bytes/1k", NOT_FOUND},
    {"/bytes with a slash behind is not found", HTTP_GET, "/bytes/1/", NOT_FOUND},
    {"/wait waits", HTTP_GET, "/wait/10", WAITS(10)},
    {"/wait may be 0", HTTP_GET, "/wait/0", WAITS(0)},
    {"/wait with a path as long as /plaintext is told from it", HTTP_GET, "/wait/1234", WAITS(1234)},
    {"/wait may be 10 s", HTTP_GET, "/wait/10000", WAITS(10000)},
    {"HEAD of /wait waits like GET", HTTP_HEAD, "/wait/7", WAITS(7)},
    {"/wait beyond 10 s is not found", HTTP_GET, "/wait/10001", NOT_FOUND},
    {"/wait beyond 32 bits is not found", HTTP_GET, "/wait/4294967306", NOT_FOUND},
    {"/wait without a number is not found", HTTP_GET, "/wait/", NOT_FOUND},
    {"/wait with a leading zero is not found", HTTP_GET, "/wait/010", NOT_FOUND},
    {"/wait with a fraction is not found", HTTP_GET, "/wait/1.5", NOT_FOUND},
    {"/echo echoes", HTTP_POST, "/echo", 200, HTTP_OCTETS, "the body", NULL, 0, -1},
    {"/echo of GET is not allowed", HTTP_GET, "/echo", NOT_ALLOWED, POSTS, 0, -1},
    {"/echo of HEAD is not allowed", HTTP_HEAD, "/echo", NOT_ALLOWED, POSTS, 0, -1},
    {"/plaintext of POST is not allowed", HTTP_POST, "/plaintext", NOT_ALLOWED, GETS, 0, -1},
    {"/json of PUT is not allowed", HTTP_PUT, "/json", NOT_ALLOWED, GETS, 0, -1},
    {"/bytes of DELETE is not allowed", HTTP_DELETE, "/bytes/1", NOT_ALLOWED, GETS, 0, -1},
    {"/wait of PATCH is not allowed", HTTP_PATCH, "/wait/1", NOT_ALLOWED, GETS, 0, -1},
    {"/plaintext of TRACE is not allowed", HTTP_TRACE, "/plaintext", NOT_ALLOWED, GETS, 0, -1},
    {"OPTIONS of /plaintext", HTTP_OPTIONS, "/plaintext", ALLOW(GETS)},
    {"OPTIONS of /json", HTTP_OPTIONS, "/json", ALLOW(GETS)},
    {"OPTIONS of /bytes", HTTP_OPTIONS, "/bytes/5", ALLOW(GETS)},
    {"OPTIONS of /wait does not wait", HTTP_OPTIONS, "/wait/5000", ALLOW(GETS)},
    {"OPTIONS of /echo", HTTP_OPTIONS, "/echo", ALLOW(POSTS)},
    {"OPTIONS of the server", HTTP_OPTIONS, "*", ALLOW("GET, HEAD, POST, OPTIONS")},
    {"OPTIONS of an authority is one of the server", HTTP_OPTIONS, "", ALLOW("GET, HEAD, POST, OPTIONS")},
    {"OPTIONS of an unknown path is not found", HTTP_OPTIONS, "/nothing", NOT_FOUND},
    {"the root is not found", HTTP_GET, "/", NOT_FOUND},
    {"an unknown path is not found", HTTP_GET, "/nothing", NOT_FOUND},
    {"an unknown path as long as /json is not found", HTTP_GET, "/jsox", NOT_FOUND},
    {"an unknown path as long as /plaintext is not found", HTTP_GET, "/plaintexx", NOT_FOUND},
    {"a path with a slash behind is another", HTTP_GET, "/json/", NOT_FOUND},
    {"paths are case-sensitive", HTTP_GET, "/JSON", NOT_FOUND},
    {"an unknown path of POST is not found", HTTP_POST, "/nothing", NOT_FOUND},
    {"an unknown method is not implemented", HTTP_METHOD_UNKNOWN, "/plaintext", UNKNOWN},
    {"an unknown method of an unknown path is not implemented", HTTP_METHOD_UNKNOWN, "/nothing", UNKNOWN},
    {"CONNECT is not implemented", HTTP_CONNECT, "example.com:443", UNKNOWN},
};
/* clang-format on */

static void check_text(struct slice slice, const char *text)
{
    assert_int_equal(slice.len, text ? strlen(text) : 0);
    if (text)
        assert_memory_equal(slice.ptr, text, slice.len);
}

static void check_answer(const struct app_answer *answer, const struct route_case *c)
{
    assert_int_equal(answer->status, c->status);
    assert_int_equal(answer->type, c->type);
    assert_int_equal(answer->pattern_bytes, c->pattern_bytes);
    check_text(answer->body, c->body);
    if (c->allow)
        assert_string_equal(answer->allow, c->allow);
    else
        assert_null(answer->allow);
}

/* Every path lies at the end of its block, so a sanitizer sees any read beyond it. */
static void test_route(void **state)
{
    const struct route_case *c = *state;
    struct slice body = {"the body", 8};
    struct app_call call = {0};
    struct app_answer answer;
    struct app_wait wait = {.fd = 0};
    size_t len = strlen(c->path);
    char *path = malloc(len);
    assert_non_null(path);
    memcpy(path, c->path, len);
    struct http_request request = {.method = c->method, .path = {path, len}};
    assert_int_equal(app_route(&call, &request), c->status >= 400 ? c->status : 0);
    enum app_step step = app_handle(&call, &request, body, &answer, &wait);
    assert_int_equal(step, c->wait_ms >= 0 ? APP_WAIT : APP_ANSWER);
    if (step == APP_WAIT) {
        assert_int_equal(wait.fd, -1);
        assert_int_equal(wait.timeout_ms, c->wait_ms);
        assert_int_equal(app_resume(&call, 0, &answer, &wait), APP_ANSWER);
    }
    check_answer(&answer, c);
    free(path);
}

static void test_echo_is_the_body_itself(void **state)
{
    struct slice body = {"abc", 3};
    struct http_request request = {.method = HTTP_POST, .path = {"/echo", 5}};
    struct app_call call = {0};
    struct app_answer answer;
    struct app_wait wait;
    (void)state;
    app_route(&call, &request);
    app_handle(&call, &request, body, &answer, &wait);
    assert_ptr_equal(answer.body.ptr, body.ptr);
}

static void test_json_is_in_the_scratch(void **state)
{
    struct http_request request = {.method = HTTP_GET, .path = {"/json", 5}};
    struct app_call call = {0};
    struct app_answer answer;
    struct app_wait wait;
    (void)state;
    app_route(&call, &request);
    app_handle(&call, &request, (struct slice){NULL, 0}, &answer, &wait);
    assert_ptr_equal(answer.body.ptr, call.scratch);
}

/* A call that is given up can be used again. */
static void test_cancel(void **state)
{
    struct http_request request = {.method = HTTP_GET, .path = {"/wait/5", 7}};
    struct app_call call = {0};
    struct app_answer answer;
    struct app_wait wait;
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(app_route(&call, &request), 0);
        assert_int_equal(app_handle(&call, &request, (struct slice){NULL, 0}, &answer, &wait),
                         APP_WAIT);
        app_cancel(&call);
    }
}

static void test_pattern(void **state)
{
    static const uint64_t offsets[] = {0, 1, 250, 251, 252, 65536, APP_BYTES_LIMIT - 1};
    (void)state;
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        struct slice span = app_pattern(offsets[i], UINT64_MAX);
        assert_int_equal(span.len, APP_PATTERN_SPAN_BYTES);
        for (size_t k = 0; k < span.len; k++)
            if ((unsigned char)span.ptr[k] != (offsets[i] + k) % APP_PATTERN_PERIOD)
                fail_msg("octet %zu from %llu on", k, (unsigned long long)offsets[i]);
        assert_int_equal(app_pattern(offsets[i], 10).len, 10);
        assert_int_equal(app_pattern(offsets[i], 0).len, 0);
    }
}

static void test_refusals(void **state)
{
    static const uint16_t statuses[] = {400, 408, 413, 417, 431, 505};
    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        struct app_answer answer;
        app_refusal(statuses[i], &answer);
        assert_int_equal(answer.status, statuses[i]);
        assert_int_equal(answer.type, HTTP_TEXT);
        assert_int_equal(answer.pattern_bytes, 0);
        assert_null(answer.allow);
        assert_int_equal(atoi(answer.body.ptr), statuses[i]);
    }
}

static bool is_routed(struct app *app, const char *path)
{
    struct http_request request = {.method = HTTP_OPTIONS, .path = {path, strlen(path)}};
    struct app_call call = {.app = app};
    return app_route(&call, &request) == 0;
}

/* Each route is a path, or takes a number or a path. */
static void test_routes(void **state)
{
    static const struct upstream_address upstream;
    struct app *app = app_new(&upstream);
    char *names = strdup(app_routes());
    int count = 0;
    (void)state;
    for (char *rest = names, *name; (name = strtok_r(rest, " ", &rest)); count++) {
        char plain[32], numbered[32];
        snprintf(plain, sizeof(plain), "/%s", name);
        snprintf(numbered, sizeof(numbered), "/%s/1", name);
        assert_int_equal(is_routed(app, plain) + is_routed(app, numbered), 1);
    }
    assert_int_equal(count, 6);
    free(names);
    app_free(app);
}

static void test_proxy_needs_a_server_behind(void **state)
{
    struct app *app = app_new(NULL);
    (void)state;
    assert_false(is_routed(NULL, "/proxy/plaintext"));
    assert_false(is_routed(app, "/proxy/plaintext"));
    assert_true(is_routed(app, "/plaintext"));
    app_free(app);
}

static void test_json_strings(void **state)
{
    static const struct {
        struct slice text;
        const char *json;
    } strings[] = {
        {{"", 0}, "\"\""},
        {{"plain", 5}, "\"plain\""},
        {{"a\"b\\c", 5}, "\"a\\\"b\\\\c\""},
        {{"\0\n\x1f", 3}, "\"\\u0000\\u000a\\u001f\""},
        {{"\x7f/", 2}, "\"\x7f/\""},
        {{"\xc3\xa9", 2}, "\"\xc3\xa9\""},
        {{"\"", 1}, "\"\\\"\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        size_t len = strlen(strings[i].json);
        char *out = malloc(len); /* just enough */
        assert_non_null(out);
        struct json json = {out, out + len};
        json_string(&json, strings[i].text);
        assert_ptr_equal(json.next, out + len);
        assert_memory_equal(out, strings[i].json, len);
        free(out);
    }
}

int main(void)
{
    enum { CASES = sizeof(cases) / sizeof(cases[0]), OTHERS = 8 };
    static struct CMUnitTest tests[OTHERS + CASES] = {
        {"/echo answers with the body itself, not a copy", test_echo_is_the_body_itself, NULL, NULL,
         NULL},
        {"/json is serialised into the call's scratch", test_json_is_in_the_scratch, NULL, NULL,
         NULL},
        {"a wait can be given up", test_cancel, NULL, NULL, NULL},
        {"octet i of the pattern is i mod 251", test_pattern, NULL, NULL, NULL},
        {"a refusal is a line of text with its status", test_refusals, NULL, NULL, NULL},
        {"the declared routes are served", test_routes, NULL, NULL, NULL},
        {"without a server behind there is no /proxy", test_proxy_needs_a_server_behind, NULL, NULL,
         NULL},
        {"JSON strings are escaped", test_json_strings, NULL, NULL, NULL},
    };
    for (size_t i = 0; i < CASES; i++)
        tests[OTHERS + i] =
            (struct CMUnitTest){cases[i].name, test_route, NULL, NULL, (void *)&cases[i]};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("app", tests, NULL, NULL);
}
