/*
 * Holding connections in processes of their own; see holder.h. The next process begins when the one
 * before has as many as it may open files, so the limit need not be known. Each says how its
 * opening ended and then sleeps in recv(2): LOOK is answered by a number; CLOSE, or the end of the
 * harness, by closing and its own end.
 */
#include "measure/holder.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/clock.h"
#include "measure/holding.h"

enum { SLICE_MS = 100, REPLY_MS = 5000, FIRST_FREE_FD = 3 };
enum { LOOK = 'l', CLOSE = 'c' };

/* How the opening ended. */
struct report {
    enum holding_end end;
    unsigned count;
    char why[120];
};

/* ---- in the process that holds ---- */

/* Of what the harness has open, keeps the three standard streams and the socket, which it returns:
 * a lock is among the rest, and pipes that others wait to see closed. */
static int leave_files(int fd)
{
    if (fd != FIRST_FREE_FD)
        dup2(fd, FIRST_FREE_FD);
    close_range(FIRST_FREE_FD + 1, ~0U, 0);
    return FIRST_FREE_FD;
}

static void settle(const struct holder_options *options, pid_t parent)
{
    struct rlimit files;
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(1); /* the harness has died before the prctl took effect, or would not be noticed */
    for (int number = 1; number < 32; number++)
        signal(number, SIG_DFL);
    prctl(PR_SET_NAME, "backbench-hold");
    if (options->cpus != NULL)
        sched_setaffinity(0, sizeof(*options->cpus), options->cpus);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static bool say(int fd, const void *what, size_t size)
{
    return send(fd, what, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static _Noreturn void hold(int fd, const struct holder_options *options, unsigned before,
                           pid_t parent)
{
    struct holding holding;
    struct report report = {0};
    char command;
    settle(options, parent);
    fd = leave_files(fd);
    report.end = holding_open(&holding, options, before, report.why, sizeof(report.why));
    report.count = holding.count;
    bool is_wanted = say(fd, &report, sizeof(report));
    while (is_wanted && recv(fd, &command, 1, 0) == 1 && command == LOOK) {
        unsigned count = holding_look(&holding);
        is_wanted = say(fd, &count, sizeof(count));
    }
    holding_close(&holding);
    _exit(0);
}

/* ---- in the harness ---- */

/* Takes one message of this size. False: the process has
 * ended, or it took too long, or the flag was set. */
static bool hear(int fd, void *what, size_t size, int64_t deadline_ns,
                 const volatile bool *interrupted)
{
    struct pollfd ready = {fd, POLLIN, 0};
    while (!(interrupted != NULL && *interrupted) && monotonic_ns() < deadline_ns)
        if (poll(&ready, 1, SLICE_MS) > 0)
            return recv(fd, what, size, MSG_DONTWAIT) == (ssize_t)size;
    return false;
}

/* 0 or -errno. */
static int start_process(struct holder *holder, const struct holder_options *options)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return -errno;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        hold(ends[1], options, holder->held, parent);
    int error = pid < 0 ? -errno : 0;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return error;
    }
    setpgid(
        pid,
        pid); /* here too, so that a signal to the harness' group is not its, whoever runs first */
    holder->processes[holder->process_count].pid = pid;
    holder->processes[holder->process_count++].fd = ends[0];
    return 0;
}

/* Opens what one process can hold. */
static enum holding_end add_process(struct holder *holder, const struct holder_options *options,
                                    struct report *report)
{
    *report = (struct report){.end = HOLDING_SHORT};
    if (holder->process_count == HOLDER_PROCESSES) {
        snprintf(report->why, sizeof(report->why),
                 "%d processes have as many files open as each may (RLIMIT_NOFILE)",
                 HOLDER_PROCESSES);
        return HOLDING_SHORT;
    }
    int error = start_process(holder, options);
    if (error != 0)
        snprintf(report->why, sizeof(report->why), "cannot start a process: %s", strerror(-error));
    else if (!hear(holder->processes[holder->process_count - 1].fd, report, sizeof(*report),
                   INT64_MAX, options->interrupted))
        snprintf(report->why, sizeof(report->why), "the process that opened them was ended");
    holder->held += report->count;
    if (report->end == HOLDING_FULL && report->count == 0) {
        report->end = HOLDING_SHORT;
        snprintf(report->why, sizeof(report->why), "a process may open no files (RLIMIT_NOFILE)");
    }
    return report->end;
}

int holder_start(struct holder *holder, const struct holder_options *options, char **error)
{
    struct report report = {0};
    enum holding_end end = HOLDING_ALL;
    *holder = (struct holder){0};
    if (options->connections == 0)
        return 0;
    do
        end = add_process(holder, options, &report);
    while (end == HOLDING_FULL && holder->held < options->connections);
    if (options->interrupted != NULL && *options->interrupted) {
        holder_kill(holder);
        return text_error(error, "interrupted");
    }
    if (holder->held == 0) {
        holder_kill(holder);
        return text_error(error, "no connection to %s port %u is held: %s", options->address,
                          options->port, report.why);
    }
    if (holder->held < options->connections)
        holder->shortfall = text_format("%u of %u connections are held: %s", holder->held,
                                        options->connections, report.why);
    return 0;
}

unsigned holder_count(struct holder *holder)
{
    static const char look = LOOK;
    unsigned sum = 0, count;
    for (size_t i = 0; i < holder->process_count; i++) {
        int fd = holder->processes[i].fd;
        if (say(fd, &look, 1) &&
            hear(fd, &count, sizeof(count), monotonic_ns() + REPLY_MS * NS_PER_MS, NULL))
            sum += count;
    }
    return sum;
}

/* Until each has ended, or time is over. */
static void await_ends(const struct holder *holder)
{
    int64_t deadline_ns = monotonic_ns() + (HOLDER_CLOSE_MS + SLICE_MS) * NS_PER_MS;
    char none;
    for (size_t i = 0; i < holder->process_count; i++)
        hear(holder->processes[i].fd, &none, 1, deadline_ns, NULL);
}

void holder_release(struct holder *holder)
{
    static const char end = CLOSE;
    for (size_t i = 0; i < holder->process_count; i++)
        say(holder->processes[i].fd, &end, 1);
    await_ends(holder);
    holder_kill(holder);
}

/* Until it is reaped its pid is no other's; one that was
 * reaped already, as a stray, is left alone. */
static void end_process(pid_t pid)
{
    if (waitpid(pid, NULL, WNOHANG) != 0)
        return;
    kill(pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
}

void holder_kill(struct holder *holder)
{
    for (size_t i = 0; i < holder->process_count; i++) {
        end_process(holder->processes[i].pid);
        close(holder->processes[i].fd);
    }
    free(holder->shortfall);
    *holder = (struct holder){0};
}
