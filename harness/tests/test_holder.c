/*
 * Connections that are held idle: how many, and why fewer.
 *
 * run-tests: waits
 */
#include "measure/holder.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "measure/clock.h"
#include "server_room.h"

enum { MANY = 300, STEADY = 200 /* answers after which some fake servers change */ };
enum { SHORT_TIMEOUT_MS = 300, LONGER_TIMEOUT_MS = 2000, PATIENCE_MS = 20000 };

/* What came of holding connections. */
struct outcome {
    bool is_prepared;
    int result;
    unsigned held, count;
    size_t processes;
    char said[300]; /* error or shortfall */
};

/* A server closes a moment after it has answered. */
static unsigned settled_count(struct holder *holder, unsigned expected)
{
    int64_t deadline_ns = monotonic_ns() + PATIENCE_MS * NS_PER_MS;
    unsigned count;
    while ((count = holder_count(holder)) > expected && monotonic_ns() < deadline_ns)
        sleep_until_ns(monotonic_ns() + NS_PER_MS);
    return count;
}

static bool nothing(void)
{
    return true;
}

/* What is done before the server starts, and before the holder does; false: it cannot be. */
struct preparation {
    bool (*of_both)(void), (*of_holder)(void);
};

static void hold_and_look(struct outcome *outcome, const struct preparation *prepare,
                          const char *way, const char *address, unsigned connections,
                          unsigned expected)
{
    struct server server;
    struct holder holder;
    char *error = NULL, why[200];
    struct server_options server_options = options_for(way);
    server_options.address = address;
    if (!prepare->of_both() ||
        server_start(&server, &server_options, why, sizeof(why)) != SERVER_OK)
        return;
    outcome->is_prepared = prepare->of_holder();
    struct holder_options options = {.address = address,
                                     .port = server.port,
                                     .connections = connections,
                                     .timeout_ms =
                                         strcmp(way, "hangs") == 0 ? LONGER_TIMEOUT_MS : 0};
    outcome->result = holder_start(&holder, &options, &error);
    outcome->held = holder.held;
    outcome->processes = holder.process_count;
    outcome->count = settled_count(&holder, expected);
    const char *said = error != NULL ? error : holder.shortfall != NULL ? holder.shortfall : "";
    snprintf(outcome->said, sizeof(outcome->said), "%s", said);
    holder_release(&holder);
    free(error);
    server_kill(&server);
}

static bool few_files(void)
{
    return setrlimit(RLIMIT_NOFILE, &(struct rlimit){40, 40}) == 0;
}

static bool too_few_files(void)
{
    return setrlimit(RLIMIT_NOFILE, &(struct rlimit){20, 20}) == 0;
}

static bool soft_limit_only(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = 40;
    return files.rlim_max >= 2 * MANY && setrlimit(RLIMIT_NOFILE, &files) == 0;
}

/* A network of its own with 20 local ports, where that is allowed. */
static bool few_ports(void)
{
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
        return false;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool is_up = ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
    close(fd);
    FILE *range = fopen("/proc/sys/net/ipv4/ip_local_port_range", "w");
    bool is_small = range != NULL && fputs("40000 40019", range) > 0;
    return (range == NULL || fclose(range) == 0) && is_up && is_small;
}

/* In a process of its own, because what is prepared cannot be taken back. */
static struct outcome elsewhere(const struct preparation *prepare, const char *address)
{
    struct outcome outcome = {0};
    int channel[2];
    assert_int_equal(pipe(channel), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        hold_and_look(&outcome, prepare, "well", address, MANY, MANY);
        bool told = write(channel[1], &outcome, sizeof(outcome)) == sizeof(outcome);
        _exit(told ? 0 : 1);
    }
    close(channel[1]);
    ssize_t got = read(channel[0], &outcome, sizeof(outcome));
    close(channel[0]);
    waitpid(pid, NULL, 0);
    assert_int_equal(got, sizeof(outcome));
    return outcome;
}

static const struct {
    const char *sentence, *way, *address;
    unsigned connections;
    int result;
    unsigned held, count;
    const char *says;
} servers[] = {
    {"a good server has them all", "well", "127.0.0.1", MANY, 0, MANY, MANY, ""},
    {"so it has on IPv6", "well", "::1", MANY, 0, MANY, MANY, ""},
    {"none is asked for", "well", "127.0.0.1", 0, 0, 0, 0, ""},
    {"a server that answers so many and no more", "hangs", "127.0.0.1", MANY, 0, STEADY, STEADY,
     "200 of 300 connections are held: the server answers no further one in time"},
    {"one that closes every third after its answer", "sheds", "127.0.0.1", MANY, 0, MANY,
     MANY - MANY / 3, ""},
    {"one that closes them all", "closes", "127.0.0.1", MANY, 0, MANY, 0, ""},
    {"one that ends takes all with it", "dies", "127.0.0.1", MANY, 0, STEADY, 0,
     "200 of 300 connections are held: "},
    {"one that answers with an error", "errors", "127.0.0.1", MANY, -1, 0, 0,
     "is held: a first request was answered with status 500"},
};

