/*
 * Server processes that keep the process contract, and each way to break it.
 *
 * run-tests: waits
 */
#include "measure/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "measure/clock.h"
#include "measure/describe.h"
#include "server_room.h"

/* A socket of our own that listens on the server's port, or 0 for any. */
static int listen_here(uint16_t *port, bool share)
{
    struct sockaddr_in name = {
        .sin_family = AF_INET, .sin_port = htons(*port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(name);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (share)
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
    assert_int_equal(bind(fd, (struct sockaddr *)&name, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    getsockname(fd, (struct sockaddr *)&name, &len);
    *port = ntohs(name.sin_port);
    return fd;
}

static void a_good_server_starts_and_stops(void **state)
{
    (void)state;
    static const char *const addresses[] = {"127.0.0.1", "::1"};
    for (size_t i = 0; i < 2; i++) {
        struct server server;
        char error[200] = "";
        struct server_options options = options_for("well");
        options.address = addresses[i];
        if (server_start(&server, &options, error, sizeof(error)) != SERVER_OK)
            fail_msg("%s: %s", addresses[i], error);
        pid_t pid = server.pid;
        assert_true(server.port > 0);
        assert_int_equal(getpgid(pid), pid);
        assert_false(server_ended(&server));
        int took_ms = server_stop(&server);
        assert_in_range(took_ms, 0, SERVER_STOP_TIMEOUT_MS);
        assert_true(WIFEXITED(server.exit_status) && WEXITSTATUS(server.exit_status) == 0);
        assert_false(alive(pid));
        server_kill(&server); /* harmless on a stopped one */
        assert_int_equal(server_stop(&server), 0);
    }
}

static void it_runs_where_it_is_pinned_with_its_padding(void **state)
{
    (void)state;
    cpu_set_t allowed, one, got;
    sched_getaffinity(0, sizeof(allowed), &allowed);
    CPU_ZERO(&one);
    for (int cpu = CPU_SETSIZE; cpu-- > 0 && CPU_COUNT(&one) == 0;)
        if (CPU_ISSET(cpu, &allowed))
            CPU_SET(cpu, &one);
    struct server server;
    char error[200] = "", path[64], environment[65536] = "";
    struct server_options options = options_for("well");
    options.cpus = &one;
    options.environment_padding_bytes = 3000;
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_OK);
    assert_int_equal(sched_getaffinity(server.pid, sizeof(got), &got), 0);
    assert_true(CPU_EQUAL(&one, &got));
    snprintf(path, sizeof(path), "/proc/%d/environ", (int)server.pid);
    FILE *file = fopen(path, "r");
    size_t len = fread(environment, 1, sizeof(environment), file);
    fclose(file);
    server_stop(&server);
    const char *padding =
        memmem(environment, len, "BACKBENCH_PADDING=xxx", strlen("BACKBENCH_PADDING=xxx"));
    assert_non_null(padding);
    assert_int_equal(strlen(padding), strlen("BACKBENCH_PADDING=") + 3000);
}

static void each_failure_to_start_is_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *way;
        enum server_result result;
        const char *says;
    } table[] = {
        {"cannot", SERVER_UNAVAILABLE, "fake_setup: EPERM: not in this test"},
        {"crashes", SERVER_FAILED, "was killed by signal 6"},
        {"garbage", SERVER_FAILED, "`ready PORT`"},
        {"never", SERVER_FAILED, "not ready within 150 ms"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct server server;
        char error[200] = "";
        struct server_options options = options_for(table[i].way);
        options.start_timeout_ms = strcmp(table[i].way, "never") == 0 ? 150 : 0;
        enum server_result result = server_start(&server, &options, error, sizeof(error));
        if (result != table[i].result || strstr(error, table[i].says) == NULL)
            fail_msg("%s: %d, \"%s\"", table[i].way, result, error);
        assert_int_equal(server.pid, 0);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left */
    }
}

static void a_program_that_is_not_there_is_said(void **state)
{
    (void)state;
    struct server server;
    char error[200] = "";
    struct server_options options = {
        .path = "/nowhere/server", .address = "127.0.0.1", .workers = 1};
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_FAILED);
    assert_non_null(strstr(error, "No such file or directory"));
}

static void a_port_that_is_not_its_own_is_refused(void **state)
{
    (void)state;
    uint16_t port = 0;
    int ours = listen_here(&port, false);
    char text[8], error[200] = "";
    snprintf(text, sizeof(text), "%u", port);
    setenv("FAKE_PORT", text, 1);
    struct server server;
    struct server_options options = options_for("absent");
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_FAILED);
    assert_non_null(strstr(error, "another process listens"));
    close(ours);
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_FAILED);
    assert_non_null(strstr(error, "nothing listens"));
}

static void a_leftover_listener_beside_it_is_refused(void **state)
{
    (void)state;
    uint16_t port = 0;
    int leftover = listen_here(&port, true);
    char text[8], error[200] = "";
    snprintf(text, sizeof(text), "%u", port);
    setenv("FAKE_PORT", text, 1);
    struct server server;
    struct server_options options = options_for("joins");
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_FAILED);
    if (strstr(error, "another process listens") == NULL)
        fail_msg("%s", error);
    close(leftover);
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_OK);
    server_stop(&server);
}

