/*
 * The connection core, conversation by conversation: each is played whole, cut in two at every
 * place, byte by byte, with short sends and small output blocks, and must always end with the same
 * bytes.
 */
#include "peer_styles.h"

static const struct conversation {
    const char *name;
    const char *in;
    const char *out;
    unsigned wish; /* at the end */
} conversations[] = {
    {"a request is answered", GET("/plaintext"), HELLO, CONN_READ},
    {"pipelined requests are answered in order",
     GET("/plaintext") POST("/echo", COUNTED("2")) "hi" GET("/plaintext"),
     HELLO ECHO("2", "hi") HELLO, CONN_READ},
    {"many small requests", GET("/plaintext") GET("/plaintext") GET("/plaintext") GET("/plaintext"),
     HELLO HELLO HELLO HELLO, CONN_READ},
    {"an incomplete head waits for more", "GET /plaintext HTTP/1.1\r\nHost: a\r\n", "", CONN_READ},
    {"an incomplete request behind a whole one waits", GET("/plaintext") "GET /pl", HELLO,
     CONN_READ},
    {"an incomplete body waits for more", POST("/echo", COUNTED("5")) "1234", "", CONN_READ},
    {"one empty line before a request is tolerated", "\r\n" GET("/plaintext"), HELLO, CONN_READ},
    {"an empty body is echoed", POST("/echo", COUNTED("0")) GET("/plaintext"), ECHO("0", "") HELLO,
     CONN_READ},
    {"a chunked body is joined",
     POST("/echo", CHUNKED) "3\r\nabc\r\n0A;x=y\r\n0123456789\r\n0\r\n\r\n",
     ECHO("13", "abc0123456789"), CONN_READ},
    {"trailers are read and dropped, and the next request follows",
     POST("/echo", CHUNKED) "1\r\na\r\n0\r\nX: y\r\n\r\n" GET("/plaintext"), ECHO("1", "a") HELLO,
     CONN_READ},
    {"an empty chunked body is echoed", POST("/echo", CHUNKED) "0\r\n\r\n" GET("/plaintext"),
     ECHO("0", "") HELLO, CONN_READ},
    {"a body nobody asked for is read past",
     "GET /plaintext HTTP/1.1\r\nHost: a\r\n" COUNTED("3") "\r\nxyz" GET("/plaintext"), HELLO HELLO,
     CONN_READ},
    {"a body to an unknown path is read past",
     POST("/nowhere", COUNTED("3")) "xyz" GET("/plaintext"),
     STATUS("404 Not Found") TEXT("14") "\r\n404 Not Found\n" HELLO, CONN_READ},
    {"HEAD has the head of GET", "HEAD /plaintext HTTP/1.1\r\nHost: a\r\n\r\n" GET("/plaintext"),
     HELLO_HEAD HELLO, CONN_READ},
    {"HEAD of a large body has its length only",
     "HEAD /bytes/1000000 HTTP/1.1\r\nHost: a\r\n\r\n" GET("/plaintext"),
     STATUS("200 OK") OCTETS("1000000") "\r\n" HELLO, CONN_READ},
    {"a small pattern", GET("/bytes/0") GET("/plaintext"),
     STATUS("200 OK") OCTETS("0") "\r\n" HELLO, CONN_READ},
    {"Connection: close is the last answer, what follows is discarded",
     "GET /plaintext HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" GET("/plaintext"),
     HELLO_LAST, LINGERS},
    {"HTTP/1.0 closes", "GET /plaintext HTTP/1.0\r\n\r\n", HELLO_LAST, LINGERS},
    {"HTTP/1.0 stays if asked to",
     "GET /plaintext HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" GET("/plaintext"),
     STATUS("200 OK") TEXT("13") KEEPING "\r\nHello, World!" HELLO, CONN_READ},

    {"a malformed head is refused, what follows is discarded",
     "GET  / HTTP/1.1\r\n\r\n" GET("/plaintext"), REFUSED("400 Bad Request", "16"), LINGERS},
    {"a refusal comes after the answers before it", GET("/plaintext") "\x01\r\n\r\n",
     HELLO REFUSED("400 Bad Request", "16"), LINGERS},
    {"a refused HEAD gets no body", "HEAD / HTTP/1.1\r\n\r\n",
     STATUS("400 Bad Request") TEXT("16") CLOSING "\r\n", LINGERS},
    {"another version is refused", "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
     REFUSED("505 HTTP Version Not Supported", "31"), LINGERS},
    {"a body over the limit is refused by its length", POST("/echo", COUNTED("1048577")) "abc",
     REFUSED("413 Content Too Large", "22"), LINGERS},
    {"a chunk over the limit is refused", POST("/echo", CHUNKED) "100001\r\nabc",
     REFUSED("413 Content Too Large", "22"), LINGERS},
    {"chunks over the limit together are refused", POST("/echo", CHUNKED) "2\r\nab\r\nfffff\r\nc",
     REFUSED("413 Content Too Large", "22"), LINGERS},
    {"a malformed chunk is refused", POST("/echo", CHUNKED) "1\r\nab\r\n0\r\n\r\n",
     REFUSED("400 Bad Request", "16"), LINGERS},
    {"a malformed chunk size is refused, however large", POST("/echo", CHUNKED) "fffffff \r\na",
     REFUSED("400 Bad Request", "16"), LINGERS},

    {"Expect and its body", POST("/echo", COUNTED("2") EXPECT) "hi" GET("/plaintext"),
     ECHO("2", "hi") HELLO, CONN_READ},
    {"Expect and a chunked body", POST("/echo", CHUNKED EXPECT) "2\r\nhi\r\n0\r\n\r\n",
     ECHO("2", "hi"), CONN_READ},
    {"Expect without a body", GET("/plaintext") POST("/echo", COUNTED("0") EXPECT),
     HELLO ECHO("0", ""), CONN_READ},
    {"Expect in HTTP/1.0 is ignored",
     "POST /echo HTTP/1.0\r\nContent-Length: 2\r\n" EXPECT "\r\nhi",
     STATUS("200 OK") OCTETS("2") CLOSING "\r\nhi", LINGERS},
    {"Expect for an unknown path is refused before its body",
     POST("/nowhere", COUNTED("2") EXPECT) "hi" GET("/plaintext"), REFUSED("404 Not Found", "14"),
     LINGERS},
    {"Expect without a body needs no last answer", POST("/nowhere", EXPECT) GET("/plaintext"),
     STATUS("404 Not Found") TEXT("14") "\r\n404 Not Found\n" HELLO, CONN_READ},
    {"Expect for a body over the limit is refused", POST("/echo", COUNTED("1048577") EXPECT),
     REFUSED("413 Content Too Large", "22"), LINGERS},
    {"an unknown expectation is refused", POST("/echo", COUNTED("2") "Expect: tea\r\n") "hi",
     REFUSED("417 Expectation Failed", "23"), LINGERS},
    {"a body after 100 Continue may still be malformed", POST("/echo", CHUNKED EXPECT) "x",
     REFUSED("400 Bad Request", "16"), LINGERS},

    {"a wait is answered", GET("/wait/5"), WAITED, CONN_READ},
    {"answers keep their order around a wait",
     GET("/plaintext") GET("/wait/5") POST("/echo", COUNTED("2")) "hi" GET("/wait/6")
         GET("/plaintext"),
     HELLO WAITED ECHO("2", "hi") WAITED HELLO, CONN_READ},
    {"a wait may be the last", "GET /wait/5 HTTP/1.0\r\n\r\n" GET("/plaintext"),
     STATUS("204 No Content") CLOSING "\r\n", LINGERS},
    {"a malformed request behind a wait is refused after it", GET("/wait/5") "\x01\r\n\r\n",
     WAITED REFUSED("400 Bad Request", "16"), LINGERS},
};