static void what_is_held_depends_on_the_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(servers) / sizeof(*servers); i++) {
        static const struct preparation none = {nothing, nothing};
        struct outcome outcome = {0};
        hold_and_look(&outcome, &none, servers[i].way, servers[i].address, servers[i].connections,
                      servers[i].count);
        assert_true(outcome.is_prepared);
        if (outcome.result != servers[i].result || outcome.held != servers[i].held ||
            outcome.count != servers[i].count || strstr(outcome.said, servers[i].says) == NULL ||
            (servers[i].says[0] == '\0') != (outcome.said[0] == '\0'))
            fail_msg("%s: result %d, %u held, %u left, \"%s\"", servers[i].sentence, outcome.result,
                     outcome.held, outcome.count, outcome.said);
    }
}

static void nobody_listening_is_an_error(void **state)
{
    (void)state;
    struct server server;
    struct holder holder;
    char why[200], *error = NULL;
    struct server_options server_options = options_for("well");
    assert_int_equal(server_start(&server, &server_options, why, sizeof(why)), SERVER_OK);
    server_kill(&server);
    struct holder_options options = {.address = "127.0.0.1", .port = server.port, .connections = 3};
    assert_int_equal(holder_start(&holder, &options, &error), -1);
    assert_non_null(strstr(error, "is held: Connection refused"));
    assert_int_equal(holder.process_count, 0);
    free(error);
    error = NULL;
    options.address = "localhost";
    assert_int_equal(holder_start(&holder, &options, &error), -1);
    assert_non_null(strstr(error, "this is no address"));
    free(error);
}

static void where_few_files_may_be_open_processes_share_them(void **state)
{
    (void)state;
    static const struct preparation prepare = {nothing, few_files};
    struct outcome outcome = elsewhere(&prepare, "127.0.0.1");
    assert_true(outcome.is_prepared);
    assert_string_equal(outcome.said, "");
    assert_int_equal(outcome.count, MANY);
    assert_in_range(outcome.processes, MANY / 40 + 1, MANY / 30 + 1);
}

static void where_too_few_may_be_open_fewer_are_held(void **state)
{
    (void)state;
    static const struct preparation prepare = {nothing, too_few_files};
    struct outcome outcome = elsewhere(&prepare, "127.0.0.1");
    assert_true(outcome.is_prepared);
    assert_int_equal(outcome.result, 0);
    assert_in_range(outcome.held, 20, MANY - 1);
    assert_int_equal(outcome.count, outcome.held);
    assert_non_null(strstr(outcome.said, "cannot start a process: Too many open files"));
}

static void the_soft_limit_is_raised_first(void **state)
{
    (void)state;
    static const struct preparation prepare = {nothing, soft_limit_only};
    struct outcome outcome = elsewhere(&prepare, "127.0.0.1");
    if (!outcome.is_prepared) {
        print_message("# the hard limit is too low\n");
        skip();
    }
    assert_int_equal(outcome.count, MANY);
    assert_int_equal(outcome.processes, 1);
}

static void where_local_ports_are_few_there_are_more_addresses(void **state)
{
    (void)state;
    static const struct preparation prepare = {few_ports, nothing};
    struct outcome outcome = elsewhere(&prepare, "127.0.0.1");
    if (!outcome.is_prepared) {
        print_message("# a network of its own is not allowed here\n");
        skip();
    }
    assert_string_equal(outcome.said, "");
    assert_int_equal(outcome.count, MANY);
    outcome = elsewhere(&prepare, "::1");
    assert_in_range(outcome.count, 10, 20);
    assert_non_null(strstr(outcome.said, "no more local ports"));
}

/* Accepts without answering, until nobody has come for a while; exits with how many have. */
static void accept_in_silence(int listener)
{
    struct pollfd newcomer = {listener, POLLIN, 0};
    int count = 0;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    poll(&newcomer, 1, PATIENCE_MS);
    while (poll(&newcomer, 1, 2 * SHORT_TIMEOUT_MS) > 0 && accept(listener, NULL, NULL) >= 0)
        count++;
    _exit(count);
}

static void a_bounded_number_is_unanswered_at_a_time(void **state)
{
    (void)state;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(name);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0;
    assert_int_equal(bind(listener, (struct sockaddr *)&name, len), 0);
    assert_int_equal(listen(listener, 1024), 0);
    getsockname(listener, (struct sockaddr *)&name, &len);
    pid_t pid = fork();
    if (pid == 0)
        accept_in_silence(listener);
    struct holder holder;
    char *error = NULL;
    struct holder_options options = {.address = "127.0.0.1",
                                     .port = ntohs(name.sin_port),
                                     .connections = 250,
                                     .timeout_ms = SHORT_TIMEOUT_MS};
    int result = holder_start(&holder, &options, &error);
    waitpid(pid, &status, 0);
    close(listener);
    free(error);
    assert_int_equal(result, -1);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), HOLDER_PACE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_held_depends_on_the_server),
        cmocka_unit_test(nobody_listening_is_an_error),
        cmocka_unit_test(where_few_files_may_be_open_processes_share_them),
        cmocka_unit_test(the_soft_limit_is_raised_first),
        cmocka_unit_test(where_too_few_may_be_open_fewer_are_held),
        cmocka_unit_test(where_local_ports_are_few_there_are_more_addresses),
        cmocka_unit_test(a_bounded_number_is_unanswered_at_a_time),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("holder", tests, open_all, close_all);
}
