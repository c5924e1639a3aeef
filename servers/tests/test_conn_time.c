/* The deadlines of a connection, with a clock of the test's own. */
#include "peer_styles.h"

static void test_idle_deadline(void **state)
{
    (void)state;
    struct peer peer;
    for (int served = 0; served < 2; served++) {
        peer_open(&peer, styles[0]);
        if (served) {
            advance(&peer, CONN_IDLE_TIMEOUT_MS - 1);
            peer_say(&peer, text(GET("/plaintext")));
        }
        advance(&peer, CONN_IDLE_TIMEOUT_MS - 1);
        assert_int_equal(peer.wish, CONN_READ);
        size_t before = peer.got_bytes;
        advance(&peer, 1);
        assert_int_equal(peer.wish, CONN_CLOSE);
        assert_int_equal(peer.got_bytes, before);
        peer_close(&peer);
    }
}

static void expect_timeout(struct peer *peer, const char *answers)
{
    peer_settle(peer);
    assert_int_equal(peer->wish, LINGERS);
    assert_int_equal(peer->got_bytes, strlen(answers));
    assert_memory_equal(peer->got, answers, strlen(answers));
    assert_null(peer->conn.request.ptr);
    advance(peer, CONN_LINGER_TIMEOUT_MS - 1);
    assert_int_equal(peer->wish, LINGERS);
    advance(peer, 1);
    assert_int_equal(peer->wish, CONN_CLOSE);
    peer_close(peer);
}

static void test_header_deadline(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer.now_ms += 1234;
    for (unsigned i = 0; i < 10; i++) { /* a byte a second does not help */
        peer_say(&peer, part("GET /plain", i, i + 1));
        assert_int_equal(peer.wish, CONN_READ);
        advance(&peer, i < 9 ? 1000 : 999);
    }
    assert_int_equal(peer.wish, CONN_READ);
    assert_int_equal(conn_deadline_ms(&peer.conn), peer.now_ms + 1);
    advance(&peer, 1);
    expect_timeout(&peer, REFUSED("408 Request Timeout", "20"));
}

static void test_header_deadline_of_head(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_say(&peer, text("HEAD /plaintext HTTP/1.1\r\nHost: a\r\n"));
    advance(&peer, CONN_HEADER_TIMEOUT_MS);
    expect_timeout(&peer, STATUS("408 Request Timeout") TEXT("20") CLOSING "\r\n");
}

static void test_header_deadline_of_next(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_say(&peer, text(GET("/plaintext") "GE"));
    advance(&peer, CONN_HEADER_TIMEOUT_MS - 1);
    assert_int_equal(peer.wish, CONN_READ);
    advance(&peer, 1);
    expect_timeout(&peer, HELLO REFUSED("408 Request Timeout", "20"));
}

static void test_empty_line_is_idle(void **state)
{
    (void)state;
    struct peer peer;
    for (int comes = 0; comes < 2; comes++) {
        peer_open(&peer, styles[0]);
        peer_say(&peer, text(POST("/echo", COUNTED("1")) "x\r"));
        peer_say(&peer, text("\n"));
        peer.got_bytes = 0;
        advance(&peer, CONN_IDLE_TIMEOUT_MS - 1);
        assert_int_equal(peer.wish, CONN_READ);
        if (comes) {
            peer_say(&peer, text("GE"));
            advance(&peer, CONN_HEADER_TIMEOUT_MS - 1);
            assert_int_equal(peer.wish, CONN_READ);
            advance(&peer, 1);
            expect_timeout(&peer, REFUSED("408 Request Timeout", "20"));
        } else {
            advance(&peer, 1);
            assert_int_equal(peer.wish, CONN_CLOSE);
            assert_int_equal(peer.got_bytes, 0);
            peer_close(&peer);
        }
    }
}

static void test_body_deadline(void **state)
{
    (void)state;
    static char kib[CONN_BODY_PROGRESS_BYTES];
    static const char *const heads[] = {POST("/echo", COUNTED("4000")),
                                        POST("/echo", CHUNKED) "fa0\r\n"};
    struct peer peer;
    for (unsigned i = 0; i < 2; i++) {
        peer_open(&peer, styles[0]);
        peer_say(&peer, text(POST("/echo", COUNTED("1023"))));
        peer_say(&peer, (struct slice){kib, 1023}); /* progress that counts for this body only */
        peer_say(&peer, part(heads[i], 0, 10));
        advance(&peer, CONN_HEADER_TIMEOUT_MS - 1);
        peer.got_bytes = 0;
        peer_say(&peer, part(heads[i], 10, strlen(heads[i])));
        uint64_t deadline_ms = conn_deadline_ms(&peer.conn);
        advance(&peer, CONN_BODY_INTERVAL_MS - 1);
        peer_say(&peer, (struct slice){kib, 1});
        assert_int_equal(conn_deadline_ms(&peer.conn), deadline_ms);
        peer_say(&peer, (struct slice){kib, sizeof(kib)});
        advance(&peer, CONN_BODY_INTERVAL_MS - 2);
        assert_int_equal(peer.wish, CONN_READ);
        peer_say(&peer, (struct slice){kib, sizeof(kib) - 1}); /* too little */
        advance(&peer, 1);
        assert_int_equal(peer.wish, CONN_READ);
        advance(&peer, 1);
        expect_timeout(&peer, REFUSED("408 Request Timeout", "20"));
    }
}

