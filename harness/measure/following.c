/* See following.h. */
#include "measure/following.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/result.h"
#include "measure/clock.h"
#include "measure/process_tree.h"
#include "measure/procfile.h"

/* BORN_MOST: to look at so many one by one is cheaper than to ask threads for their children. */
enum { STAT_BYTES = 1024, STATM_BYTES = 128, STATUS_BYTES = 8192, BORN_MOST = 64 };

static int64_t tick_ns(void)
{
    return NS_PER_S / sysconf(_SC_CLK_TCK);
}

__attribute__((format(printf, 2, 3))) static void say(char why[FOLLOWING_WHY], const char *format,
                                                      ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (why[0] == '\0')
        vsnprintf(why, FOLLOWING_WHY, format, arguments);
    va_end(arguments);
}

/* ---- what is dear rests after it was done ---- */

static bool rest_is_over(const struct rest *rest)
{
    return monotonic_ns() >= rest->until_ns;
}

static int64_t own_cpu_ns(void)
{
    return clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void rest_begin(struct rest *rest, int64_t since_cpu_ns)
{
    rest->cost_ns = own_cpu_ns() - since_cpu_ns;
    rest->until_ns = monotonic_ns() + rest->cost_ns * FOLLOWING_REST;
}

/* ---- who they are ---- */

static void close_file(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* Of one line of /proc/PID/stat; proc(5). */
struct stat_line {
    char state;
    long reaped_user_ticks, reaped_system_ticks, threads;
};

static bool read_stat(int fd, struct stat_line *line)
{
    char text[STAT_BYTES];
    const char *rest = procfile_read(fd, text, sizeof(text)) != NULL ? strrchr(text, ')') : NULL;
    return rest != NULL &&
           sscanf(rest + 1,
                  " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %ld %ld %*d %*d %ld",
                  &line->state, &line->reaped_user_ticks, &line->reaped_system_ticks,
                  &line->threads) == 4;
}

static int64_t reaped_ns(const struct stat_line *line)
{
    return (line->reaped_user_ticks + line->reaped_system_ticks) * tick_ns();
}

static bool is_followed(const struct following *following, pid_t pid)
{
    for (size_t i = 0; i < following->count; i++)
        if (following->all[i].pid == pid)
            return true;
    return false;
}

enum answer { ANSWERED, GONE, UNREADABLE };

/* The second field of statm. One that has ended and was not waited for has no memory at all. */
static enum answer read_memory(const struct followed *one, int64_t *pages)
{
    char text[STATM_BYTES];
    long long size, resident;
    errno = 0;
    if (one->statm < 0) {
        bool is_gone = kill(one->pid, 0) != 0 && errno == ESRCH;
        errno = one->error;
        return is_gone ? GONE : UNREADABLE;
    }
    if (procfile_read(one->statm, text, sizeof(text)) == NULL)
        return errno == ESRCH ? GONE : UNREADABLE;
    if (sscanf(text, "%lld %lld", &size, &resident) != 2)
        return UNREADABLE;
    *pages += resident;
    return size > 0 ? ANSWERED : GONE;
}

static void add(struct following *following, pid_t pid)
{
    struct stat_line line;
    if (following->count == FOLLOWING_MOST) {
        following->is_more = true;
        return;
    }
    struct followed *one = &following->all[following->count++];
    *one = (struct followed){.pid = pid, .statm = procfile_open("/proc/%d/statm", (int)pid)};
    one->error = one->statm < 0 ? errno : 0;
    one->stat = procfile_open("/proc/%d/stat", (int)pid);
    if (read_stat(one->stat, &line))
        one->reaped_ns = reaped_ns(&line);
}

/* A tick more than it used: what is cut off where its parent is told. */
static void remove_ended(struct following *following, size_t i)
{
    struct followed *one = &following->all[i];
    following->ended_ns += one->cpu_ns + one->reaped_ns + tick_ns();
    following->went = true;
    close_file(one->statm);
    close_file(one->stat);
    *one = following->all[--following->count];
}

/* They take the place of who has come. */
static void drop_ended(struct following *following)
{
    int64_t pages = 0;
    for (size_t i = following->count; i-- > 0;)
        if (read_memory(&following->all[i], &pages) == GONE)
            remove_ended(following, i);
}

static int64_t read_youngest(const struct following *following)
{
    char text[STATM_BYTES];
    long long youngest;
    return procfile_read(following->loadavg, text, sizeof(text)) != NULL &&
                   sscanf(text, "%*f %*f %*f %*d/%*d %lld", &youngest) == 1
               ? youngest
               : -1;
}

/* Where not even the root can be seen, it is followed all the same: its readings say why. */
void following_open(struct following *following, pid_t root)
{
    pid_t pids[PROCESS_TREE];
    struct stat own;
    *following = (struct following){.root = root, .found_since_ns = MISSING};
    following->has_size = stat("/proc/self/fd", &own) == 0 && own.st_size > 0;
    following->loadavg = procfile_open("/proc/loadavg");
    following->youngest = read_youngest(following);
    following->complete_ns = monotonic_ns();
    size_t count = process_tree(root, pids);
    for (size_t i = 0; i < count; i++)
        add(following, pids[i]);
    if (count == 0 && (kill(root, 0) == 0 || errno == EPERM))
        add(following, root);
    for (size_t i = 0; i < following->count; i++) {
        int64_t used_ns = process_clocks_ns(&following->all[i].pid, 1);
        following->all[i].cpu_ns = used_ns != MISSING ? used_ns : 0;
    }
}

void following_close(struct following *following)
{
    for (size_t i = 0; i < following->count; i++) {
        close_file(following->all[i].statm);
        close_file(following->all[i].stat);
    }
    close_file(following->loadavg);
    following->count = 0;
    following->loadavg = -1;
}

size_t following_pids(const struct following *following, pid_t *pids)
{
    for (size_t i = 0; i < following->count; i++)
        pids[i] = following->all[i].pid;
    return following->count;
}

/* The lists of children do not have those who are the server's by its process group only. */
static size_t tree_now(const struct following *following, bool with_group, pid_t *pids)
{
    size_t known = following_pids(following, pids);
    int all = known > 0 && !with_group ? process_descend(pids, known) : -1;
    return all < 0 ? process_tree(following->root, pids) : (size_t)all;
}

static void add_all(struct following *following, bool with_group)
{
    pid_t pids[PROCESS_TREE];
    size_t count = tree_now(following, with_group, pids);
    for (size_t i = 0; i < count; i++)
        if (!is_followed(following, pids[i]))
            add(following, pids[i]);
}

/* Threads have numbers among those of processes. */
static bool is_process(pid_t pid)
{
    char text[STATUS_BYTES];
    const char *status = procfile_read_once(text, sizeof(text), "/proc/%d/status", (int)pid);
    return status != NULL && procfile_value(status, "Tgid") == pid;
}

/* Numbers ascend, so who was born since has one of these, and its parent a lower one. */
static void add_born(struct following *following, pid_t after, pid_t last)
{
    for (pid_t pid = after + 1; pid <= last; pid++) {
        struct process_stat stat;
        if (process_read_stat(pid, &stat) && stat.state != 'Z' &&
            (stat.group == following->root || is_followed(following, stat.parent)) &&
            !is_followed(following, pid) && is_process(pid))
            add(following, pid);
    }
}

static void look_for_born(struct following *following, int64_t youngest)
{
    int64_t since_ns = own_cpu_ns(), now_ns = monotonic_ns(), born = youngest - following->youngest;
    bool was_more = following->is_more;
    drop_ended(following);
    size_t count = following->count;
    following->is_more = false;
    if (!was_more && following->youngest >= 0 && born > 0 && born <= BORN_MOST)
        add_born(following, (pid_t)following->youngest, (pid_t)youngest);
    else
        add_all(following, was_more);
    if ((following->count > count || following->is_more) && following->found_since_ns == MISSING)
        following->found_since_ns = following->complete_ns;
    rest_begin(&following->look, since_ns);
    following->complete_ns = now_ns;
    following->youngest = youngest;
}

void following_look(struct following *following)
{
    int64_t youngest = read_youngest(following);
    if (!following->is_more && youngest >= 0 && youngest == following->youngest)
        following->complete_ns = monotonic_ns();
    else if (rest_is_over(&following->look))
        look_for_born(following, youngest);
}

/* ---- what they hold and use ---- */

static bool add_cpu(struct following *following, struct followed *one)
{
    int64_t used_ns = process_clocks_ns(&one->pid, 1);
    if (used_ns == MISSING)
        return false;
    following->cpu_ns += used_ns - one->cpu_ns;
    one->cpu_ns = used_ns;
    return true;
}

static void read_all(struct following *following, struct following_reading *reading)
{
    int64_t pages = 0;
    bool has_memory = true, has_cpu = true;
    for (size_t i = 0; i < following->count;) {
        struct followed *one = &following->all[i];
        enum answer answer = read_memory(one, &pages);
        if (answer == GONE) {
            remove_ended(following, i);
            continue;
        }
        if (answer == UNREADABLE) {
            has_memory = false;
            say(reading->why, "/proc/%d/statm: %s", (int)one->pid,
                errno != 0 ? strerror(errno) : "it is of no form that is known");
        }
        if (reading->has_cpu && !add_cpu(following, one)) {
            has_cpu = false;
            say(reading->why, "the CPU time of process %d could not be read", (int)one->pid);
        }
        i++;
    }
    reading->rss_bytes = has_memory ? pages * sysconf(_SC_PAGESIZE) : MISSING;
    if (reading->has_cpu)
        reading->cpu_ns = has_cpu ? following->cpu_ns : MISSING;
}

void following_read(struct following *following, bool with_cpu, struct following_reading *reading)
{
    *reading =
        (struct following_reading){.has_cpu = with_cpu, .came_since_ns = following->found_since_ns};
    following->found_since_ns = MISSING;
    read_all(following, reading);
    reading->went = following->went;
    following->went = false;
    if (following->count > 0 && !following->is_more)
        return;
    say(reading->why, following->is_more ? FOLLOWING_TOO_MANY : "the server has ended",
        FOLLOWING_MOST);
    reading->rss_bytes = MISSING;
    reading->cpu_ns = with_cpu ? MISSING : 0;
}

/* ---- how many ---- */

static void count_threads(struct following *following, struct following_counts *counts)
{
    int64_t reaped_more_ns = 0;
    for (size_t i = 0; i < following->count; i++) {
        struct followed *one = &following->all[i];
        struct stat_line line;
        errno = 0;
        if (read_stat(one->stat, &line)) {
            counts->threads +=
                line.state != 'Z' ? line.threads : 0; /* one that ended is said to have one */
            reaped_more_ns += reaped_ns(&line) - one->reaped_ns;
            one->reaped_ns = reaped_ns(&line);
        } else if (errno != ESRCH) { /* else it has just ended, with all its threads */
            say(counts->why_threads, "/proc/%d/stat cannot be read", (int)one->pid);
        }
    }
    following->went = following->went || reaped_more_ns > following->ended_ns;
    following->ended_ns -=
        reaped_more_ns < following->ended_ns ? reaped_more_ns : following->ended_ns;
}

/* The kernel's own count: Documentation/filesystems/proc.rst, 3.14; commit f1f1f2569901, 6.2. */
static int64_t size_of_descriptors(pid_t pid)
{
    char path[64];
    struct stat folder;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    return stat(path, &folder) == 0 ? (int64_t)folder.st_size : -1;
}

static int64_t list_descriptors(pid_t pid)
{
    char path[64];
    int64_t count = 0;
    snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return -1;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
}

static void count_descriptors(struct following *following, struct following_counts *counts)
{
    int64_t since_ns = own_cpu_ns();
    if (!following->has_size && !rest_is_over(&following->list)) {
        say(counts->why_descriptors, "to count them takes %.1f ms, so it is done every %.0f s",
            (double)following->list.cost_ns / 1e6,
            (double)following->list.cost_ns * FOLLOWING_REST / 1e9);
        return;
    }
    for (size_t i = 0; i < following->count; i++) {
        const struct followed *one = &following->all[i];
        int64_t count =
            following->has_size ? size_of_descriptors(one->pid) : list_descriptors(one->pid);
        bool has_ended = count < 0 && errno == ENOENT && one->statm >= 0;
        if (count < 0 && !has_ended)
            say(counts->why_descriptors, "/proc/%d/fd: %s", (int)one->pid, strerror(errno));
        counts->descriptors += count > 0 ? count : 0;
    }
    if (!following->has_size)
        rest_begin(&following->list, since_ns);
}

void following_count(struct following *following, struct following_counts *counts)
{
    *counts = (struct following_counts){0};
    if (following->is_more || following->count == 0) {
        const char *why = following->is_more ? "the server has too many processes to follow"
                                             : "the server has ended";
        say(counts->why_descriptors, "%s", why);
        say(counts->why_threads, "%s", why);
    } else {
        count_threads(following, counts);
        count_descriptors(following, counts);
    }
    if (counts->why_descriptors[0] != '\0')
        counts->descriptors = MISSING;
    if (counts->why_threads[0] != '\0')
        counts->threads = MISSING;
}
