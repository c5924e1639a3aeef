/* How a connection ends without a deadline of its own: lingering, FIN and drain. */
#include "peer_styles.h"

/* ---- lingering and FIN ---- */

static void test_linger_discards_up_to_its_limit(void **state)
{
    (void)state;
    static char junk[64 * 1024];
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_say(&peer, text("\x01")); /* the first that is discarded */
    for (size_t n = 1; n + sizeof(junk) <= CONN_LINGER_LIMIT_BYTES; n += sizeof(junk)) {
        peer_input(&peer, (struct slice){junk, sizeof(junk)});
        assert_int_equal(peer.wish, LINGERS);
    }
    peer_input(&peer, (struct slice){junk, sizeof(junk) - 1});
    assert_int_equal(peer.wish, LINGERS);
    assert_null(peer.conn.backlog.ptr);
    peer_input(&peer, (struct slice){junk, 1});
    assert_int_equal(peer.wish, CONN_CLOSE);
    peer_input(&peer, (struct slice){junk, 1}); /* was already on its way */
    assert_int_equal(peer.wish, CONN_CLOSE);
    assert_null(peer.conn.backlog.ptr);
    peer_close(&peer);
}

static void test_half_closed_client_is_served(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_input(&peer, text(GET("/wait/5") GET("/plaintext")));
    peer_input(&peer, (struct slice){0});
    assert_int_equal(peer.wish, CONN_WAIT);
    peer_settle(&peer);
    assert_int_equal(peer.wish, CONN_CLOSE);
    assert_memory_equal(peer.got, WAITED HELLO, strlen(WAITED HELLO));
    peer_close(&peer);
}

/* ---- drain ---- */

/* New, or idle after an answer; and then without a request, with one in time, with one too late. */
static void drain_idle(bool is_new, uint64_t comes_after_ms)
{
    struct peer peer;
    peer_open(&peer, styles[0]);
    if (!is_new)
        peer_say(&peer, text(GET("/plaintext")));
    peer.got_bytes = 0;
    peer.now_ms += 1234;
    peer_drain(&peer);
    advance(&peer, CONN_DRAIN_LINGER_MS - 1);
    assert_int_equal(peer.wish, CONN_READ);
    if (comes_after_ms < CONN_DRAIN_LINGER_MS) {
        peer_say(&peer, text(GET("/plaintext")));
        assert_int_equal(peer.wish, LINGERS);
        assert_int_equal(peer.got_bytes, strlen(HELLO_LAST));
        assert_memory_equal(peer.got, HELLO_LAST, strlen(HELLO_LAST));
    } else {
        advance(&peer, 1);
        assert_int_equal(peer.wish, LINGERS);
        if (comes_after_ms == CONN_DRAIN_LINGER_MS)
            peer_say(&peer, text(GET("/plaintext"))); /* crosses the FIN */
        assert_int_equal(peer.got_bytes, 0);
        advance(&peer, CONN_DRAIN_LINGER_MS - 1);
        assert_int_equal(peer.wish, LINGERS);
        advance(&peer, 1);
        assert_int_equal(peer.wish, CONN_CLOSE);
    }
    peer_close(&peer);
}

static void test_drain_idle(void **state)
{
    (void)state;
    for (int is_new = 0; is_new < 2; is_new++) {
        drain_idle(is_new, CONN_DRAIN_LINGER_MS - 1);
        drain_idle(is_new, CONN_DRAIN_LINGER_MS);
        drain_idle(is_new, UINT64_MAX);
    }
}

/* Drained after in was read; then rest comes. */
static void drain_between(const char *in, const char *rest, const char *out)
{
    struct peer peer;
    for (EACH_STYLE) {
        peer_open(&peer, *style);
        peer_input(&peer, text(in));
        peer_drain(&peer);
        peer_say(&peer, text(rest));
        peer_settle(&peer);
        assert_int_equal(peer.wish, LINGERS);
        assert_int_equal(peer.got_bytes, strlen(out));
        assert_memory_equal(peer.got, out, strlen(out));
        peer_fin(&peer);
        assert_int_equal(peer.wish, CONN_CLOSE);
        peer_close(&peer);
    }
}

static void test_drain_busy(void **state)
{
    (void)state;
    drain_between("GET /plaintext HTTP", "/1.1\r\nHost: a\r\n\r\n" GET("/plaintext"), HELLO_LAST);
    drain_between(POST("/echo", COUNTED("2")) "h", "i" GET("/plaintext"),
                  STATUS("200 OK") OCTETS("2") CLOSING "\r\nhi");
    drain_between(GET("/wait/5"), GET("/plaintext"), STATUS("204 No Content") CLOSING "\r\n");
    drain_between(GET("/plaintext"), GET("/plaintext") GET("/plaintext"), HELLO HELLO_LAST);
    drain_between("\x01", GET("/plaintext"), REFUSED("400 Bad Request", "16"));
}

static void test_drain_leaves_backlog_unread(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[1]);
    peer_input(&peer,
               text(GET("/plaintext") GET("/plaintext") GET("/plaintext") GET("/plaintext")));
    size_t answered = peer.out.len / strlen(HELLO);
    assert_in_range(answered, 1, 2);
    peer_drain(&peer);
    peer_settle(&peer);
    assert_int_equal(peer.wish, LINGERS);
    assert_int_equal(peer.got_bytes, answered * strlen(HELLO) + strlen(HELLO_LAST));
    assert_null(peer.conn.backlog.ptr);
    peer_close(&peer);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        {.name = "lingering discards up to its limit",
         .test_func = test_linger_discards_up_to_its_limit},
        {.name = "a half-closed client gets the answers it waits for",
         .test_func = test_half_closed_client_is_served},
        {.name = "drain lets an idle connection show its request, then linger briefly",
         .test_func = test_drain_idle},
        {.name = "drain closes with the answer in progress", .test_func = test_drain_busy},
        {.name = "drain leaves later pipelined requests unread",
         .test_func = test_drain_leaves_backlog_unread},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("conn_end", tests, NULL, NULL);
}
