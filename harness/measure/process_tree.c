/*
 * Who belongs to a tree, what it used and how it ends; see
 * process_tree.h. A tree is found in a census of /proc, because children
 * reparent; inside a window by the kernel's lists of children alone.
 */
#include "measure/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/result.h"
#include "data/strings.h"
#include "measure/clock.h"

enum { KILL_TIMEOUT_MS = 1000, KILL_POLL_MS = 2 };

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

/* One that has ended and was not waited for runs no more, and has no memory. */
static bool is_running(const struct process_stat *stat)
{
    return stat->state != 'Z' && stat->state != 'X';
}

bool process_is_running(pid_t pid)
{
    struct process_stat stat;
    return process_read_stat(pid, &stat) && is_running(&stat);
}

static void census_visit(void *argument, pid_t pid, const struct process_stat *stat)
{
    struct census *census = argument;
    if (!is_running(stat))
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

/* Appends whom one thread has forked, who still runs and is not held yet. */
static void take_children(pid_t pid, const char *thread, pid_t *pids, size_t *count)
{
    char path[320];
    snprintf(path, sizeof(path), "/proc/%d/task/%s/children", (int)pid, thread);
    FILE *file = fopen(path, "re");
    for (int child; file != NULL && *count < PROCESS_TREE && fscanf(file, "%d", &child) == 1;)
        if (!process_holds(pids, *count, child) && process_is_running(child))
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
