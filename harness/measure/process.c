/* Starting one child process; see process.h. Nothing here knows servers or generators. */
#include "measure/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/strings.h"

enum { FIRST_FREE_FD = 10, DRAIN_READS = 64 };

/* A pattern that ends with "*" is the beginning of a name. */
static bool is_of(const char *variable, const char *pattern)
{
    size_t len = strlen(pattern);
    if (pattern[len - 1] == '*')
        return strncmp(variable, pattern, len - 1) == 0;
    return strncmp(variable, pattern, len) == 0 && variable[len] == '=';
}

static bool is_passed_on(const char *variable, const char *const *without)
{
    for (; without != NULL && *without != NULL; without++)
        if (is_of(variable, *without))
            return false;
    return true;
}

static char **environment_for(const struct process_options *options)
{
    size_t count = 0, added = 0, kept = 0;
    while (environ[count] != NULL)
        count++;
    while (options->environment[added] != NULL)
        added++;
    char **all = xcalloc(count + added + 1, sizeof(*all));
    for (size_t i = 0; i < count; i++)
        if (is_passed_on(environ[i], options->without))
            all[kept++] = environ[i];
    for (size_t i = 0; i < added; i++)
        all[kept++] = (char *)options->environment[i];
    return all;
}

/* Descriptors of one start; 0 means "not open", as descriptor 0 is never one of them (see
 * pipe_above). */
struct plumbing {
    int null, out[2], err[2], exec[2], third;
};

/* Pipe ends land above the descriptors that the child will overwrite with dup2. */
static int pipe_above(int ends[2])
{
    int low[2];
    if (pipe2(low, O_CLOEXEC) != 0)
        return -errno;
    int result = 0;
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, FIRST_FREE_FD);
        if (ends[i] < 0) {
            result = -errno;
            ends[i] = 0;
        }
        close(low[i]);
    }
    return result;
}

static void close_open(int *fd)
{
    if (*fd > 0)
        close(*fd);
    *fd = 0;
}

static void plumbing_close(struct plumbing *plumbing)
{
    int *all[] = {&plumbing->null,   &plumbing->out[0],  &plumbing->out[1],  &plumbing->err[0],
                  &plumbing->err[1], &plumbing->exec[0], &plumbing->exec[1], &plumbing->third};
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        close_open(all[i]);
}

static int above(int fd)
{
    if (fd < 0)
        return -errno;
    int high = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
    return high < 0 ? -errno : high;
}

static int plumbing_open(struct plumbing *plumbing, int third_fd)
{
    *plumbing = (struct plumbing){0};
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int result = plumbing->null = above(null);
    if (null >= 0)
        close(null);
    if (result >= 0)
        result = pipe_above(plumbing->out);
    if (result >= 0)
        result = pipe_above(plumbing->err);
    if (result >= 0)
        result = pipe_above(plumbing->exec);
    if (result >= 0 && third_fd > 0)
        result = plumbing->third = above(third_fd);
    if (result < 0)
        plumbing_close(plumbing);
    return result < 0 ? result : 0;
}

/* What a handler-catching, SIGPIPE-ignoring parent must not pass on through exec. */
static void reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int signal_number = 1; signal_number < 32; signal_number++)
        signal(signal_number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* In the child. Returns only if something failed, with errno set. */
static void child_exec(const struct process_options *options, const struct plumbing *plumbing,
                       char **environment, pid_t parent)
{
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        return;
    if (getppid() != parent) /* it died before the prctl took effect */
        _exit(127);
    if (options->folder != NULL && chdir(options->folder) != 0)
        return;
    if (options->cpus != NULL && sched_setaffinity(0, sizeof(*options->cpus), options->cpus) != 0)
        return;
    if (dup2(plumbing->null, 0) < 0 || dup2(plumbing->out[1], 1) < 0 ||
        dup2(plumbing->err[1], 2) < 0)
        return;
    if (plumbing->third > 0 && dup2(plumbing->third, 3) < 0)
        return;
    reset_signals();
    execvpe(options->argv[0], (char **)options->argv, environment);
}

/* Waits for the exec pipe: it closes when exec succeeded and carries errno when not. */
static int exec_result(int fd)
{
    int code = 0;
    ssize_t got;
    do
        got = read(fd, &code, sizeof(code));
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof(code) ? -code : 0;
}

int process_start(struct process *process, const struct process_options *options)
{
    struct plumbing plumbing;
    int result = plumbing_open(&plumbing, options->third_fd);
    if (result < 0)
        return result;
    char **environment = environment_for(options);
    pid_t parent = getpid(), pid = fork();
    if (pid == 0) {
        child_exec(options, &plumbing, environment, parent);
        int code = errno;
        ssize_t written = write(plumbing.exec[1], &code, sizeof(code));
        _exit(written > 0 ? 127 : 126);
    }
    result = pid < 0 ? -errno : 0;
    free(environment);
    close_open(&plumbing.exec[1]);
    if (pid > 0) {
        setpgid(pid, pid); /* here too, so that the group exists whichever runs first */
        result = exec_result(plumbing.exec[0]);
        if (result < 0)
            waitpid(pid, NULL, 0);
    }
    if (result == 0) {
        *process =
            (struct process){.pid = pid, .out_fd = plumbing.out[0], .err_fd = plumbing.err[0]};
        plumbing.out[0] = plumbing.err[0] = 0;
        fcntl(process->out_fd, F_SETFL, O_NONBLOCK);
        fcntl(process->err_fd, F_SETFL, O_NONBLOCK);
    }
    plumbing_close(&plumbing);
    return result;
}

bool process_ended(pid_t pid, int *status)
{
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != pid)
        return false;
    *status =
        info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status);
    return true;
}

bool process_drain(int fd, char *bytes, size_t size, size_t *len)
{
    char rest[4096];
    for (unsigned n = 0; n < DRAIN_READS; n++) {
        bool keep = *len < size;
        ssize_t got = keep ? read(fd, bytes + *len, size - *len) : read(fd, rest, sizeof(rest));
        if (got > 0 && keep)
            *len += (size_t)got;
        else if (got < 0 && errno == EINTR)
            continue;
        else if (got <= 0)
            return got < 0 && errno == EAGAIN;
    }
    return true;
}