static void one_that_ignores_TERM_is_killed(void **state)
{
    (void)state;
    struct server server;
    char error[200] = "";
    struct server_options options = options_for("stubborn");
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_OK);
    pid_t pid = server.pid;
    int64_t start_ns = monotonic_ns();
    assert_int_equal(server_stop(&server), -1);
    assert_true(monotonic_ns() - start_ns >= SERVER_STOP_TIMEOUT_MS * NS_PER_MS);
    assert_true(WIFSIGNALED(server.exit_status) && WTERMSIG(server.exit_status) == SIGKILL);
    assert_false(alive(pid));
}

static void an_interrupt_ends_the_wait_for_start_and_stop(void **state)
{
    (void)state;
    volatile bool interrupted = false;
    struct server server;
    char error[200] = "";
    struct server_options options = options_for("stubborn");
    options.interrupted = &interrupted;
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_OK);
    interrupted = true;
    int64_t start_ns = monotonic_ns();
    assert_int_equal(server_stop(&server), -1);
    assert_true(monotonic_ns() - start_ns < SERVER_STOP_TIMEOUT_MS * NS_PER_MS);
    options = options_for("never");
    options.interrupted = &interrupted;
    start_ns = monotonic_ns();
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_FAILED);
    assert_string_equal(error, "interrupted");
    assert_true(monotonic_ns() - start_ns < SERVER_START_TIMEOUT_MS * NS_PER_MS);
}

static int64_t drain_pause_ns;

/* What the linker puts before process_drain: whoever calls it may be kept from the CPU then. */
bool __real_process_drain(int fd, char *bytes, size_t size, size_t *len);
bool __wrap_process_drain(int fd, char *bytes, size_t size, size_t *len);
bool __wrap_process_drain(int fd, char *bytes, size_t size, size_t *len)
{
    bool is_open = __real_process_drain(fd, bytes, size, len);
    if (drain_pause_ns > 0)
        sleep_until_ns(monotonic_ns() + drain_pause_ns);
    return is_open;
}

/* It logs a line, at which its stdout is looked at; its ready line comes in the pause after it. */
static void a_ready_line_that_comes_between_two_looks_is_not_lost(void **state)
{
    (void)state;
    struct server server;
    char error[200] = "";
    struct server_options options = options_for("announces");
    drain_pause_ns = 100 * NS_PER_MS;
    enum server_result result = server_start(&server, &options, error, sizeof(error));
    drain_pause_ns = 0;
    if (result != SERVER_OK)
        fail_msg("%s", error);
    server_stop(&server);
}

static void one_that_floods_stderr_is_not_stopped_by_the_pipe(void **state)
{
    (void)state;
    struct server server;
    char error[200] = "";
    struct server_options options = options_for("noisy"); /* 500 KB before it is ready */
    if (server_start(&server, &options, error, sizeof(error)) != SERVER_OK)
        fail_msg("%s", error);
    server_stop(&server);
    assert_int_equal(server.log_len, sizeof(server.log));
    assert_memory_equal(server.log, "this line fills the pipe\n", 25);
}

static void a_description_is_read_where_there_is_one(void **state)
{
    (void)state;
    struct server_info info;
    char error[200] = "";
    assert_int_equal(server_describe(&info, "fake", tools_link(&tools, "fake_server", "well"),
                                     error, sizeof(error)),
                     0);
    assert_true(info.described);
    assert_string_equal(info.model, "a poll loop");
    server_info_release(&info);
    /* one that serves instead of describing itself is only named */
    assert_int_equal(server_describe(&info, "mute", tools_link(&tools, "fake_server", "mute"),
                                     error, sizeof(error)),
                     0);
    assert_false(info.described);
    assert_string_equal(info.name, "mute");
    server_info_release(&info);
    assert_int_equal(server_describe(&info, "none", "/nowhere/server", error, sizeof(error)), -1);
    server_info_release(&info);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_server_starts_and_stops),
        cmocka_unit_test(it_runs_where_it_is_pinned_with_its_padding),
        cmocka_unit_test(each_failure_to_start_is_a_sentence),
        cmocka_unit_test(a_program_that_is_not_there_is_said),
        cmocka_unit_test(a_port_that_is_not_its_own_is_refused),
        cmocka_unit_test(a_leftover_listener_beside_it_is_refused),
        cmocka_unit_test(one_that_ignores_TERM_is_killed),
        cmocka_unit_test(an_interrupt_ends_the_wait_for_start_and_stop),
        cmocka_unit_test(a_ready_line_that_comes_between_two_looks_is_not_lost),
        cmocka_unit_test(one_that_floods_stderr_is_not_stopped_by_the_pipe),
        cmocka_unit_test(a_description_is_read_where_there_is_one),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("server", tests, open_all, close_all);
}
