/* Where a server behind is: what may be given as its address,
 * and which of several places of it is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stage.h"

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
        {"127.0.0.1:65535", AF_INET},
        {"127.0.0.1:65536", 0},
        {"127.0.0.1:0", 0},
        {"127.0.0.1:080", 0},
        {"[::1]:08080", 0},
        {"127.0.0.1:+80", 0},
        {"127.0.0.1: 80", 0},
        {"127.0.0.1:", 0},
        {"::1:80", 0},
        {"[127.0.0.1]:80", 0},
        {"[::1:80", 0},
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
            assert_int_equal(address.places[0].socket.ss_family, rows[i].family);
    }
}

/* A port of family's loopback, on which somebody listens if
 * backlog > 0. Returns -1 where there is no such loopback. */
static int open_port(int family, uint16_t *port, int backlog)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
    struct sockaddr *at = family == AF_INET ? (struct sockaddr *)&in : (struct sockaddr *)&in6;
    socklen_t len = family == AF_INET ? sizeof in : sizeof in6;
    int fd = socket(family, SOCK_STREAM, 0), on = 1;

    in.sin_port = in6.sin6_port = htons(*port);
    if (fd >= 0 && family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (fd >= 0 && bind(fd, at, len) < 0) {
        close(fd);
        fd = -1;
    }
    if (fd < 0)
        return -1;
    assert_int_equal(backlog > 0 ? listen(fd, backlog) : 0, 0);
    assert_int_equal(getsockname(fd, at, &len), 0);
    *port = ntohs(family == AF_INET ? in.sin_port : in6.sin6_port);
    return fd;
}

/* The stage's server is at the last of these; nobody listens at those before. */
static void stage_place(struct stage *stage, const int families[], unsigned count)
{
    struct upstream_address *address = &stage->address;
    const char *why;

    address->places[count - 1] = address->places[0];
    address->places_count = count;
    for (unsigned i = 0; i + 1 < count; i++) {
        struct upstream_address refusing;
        uint16_t port = 0;
        int fd = open_port(families[i], &port, 0);
        char text[32];

        /* Where there is no such loopback, the connect fails at once. */
        snprintf(text, sizeof text, families[i] == AF_INET ? "127.0.0.1:%u" : "[::1]:%u",
                 fd >= 0 ? port : 1);
        assert_int_equal(upstream_resolve(&refusing, text, &why), 0);
        address->places[i] = refusing.places[0];
        if (fd >= 0)
            close(fd);
    }
}

static void a_place_that_refuses_is_passed_over_and_then_not_asked_again(void **state)
{
    static const int families[][3] = {
        {AF_INET, AF_INET}, {AF_INET6, AF_INET}, {AF_INET6, AF_INET, AF_INET}};
    static const unsigned counts[] = {2, 2, 3};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct stage stage;

        stage_open(&stage);
        stage_place(&stage, families[i], counts[i]);
        ask_and_serve_one(&stage);
        assert_int_equal(stage.upstream.place, counts[i] - 1);
        hang_up(&stage);
        stage_ask(&stage, SLICE("/a"), (struct slice){0});
        assert_int_equal(stage.fetch->place, counts[i] - 1);
        assert_int_equal(stage.fetch->places_left, counts[i] - 1);
        server_accept(&stage);
        serve_one(&stage);
        stage_close(&stage);
    }
}

static void each_place_is_tried_once(void **state)
{
    static const int families[] = {AF_INET, AF_INET, AF_INET};
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage_place(&stage, families, 3);
    ask_and_serve_one(&stage); /* so that it begins with the last */
    hang_up(&stage);
    close(stage.listener_fd);
    stage.listener_fd = -1;
    stage_ask(&stage, SLICE("/a"), (struct slice){0});
    stage_finish(&stage);
    expect_failure(&stage, 502);
    stage_close(&stage);
}

/* Who may have read the request is not asked once more elsewhere. */
static void a_place_that_was_asked_is_the_last(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    stage.address.places[1] = stage.address.places[0];
    stage.address.places_count = 2;
    stage_ask(&stage, SLICE("/a"), (struct slice){0});
    server_accept(&stage);
    server_read(&stage);
    hang_up(&stage);
    stage_finish(&stage);
    expect_failure(&stage, 502);
    assert_false(server_has_visitor(&stage));
    stage_close(&stage);
}

/* What localhost stands for is the system's to say: here, who
 * listens at one of its addresses is found. */
static void localhost_is_found_at_either_address(void **state)
{
    static const int families[] = {AF_INET, AF_INET6};

    (void)state;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        struct stage stage;
        char text[32];
        const char *why;
        bool is_named = false;

        stage_open(&stage);
        close(stage.listener_fd);
        stage.port = 0;
        stage.listener_fd = open_port(families[i], &stage.port, 16);
        snprintf(text, sizeof text, "localhost:%u", stage.port);
        assert_int_equal(upstream_resolve(&stage.address, stage.port ? text : "localhost:1", &why),
                         0);
        for (unsigned p = 0; p < stage.address.places_count; p++)
            is_named |= stage.address.places[p].socket.ss_family == families[i];
        if (stage.listener_fd >= 0 && is_named)
            ask_and_serve_one(&stage);
        else
            print_message("# localhost has no address of family %d here\n", families[i]);
        stage_close(&stage);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_host_and_port),
        cmocka_unit_test(a_place_that_refuses_is_passed_over_and_then_not_asked_again),
        cmocka_unit_test(each_place_is_tried_once),
        cmocka_unit_test(a_place_that_was_asked_is_the_last),
        cmocka_unit_test(localhost_is_found_at_either_address),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
