/*
 * The 10 Hz reader; see sample.h. It opens every file before the window, except those of the
 * generator's threads, which exist only once it runs.
 */
#include "measure/sample.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/clock.h"
#include "measure/process_tree.h"
#include "measure/procfile.h"

/* xorshift64 (Marsaglia 2003): where in the jitter's range the next sample falls. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int64_t jittered_period_ns(struct sampler *sampler)
{
    int64_t period_ns = SAMPLE_PERIOD_MS * NS_PER_MS,
            jitter_ns = period_ns * SAMPLE_JITTER_PERCENT / 100;
    return period_ns - jitter_ns +
           (int64_t)(next_random(&sampler->random) % (uint64_t)(2 * jitter_ns + 1));
}

/* Which processes the server is for this window, or that they are too many. */
static void follow_tree(struct sample_arm *arm, pid_t server)
{
    pid_t pids[PROCESS_TREE];
    size_t count = process_tree(server, pids);
    arm->server = server;
    arm->pid_count = count < SAMPLE_TREE ? count : SAMPLE_TREE;
    if (count > SAMPLE_TREE)
        snprintf(arm->lost, sizeof(arm->lost), "the server has more than %d processes",
                 SAMPLE_TREE);
    for (size_t i = 0; i < arm->pid_count; i++) {
        arm->pids[i] = pids[i];
        arm->statm[i] = procfile_open("/proc/%d/statm", (int)pids[i]);
    }
}

void sampler_open(struct sampler *sampler, const pid_t *servers, unsigned arm_count)
{
    *sampler = (struct sampler){.arm_count = arm_count, .random = (uint64_t)monotonic_ns() | 1};
    sampler->netstat = procfile_open("/proc/net/netstat");
    for (unsigned i = 0; i < arm_count; i++)
        follow_tree(&sampler->arms[i], servers[i]);
}

void sampler_follow_upstream(struct sampler *sampler, unsigned arm, pid_t upstream)
{
    struct sample_arm *to = &sampler->arms[arm];
    pid_t pids[PROCESS_TREE];
    size_t count = process_tree(upstream, pids);
    to->upstream = upstream;
    to->upstream_pid_count = count < SAMPLE_TREE ? count : SAMPLE_TREE;
    memcpy(to->upstream_pids, pids, to->upstream_pid_count * sizeof(*pids));
}

int64_t sampler_upstream_cpu_ns(const struct sampler *sampler, unsigned arm)
{
    const struct sample_arm *of = &sampler->arms[arm];
    pid_t pids[PROCESS_TREE];
    size_t known = 0;
    if (of->upstream == 0)
        return MISSING;
    size_t count = process_tree(of->upstream, pids);
    for (size_t i = 0; i < count; i++)
        known += process_holds(of->upstream_pids, of->upstream_pid_count, pids[i]);
    return count > 0 && known == count && known == of->upstream_pid_count
               ? process_cpu_ns(of->upstream_pids, of->upstream_pid_count)
               : MISSING;
}

/* The server's processes at this moment. It is asked inside a window, so the cheap way first: who
 * of those that are known still lives, and their descendants. */
static size_t tree_now(const struct sample_arm *arm, pid_t *pids)
{
    size_t count = 0;
    for (size_t i = 0; i < arm->pid_count; i++)
        if (process_is_running(arm->pids[i]))
            pids[count++] = arm->pids[i];
    int all = process_descend(pids, count);
    return all < 0 ? process_tree(arm->server, pids) : (size_t)all;
}

void sampler_check_trees(struct sampler *sampler)
{
    for (unsigned i = 0; i < sampler->arm_count; i++) {
        struct sample_arm *arm = &sampler->arms[i];
        pid_t pids[PROCESS_TREE];
        size_t count = tree_now(arm, pids), known = 0;
        for (size_t j = 0; j < count; j++)
            known += process_holds(arm->pids, arm->pid_count, pids[j]);
        if (arm->lost[0] == '\0' && (known != count || known != arm->pid_count))
            snprintf(arm->lost, sizeof(arm->lost),
                     "the server's processes changed under load: %zu before it, %zu new, %zu gone",
                     arm->pid_count, count - known, arm->pid_count - known);
    }
}

