/* Local ports run out: shown in a network namespace that has few of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "engine_server.h"

#include "engine_room.h"

enum { CANNOT = 77 };

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool is_written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return is_written;
}

/* A namespace with loopback and two ports, of which the server takes one. */
static bool enter_narrow_network(void)
{
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};

    if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0)
        return false;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool is_up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &loopback) == 0;
    if (fd >= 0)
        close(fd);
    return is_up && write_file("/proc/sys/net/ipv4/ip_local_port_range", "60000 60001") &&
           write_file("/proc/sys/net/ipv4/tcp_tw_reuse", "0");
}

/* Runs the trial and leaves; a failed assertion ends this process with another code. */
static void run_there(const struct asked *asked, unsigned completed_least)
{
    struct room room;

    if (!enter_narrow_network())
        _exit(CANNOT);
    struct server *server = server_start_with((struct habits){0});
    room_open(&room, asked, &server->port, 1);
    int failed = engine_run(&room.trial, &room.options, &room.exit_code, &room.error);
    const struct record *record = &room.trial.targets[0].record;
    bool is_right = !failed && room.trial.end == TRIAL_PORTS &&
                    strstr(room.trial.why, "no local port is free") &&
                    record->completed >= completed_least && record->faults[FAULT_CONNECT] == 0 &&
                    record->offered == record->completed + record->censored;
    if (!is_right)
        print_message("# end %d: %s; %llu completed of %llu, failed %llu; %s\n", room.trial.end,
                      room.trial.why, (unsigned long long)record->completed,
                      (unsigned long long)record->offered, (unsigned long long)record->failed,
                      room.error ? room.error : record->first_fault);
    _exit(is_right ? 0 : 1);
}

static void ports_that_run_out_end_it_with_a_reason_of_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        struct asked asked;
        unsigned completed_least;
    } table[] = {
        {"before the window", {.schedule = "poisson:100:5s", .connections = 8}, 0},
        {"in it, where closed connections hold the ports of a thousand addresses",
         {.schedule = "poisson:3000:40s", .connections = 8, .requests_per_connection = 1},
         950},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int status;
        print_message("# %s\n", table[i].sentence);
        pid_t child = fork();
        if (child == 0)
            run_there(&table[i].asked, table[i].completed_least);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT) {
            print_message("# no network namespace may be made here\n");
            skip();
        }
        assert_int_equal(status, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_that_run_out_end_it_with_a_reason_of_its_own),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
