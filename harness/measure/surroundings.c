/*
 * See surroundings.h. The sum over processes is exact to a tick, because the kernel scales utime +
 * stime to the scheduler's clock; /proc/stat's own user and system columns are sampled at the tick
 * and are not used.
 */
#include "measure/surroundings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/result.h"
#include "data/strings.h"
#include "measure/clock.h"
#include "measure/process.h"
#include "measure/procfile.h"

struct visit {
    struct surroundings *to;
    const cpu_set_t *cpus;
    const pid_t *groups;
    size_t group_count;
};

static bool is_foreign(const struct visit *visit, pid_t pid, const struct process_stat *stat)
{
    if (pid == getpid() || stat->is_softirq)
        return false;
    for (size_t i = 0; i < visit->group_count; i++)
        if (stat->group == visit->groups[i])
            return false;
    return stat->cpu < 0 || stat->cpu >= CPU_SETSIZE || CPU_ISSET(stat->cpu, visit->cpus);
}

static void add(void *argument, pid_t pid, const struct process_stat *stat)
{
    struct visit *visit = argument;
    struct surroundings *to = visit->to;
    if (!is_foreign(visit, pid, stat))
        return;
    if (to->count == to->capacity) {
        to->capacity = to->capacity * 2 + 256;
        to->all = xreallocarray(to->all, to->capacity, sizeof(*to->all));
    }
    to->all[to->count++] = (struct bystander){
        .pid = pid,
        .own_ticks = stat->user_ticks + stat->system_ticks,
        .children_ticks = stat->children_user_ticks + stat->children_system_ticks,
    };
}

static int by_pid(const void *one, const void *other)
{
    const struct bystander *a = one, *b = other;
    return (a->pid > b->pid) - (a->pid < b->pid);
}

static char *read_once(const char *path, char *text, size_t size)
{
    int fd = procfile_open("%s", path);
    char *got = procfile_read(fd, text, size);
    if (fd >= 0)
        close(fd);
    return got;
}

/* The eighth number behind "cpuN " in /proc/stat is steal: proc(5). */
static int64_t read_steal(const cpu_set_t *cpus)
{
    char text[PROCFILE_BYTES];
    int64_t sum = 0;
    if (read_once("/proc/stat", text, sizeof(text)) == NULL)
        return -1;
    for (const char *line = text; line != NULL;
         line = (line = strchr(line, '\n')) ? line + 1 : NULL) {
        unsigned cpu;
        long long steal;
        if (sscanf(line, "cpu%u %*u %*u %*u %*u %*u %*u %*u %lld", &cpu, &steal) == 2 &&
            cpu < CPU_SETSIZE && CPU_ISSET(cpu, cpus))
            sum += steal;
    }
    return sum;
}

int64_t surroundings_passive_opens(void)
{
    char text[PROCFILE_BYTES];
    const char *snmp = read_once("/proc/net/snmp", text, sizeof(text));
    return snmp != NULL ? procfile_counter(snmp, "Tcp", "PassiveOpens") : -1;
}

void surroundings_read(struct surroundings *surroundings, const cpu_set_t *cpus,
                       const pid_t *groups, size_t group_count)
{
    *surroundings = (struct surroundings){0};
    struct visit visit = {surroundings, cpus, groups, group_count};
    process_each(add, &visit);
    qsort(surroundings->all, surroundings->count, sizeof(*surroundings->all), by_pid);
    surroundings->at_ns = monotonic_ns();
    surroundings->steal_ticks = read_steal(cpus);
    surroundings->passive_opens = surroundings_passive_opens();
}

static const struct bystander *find(const struct surroundings *in, pid_t pid)
{
    struct bystander key = {.pid = pid};
    return in->count > 0 ? bsearch(&key, in->all, in->count, sizeof(*in->all), by_pid) : NULL;
}

static uint64_t rise(uint64_t before, uint64_t after)
{
    return after > before ? after - before : 0; /* a reused pid may start lower */
}

/*
 * What survivors used, what newcomers used, and what those used that ended: their parents' reaped
 * time rose by it, and by what they had used before, which is known.
 */
static int64_t foreign_ticks(const struct surroundings *before, const struct surroundings *after)
{
    uint64_t used = 0, reaped = 0, gone = 0;
    for (size_t i = 0; i < after->count; i++) {
        const struct bystander *now = &after->all[i], *then = find(before, now->pid);
        used += rise(then ? then->own_ticks : 0, now->own_ticks);
        reaped += rise(then ? then->children_ticks : 0, now->children_ticks);
    }
    for (size_t i = 0; i < before->count; i++)
        if (find(after, before->all[i].pid) == NULL)
            gone += before->all[i].own_ticks + before->all[i].children_ticks;
    return (int64_t)(used + rise(gone, reaped));
}

static int64_t difference(int64_t before, int64_t after, int64_t unit)
{
    return before < 0 || after < 0 ? MISSING : (after - before) * unit;
}

struct surroundings_change surroundings_between(const struct surroundings *before,
                                                const struct surroundings *after)
{
    int64_t tick_ns = NS_PER_S / sysconf(_SC_CLK_TCK);
    return (struct surroundings_change){
        .wall_ns = after->at_ns - before->at_ns,
        .foreign_cpu_ns = after->count > 0 ? foreign_ticks(before, after) * tick_ns : MISSING,
        .steal_ns = difference(before->steal_ticks, after->steal_ticks, tick_ns),
        .passive_opens = difference(before->passive_opens, after->passive_opens, 1),
    };
}

void surroundings_release(struct surroundings *surroundings)
{
    free(surroundings->all);
    *surroundings = (struct surroundings){0};
}
