/*
 * Starting, finding and ending child processes; see process.h. Nothing here knows servers or
 * generators.
 */
#include "measure/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/result.h"
#include "data/strings.h"
#include "measure/clock.h"

enum { KILL_TIMEOUT_MS = 1000, KILL_POLL_MS = 2, FIRST_FREE_FD = 10 };

static char **environment_with(const char *const *additions)
{
    size_t count = 0, added = 0;
    while (environ[count] != NULL)
        count++;
    while (additions[added] != NULL)
        added++;
    char **all = xcalloc(count + added + 1, sizeof(*all));
    memcpy(all, environ, count * sizeof(*all));
    for (size_t i = 0; i < added; i++)
        all[count + i] = (char *)additions[i];
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
    char **environment = environment_with(options->environment);
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

bool process_read_stat(pid_t pid, struct process_stat *stat)
{
    char path[64], text[1024];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t len = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (len <= 0)
        return false;
    text[len] = '\0';
    const char *rest = strrchr(text, ')'); /* the name before it may hold anything: proc(5) */
    int parent, group, cpu;
    unsigned long user, system;
    long children_user, children_system;
    if (rest == NULL ||
        sscanf(rest + 1,
               " %c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu %ld %ld %*d %*d %*d %*d %*u %*u"
               " %*d %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*u %*d %d",
               &stat->state, &parent, &group, &user, &system, &children_user, &children_system,
               &cpu) != 8)
        return false;
    stat->is_softirq = strstr(text, "(ksoftirqd/") != NULL;
    stat->cpu = cpu;
    stat->parent = parent;
    stat->group = group;
    stat->user_ticks = user;
    stat->system_ticks = system;
    stat->children_user_ticks = (uint64_t)children_user;
    stat->children_system_ticks = (uint64_t)children_system;
    return true;
}

void process_each(void (*visit)(void *argument, pid_t pid, const struct process_stat *stat),
                  void *argument)
{
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        pid_t pid = (pid_t)atoi(entry->d_name);
        struct process_stat stat;
        if (pid > 0 && process_read_stat(pid, &stat))
            visit(argument, pid, &stat);
    }
    closedir(proc);
}

/* All processes as (pid, parent, group), to find a tree in. */
struct census {
    struct {
        pid_t pid, parent, group;
    } * all;
    size_t count, capacity;
};

static void census_visit(void *argument, pid_t pid, const struct process_stat *stat)
{
    struct census *census = argument;
    if (stat->state == 'Z' || stat->state == 'X')
        return;
    if (census->count == census->capacity) {
        census->capacity = census->capacity * 2 + 64;
        census->all = xreallocarray(census->all, census->capacity, sizeof(*census->all));
    }
    census->all[census->count].pid = pid;
    census->all[census->count].parent = stat->parent;
    census->all[census->count++].group = stat->group;
}

bool process_holds(const pid_t *pids, size_t count, pid_t pid)
{
    for (size_t i = 0; i < count; i++)
        if (pids[i] == pid)
            return true;
    return false;
}

size_t process_tree(pid_t root, pid_t *pids)
{
    struct census census = {0};
    process_each(census_visit, &census);
    size_t count = 0, before;
    do { /* until a pass over the census finds no further descendant */
        before = count;
        for (size_t i = 0; i < census.count && count < PROCESS_TREE; i++) {
            pid_t pid = census.all[i].pid;
            bool member = pid == root || census.all[i].group == root ||
                          process_holds(pids, count, census.all[i].parent);
            if (member && !process_holds(pids, count, pid))
                pids[count++] = pid;
        }
    } while (count > before);
    free(census.all);
    return count;
}

/* Appends whom one thread has forked and what is not held yet. */
static void take_children(pid_t pid, const char *thread, pid_t *pids, size_t *count)
{
    char path[320];
    snprintf(path, sizeof(path), "/proc/%d/task/%s/children", (int)pid, thread);
    FILE *file = fopen(path, "re");
    for (int child; file != NULL && *count < PROCESS_TREE && fscanf(file, "%d", &child) == 1;)
        if (!process_holds(pids, *count, child))
            pids[(*count)++] = child;
    if (file != NULL)
        fclose(file);
}

