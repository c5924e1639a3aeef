/* What the loop's clock says of its gaps, and the kernel of when an answer came. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "pace/audit.h"
#include "pace/connection.h"

static const int64_t US = 1000, MS = 1000000;

static void a_gap_disturbs_what_was_due_in_it_and_for_a_while_after_it(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct {
            int64_t end_us, length_us;
        } gaps[3];
        int64_t due_us;
        enum disturbance is;
    } table[] = {
        {"nobody was away", {{0}}, 1000, CALM},
        {"a send that took long is no gap", {{1000, 50}}, 990, CALM},
        {"in it", {{1000, 60}}, 990, DISTURBED},
        {"at its beginning", {{1000, 60}}, 940, DISTURBED},
        {"before it", {{1000, 60}}, 939, CALM},
        {"after it, by less than four times its length", {{1000, 60}}, 1239, DISTURBED},
        {"after it, by more", {{1000, 60}}, 1240, SETTLING},
        {"after it, by twelve times its length", {{1000, 60}}, 1720, CALM},
        {"in the first of two that follow one another", {{1000, 60}, {1200, 60}}, 950, DISTURBED},
        {"after both, by less than the second's time", {{1000, 60}, {1200, 60}}, 1439, DISTURBED},
        {"after a long one, though a short one follows",
         {{1000, 400}, {1100, 60}},
         2500,
         DISTURBED},
        {"in one that is over", {{1000, 60}, {9000, 60}}, 950, CALM},
        {"in the last of three", {{1000, 60}, {1100, 60}, {9000, 60}}, 8950, DISTURBED},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct watch watch = {0};
        for (unsigned g = 0; g < 3 && table[i].gaps[g].end_us > 0; g++) {
            watch.now_ns = table[i].gaps[g].end_us * US;
            watch_gap(&watch, table[i].gaps[g].length_us * US);
        }
        if (watch_disturbance(&watch, table[i].due_us * US) != table[i].is)
            fail_msg("%s", table[i].sentence);
    }
}

static void reading_the_clock_finds_the_gap(void **state)
{
    (void)state;
    struct watch watch;

    watch_start(&watch);
    int64_t before_ns = watch.now_ns;
    nanosleep(&(struct timespec){.tv_nsec = 2 * MS}, NULL);
    watch_read(&watch);
    assert_true(watch.longest_gap_ns >= 2 * MS && watch.long_gaps_ns >= 2 * MS);
    assert_int_equal(watch_disturbance(&watch, before_ns), DISTURBED);
    assert_int_equal(watch_disturbance(&watch, before_ns - 1), CALM);
}

static void the_clock_of_packets_is_ahead_by_what_the_two_clocks_say(void **state)
{
    (void)state;
    struct watch watch;

    watch_start(&watch);
    int64_t ahead_ns = watch_ahead_ns(&watch);
    int64_t least_ns = -clock_ns(CLOCK_MONOTONIC) + clock_ns(CLOCK_REALTIME);
    assert_true(ahead_ns > least_ns - 50 * MS && ahead_ns < least_ns + 50 * MS);
}

/* Two ends of one connection on loopback. */
static void connect_both(int ends[2])
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof name;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&name, &len), 0);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(ends[0], (struct sockaddr *)&name, sizeof name), 0);
    ends[1] = accept(listener, NULL, NULL);
    assert_true(ends[1] >= 0);
    close(listener);
}

enum { TRIES = 200 };

/* The kernel begins to stamp packets some moments after the first socket asked for it. */
static void an_answer_has_come_when_the_kernel_had_it(void **state)
{
    (void)state;
    struct connection connection = {.fd = -1};
    int ends[2], epoll_fd = epoll_create1(0);
    int64_t sent_ns = 0, taken_ns = 0, arrived_ns = 0;
    char byte = 0;

    connect_both(ends);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    assert_int_equal(connection_adopt(&connection, ends[0], epoll_fd), 0);
    for (unsigned i = 0; i < TRIES && arrived_ns == 0; i++) {
        sent_ns = clock_ns(CLOCK_REALTIME);
        assert_int_equal(send(ends[1], "x", 1, 0), 1);
        nanosleep(&(struct timespec){.tv_nsec = 20 * MS}, NULL);
        taken_ns = clock_ns(CLOCK_REALTIME);
        assert_int_equal(connection_receive(&connection, &byte, 1, &arrived_ns), 1);
    }
    assert_true(arrived_ns >= sent_ns);
    assert_true(arrived_ns < taken_ns - 10 * MS); /* it lay there for twice as long */
    assert_int_equal(connection_receive(&connection, &byte, 1, &arrived_ns), -EAGAIN);
    assert_true(arrived_ns == 0);
    close(ends[1]);
    assert_int_equal(connection_receive(&connection, &byte, 1, &arrived_ns), 0);
    assert_true(arrived_ns == 0);
    connection_close(&connection);
    close(epoll_fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_gap_disturbs_what_was_due_in_it_and_for_a_while_after_it),
        cmocka_unit_test(reading_the_clock_finds_the_gap),
        cmocka_unit_test(the_clock_of_packets_is_ahead_by_what_the_two_clocks_say),
        cmocka_unit_test(an_answer_has_come_when_the_kernel_had_it),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_watch", tests, NULL, NULL);
}
