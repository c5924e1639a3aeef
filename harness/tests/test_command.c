/* What a command printed, and when one that never stops printing is ended; see command.h. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include <cmocka.h>

#include "measure/clock.h"
#include "sources/command.h"

enum { LINE = 10, KEPT = 256 << 10 };

static volatile bool interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = true;
}

static void of_more_than_is_kept_only_whole_lines_are(void **state)
{
    (void)state;
    struct command_output output;
    const struct command command = {
        .argv = (const char *const[]){"sh", "-c", "yes 123456789 | head -c 300000", NULL}};
    assert_int_equal(command_run(&command, &output), 0);
    size_t len = strlen(output.out);
    assert_int_equal(len, KEPT / LINE * LINE);
    assert_string_equal(output.out + len - LINE, "123456789\n");
    command_output_release(&output);
}

static void one_line_that_is_longer_is_none(void **state)
{
    (void)state;
    struct command_output output;
    const struct command command = {
        .argv = (const char *const[]){"sh", "-c", "head -c 300000 /dev/zero | tr '\\0' x", NULL}};
    assert_int_equal(command_run(&command, &output), 0);
    assert_string_equal(output.out, "");
    command_output_release(&output);
}

static void who_prints_without_end_is_ended(void **state)
{
    (void)state;
    for (int logged = 0; logged < 2; logged++) {
        struct command_output output;
        const struct command command = {
            .argv = (const char *const[]){"yes", NULL},
            .log_fd = logged ? open("/dev/null", O_WRONLY | O_CLOEXEC) : 0,
            .interrupted = &interrupted,
        };
        const struct itimerval in = {.it_value = {.tv_usec = 200000}};
        double begun_s = monotonic_s();
        interrupted = false;
        signal(SIGALRM, interrupt);
        setitimer(ITIMER_REAL, &in, NULL);
        assert_int_equal(command_run(&command, &output), -EINTR);
        assert_true(monotonic_s() - begun_s < 5);
        command_output_release(&output);
        if (logged)
            close(command.log_fd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_more_than_is_kept_only_whole_lines_are),
        cmocka_unit_test(one_line_that_is_longer_is_none),
        cmocka_unit_test(who_prints_without_end_is_ended),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
