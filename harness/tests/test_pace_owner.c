/* Whose port is it: that of a process, of one of its children, or of nobody among them. */
#include "pace/owner.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

static uint16_t listen_somewhere(int family, int *fd)
{
    struct sockaddr_storage name = {.ss_family = (sa_family_t)family};
    socklen_t len = sizeof name;

    *fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (*fd < 0 || bind(*fd, (struct sockaddr *)&name, len) != 0 || listen(*fd, 1) != 0)
        return 0;
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&name, &len), 0);
    return ntohs(family == AF_INET ? ((struct sockaddr_in *)&name)->sin_port
                                   : ((struct sockaddr_in6 *)&name)->sin6_port);
}

/* A process that waits to be killed, and dies with the test;
 * depth: of that many generations the last one holds fd. */
static pid_t start(int fd, int depth)
{
    int pipes[2];
    char byte;

    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (depth > 0)
            start(fd, depth - 1);
        if (depth > 0 || fd < 0)
            for (int other = 3; other < 64; other++)
                if (other != pipes[1])
                    close(other);
        if (write(pipes[1], "", 1) == 1)
            pause();
        _exit(0);
    }
    close(pipes[1]);
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    close(pipes[0]);
    return pid;
}

static void stop(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

static enum owner owner_of(pid_t pid, uint16_t port)
{
    pid_t child;
    return owner_of_port(&pid, 1, port, &child);
}

static void who_listens_holds_the_port_and_nobody_else(void **state)
{
    (void)state;
    static const int families[] = {AF_INET, AF_INET6};
    for (size_t i = 0; i < 2; i++) {
        int fd;
        uint16_t port = listen_somewhere(families[i], &fd);
        if (port == 0 && families[i] == AF_INET6)
            continue; /* no IPv6 here */
        pid_t self = getpid(), stranger = start(-1, 0), both[] = {stranger, self}, child;
        assert_int_equal(owner_of(self, port), OWNER_HOLDS);
        assert_int_equal(owner_of(stranger, port), OWNER_LACKS);
        assert_int_equal(owner_of_port(both, 2, port, &child), OWNER_HOLDS);
        close(fd);
        assert_int_equal(owner_of(self, port), OWNER_LACKS);
        stop(stranger);
    }
}

static void a_child_or_its_child_is_named_instead_of_its_parent(void **state)
{
    (void)state;
    for (int depth = 0; depth <= 2; depth++) {
        int fd;
        uint16_t port = listen_somewhere(AF_INET, &fd);
        pid_t parent = start(fd, depth), self = getpid(), child = 0;
        close(fd);
        assert_int_equal(owner_of(parent, port), depth == 0 ? OWNER_HOLDS : OWNER_CHILD);
        assert_int_equal(owner_of_port(&self, 1, port, &child), OWNER_CHILD);
        assert_true(depth == 0 ? child == parent : child > 1 && child != parent);
        stop(parent);
    }
}

static void a_process_that_is_gone_holds_nothing(void **state)
{
    (void)state;
    int fd;
    uint16_t port = listen_somewhere(AF_INET, &fd);
    pid_t gone = start(-1, 0);
    stop(gone);
    assert_true(owner_of(gone, port) != OWNER_HOLDS);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_listens_holds_the_port_and_nobody_else),
        cmocka_unit_test(a_child_or_its_child_is_named_instead_of_its_parent),
        cmocka_unit_test(a_process_that_is_gone_holds_nothing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_owner", tests, NULL, NULL);
}
