/* Bodies of all sizes, in and out: copied where they are short, by reference where they are long.
 */
#include "peer_styles.h"

static char *body_of(size_t len)
{
    char *body = malloc(len);
    assert_non_null(body);
    for (size_t i = 0; i < len; i++)
        body[i] = (char)(i * 7 + i / 1000);
    return body;
}

/* The answers' bytes, whatever their heads. */
static void expect_body_at_end(const struct peer *peer, const char *body, size_t len)
{
    assert_true(peer->got_bytes > len);
    assert_memory_equal(peer->got + peer->got_bytes - len, body, len);
}

static void echo(struct peer_style style, size_t len, size_t piece, bool chunked)
{
    struct peer peer;
    char head[200];
    char *body = body_of(len);
    snprintf(head, sizeof(head),
             chunked ? "POST /echo HTTP/1.1\r\nHost: a\r\n" CHUNKED "\r\n%zx\r\n"
                     : "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
             len);
    peer_open(&peer, style);
    peer_say(&peer, text(head));
    for (size_t i = 0; i < len; i += piece)
        peer_say(&peer, part(body, i, i + piece < len ? i + piece : len));
    if (chunked)
        peer_say(&peer, text("\r\n0\r\n\r\n"));
    peer_settle(&peer);
    assert_int_equal(peer.wish, CONN_READ);
    expect_body_at_end(&peer, body, len);
    assert_null(peer.conn.request.ptr);
    peer_say(&peer, text(GET("/plaintext")));
    peer_settle(&peer);
    expect_body_at_end(&peer, HELLO, strlen(HELLO));
    peer_close(&peer);
    free(body);
}

static void test_large_echo(void **state)
{
    (void)state;
    static const size_t sizes[] = {1000, CONN_REF_BYTES, CONN_REF_BYTES + 1, 300 * 1024,
                                   HTTP_BODY_LIMIT_BYTES};
    for (EACH_STYLE) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
            echo(*style, sizes[i], 64 * 1024, false);
            echo(*style, sizes[i], 64 * 1024, true);
            echo(*style, sizes[i], 1000, true);
        }
    }
}

static void test_large_echo_in_one_input(void **state)
{
    (void)state;
    struct peer peer;
    char *in = body_of(60 * 1024);
    struct slice head = text(POST("/echo", COUNTED("40000")));
    memcpy(in, head.ptr, head.len);
    for (EACH_STYLE) {
        peer_open(&peer, *style);
        peer_say(&peer, (struct slice){in, head.len + 40000});
        peer_settle(&peer);
        expect_body_at_end(&peer, in + head.len, 40000);
        peer_close(&peer);
    }
    free(in);
}

static void test_echo_in_place(void **state)
{
    (void)state;
    struct peer peer;
    char *in = body_of(60 * 1024);
    struct slice head = text(POST("/echo", COUNTED("40000")));
    memcpy(in, head.ptr, head.len);
    peer_open(&peer, styles[0]);
    peer_input(&peer, (struct slice){in, head.len + 40000});
    assert_true(peer.out.len > 40000); /* straight from the input to the output, in one send */
    assert_null(peer.conn.request.ptr);
    peer_close(&peer);
    free(in);
}

static void bytes(struct peer_style style, size_t len)
{
    struct peer peer;
    char in[100];
    snprintf(in, sizeof(in), "GET /bytes/%zu HTTP/1.1\r\nHost: a\r\n\r\n", len);
    peer_open(&peer, style);
    peer_say(&peer, text(in));
    peer_settle(&peer);
    assert_int_equal(peer.wish, CONN_READ);
    assert_true(peer.got_bytes > len);
    const char *body = peer.got + peer.got_bytes - len;
    assert_memory_equal(body - 4, "\r\n\r\n", 4);
    for (size_t i = 0; i < len; i++) {
        if ((uint8_t)body[i] != i % APP_PATTERN_PERIOD)
            fail_msg("octet %zu of %zu is %u", i, len, (uint8_t)body[i]);
    }
    peer_close(&peer);
}

