/* See measurement.h. */
#include "measure/measurement.h"

#include <errno.h>
#include <string.h>

#include "measure/footprint.h"
#include "measure/round_phased.h"
#include "measure/worker_cpus.h"

const struct arm *measurement_arm(const struct measurement *m, unsigned i)
{
    return &m->context->result->arms[m->plan->arms[i]];
}

const struct workload *measurement_workload(const struct measurement *m)
{
    return &m->context->result->workloads[m->plan->workload].workload;
}

bool measurement_is_pair(const struct measurement *m)
{
    return m->plan->arm_count > 1;
}

bool measurement_has_upstream(const struct measurement *m)
{
    return measurement_workload(m)->upstream != NULL;
}

const cpu_set_t *measurement_cpus(const struct measurement *m, unsigned i)
{
    if (measurement_is_pair(m))
        return placement_of_pair(m->placement, i, m->plan->block);
    if (measurement_has_upstream(m)) /* the others' sets may be its CPUs */
        return &m->placement->server;
    return worker_cpus_of(m->context->worker_cpus, m->placement, m->plan->workers);
}

const cpu_set_t *measurement_upstream_cpus(const struct measurement *m, unsigned i)
{
    return measurement_is_pair(m) ? placement_of_upstream(m->placement, i, m->plan->block)
                                  : &m->placement->upstream;
}

/* All CPUs that a round of this placement may use. */
static cpu_set_t used_cpus(const struct placement *placement)
{
    cpu_set_t used;
    CPU_OR(&used, &placement->server, &placement->load);
    CPU_OR(&used, &used, &placement->partner);
    CPU_OR(&used, &used, &placement->upstream);
    CPU_OR(&used, &used, &placement->upstream_partner);
    return used;
}

static void read_surroundings(struct measurement *m, struct surroundings *to)
{
    pid_t roots[3 * ROUND_ARMS];
    size_t count = 0;
    cpu_set_t used = used_cpus(m->placement);
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        roots[count++] = m->servers[i].pid;
        if (measurement_has_upstream(m))
            roots[count++] = m->upstreams[i].server.pid;
        if (m->window_arms[i].load.pid > 0)
            roots[count++] = m->window_arms[i].load.pid;
    }
    surroundings_read(to, &used, roots, count);
}

static void begin_upstream(struct measurement *m, unsigned i)
{
    if (!measurement_has_upstream(m))
        return;
    sampler_follow_upstream(&m->sampler, i, m->upstreams[i].server.pid);
    listener_peers_read(&m->upstream_peers[i], m->upstreams[i].server.port);
    m->upstream_before_ns[i] = sampler_upstream_cpu_ns(&m->sampler, i);
}

void measurement_begin(struct measurement *m)
{
    pid_t servers[ROUND_ARMS];
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        servers[i] = m->servers[i].pid;
    sampler_open(&m->sampler, servers, m->plan->arm_count);
    if (m->plan->phased)
        round_phased_begin(m);
    read_surroundings(m, &m->before);
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        const struct sample_arm *arm = &m->sampler.arms[i];
        struct round *round = &m->rounds[i];
        begin_upstream(m, i);
        round->memory.rss_start_bytes = sample_rss(arm);
        if (!footprint_reset_peak(arm->pids, arm->pid_count))
            round_note_missing(round, "memory.rss_peak_bytes", "the peak could not be reset: %s",
                               strerror(errno));
        m->cpu_before_ns[i] = process_cpu_ns(arm->pids, arm->pid_count);
        m->user_before_ns[i] = process_user_ns(arm->pids, arm->pid_count);
    }
    m->octets_before = sampler_octets(&m->sampler);
}

void measurement_read_kernel(struct measurement *m)
{
    m->kernel_before_bytes = m->plan->scale ? window_kernel_bytes() : MISSING;
}

static int64_t mark_difference(int64_t first, int64_t last)
{
    return first == MISSING || last == MISSING ? MISSING : last - first;
}

static void note_if_missing(struct round *round, int64_t value, const char *field, const char *why)
{
    if (value == MISSING && round_why_missing(round, field) == NULL)
        round_note_missing(round, field, "%s", why);
}

