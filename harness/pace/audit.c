/*
 * Reads what the kernel says. No standard I/O, which would allocate.
 */
#include "pace/audit.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES = 65536, COMPARISONS = 3, COMPARE_EVERY_NS = 100000000 };

void watch_start(struct watch *watch)
{
    *watch = (struct watch){.now_ns = clock_ns(CLOCK_MONOTONIC)};
}

/* Gaps that follow one another closely disturb as one. */
static void disturb(struct watch *watch, int64_t gap_ns)
{
    int64_t from_ns = watch->now_ns - gap_ns, until_ns = watch->now_ns + AUDIT_AFTER * gap_ns;
    int64_t settled_ns = watch->now_ns + AUDIT_SETTLED * gap_ns;

    if (from_ns >= watch->settling_until_ns)
        watch->disturbed_from_ns = from_ns;
    if (until_ns > watch->disturbed_until_ns)
        watch->disturbed_until_ns = until_ns;
    if (settled_ns > watch->settling_until_ns)
        watch->settling_until_ns = settled_ns;
}

void watch_gap(struct watch *watch, int64_t gap_ns)
{
    if (gap_ns > AUDIT_GAP_NS)
        disturb(watch, gap_ns);
    if (gap_ns > watch->longest_gap_ns)
        watch->longest_gap_ns = gap_ns;
    if (gap_ns > AUDIT_LONG_GAP_NS)
        watch->long_gaps_ns += gap_ns;
}

/* The clock that is read twice is read as near to the other as
 * can be: between the two of one of a few tries. */
void watch_compare(struct watch *watch)
{
    int64_t least_ns = INT64_MAX;

    for (unsigned i = 0; i < COMPARISONS; i++) {
        int64_t before_ns = clock_ns(CLOCK_MONOTONIC), real_ns = clock_ns(CLOCK_REALTIME);
        int64_t after_ns = clock_ns(CLOCK_MONOTONIC);
        if (after_ns - before_ns >= least_ns)
            continue;
        least_ns = after_ns - before_ns;
        watch->ahead_ns = real_ns - (before_ns + least_ns / 2);
    }
    watch->ahead_until_ns = watch->now_ns + COMPARE_EVERY_NS;
}

int64_t watch_woke(struct watch *watch, int64_t wanted_ns)
{
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC), slept_ns = now_ns - watch->now_ns;
    int64_t over_ns = slept_ns - wanted_ns;

    watch->now_ns = now_ns;
    watch->slept_ns += over_ns > 0 ? wanted_ns : slept_ns;
    if (over_ns > 0)
        watch_gap(watch, over_ns);
    return now_ns;
}

/* The beginning of a file, terminated; false: not there. */
static bool read_file(const char *path, char text[FILE_BYTES])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    ssize_t n = fd < 0 ? -1 : 0;

    while (fd >= 0 && len < FILE_BYTES - 1 && (n = read(fd, text + len, FILE_BYTES - 1 - len)) > 0)
        len += (size_t)n;
    if (fd >= 0)
        close(fd);
    text[len] = '\0';
    return n >= 0 && len > 0;
}

/* "time-on-CPU run-delay timeslices", in ns: Documentation/scheduler/sched-stats.rst. */
static int64_t read_run_delay_ns(void)
{
    char text[FILE_BYTES], *end;

    if (!read_file("/proc/thread-self/schedstat", text))
        return MISSING;
    strtoll(text, &end, 10);
    return strtoll(end, NULL, 10);
}

/* The one CPU that this thread may run on; -1: it may run on several. */
static int pinned_cpu(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) < 0 || CPU_COUNT(&set) != 1)
        return -1;
    int cpu = 0;
    while (!CPU_ISSET(cpu, &set))
        cpu++;
    return cpu;
}

/* The eighth number behind "cpuN", in ticks: proc_stat(5). */
static int64_t read_steal_ns(void)
{
    char text[FILE_BYTES], name[24];
    int cpu = pinned_cpu();

    if (cpu < 0 || !read_file("/proc/stat", text))
        return MISSING;
    snprintf(name, sizeof name, "\ncpu%d ", cpu);
    char *at = strstr(text, name);
    if (!at)
        return MISSING;
    at += strlen(name);
    for (int i = 0; i < 7; i++)
        strtoll(at, &at, 10);
    return strtoll(at, NULL, 10) * (1000000000 / sysconf(_SC_CLK_TCK));
}

void audit_open(struct watch *watch)
{
    int64_t run_delay_ns = read_run_delay_ns(), steal_ns = read_steal_ns();

    *watch = (struct watch){
        .run_delay_ns = run_delay_ns,
        .steal_ns = steal_ns,
        .allocations = audit_allocations(),
        .cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID),
        .now_ns = clock_ns(CLOCK_MONOTONIC),
    };
    watch->opened_ns = watch->now_ns;
}

static int64_t since(int64_t now, int64_t before)
{
    return now == MISSING || before == MISSING ? MISSING : now - before;
}

void audit_close(const struct watch *watch, struct audit *audit)
{
    audit->slept_ns = watch->slept_ns;
    audit->wall_ns = clock_ns(CLOCK_MONOTONIC) - watch->opened_ns - watch->slept_ns;
    audit->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - watch->cpu_ns;
    audit->run_delay_ns = since(read_run_delay_ns(), watch->run_delay_ns);
    audit->steal_ns = since(read_steal_ns(), watch->steal_ns);
    audit->long_gaps_ns = watch->long_gaps_ns;
    audit->longest_gap_ns = watch->longest_gap_ns;
    audit->allocations = audit_allocations() - watch->allocations;
}

int64_t audit_cpu_of(const pid_t *pids, unsigned count)
{
    int64_t sum_ns = 0;

    for (unsigned i = 0; i < count; i++) {
        struct timespec time;
        clockid_t clock;
        if (clock_getcpuclockid(pids[i], &clock) != 0 || clock_gettime(clock, &time) < 0)
            return MISSING;
        sum_ns += (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
    }
    return count > 0 ? sum_ns : MISSING;
}
