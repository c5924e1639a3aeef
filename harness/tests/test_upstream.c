/*
 * What stands behind the servers in a round: how it is asked, what it uses, and whose fault it is
 * when it fails.
 * run-tests: waits
 * run-tests: timeout 150
 */
#include "measure/upstream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "measure/clock.h"
#include "measure/listener.h"
#include "measure/measurement.h"
#include "measure_room.h"

static void it_is_asked_what_follows_the_route(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *request; /* NULL: there is nothing below the route */
    } table[] = {
        {"GET /proxy/plaintext HTTP/1.1\r\nHost: a\r\n\r\n",
         "GET /plaintext HTTP/1.1\r\nHost: a\r\n\r\n"},
        {"GET /proxy/bytes/9?q=/proxy/ HTTP/1.1\r\nHost: a\r\nX: b\r\n\r\n",
         "GET /bytes/9?q=/proxy/ HTTP/1.1\r\nHost: a\r\nX: b\r\n\r\n"},
        {"GET /proxy/a HTTP/1.1\r\n\r\nGET /proxy/b HTTP/1.1\r\n\r\n", "GET /a HTTP/1.1\r\n\r\n"},
        {"HEAD /proxy/ HTTP/1.1\r\n\r\n", "HEAD / HTTP/1.1\r\n\r\n"},
        {"GET /proxy HTTP/1.1\r\n\r\n", NULL},
        {"GET /proxying/a HTTP/1.1\r\n\r\n", NULL},
        {"GET /plaintext HTTP/1.1\r\nX: /proxy/a\r\n\r\n", NULL},
        {"GET /proxy/a HTTP/1.1\r\nHost: a\r\n", NULL},
        {"GET", NULL},
        {"", NULL},
    };
    const struct workload workload = {.route = (char[]){"proxy"}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        size_t len = 0;
        char *got = upstream_request(&workload, table[i].bytes, strlen(table[i].bytes), &len);
        if ((got == NULL) != (table[i].request == NULL))
            fail_msg("%s: %s", table[i].bytes, got ? got : "nothing");
        if (got != NULL) {
            assert_string_equal(got, table[i].request);
            assert_int_equal(len, strlen(table[i].request));
        }
        free(got);
    }
}

static int listen_somewhere(uint16_t *port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&name, len), 0);
    assert_int_equal(listen(fd, 8), 0);
    getsockname(fd, (struct sockaddr *)&name, &len);
    *port = ntohs(name.sin_port);
    return fd;
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    name.sin_port = htons(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof(name)), 0);
    return fd;
}

/* Whichever side closes first: one of them then waits out its time. */
static void connections_are_counted_though_they_have_ended(void **state)
{
    (void)state;
    static struct listener_peers before, after;
    uint16_t port, other;
    int listener = listen_somewhere(&port), elsewhere = listen_somewhere(&other);
    int old = connect_to(port), old_accepted = accept(listener, NULL, NULL);
    listener_peers_read(&before, port);
    assert_int_equal(listener_peers_new(&before, &before), 0);
    int fds[3], accepted[3], stranger = connect_to(other);
    for (int i = 0; i < 3; i++) {
        fds[i] = connect_to(port);
        accepted[i] = accept(listener, NULL, NULL);
    }
    close(fds[0]);
    close(accepted[0]);
    close(accepted[1]);
    close(fds[1]);
    close(old); /* it was there before */
    close(old_accepted);
    listener_peers_read(&after, port);
    assert_int_equal(listener_peers_new(&before, &after), 3);
    after.known = false;
    assert_int_equal(listener_peers_new(&before, &after), -1);
    close(fds[2]);
    close(accepted[2]);
    close(stranger);
    close(elsewhere);
    close(listener);
}

static void what_stands_behind_is_measured_apart(void **state)
{
    (void)state;
    struct round round;
    measure_behind("burns", "well", NULL, "slow", 1, &round);
    assert_no_fault_of_its_own(&round);
    assert_int_equal(round.requests_count, 1000);
    /* its two workers use the CPU without end: that is nobody else's */
    assert_true(round.cpu_upstream_ns > 10 * NS_PER_MS);
    assert_true(round.cpu_upstream_window_ns > 0 &&
                round.cpu_upstream_window_ns <= round.cpu_upstream_ns);
    assert_true(round.cpu_server_ns < round.cpu_upstream_ns / 2);
    assert_non_null(round.upstream_cpus);
    assert_int_equal(most_alive, 5); /* three behind, the server, the generator */
    round_release(&round);
}

static void expect_nobody_of(const struct surroundings *surroundings, const struct server *server)
{
    for (size_t i = 0; i < surroundings->count; i++)
        if (surroundings->all[i].pid == server->pid)
            fail_msg("a process of the round is taken for another's");
}