#define EACH_CONVERSATION                                                                          \
    const struct conversation *c = conversations;                                                  \
    c < conversations + sizeof(conversations) / sizeof(*conversations);                            \
    c++

/* Fails with the conversation's name; how says how it was played. */
static void expect(struct peer *peer, const struct conversation *c, const char *how, size_t number)
{
    peer_settle(peer);
    peer->got_bytes = peer_strip_interim(peer->got, peer->got_bytes);
    if (peer->wish != c->wish || peer->got_bytes != strlen(c->out) ||
        memcmp(peer->got ? peer->got : "", c->out, peer->got_bytes) != 0)
        fail_msg("%s (%s %zu): wish %u, got %zu bytes:\n%.*s\nexpected wish %u, %zu bytes:\n%s",
                 c->name, how, number, peer->wish, peer->got_bytes, (int)peer->got_bytes,
                 peer->got ? peer->got : "", c->wish, strlen(c->out), c->out);
    size_t before = peer->got_bytes;
    peer_fin(peer);
    if (peer->wish != CONN_CLOSE || peer->got_bytes != before)
        fail_msg("%s (%s %zu): wish %u after FIN", c->name, how, number, peer->wish);
    peer_close(peer);
}

static void test_whole(void **state)
{
    (void)state;
    struct peer peer;
    for (EACH_CONVERSATION) {
        for (EACH_STYLE) {
            peer_open(&peer, *style);
            peer_say(&peer, text(c->in));
            expect(&peer, c, "whole, style", (size_t)(style - styles));
        }
    }
}