static void test_write_deadline(void **state)
{
    (void)state;
    for (int keeps_out = 0; keeps_out < 2; keeps_out++) {
        struct peer_style style = {CONN_OUT_BYTES, 10, false, false, keeps_out};
        struct peer peer;
        peer_open(&peer, style);
        peer.now_ms += 1234;
        peer_input(&peer, text(GET("/plaintext")));
        advance(&peer, CONN_WRITE_TIMEOUT_MS - 1);
        peer_send(&peer);
        advance(&peer, CONN_WRITE_TIMEOUT_MS - 1);
        peer_send(&peer);
        assert_int_equal(peer.wish, CONN_WRITE);
        advance(&peer, CONN_WRITE_TIMEOUT_MS - 1);
        assert_int_equal(peer.wish, CONN_WRITE);
        advance(&peer, 1);
        assert_int_equal(peer.wish, CONN_RESET);
        peer_close(&peer);
    }
}

/* What the kernel has to send, looked at whenever it is time to, and the expected wish then. */
static void look(struct peer *peer, uint32_t unsent_bytes, unsigned wish)
{
    uint64_t deadline_ms = conn_deadline_ms(&peer->conn);
    conn_progress(&peer->conn, 0, deadline_ms - 1); /* too early to count */
    peer->now_ms = deadline_ms;
    conn_progress(&peer->conn, unsent_bytes, peer->now_ms);
    peer_expire(peer);
    assert_int_equal(peer->wish, wish);
}

static void test_write_progress(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_input(&peer, text(GET("/plaintext")));
    uint64_t began_ms = peer.now_ms;
    for (uint32_t unsent_bytes = 100; unsent_bytes > 0; unsent_bytes--)
        look(&peer, unsent_bytes, CONN_WRITE); /* a byte in five seconds */
    assert_true(peer.now_ms - began_ms >= 100 * CONN_WRITE_LOOK_MS);
    uint64_t moved_ms = peer.now_ms;
    for (unsigned looks = 1; looks < CONN_WRITE_LOOKS; looks++)
        look(&peer, 1, CONN_WRITE);
    look(&peer, 1, CONN_RESET);
    assert_true(peer.now_ms - moved_ms == CONN_WRITE_TIMEOUT_MS);
    peer_close(&peer);
}

static void test_first_look_is_no_progress(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_input(&peer, text(GET("/plaintext")));
    uint64_t began_ms = peer.now_ms;
    for (unsigned looks = 1; looks < CONN_WRITE_LOOKS; looks++)
        look(&peer, 100, CONN_WRITE);
    look(&peer, 100, CONN_RESET);
    assert_true(peer.now_ms - began_ms == CONN_WRITE_TIMEOUT_MS);
    peer_close(&peer);
}

static void test_reading_clock_rests_while_writing(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_input(&peer, text(GET("/plaintext") "GET /pl"));
    advance(&peer, CONN_WRITE_TIMEOUT_MS - 1);
    assert_int_equal(peer.wish, CONN_WRITE);
    peer_settle(&peer);
    advance(&peer, CONN_HEADER_TIMEOUT_MS - 1);
    assert_int_equal(peer.wish, CONN_READ);
    peer_close(&peer);
}

static void test_wait_has_no_deadline(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_input(&peer, text(GET("/wait/10000")));
    assert_int_equal(peer.wish, CONN_WAIT);
    assert_int_equal(conn_wait(&peer.conn)->fd, -1);
    assert_int_equal(conn_wait(&peer.conn)->timeout_ms, 10000);
    assert_true(conn_deadline_ms(&peer.conn) == UINT64_MAX);
    advance(&peer, 1000000);
    assert_int_equal(peer.wish, CONN_WAIT);
    peer_event(&peer, 0);
    peer_settle(&peer);
    assert_int_equal(peer.wish, CONN_READ);
    peer_event(&peer, 0); /* one too many */
    assert_int_equal(peer.wish, CONN_READ);
    peer_close(&peer);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        {.name = "an idle connection is closed silently", .test_func = test_idle_deadline},
        {.name = "a head must come within its time, byte by byte or not",
         .test_func = test_header_deadline},
        {.name = "the 408 of a HEAD request has no body",
         .test_func = test_header_deadline_of_head},
        {.name = "the head behind a pipelined request has a deadline of its own",
         .test_func = test_header_deadline_of_next},
        {.name = "an empty line does not begin a head", .test_func = test_empty_line_is_idle},
        {.name = "a body must make progress", .test_func = test_body_deadline},
        {.name = "a client that does not read is reset", .test_func = test_write_deadline},
        {.name = "a client that takes a byte now and then is not",
         .test_func = test_write_progress},
        {.name = "the first look at a write sees no progress",
         .test_func = test_first_look_is_no_progress},
        {.name = "reading has no deadline while an answer is in flight",
         .test_func = test_reading_clock_rests_while_writing},
        {.name = "a wait has no deadline but its own", .test_func = test_wait_has_no_deadline},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("conn_time", tests, NULL, NULL);
}
