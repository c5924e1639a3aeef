/* Server processes that keep the process contract, and each way to break it. */
#include "measure/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "data/result.h"
#include "measure/clock.h"
#include "measure/describe.h"
#include "measure/process_tree.h"
#include "measure/surroundings.h"
#include "tools.h"

static struct tools tools;

static struct server_options options_for(const char *way)
{
    return (struct server_options){
        .path = tools_link(&tools, "fake_server", way), .address = "127.0.0.1", .workers = 1};
}

static bool alive(pid_t pid)
{
    struct process_stat stat;
    return process_read_stat(pid, &stat) && stat.state != 'Z';
}

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

/* Were it reaped when its end is seen, the kill of what is left of its tree could hit a stranger. */
static void one_that_ended_keeps_its_number_until_its_tree_is_killed(void **state)
{
    (void)state;
    struct server server;
    struct process_stat stat;
    char error[200] = "";
    pid_t pids[PROCESS_TREE];
    struct server_options options = options_for("crowd");
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_OK);
    pid_t pid = server.pid;
    kill(pid, SIGKILL);
    while (!server_ended(&server))
        sleep_until_ns(monotonic_ns() + NS_PER_MS);
    assert_true(process_read_stat(pid, &stat));
    assert_int_equal(stat.state, 'Z');
    assert_true(process_tree(pid, pids) > 100); /* its children are in its group */
    server_kill(&server);
    assert_false(process_read_stat(pid, &stat));
    assert_int_equal(process_tree(pid, pids), 0);
    assert_true(WIFSIGNALED(server.exit_status) && WTERMSIG(server.exit_status) == SIGKILL);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* all are reaped */
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
    options = options_for("never");
    options.interrupted = &interrupted;
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_FAILED);
    assert_string_equal(error, "interrupted");
    assert_true(monotonic_ns() - start_ns < NS_PER_S);
}

/* A supervisor whose worker is in a session of its own. */
static void the_listener_may_be_a_descendants_and_the_whole_tree_ends(void **state)
{
    (void)state;
    static const char *const ways[] = {"family", "orphans"};
    for (size_t i = 0; i < 2; i++) {
        struct server server;
        char error[200] = "";
        struct server_options options = options_for(ways[i]);
        pid_t pids[PROCESS_TREE];
        if (server_start(&server, &options, error, sizeof(error)) != SERVER_OK)
            fail_msg("%s: %s", ways[i], error);
        assert_int_equal(process_tree(server.pid, pids), 2);
        if (i == 0)
            assert_true(server_stop(&server) >= 0);
        else
            server_kill(&server);
        process_kill_strays();
        assert_false(alive(pids[0]));
        assert_false(alive(pids[1]));
    }
}

static void a_supervisor_that_leaves_its_worker_leaves_no_stray(void **state)
{
    (void)state;
    struct server server;
    char error[200] = "";
    struct server_options options = options_for("orphans");
    pid_t pids[PROCESS_TREE];
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_OK);
    assert_int_equal(process_tree(server.pid, pids), 2);
    server_stop(&server); /* the worker ignores TERM and now belongs to us, the reaper */
    process_kill_strays();
    assert_false(alive(pids[0]));
    assert_false(alive(pids[1]));
}

static bool is_bystander(const struct surroundings *surroundings, pid_t pid)
{
    for (size_t i = 0; i < surroundings->count; i++)
        if (surroundings->all[i].pid == pid)
            return true;
    return false;
}

static void a_worker_in_a_session_of_its_own_is_not_foreign(void **state)
{
    (void)state;
    struct server server;
    struct surroundings others, all;
    char error[200] = "";
    struct server_options options = options_for("family");
    pid_t pids[PROCESS_TREE];
    cpu_set_t none;
    CPU_ZERO(&none);
    assert_int_equal(server_start(&server, &options, error, sizeof(error)), SERVER_OK);
    assert_int_equal(process_tree(server.pid, pids), 2);
    surroundings_read(&all, &none, NULL, 0);
    surroundings_read(&others, &none, &server.pid, 1);
    server_stop(&server);
    for (int i = 0; i < 2; i++) {
        assert_true(is_bystander(&all, pids[i]));
        assert_false(is_bystander(&others, pids[i]));
    }
    surroundings_release(&all);
    surroundings_release(&others);
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

static void it_dies_with_the_harness(void **state)
{
    (void)state;
    int channel[2];
    assert_int_equal(pipe(channel), 0);
    struct server_options options = options_for("well");
    pid_t harness = fork();
    if (harness == 0) {
        struct server server;
        char error[200];
        if (server_start(&server, &options, error, sizeof(error)) != SERVER_OK ||
            write(channel[1], &server.pid, sizeof(server.pid)) < 0)
            _exit(1);
        pause();
    }
    pid_t pid = 0;
    assert_int_equal(read(channel[0], &pid, sizeof(pid)), sizeof(pid));
    assert_true(alive(pid));
    kill(harness, SIGKILL);
    waitpid(harness, NULL, 0);
    for (int i = 0; alive(pid) && i < 1000; i++)
        sleep_until_ns(monotonic_ns() + NS_PER_MS);
    assert_false(alive(pid));
    process_kill_strays();
    close(channel[0]);
    close(channel[1]);
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

static void a_sum_that_lacks_a_process_is_no_number(void **state)
{
    (void)state;
    pid_t pids[2] = {getpid(), fork()};
    if (pids[1] == 0)
        for (;;)
            pause();
    assert_true(process_cpu_ns(pids, 2) > 0);
    assert_true(process_user_ns(pids, 2) >= 0);
    kill(pids[1], SIGKILL);
    waitpid(pids[1], NULL, 0);
    assert_int_equal(process_cpu_ns(pids, 2), MISSING);
    assert_int_equal(process_user_ns(pids, 2), MISSING);
}

static int open_all(void **state)
{
    (void)state;
    server_become_reaper();
    tools_open(&tools);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    tools_close(&tools);
    return 0;
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
        cmocka_unit_test(one_that_ended_keeps_its_number_until_its_tree_is_killed),
        cmocka_unit_test(an_interrupt_ends_the_wait_for_start_and_stop),
        cmocka_unit_test(the_listener_may_be_a_descendants_and_the_whole_tree_ends),
        cmocka_unit_test(a_supervisor_that_leaves_its_worker_leaves_no_stray),
        cmocka_unit_test(a_worker_in_a_session_of_its_own_is_not_foreign),
        cmocka_unit_test(one_that_floods_stderr_is_not_stopped_by_the_pipe),
        cmocka_unit_test(it_dies_with_the_harness),
        cmocka_unit_test(a_sum_that_lacks_a_process_is_no_number),
        cmocka_unit_test(a_description_is_read_where_there_is_one),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("server", tests, open_all, close_all);
}
