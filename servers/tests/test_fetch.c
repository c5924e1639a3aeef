/* The fetch of an answer from a server behind, which is played here: on the same thread, over a
 * socket of the loopback, so that every order of events is the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "upstream/fetch.h"

#define SLICE(literal) ((struct slice){literal, sizeof(literal) - 1})

enum { PATIENCE_MS = 5000, ASKED_BYTES = 1024 };

/* The server behind, and the pool of connections to it. */
struct stage {
    int listener_fd;
    uint16_t port;
    struct upstream_address address;
    struct upstream upstream;
    struct fetch *fetch;
    enum fetch_step step;
    int server_fd; /* its side of the connection, or -1 */
    char asked[ASKED_BYTES];
};

/* ---- the stage ---- */

static void stage_open(struct stage *stage)
{
    struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof local;
    const char *why;
    char text[32];

    *stage = (struct stage){.server_fd = -1};
    stage->listener_fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(stage->listener_fd, (struct sockaddr *)&local, len), 0);
    assert_int_equal(listen(stage->listener_fd, 16), 0);
    assert_int_equal(getsockname(stage->listener_fd, (struct sockaddr *)&local, &len), 0);
    stage->port = ntohs(local.sin_port);
    snprintf(text, sizeof text, "127.0.0.1:%u", stage->port);
    assert_int_equal(upstream_resolve(&stage->address, text, &why), 0);
    upstream_init(&stage->upstream, &stage->address);
}

static void hang_up(struct stage *stage)
{
    if (stage->server_fd >= 0)
        close(stage->server_fd);
    stage->server_fd = -1;
}

static void stage_close(struct stage *stage)
{
    if (stage->fetch)
        fetch_free(stage->fetch);
    upstream_release(&stage->upstream);
    hang_up(stage);
    if (stage->listener_fd >= 0)
        close(stage->listener_fd);
}

/* Goes on as long as what the fetch waits for is there. */
static void stage_settle(struct stage *stage)
{
    while (stage->step == FETCH_WAIT) {
        struct pollfd ready = {stage->fetch->fd, stage->fetch->events, 0};

        assert_in_range(stage->fetch->timeout_ms, 1, FETCH_TIMEOUT_MS + 1);
        if (poll(&ready, 1, 0) == 0)
            return;
        stage->step = fetch_go_on(stage->fetch, ready.revents);
    }
}

/* Until the fetch has ended. */
static void stage_finish(struct stage *stage)
{
    while (stage->step == FETCH_WAIT) {
        struct pollfd ready = {stage->fetch->fd, stage->fetch->events, 0};

        assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
        stage->step = fetch_go_on(stage->fetch, ready.revents);
    }
}

static void stage_ask(struct stage *stage, struct slice path, struct slice query)
{
    if (stage->fetch)
        fetch_free(stage->fetch);
    stage->fetch = fetch_new(&stage->upstream, path, query);
    assert_non_null(stage->fetch);
    stage->step = fetch_begin(stage->fetch);
    stage_settle(stage);
}

static void server_accept(struct stage *stage)
{
    struct pollfd ready = {stage->listener_fd, POLLIN, 0};

    assert_int_equal(poll(&ready, 1, PATIENCE_MS), 1);
    hang_up(stage);
    stage->server_fd = accept(stage->listener_fd, NULL, NULL);
    assert_true(stage->server_fd >= 0);
}

static bool server_has_visitor(const struct stage *stage)
{
    struct pollfd ready = {stage->listener_fd, POLLIN, 0};

    return poll(&ready, 1, 0) == 1;
}

/* Reads one request. */
static void server_read(struct stage *stage)
{
    size_t len = 0;

    stage_settle(stage);
    memset(stage->asked, 0, sizeof stage->asked);
    while (!strstr(stage->asked, "\r\n\r\n")) {
        ssize_t n = recv(stage->server_fd, stage->asked + len, sizeof stage->asked - 1 - len, 0);

        assert_true(n > 0);
        len += (size_t)n;
    }
}

