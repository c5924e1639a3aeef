/*
 * The conformance driver on a machine that stands still for a while, it and the server alike: the
 * server is not blamed for that time.
 *
 * run-tests: waits
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "check/again.h"
#include "check/exchange.h"
#include "measure/clock.h"
#include "tests/check_room.h"

/* Longer than silence is borne, and than any exchange of these cases may take; shorter than the
 * 5 s after which a server gives up on what stands behind it. */
static const struct timespec STANDSTILL = {.tv_sec = EXCHANGE_TIMEOUT_MS / 1000,
                                           .tv_nsec = 300000000};

static int waits_until = -1; /* the machine stands still; < 0: it has, or is not asked to */

static const char CHILDREN[] = "/proc/thread-self/children"; /* CONFIG_PROC_CHILDREN */

/* The server that is being checked: the one process that this thread has begun. */
static pid_t server_pid(void)
{
    long pid = 0;
    FILE *file = fopen(CHILDREN, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%ld", &pid), 1);
    fclose(file);
    return (pid_t)pid;
}

int __real_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                 const sigset_t *mask);
int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                 const sigset_t *mask);

/* In the thread that asks: that of what stands behind the server waits with it, too. */
int __wrap_ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
                 const sigset_t *mask)
{
    if (gettid() != getpid() || waits_until < 0 || waits_until-- > 0)
        return __real_ppoll(fds, count, timeout, mask);
    pid_t pid = server_pid();
    assert_int_equal(kill(pid, SIGSTOP), 0);
    nanosleep(&STANDSTILL, NULL);
    assert_int_equal(kill(pid, SIGCONT), 0);
    errno = EINTR; /* nothing has come: who is continued has not run yet */
    return -1;
}

static void nobody_is_blamed_for_a_standstill(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int waits;
    } table[] = {{"before anything is heard", 0}, {"while an answer is waited for", 4}};
    if (access(CHILDREN, R_OK) != 0)
        skip();
    char *folder = make_folder("standstill");
    case_link("/standstill", "route-plaintext");
    case_link("/standstill", "route-wait");
    for (size_t i = 0; i < COUNT(table); i++) {
        struct check_report report;
        print_message("# %s\n", table[i].name);
        waits_until = table[i].waits;
        check_defect("none", folder, true, &report);
        print_all(&report.failures);
        print_all(&report.slow);
        assert_false(is_found(&report.failures, "silence", ""));
        assert_true(waits_until < 0);
        assert_int_equal(report.failed, 0);
        assert_true(report.passed > 0);
        assert_int_equal(report.slow.count, 0);
        check_report_release(&report);
    }
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_blamed_for_a_standstill),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("check_standstill", tests, make_room, remove_room);
}