/* The inner window: both ends lie inside the generator's own time. */
static void take_inner_window(struct round *round, const struct sample_arm *arm)
{
    static const char why[] = "the window is too short for two samples";
    if (arm->marks < 2) {
        note_if_missing(round, MISSING, "cpu_load_ns", why);
        note_if_missing(round, MISSING, "cpu_upstream_window_ns", why);
        return;
    }
    round->cpu_load_wall_ns = arm->last.at_ns - arm->first.at_ns;
    round->cpu_load_ns = mark_difference(arm->first.cpu_load_ns, arm->last.cpu_load_ns);
    round->cpu_server_window_ns =
        mark_difference(arm->first.cpu_server_ns, arm->last.cpu_server_ns);
    round->cpu_upstream_window_ns =
        mark_difference(arm->first.cpu_upstream_ns, arm->last.cpu_upstream_ns);
    round->run_delay_load_ns = mark_difference(arm->first.run_delay_ns, arm->last.run_delay_ns);
    if (arm->has_more_threads)
        round_note_missing(round, "run_delay_load_ns", "the generator has more than %d threads",
                           SAMPLE_THREADS);
    else if (round->run_delay_load_ns == MISSING)
        round_note_missing(round, "run_delay_load_ns", "the kernel keeps no schedstat of threads");
}

static int64_t highest(int64_t most, const int64_t *bytes, size_t count)
{
    for (size_t i = 0; bytes != NULL && i < count; i++)
        most = bytes[i] > most ? bytes[i] : most; /* MISSING is the lowest there is */
    return most;
}

/* The kernel counts RSS on each CPU apart, and VmHWM may miss what statm
 * sums up: the peak is not below what was seen. Each mark begins it anew,
 * and has that of before it; the first one that of before the window. */
static int64_t at_least(int64_t peak_bytes, const struct round *round)
{
    int64_t most = highest(peak_bytes, &round->memory.rss_start_bytes, 1);
    most = highest(most, round->series.rss_bytes, round->series.count);
    most = highest(most, round->course.rss_high_bytes, round->course.count);
    for (size_t i = 1; round->phase_marks != NULL && i < round->phase_marks->count; i++)
        most = highest(most, &round->phase_marks->items[i].peak_bytes, 1);
    return most;
}

/* The whole is not known where that of a part is not. */
static bool has_peaks(struct round *round)
{
    const char *why = round_why_missing(round, "phase_marks.peak_bytes");
    for (size_t i = 1; round->phase_marks != NULL && i < round->phase_marks->count; i++)
        if (round->phase_marks->items[i].peak_bytes == MISSING)
            note_if_missing(round, MISSING, "memory.rss_peak_bytes",
                            why != NULL ? why : "that of a phase is not known");
    return round_why_missing(round, "memory.rss_peak_bytes") == NULL;
}

static void take_resident(struct round *round, const struct window_arm *arm)
{
    struct memory *memory = &round->memory;
    if (arm->footprint_known) {
        memory->pss_bytes = arm->resident.pss_bytes;
        memory->uss_bytes = arm->resident.uss_bytes;
        memory->anon_bytes = arm->resident.anon_bytes;
    }
    note_if_missing(round, memory->pss_bytes, "memory.pss_bytes", FOOTPRINT_UNREAD);
    note_if_missing(round, memory->uss_bytes, "memory.uss_bytes", FOOTPRINT_UNREAD);
    note_if_missing(round, memory->anon_bytes, "memory.anon_bytes",
                    arm->footprint_known ? FOOTPRINT_NO_ANON : FOOTPRINT_UNREAD);
}

static void take_memory(struct measurement *m, unsigned i)
{
    struct round *round = &m->rounds[i];
    const struct sample_arm *arm = &m->sampler.arms[i];
    round->memory.rss_bytes = round->series.count > 0
                                  ? round->series.rss_bytes[round->series.count - 1]
                                  : sample_rss(arm);
    take_resident(round, &m->window_arms[i]);
    int64_t peak_bytes;
    if (has_peaks(round) && footprint_peak(arm->pids, arm->pid_count, &peak_bytes))
        round->memory.rss_peak_bytes = at_least(peak_bytes, round);
}

/* What was read is not all of the server, so none of it is a number of the server. The requests
 * were answered all the same: the round stands, with what was lost as a reason that is shown. */