int process_descend(pid_t *pids, size_t count)
{
    if (access("/proc/thread-self/children", R_OK) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        char path[64];
        snprintf(path, sizeof(path), "/proc/%d/task", (int)pids[i]);
        DIR *threads = opendir(path);
        for (struct dirent *entry; threads != NULL && (entry = readdir(threads)) != NULL;)
            if (entry->d_name[0] != '.')
                take_children(pids[i], entry->d_name, pids, &count);
        if (threads != NULL)
            closedir(threads);
    }
    return (int)count;
}

static bool read_clock(pid_t pid, int64_t *ns)
{
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0)
        return false;
    *ns = timespec_ns(time);
    return true;
}

int64_t process_clocks_ns(const pid_t *pids, size_t count)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t own_ns;
        if (!read_clock(pids[i], &own_ns))
            return MISSING;
        sum += own_ns;
    }
    return sum;
}

int64_t process_cpu_ns(const pid_t *pids, size_t count)
{
    int64_t sum = process_clocks_ns(pids, count), tick_ns = NS_PER_S / sysconf(_SC_CLK_TCK);
    for (size_t i = 0; i < count && sum != MISSING; i++) {
        struct process_stat stat;
        if (!process_read_stat(pids[i], &stat))
            return MISSING;
        sum += (int64_t)(stat.children_user_ticks + stat.children_system_ticks) * tick_ns;
    }
    return sum;
}

int64_t process_user_ns(const pid_t *pids, size_t count)
{
    int64_t sum = 0, tick_ns = NS_PER_S / sysconf(_SC_CLK_TCK);
    for (size_t i = 0; i < count; i++) {
        struct process_stat stat;
        if (!process_read_stat(pids[i], &stat))
            return MISSING;
        sum += (int64_t)(stat.user_ticks + stat.children_user_ticks) * tick_ns;
    }
    return sum;
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

static void reap(pid_t root, int *status)
{
    waitpid(root, status, WNOHANG);
    while (waitpid(-root, NULL, WNOHANG) > 0)
        continue;
}

void process_kill_tree(pid_t root, int *status)
{
    pid_t pids[PROCESS_TREE];
    int64_t deadline_ns = monotonic_ns() + KILL_TIMEOUT_MS * NS_PER_MS;
    for (size_t count; (count = process_tree(root, pids)) > 0 && monotonic_ns() < deadline_ns;) {
        for (size_t i = 0; i < count; i++)
            kill(pids[i], SIGKILL);
        poll(NULL, 0, KILL_POLL_MS);
    }
    reap(root, status);
}

static void stray_visit(void *argument, pid_t pid, const struct process_stat *stat)
{
    if (stat->parent != getpid())
        return;
    kill(pid, SIGKILL);
    ++*(size_t *)argument;
}

void process_kill_strays(void)
{
    int64_t deadline_ns = monotonic_ns() + KILL_TIMEOUT_MS * NS_PER_MS;
    for (;;) {
        size_t strays = 0;
        process_each(stray_visit, &strays);
        if (strays == 0 || monotonic_ns() > deadline_ns)
            return;
        poll(NULL, 0, KILL_POLL_MS);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
    }
}

bool process_drain(int fd, char *bytes, size_t size, size_t *len)
{
    char rest[4096];
    for (;;) {
        bool keep = *len < size;
        ssize_t got = keep ? read(fd, bytes + *len, size - *len) : read(fd, rest, sizeof(rest));
        if (got > 0 && keep)
            *len += (size_t)got;
        else if (got < 0 && errno == EINTR)
            continue;
        else if (got <= 0)
            return got < 0 && errno == EAGAIN;
    }
}
