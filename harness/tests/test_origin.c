/*
 * What stands behind proxies under test: its scripts, byte by
 * byte, and that it comes, answers and ends as it is told to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check/origin.h"
#include "check/origin_plan.h"
#include "measure/clock.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- scripts ---- */

#define BYTES(literal) literal, sizeof(literal) - 1
#define OK             "HTTP/1.1 200 OK\r\n"
#define OCTETS         OK "Content-Type: application/octet-stream\r\n"
#define TEXT(n)        OK "Content-Type: text/plain\r\nContent-Length: " n "\r\n\r\n"
#define SOMEBODY       TEXT("23") "somebody else's answer\n"

static const struct script {
    const char *sentence, *target, *bytes;
    size_t len;
    enum origin_end end;
    size_t beats;
    unsigned first_ms, last_ms, end_ms;
    bool reused, over;
} scripts[] = {
    {"octets with their length", "/length/3", BYTES(OCTETS "Content-Length: 3\r\n\r\n\0\1\2"),
     ORIGIN_KEEPS, 1, 0, 0, 0, false, false},
    {"octets in chunks that double", "/chunked/4",
     BYTES(OCTETS "Transfer-Encoding: chunked\r\n\r\n1;part=\"0\"\r\n\0\r\n2;part=\"1\"\r\n\1\2\r\n"
                  "1;part=\"3\"\r\n\3\r\n0\r\nTrailing: yes\r\n\r\n"),
     ORIGIN_KEEPS, 1, 0, 0, 0, false, false},
    {"octets up to a close", "/no-length/2", BYTES(OCTETS "\r\n\0\1"), ORIGIN_CLOSES, 1, 0, 0, 0,
     false, false},
    {"an answer of HTTP/1.0 is the last", "/http-1.0/1",
     BYTES("HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: "
           "1\r\n\r\n\0"),
     ORIGIN_KEEPS, 1, 0, 0, 0, false, true},
    {"a status with a text", "/status/404",
     BYTES("HTTP/1.1 404 Reason\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nupstream: "
           "404\n"),
     ORIGIN_KEEPS, 1, 0, 0, 0, false, false},
    {"a status without content", "/status/204", BYTES("HTTP/1.1 204 Reason\r\n\r\n"), ORIGIN_KEEPS,
     1, 0, 0, 0, false, false},
    {"a media type", "/type/text/html;a=b",
     BYTES(OK "Content-Type: text/html;a=b\r\nContent-Length: 5\r\n\r\ntyped"), ORIGIN_KEEPS, 1, 0,
     0, 0, false, false},
    {"what was asked, the own name as a word", "/asked/x?y",
     BYTES(TEXT("52") "GET /asked/x?y HTTP/1.1\r\nHost: upstream\r\nCookie: a\r\n"), ORIGIN_KEEPS,
     1, 0, 0, 0, false, false},
    {"how often a target was asked for, query included", "/times/a?b", BYTES(TEXT("2") "7\n"),
     ORIGIN_KEEPS, 1, 0, 0, 0, false, false},
    {"at most as often", "/at-most/7/a?b", BYTES(TEXT("4") "yes\n"), ORIGIN_KEEPS, 1, 0, 0, 0,
     false, false},
    {"more often", "/at-most/6/a?b", BYTES(TEXT("12") "no, 7 times\n"), ORIGIN_KEEPS, 1, 0, 0, 0,
     false, false},
    {"later", "/after/250/no-type", BYTES(OK "Content-Length: 7\r\n\r\nuntyped"), ORIGIN_KEEPS, 1,
     250, 250, 0, false, false},
    {"byte by byte, and later", "/after/9/slowly/status/204", BYTES("HTTP/1.1 204 Reason\r\n\r\n"),
     ORIGIN_KEEPS, 23, 9, 1, 0, false, false},
    {"behind interim answers", "/interim/status/204",
     BYTES("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
           "HTTP/1.1 204 Reason\r\n\r\n"),
     ORIGIN_KEEPS, 1, 0, 0, 0, false, false},
    {"with surplus, at once", "/surplus/status/204", BYTES("HTTP/1.1 204 Reason\r\n\r\n" SOMEBODY),
     ORIGIN_KEEPS, 1, 0, 0, 0, false, true},
    {"with surplus, a moment later", "/surplus-late/status/204",
     BYTES("HTTP/1.1 204 Reason\r\n\r\n" SOMEBODY), ORIGIN_KEEPS, 2, 0, 30, 0, false, true},
    {"then a close", "/then-close/status/204", BYTES("HTTP/1.1 204 Reason\r\n\r\n"), ORIGIN_CLOSES,
     1, 0, 0, 0, false, false},
    {"then a close, a moment later", "/then-close-late/status/204",
     BYTES("HTTP/1.1 204 Reason\r\n\r\n"), ORIGIN_CLOSES, 1, 0, 0, 30, false, false},
    {"then a reset", "/then-reset/status/204", BYTES("HTTP/1.1 204 Reason\r\n\r\n"), ORIGIN_RESETS,
     1, 0, 0, 30, false, false},
    {"announced as the last", "/says-close/length/1",
     BYTES(OCTETS "Content-Length: 1\r\nConnection: close\r\n\r\n\0"), ORIGIN_KEEPS, 1, 0, 0, 0,
     false, true},
    {"on a new connection nothing is stale", "/stale/status/204",
     BYTES("HTTP/1.1 204 Reason\r\n\r\n"), ORIGIN_KEEPS, 1, 0, 0, 0, false, false},
    {"a used connection is", "/stale/status/204", BYTES(""), ORIGIN_CLOSES, 1, 0, 0, 0, true,
     false},
    {"or it is reset", "/stale-reset/status/204", BYTES(""), ORIGIN_RESETS, 1, 0, 0, 0, true,
     false},
    {"nothing at all", "/hang?x", BYTES(""), ORIGIN_KEEPS, 1, 0, 0, 0, false, true},
    {"a fault", "/short", BYTES(OK "Content-Length: 13\r\n\r\nHello"), ORIGIN_CLOSES, 1, 0, 0, 0,
     false, true},
    {"a fault behind interim answers and late", "/after/5/interim/close",
     BYTES("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
     ORIGIN_CLOSES, 1, 5, 5, 0, false, true},
    {"an unknown word", "/shorter",
     BYTES("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 15\r\n\r\n"
           "no such script\n"),
     ORIGIN_KEEPS, 1, 0, 0, 0, false, false},
};

static unsigned seven_times(const void *counts, const char *target)
{
    (void)counts;
    return strcmp(target, "/a?b") == 0 ? 7 : 0;
}

static void expect_script(const struct script *script)
{
    char *target = strdup(script->target);
    struct origin_asked asked = {.head =
                                     "GET /asked/x?y HTTP/1.1\r\nHost: [::1]:80\r\nCookie: a\r\n",
                                 .target = target,
                                 .authority = "[::1]:80",
                                 .reused = script->reused,
                                 .times = seven_times};
    struct origin_plan plan;
    origin_plan_make(&plan, &asked);
    print_message("# %s\n", script->sentence);
    assert_int_equal(plan.len, script->len);
    assert_memory_equal(plan.bytes, script->bytes, plan.len);
    assert_int_equal(plan.end, script->end);
    assert_int_equal(plan.beat_count, script->beats);
    assert_int_equal(plan.beats[0].wait_ms, script->first_ms);
    assert_int_equal(plan.beats[plan.beat_count - 1].wait_ms, script->last_ms);
    assert_int_equal(plan.beats[plan.beat_count - 1].until, plan.len);
    assert_int_equal(plan.end_wait_ms, script->end_ms);
    assert_int_equal(plan.over, script->over);
    origin_plan_release(&plan);
    free(target);
}

static void test_scripts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++)
        expect_script(&scripts[i]);
}

