/*
 * See surroundings.h. The sum over processes is exact to a tick, because the kernel scales utime +
 * stime to the scheduler's clock; /proc/stat's own user and system columns are sampled at the tick
 * and are not used.
 */
#include "measure/surroundings.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/result.h"
#include "data/strings.h"
#include "measure/clock.h"
#include "measure/process_tree.h"
#include "measure/procfile.h"

/* Two servers, two generators, and what stands behind the servers. */
enum { SURROUNDINGS_ROOTS = 6, SURROUNDINGS_OWN = SURROUNDINGS_ROOTS * PROCESS_TREE };

struct visit {
    struct surroundings *to;
    const pid_t *roots;
    size_t root_count;
    pid_t own[SURROUNDINGS_OWN]; /* their trees, whatever group or session their members are in */
    size_t own_count;
};

/* A member that was forked since the trees were read is known by its group. */
static bool is_of_the_round(const struct visit *visit, pid_t pid, const struct process_stat *stat)
{
    return pid == getpid() || process_holds(visit->own, visit->own_count, pid) ||
           process_holds(visit->roots, visit->root_count, stat->group);
}

static void add(void *argument, pid_t pid, const struct process_stat *stat)
{
    struct visit *visit = argument;
    struct surroundings *to = visit->to;
    if (stat->is_softirq || is_of_the_round(visit, pid, stat))
        return;
    if (to->count == to->capacity) {
        to->capacity = to->capacity * 2 + 256;
        to->all = xreallocarray(to->all, to->capacity, sizeof(*to->all));
    }
    to->all[to->count++] = (struct bystander){
        .pid = pid,
        .parent = stat->parent,
        .cpu = stat->cpu,
        .own_ticks = stat->user_ticks + stat->system_ticks,
        .children_ticks = stat->children_user_ticks + stat->children_system_ticks,
    };
}

static int by_pid(const void *one, const void *other)
{
    const struct bystander *a = one, *b = other;
    return (a->pid > b->pid) - (a->pid < b->pid);
}

/* The eighth number behind "cpuN " in /proc/stat is steal: proc(5). */
static int64_t read_steal(const cpu_set_t *cpus)
{
    char text[PROCFILE_BYTES];
    int64_t sum = 0;
    if (procfile_read_once(text, sizeof(text), "/proc/stat") == NULL)
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
    const char *snmp = procfile_read_once(text, sizeof(text), "/proc/net/snmp");
    return snmp != NULL ? procfile_counter(snmp, "Tcp", "PassiveOpens") : -1;
}

void surroundings_read(struct surroundings *surroundings, const cpu_set_t *cpus, const pid_t *roots,
                       size_t root_count)
{
    *surroundings = (struct surroundings){0};
    assert(root_count <= SURROUNDINGS_ROOTS);
    struct visit visit = {.to = surroundings, .roots = roots, .root_count = root_count};
    for (size_t i = 0; i < root_count; i++)
        visit.own_count += process_tree(roots[i], visit.own + visit.own_count);
    process_each(add, &visit);
    if (surroundings->count > 0)
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

/* Among its children, those that ended between two readings. */
struct departed {
    uint64_t ticks; /* they had used by the first one */
    bool any, here; /* here: one of them was on our CPUs */
};

static bool is_here(const struct bystander *bystander, const cpu_set_t *cpus)
{
    int cpu = bystander->cpu;
    return cpu < 0 || cpu >= CPU_SETSIZE || CPU_ISSET(cpu, cpus);
}

/* Whose reaped time rose by all that one had used which is
 * gone: its nearest ancestor that is left. */
static const struct bystander *heir_of(const struct bystander *gone,
                                       const struct surroundings *before,
                                       const struct surroundings *after)
{
    const struct bystander *heir = NULL;
    for (size_t i = 0; gone != NULL && heir == NULL && i < before->count; i++) {
        heir = find(after, gone->parent);
        gone = find(before, gone->parent);
    }
    return heir;
}

static void find_departed(struct departed *departed, const struct surroundings *before,
                          const struct surroundings *after, const cpu_set_t *cpus)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct bystander *gone = &before->all[i];
        const struct bystander *heir =
            find(after, gone->pid) == NULL ? heir_of(gone, before, after) : NULL;
        if (heir == NULL)
            continue;
        struct departed *of = &departed[heir - after->all];
        of->ticks += gone->own_ticks + gone->children_ticks;
        of->any = true;
        of->here = of->here || is_here(gone, cpus);
    }
}

/*
 * What survivors used, what newcomers used, and what those used that ended: their parents' reaped
 * time rose by it, and by what they had used before, which is known. Who was never seen itself is
 * taken to have been where its parent is.
 */
static int64_t foreign_ticks(const struct surroundings *before, const struct surroundings *after,
                             const cpu_set_t *cpus)
{
    struct departed *departed = xcalloc(after->count, sizeof(*departed));
    uint64_t sum = 0;
    find_departed(departed, before, after, cpus);
    for (size_t i = 0; i < after->count; i++) {
        const struct bystander *now = &after->all[i], *then = find(before, now->pid);
        bool here = is_here(now, cpus);
        uint64_t reaped = rise(then ? then->children_ticks : 0, now->children_ticks);
        if (here)
            sum += rise(then ? then->own_ticks : 0, now->own_ticks);
        if (departed[i].any ? departed[i].here : here)
            sum += rise(departed[i].ticks, reaped);
    }
    free(departed);
    return (int64_t)sum;
}

static int64_t difference(int64_t before, int64_t after, int64_t unit)
{
    return before < 0 || after < 0 ? MISSING : (after - before) * unit;
}

struct surroundings_change surroundings_between(const struct surroundings *before,
                                                const struct surroundings *after,
                                                const cpu_set_t *cpus)
{
    int64_t tick_ns = NS_PER_S / sysconf(_SC_CLK_TCK);
    return (struct surroundings_change){
        .wall_ns = after->at_ns - before->at_ns,
        .foreign_cpu_ns = after->count > 0 ? foreign_ticks(before, after, cpus) * tick_ns : MISSING,
        .steal_ns = difference(before->steal_ticks, after->steal_ticks, tick_ns),
        .passive_opens = difference(before->passive_opens, after->passive_opens, 1),
    };
}

void surroundings_release(struct surroundings *surroundings)
{
    free(surroundings->all);
    *surroundings = (struct surroundings){0};
}
