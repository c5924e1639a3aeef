/* Connections to the server behind: which are used again,
 * which are not, and what a broken one costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stage.h"

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

/* A server whose answer has begun, and no more comes. */
static void ask_and_serve_half(struct stage *stage)
{
    stage_open(stage);
    stage_ask(stage, SLICE("/a"), (struct slice){0});
    server_accept(stage);
    server_read(stage);
    server_say(stage, SLICE(OK "Content-Length: 3\r\n\r\no"));
    stage_settle(stage);
}

static void a_server_that_takes_too_long_is_504(void **state)
{
    struct stage stage;

    (void)state;
    ask_and_serve_half(&stage);
    stage.step = fetch_go_on(stage.fetch, 0);
    expect_failure(&stage, 504);
    assert_int_equal(stage.upstream.idle_count, 0);
    stage_close(&stage);
}

static void one_that_says_something_all_the_time_is_504_too(void **state)
{
    struct stage stage;

    (void)state;
    ask_and_serve_half(&stage);
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

static void one_that_has_ended_or_said_something_is_tidied_away(void **state)
{
    enum { QUIET, FINISHED, RESET, BABBLING, ENDS };
    struct stage stage;

    (void)state;
    for (int end = QUIET; end < ENDS; end++) {
        stage_open(&stage);
        ask_and_serve_one(&stage);
        if (end == BABBLING)
            server_say(&stage, SLICE(OK));
        else if (end == FINISHED)
            hang_up(&stage);
        else if (end == RESET)
            server_reset(&stage);
        upstream_tidy(&stage.upstream);
        assert_int_equal(stage.upstream.idle_count, end == QUIET);
        assert_int_equal(upstream_keeps(&stage.upstream), end == QUIET);
        stage_close(&stage);
    }
}

static void look(struct stage *stage, int times)
{
    for (int i = 0; i < times; i++)
        upstream_tidy(&stage->upstream);
}

static void one_that_waits_for_so_many_looks_is_tidied_away(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    ask_and_serve_one(&stage);
    look(&stage, UPSTREAM_LOOKS_LIMIT);
    stage_ask(&stage, SLICE("/a"), (struct slice){0});
    serve_one(&stage); /* which counts from the beginning again */
    look(&stage, UPSTREAM_LOOKS_LIMIT);
    assert_int_equal(stage.upstream.idle_count, 1);
    assert_false(server_has_visitor(&stage));
    look(&stage, 1);
    assert_int_equal(stage.upstream.idle_count, 0);
    assert_int_equal(recv(stage.server_fd, &(char){0}, 1, 0), 0);
    stage_close(&stage);
}

static void those_that_stay_keep_their_order(void **state)
{
    struct stage stage;
    int pairs[3][2];

    (void)state;
    stage_open(&stage);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
        upstream_give(&stage.upstream, pairs[i][0]);
    }
    close(pairs[1][1]);
    upstream_tidy(&stage.upstream);
    assert_int_equal(stage.upstream.idle_count, 2);
    for (int i = 2; i >= 0; i -= 2) {
        assert_int_equal(upstream_take(&stage.upstream), pairs[i][0]);
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
    stage_close(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_is_used_again),
        cmocka_unit_test(a_connection_that_has_been_closed_meanwhile_is_not_used),
        cmocka_unit_test(bytes_that_came_unasked_are_nobodys_answer),
        cmocka_unit_test(a_pooled_connection_that_breaks_is_replaced_once),
        cmocka_unit_test(an_answer_that_has_begun_is_not_asked_for_again),
        cmocka_unit_test(a_server_that_refuses_is_502),
        cmocka_unit_test(a_server_that_takes_too_long_is_504),
        cmocka_unit_test(one_that_says_something_all_the_time_is_504_too),
        cmocka_unit_test(the_pool_keeps_so_many_and_no_more),
        cmocka_unit_test(one_that_has_ended_or_said_something_is_tidied_away),
        cmocka_unit_test(one_that_waits_for_so_many_looks_is_tidied_away),
        cmocka_unit_test(those_that_stay_keep_their_order),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