/* ---- the server ---- */

enum { TIMEOUT_MS = 3000, AT_ONCE_MS = 5000 };

/* A connection to its authority, or -errno. */
static int dial(const struct origin *origin)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                             .sin_port =
                                 htons((uint16_t)atoi(strrchr(origin->authority, ':') + 1))};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, (struct sockaddr *)&in, sizeof(in)) == 0)
        return fd;
    int error = errno;
    close(fd);
    return -error;
}

static void ask(int fd, const char *request)
{
    assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
}

/* Reads until text has come. */
static void expect(int fd, const char *text)
{
    char in[4096];
    size_t len = 0;
    while (memmem(in, len, text, strlen(text)) == NULL) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        assert_int_equal(poll(&polled, 1, TIMEOUT_MS), 1);
        ssize_t n = recv(fd, in + len, sizeof(in) - len, 0);
        assert_true(n > 0);
        len += (size_t)n;
    }
}

static void expect_end(int fd, ssize_t result, int error)
{
    char byte;
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&polled, 1, TIMEOUT_MS), 1);
    assert_int_equal(recv(fd, &byte, 1, 0), result);
    if (result < 0)
        assert_int_equal(errno, error);
}

static void test_refuses_until_it_serves(void **state)
{
    (void)state;
    struct origin origin;
    assert_int_equal(origin_open(&origin, "127.0.0.1"), 0);
    assert_int_equal(dial(&origin), -ECONNREFUSED);
    assert_int_equal(origin_serve(&origin), 0);
    int fd = dial(&origin);
    assert_true(fd >= 0);
    ask(fd, "GET /status/410 HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(fd, "upstream: 410\n");
    close(fd);
    struct origin gone = origin;
    origin_close(&origin);
    assert_int_equal(dial(&gone), -ECONNREFUSED);
    origin_close(&origin);
}

static void test_answers_one_after_the_other(void **state)
{
    (void)state;
    struct origin origin;
    assert_int_equal(origin_open(&origin, "127.0.0.1"), 0);
    assert_int_equal(origin_serve(&origin), 0);
    int fd = dial(&origin);
    ask(fd, "GET /after/20/status/400 HTTP/1.1\r\nHost: x\r\n\r\nGET /times/after/20/sta");
    expect(fd, "upstream: 400\n");
    ask(fd, "tus/400 HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(fd, "\r\n\r\n1\n");
    ask(fd, "GET /two-lengths HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(fd, "hello");
    ask(fd, "GET /status/200 HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(fd, "asked on a connection that is over since /two-lengths\n");
    close(fd);
    origin_close(&origin);
}

static void test_ends_connections(void **state)
{
    (void)state;
    struct origin origin;
    assert_int_equal(origin_open(&origin, "127.0.0.1"), 0);
    assert_int_equal(origin_serve(&origin), 0);
    int closed = dial(&origin), reset = dial(&origin);
    ask(closed, "GET /close HTTP/1.1\r\n\r\n");
    expect_end(closed, 0, 0);
    ask(reset, "GET /reset HTTP/1.1\r\n\r\n");
    expect_end(reset, -1, ECONNRESET);
    close(closed);
    close(reset);
    origin_close(&origin);
}

/* Whoever is still being kept waiting does not hold up the end. */
static void test_ends_at_once(void **state)
{
    (void)state;
    struct origin origin;
    assert_int_equal(origin_open(&origin, "127.0.0.1"), 0);
    assert_int_equal(origin_serve(&origin), 0);
    int hanging = dial(&origin), late = dial(&origin);
    ask(hanging, "GET /hang HTTP/1.1\r\n\r\n");
    ask(late, "GET /after/60000/length/1 HTTP/1.1\r\n\r\n");
    int64_t deadline_ns = monotonic_ns() + TIMEOUT_MS * NS_PER_MS;
    while (atomic_load(&origin.connections) < 2 && monotonic_ns() < deadline_ns)
        sleep_until_ns(monotonic_ns() + NS_PER_MS);
    assert_int_equal(atomic_load(&origin.connections), 2);
    int64_t started_ns = monotonic_ns();
    origin_close(&origin);
    assert_true(monotonic_ns() - started_ns < AT_ONCE_MS * NS_PER_MS);
    expect_end(hanging, 0, 0);
    expect_end(late, 0, 0);
    close(hanging);
    close(late);
}

static void test_has_its_own_address(void **state)
{
    (void)state;
    struct origin origin;
    assert_int_equal(origin_open(&origin, "nowhere"), -EINVAL);
    if (origin_open(&origin, "::1") < 0) {
        skip();
        return;
    }
    assert_memory_equal(origin.authority, "[::1]:", 6);
    origin_close(&origin);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {
        {"scripts are what they say", test_scripts, NULL, NULL, NULL},
        {"it refuses until it serves, and again when it has ended", test_refuses_until_it_serves,
         NULL, NULL, NULL},
        {"requests are answered one after the other, until a connection is over",
         test_answers_one_after_the_other, NULL, NULL, NULL},
        {"connections end as the scripts say", test_ends_connections, NULL, NULL, NULL},
        {"it ends at once whoever is waiting", test_ends_at_once, NULL, NULL, NULL},
        {"it is reached by its own address", test_has_its_own_address, NULL, NULL, NULL},
    };
    return cmocka_run_group_tests_name("upstream", tests, NULL, NULL);
}
