/* The loop against a server of the suite: every answer as expected, and nothing made again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine_room.h"

struct process {
    pid_t pid;
    uint16_t port;
};

static struct process start_epoll(const char *path)
{
    struct process process;
    int out[2];
    char line[32] = "";

    assert_int_equal(pipe(out), 0);
    process.pid = fork();
    if (process.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(out[1], STDOUT_FILENO);
        execl(path, path, "--address", "127.0.0.1", "--port", "0", (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    ssize_t n = read(out[0], line, sizeof line - 1);
    close(out[0]);
    assert_true(n > 6 && strncmp(line, "ready ", 6) == 0);
    process.port = (uint16_t)atoi(line + 6);
    return process;
}

static void a_real_server_answers_all_as_expected(void **state)
{
    (void)state;
    const char *bin = getenv("BACKBENCH_BIN");
    char path[PATH_MAX];
    struct asked asked = {.schedule = "poisson:2000:1s",
                          .connections = 16,
                          .warmup_ns = 200000000,
                          .request = "GET /plaintext HTTP/1.1\r\nHost: x\r\n\r\n"};
    struct room room;

    snprintf(path, sizeof path, "%s/server-epoll", bin ? bin : "build/bin");
    if (access(path, X_OK) < 0) {
        print_message("# %s is not built\n", path);
        skip();
    }
    struct process server = start_epoll(path);
    room_open(&room, &asked, &server.port, 1);
    room.expectation.status = 200;
    room.expectation.type = xstrdup("text/plain");
    room.expectation.body = xstrdup("Hello, World!");
    room.expectation.body_len = 13;
    room.options.pids[0] = &server.pid;
    room.options.pid_count[0] = 1;
    int failed = room_run(&room);
    kill(server.pid, SIGKILL);
    waitpid(server.pid, NULL, 0);
    assert_int_equal(failed, 0);
    const struct record *record = &room.trial.targets[0].record;
    assert_int_equal(record->completed, room_arrivals(&room));
    assert_string_equal(record->first_fault, "");
    assert_int_equal(record->connects, 0);
    assert_in_range(record->looked_at, 16 + 1, 16 + 3);
    assert_in_range(room.trial.targets[0].cpu_ns, 1000000, 1000000000);
    room_close(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_server_answers_all_as_expected),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
