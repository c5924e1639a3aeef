/* What a connection holds and gives back. Linked with --wrap for malloc, realloc, free and
 * app_cancel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "answers.h"
#include "peer.h"

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

static long cancelled;

void __real_app_cancel(struct app_call *call);
void __wrap_app_cancel(struct app_call *call);

void __wrap_app_cancel(struct app_call *call)
{
    cancelled++;
    __real_app_cancel(call);
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
    conn_shared_init(&shared, "backbench-test", NULL);
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

/* However its head came, and in however many pieces it comes itself. */
static void test_body_is_reserved_once(void **state)
{
    (void)state;
    static char kib[1024];
    static const char head[] = POST("/echo", COUNTED("100000"));
    for (size_t cut = 0; cut < sizeof(head) - 1; cut += 20) {
        struct conn conn;
        struct conn_out out = {.base = block, .cap = sizeof(block)};
        conn_open(&conn, &shared, 1);
        if (cut > 0)
            conn_input(&conn, part(head, 0, cut), 1, &out);
        long before = allocations;
        conn_input(&conn, part(head, cut, strlen(head)), 1, &out);
        for (int i = 0; i < 97; i++)
            conn_input(&conn, (struct slice){kib, sizeof(kib)}, 1, &out);
        assert_int_equal(allocations, before + 1);
        assert_int_equal(conn.request.cap, strlen(head) + 100000);
        conn_close(&conn);
    }
}

static void test_wait_holds_no_request(void **state)
{
    (void)state;
    struct conn conn;
    long before = held, cancelled_before = cancelled;
    conn_open(&conn, &shared, 1);
    input(&conn, "GET /wait/5 HTTP/1.1\r\nHo");
    assert_int_equal(input(&conn, "st: a\r\n\r\n"), CONN_WAIT);
    assert_int_equal(held, before);
    conn_close(&conn);
    assert_int_equal(cancelled, cancelled_before + 1); /* the app is told */
    conn_open(&conn, &shared, 1);
    conn_close(&conn);
    assert_int_equal(cancelled, cancelled_before + 1);
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

/* Whatever ends the connection: the app holds something for a call that waits. */
static void test_no_memory_beside_a_wait(void **state)
{
    (void)state;
    long before = held, cancelled_before = cancelled;
    struct conn conn;
    struct conn_out out = {.base = block, .cap = sizeof(block)};
    conn_open(&conn, &shared, 1);
    fail_after = 0; /* the backlog */
    assert_int_equal(conn_input(&conn, text(GET("/wait/5") GET("/plaintext")), 1, &out),
                     CONN_RESET);
    fail_after = -1;
    conn_close(&conn);
    assert_int_equal(cancelled, cancelled_before + 1);
    conn_open(&conn, &shared, 1);
    conn_input(&conn, text(GET("/plaintext") GET("/wait/5")), 1, &out);
    fail_after = 0; /* the tail */
    assert_int_equal(conn_keep(&conn, &out, 1, 1), CONN_RESET);
    fail_after = -1;
    conn_close(&conn);
    assert_int_equal(cancelled, cancelled_before + 2);
    assert_int_equal(held, before);
}

static void test_backlog_is_bounded(void **state)
{
    (void)state;
    static char junk[64 * 1024];
    struct peer peer;
    peer_open(&peer, (struct peer_style){.out_bytes = CONN_OUT_BYTES});
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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        {.name = "the plain path allocates nothing",
         .test_func = test_plain_path_allocates_nothing},
        {.name = "an idle connection holds nothing",
         .test_func = test_idle_connection_holds_nothing},
        {.name = "a body of known length is reserved once",
         .test_func = test_body_is_reserved_once},
        {.name = "a wait holds no request, and is cancelled when its client goes",
         .test_func = test_wait_holds_no_request},
        {.name = "closing frees everything", .test_func = test_close_frees_everything},
        {.name = "out of memory resets the connection and leaks nothing",
         .test_func = test_out_of_memory},
        {.name = "out of memory beside a wait cancels it",
         .test_func = test_no_memory_beside_a_wait},
        {.name = "input that comes against the wish is bounded",
         .test_func = test_backlog_is_bounded},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("conn_memory", tests, NULL, NULL);
}