static void test_cut_in_two(void **state)
{
    (void)state;
    struct peer peer;
    for (EACH_CONVERSATION) {
        size_t len = strlen(c->in);
        for (EACH_STYLE) {
            for (size_t cut = 1; cut < len; cut++) {
                peer_open(&peer, *style);
                peer_say(&peer, part(c->in, 0, cut));
                peer_say(&peer, part(c->in, cut, len));
                expect(&peer, c, "cut at", cut);
            }
        }
    }
}

static void test_byte_by_byte(void **state)
{
    (void)state;
    struct peer peer;
    for (EACH_CONVERSATION) {
        for (EACH_STYLE) {
            peer_open(&peer, *style);
            for (size_t i = 0; c->in[i] != '\0'; i++)
                peer_say(&peer, part(c->in, i, i + 1));
            expect(&peer, c, "byte by byte, style", (size_t)(style - styles));
        }
    }
}

static void test_every_short_send(void **state)
{
    (void)state;
    struct peer peer;
    for (EACH_CONVERSATION) {
        for (size_t send_bytes = 1; send_bytes <= strlen(c->out); send_bytes++) {
            for (int keeps_out = 0; keeps_out < 2; keeps_out++) {
                struct peer_style style = {CONN_OUT_BYTES, send_bytes, false, false, keeps_out};
                peer_open(&peer, style);
                peer_say(&peer, text(c->in));
                expect(&peer, c, "sends of", send_bytes);
            }
        }
    }
}

static void test_fin_at_once(void **state)
{
    (void)state;
    struct peer peer;
    for (EACH_CONVERSATION) {
        for (EACH_STYLE) {
            struct conversation ended = *c;
            ended.wish = CONN_CLOSE;
            peer_open(&peer, *style);
            peer_input(&peer, text(c->in));
            peer_fin(&peer);
            expect(&peer, &ended, "FIN at once, style", (size_t)(style - styles));
        }
    }
}

static void test_one_answer_block(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_input(&peer, text(GET("/plaintext") GET("/plaintext") POST("/echo", COUNTED("2")) "hi"));
    assert_int_equal(peer.wish, CONN_WRITE);
    assert_int_equal(peer.out.len, strlen(HELLO HELLO ECHO("2", "hi")));
    peer_close(&peer);
}

static void test_continue(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_say(&peer, text(POST("/echo", COUNTED("2") EXPECT)));
    assert_int_equal(peer.wish, CONN_READ);
    assert_int_equal(peer.got_bytes, strlen(CONTINUE));
    assert_memory_equal(peer.got, CONTINUE, peer.got_bytes);
    peer_say(&peer, text("hi"));
    assert_memory_equal(peer.got + strlen(CONTINUE), ECHO("2", "hi"), strlen(ECHO("2", "hi")));
    peer_close(&peer);
}

static void test_no_continue_when_body_is_here(void **state)
{
    (void)state;
    struct peer peer;
    peer_open(&peer, styles[0]);
    peer_say(&peer, text(POST("/echo", COUNTED("2") EXPECT) "h"));
    assert_int_equal(peer.got_bytes, 0);
    peer_close(&peer);
}

static void test_head_limit(void **state)
{
    (void)state;
    static char in[HTTP_HEAD_LIMIT_BYTES + 1000];
    struct conversation c = {"a head over the limit is refused", in,
                             REFUSED("431 Request Header Fields Too Large", "36"), LINGERS};
    struct peer peer;
    strcpy(in, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    memset(in + strlen(in), 'x', sizeof(in) - strlen(in) - 1);
    for (size_t cut = 1; cut < sizeof(in) - 1; cut += 13) {
        peer_open(&peer, styles[0]);
        peer_say(&peer, part(in, 0, cut));
        peer_say(&peer, part(in, cut, sizeof(in) - 1));
        expect(&peer, &c, "cut at", cut);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        {.name = "whole conversations", .test_func = test_whole},
        {.name = "conversations cut in two at every place", .test_func = test_cut_in_two},
        {.name = "conversations byte by byte", .test_func = test_byte_by_byte},
        {.name = "conversations through sends of every size", .test_func = test_every_short_send},
        {.name = "conversations with FIN right behind them", .test_func = test_fin_at_once},
        {.name = "the requests of one input are answered in one block",
         .test_func = test_one_answer_block},
        {.name = "100 Continue asks for a body that is held back", .test_func = test_continue},
        {.name = "100 Continue is not sent when some of the body is here",
         .test_func = test_no_continue_when_body_is_here},
        {.name = "a head over the limit is refused wherever it is cut",
         .test_func = test_head_limit},
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("conn", tests, NULL, NULL);
}