void sampler_keep_course(struct sampler *sampler, unsigned arm)
{
    struct sample_arm *of = &sampler->arms[arm];
    of->following = xcalloc(1, sizeof(*of->following));
    following_open(of->following, of->server);
    course_open(&of->course, COURSE_INTERVAL_MS * NS_PER_MS, COURSE_MOST);
}

/* When the next sample is due; a course wants one at each of its edges, and one before its start,
 * so that the CPU time at the start is known. */
static void set_next(struct sampler *sampler, int64_t after_ns)
{
    sampler->next_ns = after_ns + jittered_period_ns(sampler);
    for (unsigned i = 0; i < sampler->arm_count; i++) {
        const struct sample_arm *arm = &sampler->arms[i];
        if (arm->following == NULL)
            continue;
        int64_t edge_ns = sampler->start_ns + course_edge_ns(&arm->course);
        if (edge_ns < sampler->next_ns)
            sampler->next_ns = edge_ns;
    }
}

static bool keeps_course(const struct sampler *sampler)
{
    for (unsigned i = 0; i < sampler->arm_count; i++)
        if (sampler->arms[i].following != NULL)
            return true;
    return false;
}

void sampler_start(struct sampler *sampler, const pid_t *loads, int64_t start_ns, int64_t end_ns)
{
    for (unsigned i = 0; i < sampler->arm_count; i++)
        sampler->arms[i].load = loads[i];
    sampler->start_ns = start_ns;
    sampler->end_ns = end_ns;
    set_next(sampler, start_ns);
    if (keeps_course(sampler))
        sampler->next_ns = start_ns - SAMPLE_PERIOD_MS * NS_PER_MS / 2;
}

int64_t sample_rss(const struct sample_arm *arm)
{
    int64_t pages = 0, page_bytes = sysconf(_SC_PAGESIZE);
    for (size_t i = 0; i < arm->pid_count; i++) {
        char text[128];
        long long resident; /* the second field of statm: proc(5) */
        if (procfile_read(arm->statm[i], text, sizeof(text)) == NULL ||
            sscanf(text, "%*s %lld", &resident) != 1)
            return MISSING;
        pages += resident;
    }
    return arm->pid_count > 0 ? pages * page_bytes : MISSING;
}

static void open_threads(struct sample_arm *arm)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)arm->load);
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        arm->has_more_threads |= arm->thread_count == SAMPLE_THREADS;
        if (arm->has_more_threads)
            break;
        int fd = procfile_open("/proc/%d/task/%s/schedstat", (int)arm->load, entry->d_name);
        if (fd >= 0)
            arm->schedstat[arm->thread_count++] = fd;
    }
    if (folder != NULL)
        closedir(folder);
}

/* Time that runnable threads waited for a CPU: the second field of
 * schedstat, of Documentation/scheduler/sched-stats.rst. MISSING
 * where the kernel keeps none, or not all threads are followed. */
static int64_t run_delay_ns(const struct sample_arm *arm)
{
    int64_t sum = 0;
    for (size_t i = 0; i < arm->thread_count; i++) {
        char text[128];
        long long delay;
        if (procfile_read(arm->schedstat[i], text, sizeof(text)) == NULL ||
            sscanf(text, "%*s %lld", &delay) != 1)
            return MISSING;
        sum += delay;
    }
    return arm->thread_count > 0 && !arm->has_more_threads ? sum : MISSING;
}

static void series_add(struct sample_arm *arm, int64_t t_ns, int64_t cpu_ns, int64_t octets)
{
    struct series *series = &arm->series;
    if (series->count == arm->capacity) {
        arm->capacity = arm->capacity * 2 + 32;
        int64_t **arrays[] = {&series->t_ns, &series->rss_bytes, &series->cpu_server_ns,
                              &series->octets_in};
        for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
            *arrays[i] = xreallocarray(*arrays[i], arm->capacity, sizeof(**arrays[i]));
    }
    series->t_ns[series->count] = t_ns;
    series->rss_bytes[series->count] = sample_rss(arm);
    series->cpu_server_ns[series->count] = cpu_ns;
    series->octets_in[series->count++] = octets;
}

/* Counts and CPU time are read where a stretch ends, and the latter as the window begins, too: they
 * are the dearer ones. What they cost comes before the moment that the reading is of. */
