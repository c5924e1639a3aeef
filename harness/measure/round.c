/*
 * The sequence of one round; see round.h. Each step returns false when the round is over: then the
 * outcome of every arm already says why, and round_measure only has to leave no process behind.
 */
#include "measure/round.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "measure/answer.h"
#include "measure/clock.h"
#include "measure/footprint.h"
#include "measure/outcome.h"
#include "measure/probe.h"
#include "measure/process.h"
#include "measure/sample.h"
#include "measure/surroundings.h"
#include "measure/listener.h"
#include "measure/window.h"

/* LOOKED_AT: answers compared after the window. SETTLE_*: a fresh server has settled when it used
 * less than a fifth of a CPU for 10 ms; one that never does is measured as it is. */
enum {
    SMOKE_TIMEOUT_MS = 5000,
    LOOKED_AT = 16,
    SETTLE_SLICE_MS = 10,
    SETTLE_TIMEOUT_MS = 500,
    SETTLE_PARTS = 5,
    GENERATOR_PROBES = 1, /* wrk tries the address once before it starts */
    ROUND_ARMS = 2,
};

static const char *const address = "127.0.0.1";

struct measurement {
    const struct round_context *context;
    const struct round_plan *plan;
    struct round *rounds;
    struct server servers[ROUND_ARMS];
    struct window_arm window_arms[ROUND_ARMS];
    struct sampler sampler;
    struct surroundings before, after;
    int64_t cpu_before_ns[ROUND_ARMS], user_before_ns[ROUND_ARMS];
    unsigned requests; /* in one script request */
};

static const struct arm *arm_of(const struct measurement *m, unsigned i)
{
    return &m->context->result->arms[m->plan->arms[i]];
}

static const struct workload *workload_of(const struct measurement *m)
{
    return &m->context->result->workloads[m->plan->workload].workload;
}

static bool is_pair(const struct measurement *m)
{
    return m->plan->arm_count > 1;
}

/* One arm ends the round by its own fault; its partner could not be measured, through no fault of
 * its own. */
static bool end_by(struct measurement *m, unsigned culprit, enum reason_code code,
                   const char *detail)
{
    outcome_add(&m->rounds[culprit].outcome, code, "%s", detail);
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        if (i != culprit)
            outcome_add(&m->rounds[i].outcome, REASON_LOAD_FAILED,
                        "not measured: its partner %s ended the round (%s)", arm_of(m, culprit)->id,
                        reason_name(code));
    return false;
}

static bool end_interrupted(struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        outcome_add(&m->rounds[i].outcome, REASON_INTERRUPTED, "interrupted");
    return false;
}

/* Tells the journal who runs now. */
static void say_alive(void *argument)
{
    const struct measurement *m = argument;
    int pids[2 * ROUND_ARMS];
    size_t count = 0;
    if (m->context->alive == NULL)
        return;
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        if (m->servers[i].pid > 0)
            pids[count++] = m->servers[i].pid;
        if (m->window_arms[i].load.pid > 0 && !m->window_arms[i].load.ended)
            pids[count++] = m->window_arms[i].load.pid;
    }
    m->context->alive(m->context->alive_argument, pids, count);
}