/* By who is on the list, as other processes of this machine may use any amount of CPU. */
static void it_is_no_foreign_load(void **state)
{
    (void)state;
    struct result result;
    struct placement placement = {0};
    struct round round = {0};
    struct round_context context = {
        .result = &result, .placement = &placement, .upstream_placement = &placement};
    struct round_plan plan = {.arm_count = 1};
    static struct measurement m;
    char error[200];
    struct server_options options = {.address = "127.0.0.1", .workers = 1};
    make_result(&result, "well", NULL);
    put_behind(&result, "well");
    options.path = result.arms[0].server.path;
    m = (struct measurement){
        .context = &context, .plan = &plan, .rounds = &round, .placement = &placement};
    measurement_identify(&m, 0);
    assert_int_equal(server_start(&m.servers[0], &options, error, sizeof(error)), SERVER_OK);
    assert_int_equal(server_start(&m.upstreams[0].server, &options, error, sizeof(error)),
                     SERVER_OK);
    measurement_begin(&m);
    measurement_end(&m);
    assert_true(m.before.count > 0 && m.after.count > 0);
    expect_nobody_of(&m.before, &m.servers[0]);
    expect_nobody_of(&m.before, &m.upstreams[0].server);
    expect_nobody_of(&m.after, &m.upstreams[0].server);
    measurement_release(&m);
    server_kill(&m.servers[0]);
    server_kill(&m.upstreams[0].server);
    round_release(&round);
    result_release(&result);
}

static void without_one_its_figures_are_missing_for_that_reason(void **state)
{
    (void)state;
    static const char *const fields[] = {"cpu_upstream_ns", "cpu_upstream_window_ns",
                                         "upstream_opens_count"};
    struct round round;
    measure("well", NULL, "well", 0, &round);
    assert_null(round.upstream_cpus);
    assert_int_equal(round.cpu_upstream_ns, MISSING);
    assert_int_equal(round.cpu_upstream_window_ns, MISSING);
    assert_int_equal(round.upstream_opens, MISSING);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        assert_string_equal(round_why_missing(&round, fields[i]),
                            "no server stands behind this workload");
    round_release(&round);
}

static void each_arm_of_a_pair_has_its_own(void **state)
{
    (void)state;
    struct round rounds[2];
    measure_behind("well", "proxies", "proxies", "slow", 1, rounds);
    for (int i = 0; i < 2; i++) {
        assert_no_fault_of_its_own(&rounds[i]);
        assert_true(rounds[i].requests_count > 0);
        assert_true(rounds[i].cpu_upstream_ns != MISSING);
        assert_int_equal(rounds[i].upstream_opens, 0); /* it was connected before the window */
        round_release(&rounds[i]);
    }
    assert_int_equal(most_alive, 6);
}

/* By the figures alone: other programs may make any number of connections meanwhile. */
static void the_sum_of_connections_takes_in_those_to_it(void **state)
{
    (void)state;
    struct result result;
    struct placement placement = {.load_cpus = 1, .server_cpus = 1};
    struct round_context context = {.result = &result, .placement = &placement};
    struct round_plan plan = {.arm_count = 2, .arms = {0, 1}};
    for (int64_t surplus = -1; surplus <= 1; surplus++) {
        struct round rounds[2];
        static struct measurement m;
        make_result(&result, "well", "delay1");
        put_behind(&result, "well");
        m = (struct measurement){
            .context = &context, .plan = &plan, .rounds = rounds, .placement = &placement};
        for (unsigned i = 0; i < 2; i++) {
            measurement_identify(&m, i);
            rounds[i].requests_count = 1000;
            rounds[i].errors = (struct errors){0};
            rounds[i].upstream_opens = 60 + i;
            rounds[i].passive_opens = 2 * (8 + 1) + 60 + 61 + surplus;
        }
        measurement_judge(&m, 0);
        assert_int_equal(outcome_has(&rounds[0].outcome, REASON_PORTS), surplus < 0);
        assert_int_equal(outcome_has(&rounds[0].outcome, REASON_NOISY), surplus > 0);
        round_release(&rounds[0]);
        round_release(&rounds[1]);
        result_release(&result);
    }
}

/* One connection for each request. */
static void connections_to_it_are_counted(void **state)
{
    (void)state;
    struct round round;
    if (!have_wrk())
        skip();
    measure_behind("well", "spends", NULL, "wrk", 1, &round);
    assert_no_fault_of_its_own(&round);
    assert_true(round.requests_count > 100);
    assert_true(round.upstream_opens > 100);
    assert_true(round.passive_opens >= round.upstream_opens + round.connections + 1);
    round_release(&round);
}