static void forget_server(struct round *round, const char *why)
{
    static const char *const fields[] = {
        "cpu_server_ns",     "cpu_server_user_ns",     "cpu_server_window_ns", "series",
        "memory.rss_bytes",  "memory.rss_start_bytes", "memory.pss_bytes",     "memory.uss_bytes",
        "memory.anon_bytes", "memory.rss_peak_bytes",
    };
    round->cpu_server_ns = round->cpu_server_user_ns = round->cpu_server_window_ns = MISSING;
    round->memory = (struct memory){MISSING, MISSING, MISSING, MISSING, MISSING,
                                    MISSING, MISSING, MISSING, MISSING};
    series_release(&round->series);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        note_if_missing(round, MISSING, fields[i], why);
    if (!round_has_phases(round)) /* else its course and its marks have both */
        outcome_add(&round->outcome, REASON_NOISY, "no cost and no memory: %s", why);
}

static void take_server_cpu(struct measurement *m, unsigned i)
{
    const struct sample_arm *arm = &m->sampler.arms[i];
    struct round *round = &m->rounds[i];
    round->cpu_server_ns =
        mark_difference(m->cpu_before_ns[i], process_cpu_ns(arm->pids, arm->pid_count));
    round->cpu_server_user_ns =
        mark_difference(m->user_before_ns[i], process_user_ns(arm->pids, arm->pid_count));
}

static void take_upstream(struct measurement *m, unsigned i)
{
    static const char why[] = "the upstream's processes changed, or could not be read";
    struct round *round = &m->rounds[i];
    struct listener_peers peers;
    if (!measurement_has_upstream(m))
        return;
    listener_peers_read(&peers, m->upstreams[i].server.port);
    int opens = listener_peers_new(&m->upstream_peers[i], &peers);
    round->upstream_opens = opens < 0 ? MISSING : opens;
    round->cpu_upstream_ns =
        mark_difference(m->upstream_before_ns[i], sampler_upstream_cpu_ns(&m->sampler, i));
    if (round->cpu_upstream_ns == MISSING) /* what was seen of it inside is not all of it either */
        round->cpu_upstream_window_ns = MISSING;
    note_if_missing(round, round->upstream_opens, "upstream_opens_count",
                    "the kernel's tables of sockets cannot be read");
    note_if_missing(round, round->cpu_upstream_ns, "cpu_upstream_ns", why);
    note_if_missing(round, round->cpu_upstream_window_ns, "cpu_upstream_window_ns", why);
}

/* Where the processes are still those of the start, and yet one could not be read. */
static void note_server_cpu(struct round *round)
{
    static const char why[] = "the CPU time of a process of the server could not be read";
    note_if_missing(round, round->cpu_server_ns, "cpu_server_ns", why);
    note_if_missing(round, round->cpu_server_user_ns, "cpu_server_user_ns", why);
}

/* It is the whole system's, so it stands whatever befell the server's own readings. */
static void take_kernel(struct measurement *m, struct round *round)
{
    const char *why = m->plan->scale ? "the kernel's figures could not be read"
                                     : "read only where the number of connections is varied";
    round->memory.kernel_start_bytes = m->kernel_before_bytes;
    round->memory.kernel_bytes = m->kernel_bytes;
    note_if_missing(round, m->kernel_before_bytes, "memory.kernel_start_bytes", why);
    note_if_missing(round, m->kernel_bytes, "memory.kernel_bytes", why);
}

void measurement_end(struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++) /* first what still changes */
        take_server_cpu(m, i);
    int64_t octets = mark_difference(m->octets_before, sampler_octets(&m->sampler));
    sampler_check_trees(&m->sampler);
    read_surroundings(m, &m->after);
    cpu_set_t used = used_cpus(m->placement);
    struct surroundings_change change = surroundings_between(&m->before, &m->after, &used);
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        struct round *round = &m->rounds[i];
        round->foreign_cpu_ns = change.foreign_cpu_ns;
        round->steal_ns = change.steal_ns;
        round->passive_opens = change.passive_opens;
        round->octets_in = octets;
        if (m->plan->phased)
            round_phased_end(m);
        else
            round->series = sampler_take_series(&m->sampler, i);
        take_inner_window(round, &m->sampler.arms[i]);
        take_upstream(m, i);
        if (m->sampler.arms[i].lost[0] != '\0') {
            forget_server(round, m->sampler.arms[i].lost);
        } else {
            note_server_cpu(round);
            take_memory(m, i);
        }
        take_kernel(m, round);
    }
}

void measurement_release(struct measurement *m)
{
    sampler_close(&m->sampler);
    surroundings_release(&m->before);
    surroundings_release(&m->after);
}