static void identify(struct measurement *m, unsigned i)
{
    const struct round_plan *plan = m->plan;
    const struct arm *arm = arm_of(m, i);
    struct round *round = &m->rounds[i];
    round_init(round);
    round->number = plan->number;
    round->attempt = plan->attempt;
    round->arm = plan->arms[i];
    round->workload = plan->workload;
    round->role = is_pair(m) ? (i == 0 ? ROLE_SUBJECT : ROLE_REFERENCE) : ROLE_SOLO;
    round->with = is_pair(m) ? (int32_t)plan->arms[1 - i] : -1;
    round->glance = plan->glance;
    round->block = plan->block;
    round->position = plan->position;
    round->connections = arm->workers * m->context->result->experiment.connections_per_worker;
    round->threads = placement_threads(round->connections, m->context->placement->load_cpus);
    round->window_s = plan->window_s;
    round->warmup_s = plan->warmup_s;
    round->monotonic_ns = monotonic_ns();
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(round->started_utc, sizeof(round->started_utc), "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static bool start_server(struct measurement *m, unsigned i)
{
    const struct arm *arm = arm_of(m, i);
    char error[200];
    struct server_options options = {
        .path = arm->server.path,
        .address = address,
        .workers = arm->workers,
        .cpus = &m->context->placement->server,
        .interrupted = m->context->interrupted,
        .environment_padding_bytes = m->plan->environment_padding_bytes,
    };
    if (server_start(&m->servers[i], &options, error, sizeof(error)) == SERVER_OK)
        return true;
    if (*m->context->interrupted)
        return end_interrupted(m);
    return end_by(m, i, REASON_FAILED_START, error);
}

static bool start_servers(struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        unsigned arm = m->plan->swap_start ? m->plan->arm_count - 1 - i : i;
        if (!start_server(m, arm))
            return false;
    }
    say_alive(m);
    return true;
}

/* Lets what a server does after `ready` come to an end. */
static bool settle(struct measurement *m)
{
    int64_t deadline_ns = monotonic_ns() + SETTLE_TIMEOUT_MS * NS_PER_MS,
            slice_ns = SETTLE_SLICE_MS * NS_PER_MS;
    pid_t pids[ROUND_ARMS];
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        pids[i] = m->servers[i].pid;
    int64_t used_ns = process_cpu_ns(pids, m->plan->arm_count), before_ns;
    do {
        if (*m->context->interrupted)
            return end_interrupted(m);
        before_ns = used_ns;
        sleep_until_ns(monotonic_ns() + slice_ns);
        used_ns = process_cpu_ns(pids, m->plan->arm_count);
    } while (used_ns - before_ns > slice_ns / SETTLE_PARTS && monotonic_ns() < deadline_ns);
    return true;
}

static bool probe_failed(struct measurement *m, unsigned i, enum probe_result result,
                         const char *when, const char *why)
{
    char detail[200];
    snprintf(detail, sizeof(detail), "%s: %s", when, why);
    if (result == PROBE_INTERRUPTED)
        return end_interrupted(m);
    if (server_ended(&m->servers[i]))
        return end_by(m, i, REASON_DIED, detail);
    return end_by(m, i, result == PROBE_SILENT ? REASON_HUNG : REASON_ERRORS, detail);
}

/* Are the answers what the workload expects? */
static bool look_at_answers(struct measurement *m, unsigned answers, const char *when)
{
    struct probe probe = {
        .workload = workload_of(m),
        .bytes = m->context->request_bytes[m->plan->workload],
        .len = m->context->request_lens[m->plan->workload],
        .requests = m->requests,
        .answers = answers,
        .timeout_ms = SMOKE_TIMEOUT_MS,
        .interrupted = m->context->interrupted,
    };
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        char why[ANSWER_WHY];
        enum probe_result result = probe_run(&probe, &m->servers[i], why, sizeof(why));
        if (result != PROBE_GOOD)
            return probe_failed(m, i, result, when, why);
    }
    return true;
}

static bool window_failed(struct measurement *m, enum window_end end, unsigned failed,
                          const char *error)
{
    char detail[200];
    const struct server *server = &m->servers[failed];
    switch (end) {
    case WINDOW_DONE:
        return true;
    case WINDOW_INTERRUPTED:
        return end_interrupted(m);
    case WINDOW_LATE:
        snprintf(detail, sizeof(detail), "the generator did not end within %d s of its time",
                 WINDOW_LATE_MS / 1000);
        return end_by(m, failed, REASON_HUNG, detail);
    case WINDOW_DIED:
        if (WIFSIGNALED(server->exit_status))
            snprintf(detail, sizeof(detail), "killed by signal %d under load",
                     WTERMSIG(server->exit_status));
        else
            snprintf(detail, sizeof(detail), "ended with %d under load",
                     WEXITSTATUS(server->exit_status));
        return end_by(m, failed, REASON_DIED, detail);
    case WINDOW_NOT_STARTED:
        return end_by(m, failed, REASON_LOAD_FAILED, error);
    }
    return false;
}