static const struct {
    const char *name, *upstream, *server, *load;
    enum reason_code reason;
    const char *says;
} troubles[] = {
    {"one that does not start", "crashes", "proxies", "well", REASON_UPSTREAM,
     "the upstream crashes: was killed by signal 6"},
    {"one that cannot run here", "cannot", "proxies", "well", REASON_UPSTREAM, "EPERM"},
    {"one that answers wrongly from the start", "wrong", "proxies", "well", REASON_UPSTREAM,
     "the upstream wrong: body \"Hello, Wurld!\""},
    {"one that dies in the window", "dies", "proxies", "wrk", REASON_UPSTREAM,
     "the upstream dies ended with 3"},
    {"one that hangs in the window", "hangs", "proxies", "wrk", REASON_UPSTREAM,
     "the upstream hangs: no answer in time"},
    {"one whose answers turn wrong in the window", "turns", "proxies", "wrk", REASON_UPSTREAM,
     "the upstream turns: body \"Hello, Wurld!\""},
    {"a server that answers 502 by itself", "well", "blames", "wrk", REASON_ERRORS,
     "answers above status 399"},
    {"a server that answers wrongly by itself", "well", "wrong", "well", REASON_ERRORS,
     "before the load: body \"Hello, Wurld!\""},
    {"a server that does not start", "well", "garbage", "well", REASON_FAILED_START, "ready PORT"},
};

static void whoever_failed_is_the_rounds_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(troubles) / sizeof(troubles[0]); i++) {
        struct round round;
        bool said = false;
        if (strcmp(troubles[i].load, "wrk") == 0 && !have_wrk())
            continue;
        measure_behind(troubles[i].upstream, troubles[i].server, NULL, troubles[i].load, 1, &round);
        for (unsigned j = 0; j < round.outcome.count; j++) {
            const struct reason *reason = &round.outcome.reasons[j];
            said = said || (reason->code == troubles[i].reason &&
                            strstr(reason->detail, troubles[i].says) != NULL);
        }
        if (!said)
            fail_msg("%s: %s, the first of %u reasons: %s", troubles[i].name,
                     outcome_name(round.outcome.kind), round.outcome.count,
                     round.outcome.count ? round.outcome.reasons[0].detail : "");
        assert_int_equal(round.outcome.kind, OUTCOME_INVALID);
        if (troubles[i].reason == REASON_UPSTREAM)
            assert_no_fault_of_its_own(&round);
        round_release(&round);
    }
}

/* Both, because neither was measured; by the same name, because both may be tried again. */
static void neither_arm_is_blamed(void **state)
{
    (void)state;
    struct round rounds[2];
    measure_behind("crashes", "proxies", "proxies", "well", 0, rounds);
    for (int i = 0; i < 2; i++) {
        assert_true(outcome_has(&rounds[i].outcome, REASON_UPSTREAM));
        assert_no_fault_of_its_own(&rounds[i]);
    }
    assert_true(reason_is_external(REASON_UPSTREAM));
    assert_non_null(strstr(rounds[1].outcome.reasons[0].detail, "behind its partner proxies"));
    round_release(&rounds[0]);
    round_release(&rounds[1]);
}

static void on_alarm(int number)
{
    (void)number;
    interrupted = true;
}

static void an_interrupt_stops_it_too(void **state)
{
    (void)state;
    static const struct {
        const char *upstream, *server, *load;
        int limit_ms; /* what would be waited for otherwise is longer */
    } table[] = {{"never", "well", "well", SERVER_START_TIMEOUT_MS - 1000},
                 {"stubborn", "stubborn", "hangs", 2 * SERVER_STOP_TIMEOUT_MS - 500}};
    signal(SIGALRM, on_alarm);
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct round round;
        struct itimerval timer = {.it_value.tv_usec = 300000};
        int64_t start_ns = monotonic_ns();
        setitimer(ITIMER_REAL, &timer, NULL);
        measure_behind(table[i].upstream, table[i].server, NULL, table[i].load, 20, &round);
        interrupted = false;
        int64_t took_ns = monotonic_ns() - start_ns;
        assert_true(outcome_has(&round.outcome, REASON_INTERRUPTED));
        assert_false(outcome_has(&round.outcome, REASON_UPSTREAM));
        assert_true(took_ns < table[i].limit_ms * NS_PER_MS);
        round_release(&round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_asked_what_follows_the_route),
        cmocka_unit_test(connections_are_counted_though_they_have_ended),
        cmocka_unit_test(what_stands_behind_is_measured_apart),
        cmocka_unit_test(it_is_no_foreign_load),
        cmocka_unit_test(without_one_its_figures_are_missing_for_that_reason),
        cmocka_unit_test(each_arm_of_a_pair_has_its_own),
        cmocka_unit_test(the_sum_of_connections_takes_in_those_to_it),
        cmocka_unit_test(connections_to_it_are_counted),
        cmocka_unit_test(whoever_failed_is_the_rounds_reason),
        cmocka_unit_test(neither_arm_is_blamed),
        cmocka_unit_test(an_interrupt_stops_it_too),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("upstream", tests, open_all, close_all);
}