static void test_bytes(void **state)
{
    (void)state;
    for (EACH_STYLE) {
        bytes(*style, 1);
        bytes(*style, CONN_REF_BYTES);
        bytes(*style, CONN_REF_BYTES + 1);
        bytes(*style, APP_PATTERN_SPAN_BYTES);
        bytes(*style, APP_PATTERN_SPAN_BYTES + 1);
    }
    bytes(styles[0], APP_BYTES_LIMIT);
}

/* The number of references handed out until all is sent. */
static unsigned settle_counting_refs(struct peer *peer)
{
    unsigned refs = 0;
    while (peer->wish & CONN_WRITE) {
        assert_true((peer->out.len > 0) != (peer->out.ref.len > 0));
        assert_true(peer->out.ref.len <= APP_PATTERN_SPAN_BYTES);
        refs += peer->out.ref.len > 0;
        peer_send(peer);
    }
    return refs;
}

static void test_out_never_mixes(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_input(&peer, text(GET("/plaintext") GET("/bytes/600000") GET("/plaintext")));
    assert_int_equal(settle_counting_refs(&peer), 3); /* in spans of 256 KiB */
    expect_body_at_end(&peer, HELLO, strlen(HELLO));
    peer_input(&peer, text(GET("/bytes/16001")));
    assert_int_equal(settle_counting_refs(&peer), 1);
    peer_input(&peer, text(GET("/bytes/16000")));
    assert_int_equal(settle_counting_refs(&peer), 0);
    peer_close(&peer);
}

/* A body that had to be collected is not copied once more. */
static void test_collected_body_goes_by_reference(void **state)
{
    (void)state;
    struct peer peer;
    char *body = body_of(HTTP_BODY_LIMIT_BYTES);
    peer_open(&peer, styles[0]);
    peer_say(&peer, text(POST("/echo", COUNTED("20000"))));
    peer_input(&peer, (struct slice){body, 20000});
    assert_int_equal(settle_counting_refs(&peer), 1);
    peer_say(&peer, text(POST("/echo", COUNTED("1048576"))));
    peer_input(&peer, (struct slice){body, HTTP_BODY_LIMIT_BYTES});
    assert_int_equal(settle_counting_refs(&peer), 4);
    peer_close(&peer);
    free(body);
}

static void test_largest_body_behind_an_answer_in_flight(void **state)
{
    (void)state;
    struct peer peer;
    char *body = body_of(HTTP_BODY_LIMIT_BYTES);
    peer_open(&peer, styles[2]);
    peer_say(&peer, text(GET("/plaintext") POST("/echo", COUNTED("1048576"))));
    for (size_t i = 0; i < HTTP_BODY_LIMIT_BYTES; i += 4096)
        peer_say(&peer, part(body, i, i + 4096));
    peer_settle(&peer);
    assert_int_equal(peer.wish, CONN_READ);
    expect_body_at_end(&peer, body, HTTP_BODY_LIMIT_BYTES);
    peer_close(&peer);
    free(body);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        {.name = "bodies of all sizes are echoed", .test_func = test_large_echo},
        {.name = "a large body that comes in one input is echoed",
         .test_func = test_large_echo_in_one_input},
        {.name = "a body whole in the input goes straight to the output",
         .test_func = test_echo_in_place},
        {.name = "patterns of all sizes", .test_func = test_bytes},
        {.name = "bytes and a reference are never handed out together",
         .test_func = test_out_never_mixes},
        {.name = "a collected body goes by reference, in bounded parts",
         .test_func = test_collected_body_goes_by_reference},
        {.name = "the largest body may come while an answer is in flight",
         .test_func = test_largest_body_behind_an_answer_in_flight},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("conn_body", tests, NULL, NULL);
}
