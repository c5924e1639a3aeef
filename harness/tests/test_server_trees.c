/* Servers of more than one process: all of them are the server's, and none outlives it. */
#include "measure/server.h"

#include <signal.h>
#include <sys/wait.h>

#include "data/result.h"
#include "measure/clock.h"
#include "measure/process_tree.h"
#include "measure/surroundings.h"
#include "server_room.h"

/* Were it reaped when its end is seen, the kill of what is
 * left of its tree could hit a stranger. */
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
    for (int i = 0; alive(pid) && i < 20000; i++)
        sleep_until_ns(monotonic_ns() + NS_PER_MS);
    assert_false(alive(pid));
    process_kill_strays();
    close(channel[0]);
    close(channel[1]);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_ended_keeps_its_number_until_its_tree_is_killed),
        cmocka_unit_test(the_listener_may_be_a_descendants_and_the_whole_tree_ends),
        cmocka_unit_test(a_supervisor_that_leaves_its_worker_leaves_no_stray),
        cmocka_unit_test(a_worker_in_a_session_of_its_own_is_not_foreign),
        cmocka_unit_test(it_dies_with_the_harness),
        cmocka_unit_test(a_sum_that_lacks_a_process_is_no_number),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("server trees", tests, open_all, close_all);
}
