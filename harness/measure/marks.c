/* See marks.h. */
#include "measure/marks.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "measure/clock.h"
#include "measure/footprint.h"
#include "measure/process_tree.h"

void marks_open(struct marks *marks, struct phase_marks *to, struct following *following,
                const char *cgroups)
{
    *marks = (struct marks){.to = to,
                            .following = following,
                            .cgroups = cgroups != NULL ? cgroups : CGROUP_MOUNT,
                            .peak_is_reset = true};
    to->count = 0;
}

const char *marks_why(const struct marks *marks, enum mark_part part)
{
    return marks->why[part][0] != '\0' ? marks->why[part] : NULL;
}

__attribute__((format(printf, 3, 4))) static void say(struct marks *marks, enum mark_part part,
                                                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (marks->why[part][0] == '\0')
        vsnprintf(marks->why[part], MARKS_WHY, format, arguments);
    va_end(arguments);
}

/* The processes of one mark, and the mark. */
struct taking {
    struct marks *marks;
    struct phase_mark *mark;
    pid_t pids[FOLLOWING_MOST];
    size_t count;
    char why[FOLLOWING_WHY]; /* there are none whose sum would be the server's; empty */
};

static void failed(const struct taking *taking, enum mark_part part, const char *file)
{
    say(taking->marks, part, "/proc/PID/%s: %s", file, strerror(errno));
}

static void take_resident(struct taking *taking)
{
    struct footprint_resident resident;
    if (!footprint_read_resident(taking->pids, taking->count, &resident)) {
        for (int part = MARK_RSS; part <= MARK_USS; part++)
            failed(taking, (enum mark_part)part, "smaps_rollup");
        return;
    }
    taking->mark->rss_bytes = resident.rss_bytes;
    taking->mark->pss_bytes = resident.pss_bytes;
    taking->mark->uss_bytes = resident.uss_bytes;
}

/* The kernel's high-water mark may miss what it sums up
 * itself: the peak is not below what is there now. */
static void take_peak(struct taking *taking)
{
    struct phase_mark *mark = taking->mark;
    int64_t peak_bytes;
    if (!taking->marks->peak_is_reset)
        say(taking->marks, MARK_PEAK, "the peak before it could not be reset");
    else if (!footprint_peak(taking->pids, taking->count, &peak_bytes))
        failed(taking, MARK_PEAK, "status");
    else
        mark->peak_bytes = peak_bytes > mark->rss_bytes ? peak_bytes : mark->rss_bytes;
    taking->marks->peak_is_reset = footprint_reset_peak(taking->pids, taking->count);
    if (!taking->marks->peak_is_reset)
        say(taking->marks, MARK_PEAK, "the peak could not be reset: clear_refs: %s",
            strerror(errno));
}

static void take_tables(struct taking *taking)
{
    int64_t bytes;
    if (footprint_page_tables(taking->pids, taking->count, &bytes))
        taking->mark->page_tables_bytes = bytes;
    else
        failed(taking, MARK_PAGE_TABLES, "status");
    if (footprint_rings(taking->pids, taking->count, &bytes))
        taking->mark->rings_bytes = bytes;
    else
        failed(taking, MARK_RINGS, "maps");
}

static void take_counts(struct taking *taking)
{
    struct following_counts counts;
    taking->marks->following->list.until_ns = 0; /* a mark may be dear */
    following_count(taking->marks->following, &counts);
    taking->mark->descriptors = counts.descriptors;
    taking->mark->threads = counts.threads;
    say(taking->marks, MARK_DESCRIPTORS, "%s", counts.why_descriptors);
    say(taking->marks, MARK_THREADS, "%s", counts.why_threads);
}

static void take_kernel(struct taking *taking)
{
    struct phase_mark *mark = taking->mark;
    struct footprint_kernel kernel;
    if (footprint_read_kernel(&kernel)) {
        mark->kernel_stacks_bytes = kernel.stacks;
        mark->kernel_page_tables_bytes = kernel.page_tables;
        mark->kernel_slab_bytes = kernel.slab;
        mark->kernel_sockets_bytes = kernel.tcp;
        return;
    }
    for (int part = MARK_KERNEL_STACKS; part <= MARK_KERNEL_SOCKETS; part++)
        say(taking->marks, (enum mark_part)part,
            "/proc/meminfo or /proc/net/sockstat cannot be read");
}

static void take_cgroup(struct taking *taking)
{
    struct cgroup cgroup;
    cgroup_find(&cgroup, taking->marks->cgroups, taking->pids, taking->count);
    cgroup_read(&cgroup, &taking->mark->cgroup_bytes, &taking->mark->cgroup_kernel_bytes);
    for (int part = MARK_CGROUP; part <= MARK_CGROUP_KERNEL; part++)
        if (*mark_part_of(taking->mark, (enum mark_part)part) == MISSING)
            say(taking->marks, (enum mark_part)part, "%s",
                cgroup.why[0] != '\0' ? cgroup.why
                                      : "memory.current or memory.stat cannot be read");
}

/* Those who have just come are taken in; who has ended since the last reading is left out. Of some
 * of many no sum is the server's. */
static void find_processes(struct taking *taking)
{
    struct following *following = taking->marks->following;
    following->look.until_ns = 0; /* a mark may be dear */
    following_look(following);
    size_t count = following_pids(following, taking->pids);
    for (size_t i = 0; i < count && !following->is_more; i++)
        if (process_is_running(taking->pids[i]))
            taking->pids[taking->count++] = taking->pids[i];
    if (following->is_more)
        snprintf(taking->why, sizeof(taking->why), FOLLOWING_TOO_MANY, FOLLOWING_MOST);
    else if (taking->count == 0)
        snprintf(taking->why, sizeof(taking->why), "the server has ended");
}

static void take_server(struct taking *taking)
{
    take_resident(taking);
    take_peak(taking);
    take_tables(taking);
    take_counts(taking);
    take_cgroup(taking);
}

static void lack_server(struct taking *taking)
{
    for (int part = 0; part < MARK_PARTS; part++)
        if (mark_parts[part].scope == MARK_OF_SERVER)
            say(taking->marks, (enum mark_part)part, "%s", taking->why);
    taking->marks->peak_is_reset = false;
}

void marks_take(struct marks *marks, int64_t at_ns)
{
    int64_t since_ns = clock_read_ns(CLOCK_THREAD_CPUTIME_ID);
    if (marks->to->count == sizeof(marks->to->items) / sizeof(marks->to->items[0]))
        return;
    struct taking taking = {.marks = marks, .mark = &marks->to->items[marks->to->count++]};
    phase_mark_init(taking.mark);
    taking.mark->at_ns = at_ns;
    find_processes(&taking);
    take_kernel(&taking); /* before what is dear makes the kernel work */
    if (taking.count > 0)
        take_server(&taking);
    else
        lack_server(&taking);
    int64_t cost_ns = clock_read_ns(CLOCK_THREAD_CPUTIME_ID) - since_ns;
    marks->cost_ns = cost_ns > marks->cost_ns ? cost_ns : marks->cost_ns;
    if (marks->explaining != NULL)
        explaining_take(marks->explaining, taking.pids, taking.count, taking.why);
}