static void take_course(struct sampler *sampler, struct sample_arm *arm,
                        struct following_reading *read)
{
    struct following_counts counts = {.descriptors = MISSING, .threads = MISSING};
    int64_t at_ns = monotonic_ns() - sampler->start_ns;
    bool ends_stretch = at_ns >= course_edge_ns(&arm->course);
    if (ends_stretch) {
        following_look(arm->following);
        following_count(arm->following, &counts);
        at_ns = monotonic_ns() - sampler->start_ns;
    }
    following_read(arm->following, ends_stretch || arm->marks == 0, read);
    struct course_reading reading = {
        .at_ns = at_ns,
        .rss_bytes = read->rss_bytes,
        .has_cpu = read->has_cpu,
        .cpu_ns = read->cpu_ns,
        .went = read->went,
        .came_since_ns =
            read->came_since_ns == MISSING ? MISSING : read->came_since_ns - sampler->start_ns,
        .descriptors = counts.descriptors,
        .threads = counts.threads,
        .why = {read->why, read->why, counts.why_descriptors, counts.why_threads},
    };
    course_add(&arm->course, &reading);
}

static void take(struct sampler *sampler, struct sample_arm *arm, int64_t octets)
{
    clockid_t clock;
    struct following_reading read = {.has_cpu = true};
    if (arm->following != NULL)
        take_course(sampler, arm, &read);
    else
        read.cpu_ns = process_clocks_ns(arm->pids, arm->pid_count);
    int64_t at_ns = monotonic_ns();
    if (at_ns < sampler->start_ns || !read.has_cpu)
        return;
    if (arm->thread_count == 0)
        open_threads(arm);
    struct sample_mark mark = {
        .at_ns = at_ns,
        .cpu_server_ns = read.cpu_ns,
        .cpu_load_ns = clock_getcpuclockid(arm->load, &clock) == 0 ? clock_read_ns(clock) : MISSING,
        .cpu_upstream_ns = arm->upstream != 0
                               ? process_clocks_ns(arm->upstream_pids, arm->upstream_pid_count)
                               : MISSING,
        .run_delay_ns = run_delay_ns(arm),
    };
    if (arm->following == NULL)
        series_add(arm, mark.at_ns - sampler->start_ns, mark.cpu_server_ns, octets);
    if (arm->marks++ == 0)
        arm->first = mark;
    arm->last = mark;
}

int64_t sampler_octets(const struct sampler *sampler)
{
    char text[PROCFILE_BYTES];
    const char *netstat = procfile_read(sampler->netstat, text, sizeof(text));
    int64_t octets = netstat != NULL ? procfile_counter(netstat, "IpExt", "InOctets") : -1;
    return octets < 0 ? MISSING : octets;
}

bool sampler_done(const struct sampler *sampler)
{
    return sampler->next_ns > sampler->end_ns;
}

void sampler_tick(struct sampler *sampler)
{
    if (sampler_done(sampler) || monotonic_ns() < sampler->next_ns)
        return;
    int64_t octets = keeps_course(sampler) ? MISSING : sampler_octets(sampler);
    for (unsigned i = 0; i < sampler->arm_count; i++)
        take(sampler, &sampler->arms[i], octets);
    set_next(sampler, monotonic_ns());
}

struct series sampler_take_series(struct sampler *sampler, unsigned arm)
{
    struct series series = sampler->arms[arm].series;
    sampler->arms[arm].series = (struct series){0};
    return series;
}

struct course sampler_take_course(struct sampler *sampler, unsigned arm)
{
    return course_take(&sampler->arms[arm].course);
}

static void close_file(int fd)
{
    if (fd >= 0)
        close(fd);
}

void sampler_close(struct sampler *sampler)
{
    for (unsigned i = 0; i < sampler->arm_count; i++) {
        struct sample_arm *arm = &sampler->arms[i];
        for (size_t j = 0; j < arm->pid_count; j++)
            close_file(arm->statm[j]);
        for (size_t j = 0; j < arm->thread_count; j++)
            close_file(arm->schedstat[j]);
        if (arm->following != NULL)
            following_close(arm->following);
        free(arm->following);
        course_close(&arm->course);
        free(arm->series.t_ns);
        free(arm->series.rss_bytes);
        free(arm->series.cpu_server_ns);
        free(arm->series.octets_in);
    }
    close_file(sampler->netstat);
    *sampler = (struct sampler){.netstat = -1};
}