static void release_loads(struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        load_release(&m->window_arms[i].load);
}

static bool run_load(struct measurement *m, unsigned duration_s, struct sampler *sampler)
{
    unsigned failed = 0;
    char error[200] = "";
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        m->window_arms[i] = (struct window_arm){
            .server = &m->servers[i],
            .options =
                {
                    .wrk = m->context->wrk,
                    .wrapper = m->context->wrapper,
                    .script = workload_of(m)->path,
                    .address = address,
                    .port = m->servers[i].port,
                    .connections = m->rounds[i].connections,
                    .threads = m->rounds[i].threads,
                    .cpus = &m->context->placement->load,
                    .pipeline = m->requests,
                },
        };
    struct window window = {
        .arms = m->window_arms,
        .arm_count = m->plan->arm_count,
        .duration_s = duration_s,
        .sampler = sampler,
        .interrupted = m->context->interrupted,
        .started = say_alive,
        .started_argument = m,
    };
    enum window_end end = window_run(&window, &failed, error, sizeof(error));
    for (unsigned i = 0; sampler != NULL && end == WINDOW_DONE && i < m->plan->arm_count; i++)
        m->rounds[i].cpu_harness_ns = window.cpu_harness_ns;
    return window_failed(m, end, failed, error);
}

/* The numbers of one generator's report; false if it is not usable: any stderr fails the round. */
static bool take_report(struct measurement *m, unsigned i, struct load_data *data)
{
    struct window_arm *arm = &m->window_arms[i];
    char error[200];
    if (load_data(&arm->load, &arm->options, data, error, sizeof(error)) == 0)
        return true;
    histogram_release(&data->response);
    return end_by(m, i, arm->load.err_len > 0 ? REASON_ERRORS : REASON_LOAD_FAILED, error);
}

/* Its figures are thrown away; that its script runs and all was answered is not. */
static bool warm_up(struct measurement *m)
{
    if (m->plan->warmup_s == 0)
        return true;
    bool good = run_load(m, m->plan->warmup_s, NULL);
    for (unsigned i = 0; good && i < m->plan->arm_count; i++) {
        struct load_data data;
        good = take_report(m, i, &data);
        if (good)
            histogram_release(&data.response);
    }
    release_loads(m);
    return good;
}

static void read_surroundings(struct measurement *m, struct surroundings *to)
{
    pid_t groups[2 * ROUND_ARMS];
    size_t count = 0;
    cpu_set_t used;
    CPU_OR(&used, &m->context->placement->server, &m->context->placement->load);
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        groups[count++] = m->servers[i].pid;
        if (m->window_arms[i].load.pid > 0)
            groups[count++] = m->window_arms[i].load.pid;
    }
    surroundings_read(to, &used, groups, count);
}

static void before_window(struct measurement *m)
{
    pid_t servers[ROUND_ARMS];
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        servers[i] = m->servers[i].pid;
    sampler_open(&m->sampler, servers, m->plan->arm_count);
    read_surroundings(m, &m->before);
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        const struct sample_arm *arm = &m->sampler.arms[i];
        struct round *round = &m->rounds[i];
        round->memory.rss_start_bytes = sample_rss(arm);
        if (!footprint_reset_peak(arm->pids, arm->pid_count))
            round_note_missing(round, "memory.rss_peak_bytes", "the peak could not be reset: %s",
                               strerror(errno));
        m->cpu_before_ns[i] = process_cpu_ns(arm->pids, arm->pid_count);
        m->user_before_ns[i] = process_user_ns(arm->pids, arm->pid_count);
    }
}

static int64_t mark_difference(int64_t first, int64_t last)
{
    return first == MISSING || last == MISSING ? MISSING : last - first;
}

