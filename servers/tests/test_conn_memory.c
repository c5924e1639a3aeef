/* What a connection copies, holds and gives back: large bodies by reference, bounds, no allocation
 * where none is due. Linked with --wrap for malloc, realloc and free. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "answers.h"
#include "peer.h"

static const struct peer_style styles[] = {
    {.out_bytes = CONN_OUT_BYTES},
    {.out_bytes = 512},
    {.out_bytes = CONN_OUT_BYTES, .sends_late = true},
    {.out_bytes = 512, .sends_late = true, .events_early = true, .keeps_out = true},
    {.out_bytes = 700, .send_bytes = 7, .events_early = true},
    {.out_bytes = 512, .send_bytes = 100, .sends_late = true},
};

#define EACH_STYLE                                                                                 \
    const struct peer_style *style = styles;                                                       \
    style < styles + sizeof(styles) / sizeof(*styles);                                             \
    style++

/* ---- large bodies ---- */

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

static void test_out_never_mixes(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_input(&peer, text(GET("/plaintext") GET("/bytes/600000") GET("/plaintext")));
    unsigned refs = 0;
    while (peer.wish & CONN_WRITE) {
        assert_true((peer.out.len > 0) != (peer.out.ref.len > 0));
        refs += peer.out.ref.len > 0;
        peer_send(&peer);
    }
    assert_int_equal(refs, 3); /* 600,000 in spans of 256 KiB */
    expect_body_at_end(&peer, HELLO, strlen(HELLO));
    peer_close(&peer);
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

static void test_backlog_is_bounded(void **state)
{
    (void)state;
    static char junk[64 * 1024];
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_input(&peer, text(GET("/wait/5")));
    for (size_t n = sizeof(junk); n <= CONN_STASH_LIMIT_BYTES; n += sizeof(junk)) {
        peer_input(&peer, (struct slice){junk, sizeof(junk)});
        assert_int_equal(peer.wish, CONN_WAIT);
    }
    peer_input(&peer, (struct slice){junk, sizeof(junk)});
    assert_int_equal(peer.wish, CONN_RESET);
    peer_input(&peer, (struct slice){junk, sizeof(junk)}); /* was already on its way */
    assert_int_equal(peer.wish, CONN_RESET);
    peer_close(&peer);
}

/* ---- memory: the test is linked with --wrap for these ---- */

static long allocations, held, fail_after = -1;

void *__real_malloc(size_t size);
void *__real_realloc(void *ptr, size_t size);
void __real_free(void *ptr);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *ptr, size_t size);
void __wrap_free(void *ptr);

static bool allocation_fails(void)
{
    allocations++;
    return fail_after >= 0 && fail_after-- == 0;
}

void *__wrap_malloc(size_t size)
{
    if (allocation_fails())
        return NULL;
    held++;
    return __real_malloc(size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
    if (allocation_fails())
        return NULL;
    held += ptr == NULL;
    return __real_realloc(ptr, size);
}

void __wrap_free(void *ptr)
{
    held -= ptr != NULL;
    __real_free(ptr);
}

/* A connection and its model without an allocation of their own. */
static struct conn_shared shared;
static char block[CONN_OUT_BYTES];

static unsigned input(struct conn *conn, const char *in)
{
    struct conn_out out = {.base = block, .cap = sizeof(block)};
    return conn_input(conn, text(in), 1, &out);
}

static unsigned more(struct conn *conn)
{
    struct conn_out out = {.base = block, .cap = sizeof(block)};
    return conn_more(conn, 1, &out);
}

static void test_plain_path_allocates_nothing(void **state)
{
    (void)state;
    struct conn conn;
    conn_shared_init(&shared, "backbench-test");
    conn_shared_tick(&shared, 0);
    conn_open(&conn, &shared, 1);
    long before = allocations;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            input(&conn, GET("/plaintext") GET("/json") POST("/echo", COUNTED("1")) "x"),
            CONN_WRITE);
        assert_int_equal(more(&conn), CONN_READ);
        assert_int_equal(input(&conn, GET("/bytes/100000")), CONN_WRITE);
        assert_int_equal(more(&conn), CONN_WRITE);
        assert_int_equal(more(&conn), CONN_READ);
    }
    assert_int_equal(allocations, before);
    conn_close(&conn);
}

static void test_idle_connection_holds_nothing(void **state)
{
    (void)state;
    struct conn conn;
    long before = held;
    conn_open(&conn, &shared, 1);
    input(&conn, "GET /plaintext HTT");
    assert_int_equal(held, before + 1);
    assert_int_equal(input(&conn, "P/1.1\r\nHost: a\r\n\r\n"), CONN_WRITE);
    assert_int_equal(held, before);
    assert_int_equal(input(&conn, GET("/plaintext")), CONN_WRITE); /* one answer is in flight */
    assert_int_equal(held, before + 1);
    assert_int_equal(more(&conn), CONN_WRITE);
    assert_int_equal(held, before);
    assert_int_equal(more(&conn), CONN_READ);
    conn_close(&conn);
}

static void test_close_frees_everything(void **state)
{
    (void)state;
    long before = held;
    struct conn conn;
    struct conn_out out = {.base = block, .cap = sizeof(block)};
    conn_open(&conn, &shared, 1);
    conn_input(&conn, text(GET("/plaintext") GET("/wait/5") GET("/plaintext")), 1, &out);
    conn_keep(&conn, &out, 1, 1);
    assert_int_equal(held, before + 2); /* a tail and a backlog */
    conn_close(&conn);
    assert_int_equal(held, before);
}

/* Each allocation of a conversation fails once: the connection is reset, and nothing leaks. */
static void test_out_of_memory(void **state)
{
    (void)state;
    long before = held;
    unsigned wish = CONN_RESET;
    long survived = 0;
    for (; wish == CONN_RESET; survived++) {
        struct conn conn;
        struct conn_out out = {.base = block, .cap = sizeof(block)};
        conn_open(&conn, &shared, 1);
        fail_after = survived;
        wish = input(&conn, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Le");
        if (wish != CONN_RESET)
            wish = conn_input(&conn, text("ngth: 1\r\n\r\nx" GET("/plaintext")), 1, &out);
        if (wish != CONN_RESET)
            wish = conn_keep(&conn, &out, 1, 1);
        if (wish != CONN_RESET)
            wish = input(&conn, GET("/plaintext"));
        fail_after = -1;
        conn_close(&conn);
        assert_int_equal(held, before);
    }
    assert_int_equal(survived - 1, 3);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        {"bodies of all sizes are echoed", test_large_echo, NULL, NULL, NULL},
        {"a large body that comes in one input is echoed", test_large_echo_in_one_input, NULL, NULL,
         NULL},
        {"a body whole in the input goes straight to the output", test_echo_in_place, NULL, NULL,
         NULL},
        {"patterns of all sizes", test_bytes, NULL, NULL, NULL},
        {"bytes and a reference are never handed out together", test_out_never_mixes, NULL, NULL,
         NULL},
        {"the largest body may come while an answer is in flight",
         test_largest_body_behind_an_answer_in_flight, NULL, NULL, NULL},
        {"input that comes against the wish is bounded", test_backlog_is_bounded, NULL, NULL, NULL},
        {"the plain path allocates nothing", test_plain_path_allocates_nothing, NULL, NULL, NULL},
        {"an idle connection holds nothing", test_idle_connection_holds_nothing, NULL, NULL, NULL},
        {"closing frees everything", test_close_frees_everything, NULL, NULL, NULL},
        {"out of memory resets the connection and leaks nothing", test_out_of_memory, NULL, NULL,
         NULL},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("conn_memory", tests, NULL, NULL);
}