static void server_say(struct stage *stage, struct slice bytes)
{
    assert_int_equal(send(stage->server_fd, bytes.ptr, bytes.len, MSG_NOSIGNAL), bytes.len);
}

/* The next bytes meet an RST. */
static void server_reset(struct stage *stage)
{
    setsockopt(stage->server_fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 0},
               sizeof(struct linger));
    hang_up(stage);
}

static void expect_answer(const struct stage *stage, unsigned status, const char *type,
                          const char *body)
{
    const struct fetch *fetch = stage->fetch;

    assert_int_equal(stage->step, FETCH_ANSWER);
    assert_int_equal(fetch->status, status);
    assert_int_equal(fetch->type.len, strlen(type));
    assert_int_equal(fetch->body.len, strlen(body));
    assert_true(*type == '\0' || memcmp(fetch->type.ptr, type, strlen(type)) == 0);
    assert_true(*body == '\0' || memcmp(fetch->body.ptr, body, strlen(body)) == 0);
}

static void expect_failure(const struct stage *stage, unsigned status)
{
    assert_int_equal(stage->step, FETCH_FAILED);
    assert_int_equal(stage->fetch->status, status);
    assert_int_equal(stage->fetch->fd, -1);
}

/* ---- answers ---- */

#define OK "HTTP/1.1 200 OK\r\n"