/* The inner window: both ends lie inside the generator's own time. */
static void take_inner_window(struct round *round, const struct sample_arm *arm)
{
    if (arm->marks < 2) {
        round_note_missing(round, "cpu_load_ns", "the window is too short for two samples");
        return;
    }
    round->cpu_load_wall_ns = arm->last.at_ns - arm->first.at_ns;
    round->cpu_load_ns = mark_difference(arm->first.cpu_load_ns, arm->last.cpu_load_ns);
    round->cpu_server_window_ns =
        mark_difference(arm->first.cpu_server_ns, arm->last.cpu_server_ns);
    round->run_delay_load_ns = mark_difference(arm->first.run_delay_ns, arm->last.run_delay_ns);
    if (round->run_delay_load_ns == MISSING)
        round_note_missing(round, "run_delay_load_ns", "the kernel keeps no schedstat of threads");
}

static void take_memory(struct measurement *m, unsigned i)
{
    struct round *round = &m->rounds[i];
    const struct window_arm *window_arm = &m->window_arms[i];
    const struct sample_arm *arm = &m->sampler.arms[i];
    struct memory *memory = &round->memory;
    memory->rss_bytes = round->series.count > 0 ? round->series.rss_bytes[round->series.count - 1]
                                                : sample_rss(arm);
    if (window_arm->footprint_known) {
        memory->pss_bytes = window_arm->pss_bytes;
        memory->uss_bytes = window_arm->uss_bytes;
    } else {
        round_note_missing(round, "memory.pss_bytes", "smaps_rollup could not be read");
        round_note_missing(round, "memory.uss_bytes", "smaps_rollup could not be read");
    }
    int64_t peak_bytes;
    if (round_why_missing(round, "memory.rss_peak_bytes") == NULL &&
        footprint_peak(arm->pids, arm->pid_count, &peak_bytes))
        memory->rss_peak_bytes = peak_bytes;
}

static void after_window(struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++) { /* first what still changes */
        const struct sample_arm *arm = &m->sampler.arms[i];
        m->rounds[i].cpu_server_ns =
            process_cpu_ns(arm->pids, arm->pid_count) - m->cpu_before_ns[i];
        m->rounds[i].cpu_server_user_ns =
            process_user_ns(arm->pids, arm->pid_count) - m->user_before_ns[i];
    }
    read_surroundings(m, &m->after);
    struct surroundings_change change = surroundings_between(&m->before, &m->after);
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        struct round *round = &m->rounds[i];
        round->foreign_cpu_ns = change.foreign_cpu_ns;
        round->steal_ns = change.steal_ns;
        round->passive_opens = change.passive_opens;
        round->series = sampler_take_series(&m->sampler, i);
        take_inner_window(round, &m->sampler.arms[i]);
        take_memory(m, i);
    }
}

static bool take_reports(struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        struct load_data data;
        struct round *round = &m->rounds[i];
        if (!take_report(m, i, &data))
            return false;
        round->requests_count = data.requests_count;
        round->duration_ns = data.duration_ns;
        round->bytes_read = data.bytes_read;
        round->errors = data.errors;
        round->response = data.response;
        round->corrected = data.response.total > 0;
        if (!round->corrected)
            round_note_missing(round, "hist", "%s", data.why_no_response);
    }
    return true;
}

static int64_t sum_of_arms(const struct measurement *m, size_t offset)
{
    int64_t sum = 0;
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        int64_t value;
        memcpy(&value, (const char *)&m->rounds[i] + offset, sizeof(value));
        if (value == MISSING)
            return MISSING;
        sum += value;
    }
    return sum;
}

static unsigned at_most(unsigned value, unsigned limit)
{
    return value < limit ? value : limit;
}

