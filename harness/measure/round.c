/*
 * The sequence of one round; see round.h. Each step returns false when the round is over: then the
 * outcome of every arm already says why, and round_measure only has to leave no process behind.
 */
#include "measure/round.h"

#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>

#include "measure/answer.h"
#include "measure/clock.h"
#include "measure/idle.h"
#include "measure/measurement.h"
#include "measure/probe.h"
#include "measure/process_tree.h"
#include "measure/round_servers.h"

/* LOOKED_AT: answers compared after the window. SETTLE_*: a fresh server has settled when it used
 * less than a fifth of a CPU for 10 ms; one that never does is measured as it is. */
enum {
    SMOKE_TIMEOUT_MS = 5000,
    LOOKED_AT = 16,
    SETTLE_SLICE_MS = 10,
    SETTLE_TIMEOUT_MS = 500,
    SETTLE_PARTS = 5,
};

/* Lets what a server does after `ready` come to an end; it may still be starting workers. */
static bool settle(struct measurement *m)
{
    int64_t deadline_ns = monotonic_ns() + SETTLE_TIMEOUT_MS * NS_PER_MS,
            slice_ns = SETTLE_SLICE_MS * NS_PER_MS;
    int64_t used_ns = round_servers_cpu_ns(m), before_ns;
    do {
        if (*m->context->interrupted)
            return round_end_interrupted(m);
        before_ns = used_ns;
        sleep_until_ns(monotonic_ns() + slice_ns);
        used_ns = round_servers_cpu_ns(m);
    } while (used_ns != MISSING && before_ns != MISSING &&
             used_ns - before_ns > slice_ns / SETTLE_PARTS && monotonic_ns() < deadline_ns);
    round_say_servers(m);
    measurement_read_kernel(m);
    return true;
}

static bool probe_failed(struct measurement *m, unsigned i, enum probe_result result,
                         const char *when, const char *why)
{
    char detail[200];
    snprintf(detail, sizeof(detail), "%s: %s", when, why);
    if (result == PROBE_INTERRUPTED)
        return round_end_interrupted(m);
    if (server_ended(&m->servers[i]))
        return round_end_by(m, i, REASON_DIED, detail);
    return round_end_unless_upstream(m, i, result == PROBE_SILENT ? REASON_HUNG : REASON_ERRORS,
                                     detail);
}

/* Are the answers what the workload expects? */
static bool look_at_answers(struct measurement *m, unsigned answers, const char *when)
{
    struct probe probe = {
        .workload = measurement_workload(m),
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
        return round_end_interrupted(m);
    case WINDOW_LATE:
        snprintf(detail, sizeof(detail), "the generator did not end within %d s of its time",
                 WINDOW_LATE_MS / 1000);
        return round_end_unless_upstream(m, failed, REASON_HUNG, detail);
    case WINDOW_UPSTREAM:
        return round_end_unless_upstream(m, failed, REASON_UPSTREAM, "the upstream ended");
    case WINDOW_DIED:
        if (WIFSIGNALED(server->exit_status))
            snprintf(detail, sizeof(detail), "killed by signal %d under load",
                     WTERMSIG(server->exit_status));
        else
            snprintf(detail, sizeof(detail), "ended with %d under load",
                     WEXITSTATUS(server->exit_status));
        return round_end_by(m, failed, REASON_DIED, detail);
    case WINDOW_NOT_STARTED:
        return round_end_by(m, failed, REASON_LOAD_FAILED, error);
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
            .upstream = measurement_has_upstream(m) ? &m->upstreams[i].server : NULL,
            .options =
                {
                    .wrk = m->context->wrk,
                    .wrapper = m->context->wrapper,
                    .script = measurement_workload(m)->path,
                    .address = round_address,
                    .port = m->servers[i].port,
                    .connections = m->rounds[i].connections,
                    .threads = m->rounds[i].threads,
                    .cpus = &m->placement->load,
                    .pipeline = m->requests,
                },
        };
    struct window window = {
        .arms = m->window_arms,
        .arm_count = m->plan->arm_count,
        .duration_s = duration_s,
        .sampler = sampler,
        .interrupted = m->context->interrupted,
        .started = round_say_loads,
        .started_argument = m,
        .reads_kernel = sampler != NULL && m->plan->scale,
    };
    enum window_end end = window_run(&window, &failed, error, sizeof(error));
    for (unsigned i = 0; sampler != NULL && end == WINDOW_DONE && i < m->plan->arm_count; i++)
        m->rounds[i].cpu_harness_ns = window.cpu_harness_ns;
    m->kernel_bytes = window.kernel_bytes;
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
    return round_end_by(m, i, arm->load.err_len > 0 ? REASON_ERRORS : REASON_LOAD_FAILED, error);
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

/* The generators saw errors, or no answer at all: was it what stands behind a server? The arms' own are judged with all
 * else that was measured. */
static bool look_at_upstreams(struct measurement *m)
{
    char why[200];
    for (unsigned i = 0; measurement_has_upstream(m) && i < m->plan->arm_count; i++) {
        const struct errors *errors = &m->rounds[i].errors;
        bool all_well =
            m->rounds[i].requests_count > 0 &&
            errors->connect + errors->read + errors->write + errors->status + errors->timeout == 0;
        if (!all_well && !upstream_is_well(&m->upstreams[i], why, sizeof(why)))
            return round_end_by(m, i, REASON_UPSTREAM, why);
    }
    return true;
}

static bool measure_window(struct measurement *m)
{
    measurement_begin(m);
    bool good = run_load(m, m->plan->window_s, &m->sampler);
    if (good) {
        measurement_end(m);
        good = take_reports(m) && look_at_upstreams(m);
    }
    for (unsigned i = 0; good && i < m->plan->arm_count; i++)
        measurement_judge(m, i);
    release_loads(m);
    measurement_release(m);
    return good;
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

static bool has_hung(const struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        if (outcome_has(&m->rounds[i].outcome, REASON_HUNG))
            return true;
    return false;
}

static void run_steps(struct measurement *m)
{
    bool measured = check_requests(m) && round_start_servers(m) && settle(m) &&
                    look_at_answers(m, 1, "before the load") && idle_hold(m) && warm_up(m) &&
                    measure_window(m);
    if (measured)
        idle_look(m);
    idle_release(m);
    if (measured && !has_hung(m)) /* who is silent already would only cost the time-out */
        look_at_answers(m, LOOKED_AT, "after the load");
    round_stop_servers(m);
}

void round_measure(const struct round_context *context, const struct round_plan *plan,
                   struct round *rounds)
{
    struct measurement m = {.context = context, .plan = plan, .rounds = rounds};
    m.placement = measurement_has_upstream(&m) ? context->upstream_placement : context->placement;
    cpu_set_t own;
    bool restore = sched_getaffinity(0, sizeof(own), &own) == 0;
    sched_setaffinity(0, sizeof(m.placement->harness), &m.placement->harness);
    for (unsigned i = 0; i < plan->arm_count; i++)
        measurement_identify(&m, i);
    if (*context->interrupted)
        round_end_interrupted(&m);
    else
        run_steps(&m);
    process_kill_strays();
    if (restore)
        sched_setaffinity(0, sizeof(own), &own);
    if (context->alive != NULL)
        context->alive(context->alive_argument, NULL, 0);
}