/* status 502: the fetch fails, with that. */
static const struct answer {
    const char *name;
    struct slice bytes;
    bool is_closed; /* after these */
    bool is_kept;   /* the connection goes back to the pool */
    unsigned status;
    const char *type, *body;
} answers[] = {
    {"a body with its length",
     SLICE(OK "Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"), false, true, 200,
     "text/plain", "hello"},
    {"no body at all", SLICE(OK "Content-Length: 0\r\n\r\n"), false, true, 200, "", ""},
    {"a type of some other server's",
     SLICE(OK "Content-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\n<>"), false, true,
     200, "text/html; charset=utf-8", "<>"},
    {"a chunked body",
     SLICE(OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), false, true,
     200, "", "abcde"},
    {"a body that ends with the connection", SLICE("HTTP/1.0 200 OK\r\n\r\nall of it"), true, false,
     200, "", "all of it"},
    {"an error of the server's own",
     SLICE("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"), false, true, 404, "",
     "none"},
    {"a status without a reason phrase of ours",
     SLICE("HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n"), false, true, 299, "", ""},
    {"204, which has no body", SLICE("HTTP/1.1 204 No Content\r\n\r\n"), false, true, 204, "", ""},
    {"interim answers before it",
     SLICE("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" OK
           "Content-Length: 2\r\n\r\nok"),
     false, true, 200, "", "ok"},
    {"a connection that is not to be kept",
     SLICE(OK "Connection: close\r\nContent-Length: 2\r\n\r\nok"), false, false, 200, "", "ok"},
    {"more than it announced", SLICE(OK "Content-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"), false,
     false, 200, "", "ok"},
    {"more than its last chunk", SLICE(OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nX"), false,
     false, 200, "", ""},
    {"garbage", SLICE("SSH-2.0-OpenSSH_9.2\r\n"), false, false, 502, NULL, NULL},
    {"nothing", SLICE(""), true, false, 502, NULL, NULL},
    {"half a head", SLICE("HTTP/1.1 200 O"), true, false, 502, NULL, NULL},
    {"an interim answer and nothing more", SLICE("HTTP/1.1 100 Continue\r\n\r\n"), true, false, 502,
     NULL, NULL},
    {"less than it announced", SLICE(OK "Content-Length: 5\r\n\r\nhell"), true, false, 502, NULL,
     NULL},
    {"a chunked body without its end", SLICE(OK "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
     true, false, 502, NULL, NULL},
    {"a chunk that is none", SLICE(OK "Transfer-Encoding: chunked\r\n\r\nxyz\r\n"), false, false,
     502, NULL, NULL},
    {"two lengths", SLICE(OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"), false, false,
     502, NULL, NULL},
    {"a body that is longer than may be held", SLICE(OK "Content-Length: 1048577\r\n\r\n"), false,
     false, 502, NULL, NULL},
    {"304, for which nobody asked", SLICE("HTTP/1.1 304 Not Modified\r\n\r\n"), false, false, 502,
     NULL, NULL},
};

static void play_answer(struct stage *stage, const struct answer *answer, size_t piece_bytes)
{
    stage_ask(stage, SLICE("/a"), (struct slice){0});
    server_accept(stage);
    server_read(stage);
    for (size_t at = 0; at < answer->bytes.len && stage->step == FETCH_WAIT; at += piece_bytes) {
        size_t rest = answer->bytes.len - at;

        server_say(stage,
                   (struct slice){answer->bytes.ptr + at, rest < piece_bytes ? rest : piece_bytes});
        stage_settle(stage);
    }
    if (answer->is_closed)
        hang_up(stage);
    stage_finish(stage);
}

static void answers_are_passed_on_or_refused_however_they_are_cut(void **state)
{
    static const size_t pieces[] = {100000, 7, 1};

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            const struct answer *answer = &answers[i];
            bool is_kept = answer->is_kept;
            struct stage stage;

            print_message("# %s, in pieces of %zu\n", answer->name, pieces[p]);
            stage_open(&stage);
            play_answer(&stage, answer, pieces[p]);
            if (answer->status == 502) {
                expect_failure(&stage, 502);
            } else {
                expect_answer(&stage, answer->status, answer->type, answer->body);
                /* What comes byte by byte behind an answer is seen when the connection is taken. */
                if (pieces[p] > answer->bytes.len)
                    assert_int_equal(stage.upstream.idle_count, is_kept);
            }
            stage_close(&stage);
        }
}

static void a_body_of_the_limit_is_passed_on_and_one_byte_more_is_not(void **state)
{
    (void)state;
    for (size_t more = 0; more <= 1; more++) {
        size_t len = FETCH_BODY_LIMIT_BYTES + more, sent = 0;
        char *body = calloc(1, len);
        struct stage stage;

        stage_open(&stage);
        stage_ask(&stage, SLICE("/a"), (struct slice){0});
        server_accept(&stage);
        server_read(&stage);
        server_say(&stage, SLICE("HTTP/1.0 200 OK\r\n\r\n"));
        while (sent < len && stage.step == FETCH_WAIT) {
            ssize_t n = send(stage.server_fd, body + sent, len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

            sent += n > 0 ? (size_t)n : 0;
            stage_settle(&stage);
        }
        hang_up(&stage);
        stage_finish(&stage);
        if (more)
            expect_failure(&stage, 502);
        else
            assert_int_equal(stage.fetch->body.len, len);
        stage_close(&stage);
        free(body);
    }
}

/* Whether they come at once or in pieces that end anywhere. */
static void interim_answers_are_dropped_up_to_a_limit(void **state)
{
    static const struct {
        unsigned count;
        size_t piece_bytes;
        unsigned status;
    } rows[] = {{4, 40000, 200}, {4, 997, 200}, {5, 40000, 502}, {5, 997, 502}};
    enum { HINTS_BYTES = 15 * 1024 };
    static char hints[HINTS_BYTES], all[6 * HINTS_BYTES];

    (void)state;
    memset(hints, 'a', sizeof hints);
    memcpy(hints, "HTTP/1.1 103 ", 13);
    memcpy(hints + sizeof hints - 4, "\r\n\r\n", 4);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct answer answer = {.bytes = {all, 0}, .status = rows[i].status};
        struct stage stage;

        for (unsigned n = 0; n < rows[i].count; n++, answer.bytes.len += sizeof hints)
            memcpy(all + answer.bytes.len, hints, sizeof hints);
        memcpy(all + answer.bytes.len, OK "Content-Length: 0\r\n\r\n", 38);
        answer.bytes.len += 38;
        stage_open(&stage);
        play_answer(&stage, &answer, rows[i].piece_bytes);
        if (answer.status == 502)
            expect_failure(&stage, 502);
        else
            expect_answer(&stage, 200, "", "");
        stage_close(&stage);
    }
}

/* ---- what is asked ---- */

static void the_server_is_asked_for_the_path_and_told_of_the_gateway(void **state)
{
    static const struct {
        struct slice path, query;
        const char *line;
    } rows[] = {
        {SLICE("/"), {0}, "GET / HTTP/1.1\r\n"},
        {SLICE("/a%2Fb/../c"), {0}, "GET /a%2Fb/../c HTTP/1.1\r\n"},
        {SLICE("/a"), SLICE("x=1&y"), "GET /a?x=1&y HTTP/1.1\r\n"},
        {SLICE("/a"), SLICE(""), "GET /a? HTTP/1.1\r\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[200];
        struct stage stage;

        stage_open(&stage);
        stage_ask(&stage, rows[i].path, rows[i].query);
        server_accept(&stage);
        server_read(&stage);
        snprintf(expected, sizeof expected, "%sHost: 127.0.0.1:%u\r\nVia: 1.1 backbench\r\n\r\n",
                 rows[i].line, stage.port);
        assert_string_equal(stage.asked, expected);
        stage_close(&stage);
    }
}

/* ---- connections ---- */

static void serve_one(struct stage *stage)
{
    server_read(stage);
    server_say(stage, SLICE(OK "Content-Length: 2\r\n\r\nok"));
    stage_finish(stage);
    expect_answer(stage, 200, "", "ok");
}

static void ask_and_serve_one(struct stage *stage)
{
    stage_ask(stage, SLICE("/a"), (struct slice){0});
    server_accept(stage);
    serve_one(stage);
}

static void a_connection_is_used_again(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    ask_and_serve_one(&stage);
    for (int i = 0; i < 3; i++) {
        stage_ask(&stage, SLICE("/a"), (struct slice){0});
        serve_one(&stage);
    }
    assert_false(server_has_visitor(&stage));
    stage_close(&stage);
}

static void a_connection_that_has_been_closed_meanwhile_is_not_used(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    ask_and_serve_one(&stage);
    hang_up(&stage);
    ask_and_serve_one(&stage);
    assert_int_equal(stage.upstream.idle_count, 1);
    stage_close(&stage);
}

static void bytes_that_came_unasked_are_nobodys_answer(void **state)
{
    struct stage stage;
    int first_fd;

    (void)state;
    stage_open(&stage);
    ask_and_serve_one(&stage);
    server_say(&stage, SLICE(OK "Content-Length: 6\r\n\r\nstolen"));
    first_fd = dup(stage.server_fd); /* still open when the next one asks */
    ask_and_serve_one(&stage);
    close(first_fd);
    stage_close(&stage);
}

static void a_pooled_connection_that_breaks_is_replaced_once(void **state)
{
    struct stage stage;

    (void)state;
    for (int reset = 0; reset <= 1; reset++) {
        stage_open(&stage);
        ask_and_serve_one(&stage);
        stage_ask(&stage, SLICE("/a"), (struct slice){0});
        server_read(&stage); /* it crosses the close */
        reset ? server_reset(&stage) : hang_up(&stage);
        stage_settle(&stage);
        server_accept(&stage);
        server_read(&stage);
        hang_up(&stage); /* the new one breaks, too */
        stage_finish(&stage);
        expect_failure(&stage, 502);
        assert_false(server_has_visitor(&stage));
        stage_close(&stage);
    }
}

static void an_answer_that_has_begun_is_not_asked_for_again(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    ask_and_serve_one(&stage);
    stage_ask(&stage, SLICE("/a"), (struct slice){0});
    server_read(&stage);
    server_say(&stage, SLICE("HTTP/1.1 2"));
    stage_settle(&stage);
    hang_up(&stage);
    stage_finish(&stage);
    expect_failure(&stage, 502);
    assert_false(server_has_visitor(&stage));
    stage_close(&stage);
}

static void a_server_that_refuses_is_502(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    close(stage.listener_fd);
    stage.listener_fd = -1;
    stage_ask(&stage, SLICE("/a"), (struct slice){0});
    stage_finish(&stage);
    expect_failure(&stage, 502);
    stage_close(&stage);
}

static void a_server_that_takes_too_long_is_504(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage_ask(&stage, SLICE("/a"), (struct slice){0});
    server_accept(&stage);
    server_read(&stage);
    server_say(&stage, SLICE(OK "Content-Length: 2\r\n\r\no"));
    stage_settle(&stage);
    stage.step = fetch_go_on(stage.fetch, 0);
    expect_failure(&stage, 504);
    assert_int_equal(stage.upstream.idle_count, 0);
    stage_close(&stage);
}

static void one_that_says_something_all_the_time_is_504_too(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage_ask(&stage, SLICE("/a"), (struct slice){0});
    server_accept(&stage);
    server_read(&stage);
    server_say(&stage, SLICE(OK "Content-Length: 3\r\n\r\no"));
    stage_settle(&stage);
    stage.fetch->due_ms = 0; /* long ago */
    server_say(&stage, SLICE("k"));
    stage_finish(&stage);
    expect_failure(&stage, 504);
    stage_close(&stage);
}

static void the_pool_keeps_so_many_and_no_more(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    for (int i = 0; i < UPSTREAM_IDLE_LIMIT + 3; i++)
        upstream_give(&stage.upstream, dup(stage.listener_fd));
    assert_int_equal(stage.upstream.idle_count, UPSTREAM_IDLE_LIMIT);
    stage_close(&stage);
}

static void addresses_are_host_and_port(void **state)
{
    static const struct {
        const char *text;
        int family; /* 0: refused */
    } rows[] = {
        {"127.0.0.1:80", AF_INET},
        {"[::1]:8080", AF_INET6},
        {"127.0.0.1", 0},
        {":80", 0},
        {"[]:80", 0},
        {"127.0.0.1:http", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct upstream_address address = {0};
        const char *why = NULL;
        int result = upstream_resolve(&address, rows[i].text, &why);

        print_message("# %s\n", rows[i].text);
        assert_int_equal(result, rows[i].family ? 0 : -1);
        assert_non_null(why);
        if (rows[i].family)
            assert_int_equal(address.socket.ss_family, rows[i].family);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_passed_on_or_refused_however_they_are_cut),
        cmocka_unit_test(a_body_of_the_limit_is_passed_on_and_one_byte_more_is_not),
        cmocka_unit_test(interim_answers_are_dropped_up_to_a_limit),
        cmocka_unit_test(the_server_is_asked_for_the_path_and_told_of_the_gateway),
        cmocka_unit_test(a_connection_is_used_again),
        cmocka_unit_test(a_connection_that_has_been_closed_meanwhile_is_not_used),
        cmocka_unit_test(bytes_that_came_unasked_are_nobodys_answer),
        cmocka_unit_test(a_pooled_connection_that_breaks_is_replaced_once),
        cmocka_unit_test(an_answer_that_has_begun_is_not_asked_for_again),
        cmocka_unit_test(a_server_that_refuses_is_502),
        cmocka_unit_test(a_server_that_takes_too_long_is_504),
        cmocka_unit_test(one_that_says_something_all_the_time_is_504_too),
        cmocka_unit_test(the_pool_keeps_so_many_and_no_more),
        cmocka_unit_test(addresses_are_host_and_port),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