static void judge(struct measurement *m, unsigned i)
{
    const struct placement *placement = m->context->placement;
    const struct round *round = &m->rounds[i];
    int64_t expected = 0;
    for (unsigned j = 0; j < m->plan->arm_count; j++)
        expected += m->rounds[j].connections + GENERATOR_PROBES;
    bool excess = round->passive_opens != MISSING && round->passive_opens > expected;
    struct evidence evidence = {
        .paired = is_pair(m),
        .shared_cpu = placement->shared,
        .siblings = placement->siblings,
        .connections = round->connections,
        .wait_ms = workload_of(m)->wait_ms,
        .server_cpus = at_most(arm_of(m, i)->workers * m->plan->arm_count, placement->server_cpus),
        .load_cpus = at_most(round->threads * m->plan->arm_count, placement->load_cpus),
        .requests_count = round->requests_count,
        .duration_ns = round->duration_ns,
        .response_mean_ns = round->response.total > 0 ? histogram_mean_ns(&round->response) : 0,
        .wall_ns = round->cpu_load_wall_ns,
        .cpu_servers_ns = sum_of_arms(m, offsetof(struct round, cpu_server_window_ns)),
        .cpu_loads_ns = sum_of_arms(m, offsetof(struct round, cpu_load_ns)),
        .run_delay_ns = round->run_delay_load_ns,
        .load_threads = round->threads,
        .halves_differ = outcome_halves_differ(&round->series),
        .around_ns = m->after.at_ns - m->before.at_ns,
        .foreign_cpu_ns = round->foreign_cpu_ns,
        .steal_ns = round->steal_ns,
        .passive_opens = round->passive_opens,
        .passive_opens_expected = expected,
        .server_closed = excess && listener_closed(m->servers[i].port) > 0,
        .errors = round->errors,
    };
    outcome_judge(&m->rounds[i].outcome, &evidence);
}

static bool measure_window(struct measurement *m)
{
    before_window(m);
    bool good = run_load(m, m->plan->window_s, &m->sampler);
    if (good) {
        after_window(m);
        good = take_reports(m);
    }
    for (unsigned i = 0; good && i < m->plan->arm_count; i++)
        judge(m, i);
    release_loads(m);
    sampler_close(&m->sampler);
    surroundings_release(&m->before);
    surroundings_release(&m->after);
    return good;
}

/* The numbers stand, whatever the server does when it is told to stop; but it is said. */
static void stop_servers(struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        struct server *server = &m->servers[i];
        int status = server->exit_status;
        if (server->pid == 0 || *m->context->interrupted) {
            server_kill(server);
            continue;
        }
        int took_ms = server_stop(server);
        status = server->exit_status;
        if (m->rounds[i].outcome.kind == OUTCOME_INVALID)
            continue;
        if (took_ms < 0)
            outcome_add(&m->rounds[i].outcome, REASON_NOISY,
                        "it did not stop within %d ms of SIGTERM and was killed",
                        SERVER_STOP_TIMEOUT_MS);
        else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            outcome_add(&m->rounds[i].outcome, REASON_NOISY,
                        "it did not end with 0 when it was told to stop");
    }
}

static bool check_requests(struct measurement *m)
{
    m->requests = answer_requests(m->context->request_bytes[m->plan->workload],
                                  m->context->request_lens[m->plan->workload]);
    if (m->requests > 0)
        return true;
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        outcome_add(&m->rounds[i].outcome, REASON_LOAD_FAILED,
                    "what the workload sends are not whole requests");
    return false;
}

static void run_steps(struct measurement *m)
{
    if (check_requests(m) && start_servers(m) && settle(m) &&
        look_at_answers(m, 1, "before the load") && warm_up(m) && measure_window(m))
        look_at_answers(m, LOOKED_AT, "after the load");
    stop_servers(m);
}

void round_measure(const struct round_context *context, const struct round_plan *plan,
                   struct round *rounds)
{
    struct measurement m = {.context = context, .plan = plan, .rounds = rounds};
    cpu_set_t own;
    bool restore = sched_getaffinity(0, sizeof(own), &own) == 0;
    sched_setaffinity(0, sizeof(context->placement->harness), &context->placement->harness);
    for (unsigned i = 0; i < plan->arm_count; i++)
        identify(&m, i);
    if (*context->interrupted)
        end_interrupted(&m);
    else
        run_steps(&m);
    process_kill_strays();
    if (restore)
        sched_setaffinity(0, sizeof(own), &own);
    if (context->alive != NULL)
        context->alive(context->alive_argument, NULL, 0);
}
