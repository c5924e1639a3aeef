/* What a fetch makes of an answer, and what it asks for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "stage.h"

/* ---- answers ---- */

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
    {"206, for which nobody asked",
     SLICE("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-0/2\r\nContent-Length: "
           "1\r\n\r\na"),
     false, false, 502, NULL, NULL},
    {"a content coding, for which nobody asked",
     SLICE(OK "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"), false, false, 502, NULL,
     NULL},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_passed_on_or_refused_however_they_are_cut),
        cmocka_unit_test(a_body_of_the_limit_is_passed_on_and_one_byte_more_is_not),
        cmocka_unit_test(interim_answers_are_dropped_up_to_a_limit),
        cmocka_unit_test(the_server_is_asked_for_the_path_and_told_of_the_gateway),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
