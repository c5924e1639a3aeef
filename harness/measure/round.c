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

/* LOOKED_AT: answers compared after the window. SETTLE_*: a fresh server has settled when it used
 * less than a fifth of a CPU for 10 ms; one that never does is measured as it is. */
enum {
    SMOKE_TIMEOUT_MS = 5000,
    LOOKED_AT = 16,
    SETTLE_SLICE_MS = 10,
    SETTLE_TIMEOUT_MS = 500,
    SETTLE_PARTS = 5,
};

static const char *const address = "127.0.0.1";

/* One arm ends the round by its own fault; its partner could not be measured, through no fault of
 * its own. */
static bool end_by(struct measurement *m, unsigned culprit, enum reason_code code,
                   const char *detail)
{
    outcome_add(&m->rounds[culprit].outcome, code, "%s", detail);
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        if (i != culprit)
            outcome_add(&m->rounds[i].outcome, REASON_LOAD_FAILED,
                        "not measured: its partner %s ended the round (%s)",
                        measurement_arm(m, culprit)->id, reason_name(code));
    return false;
}

static bool end_interrupted(struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        outcome_add(&m->rounds[i].outcome, REASON_INTERRUPTED, "interrupted");
    return false;
}

/* All processes of the servers; looked up while nothing is measured. */
static void find_servers(struct measurement *m)
{
    m->server_pid_count = 0;
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        m->server_pid_count += process_tree(m->servers[i].pid, m->alive + m->server_pid_count);
}

/* Tells the journal who runs now, as any of them may be left by a kill -9 of the harness: all of the servers' processes,
 * and the generators, which have no others. */
static void say_servers(struct measurement *m)
{
    find_servers(m);
    if (m->context->alive != NULL)
        m->context->alive(m->context->alive_argument, m->alive, m->server_pid_count);
}

static void say_loads(void *argument)
{
    struct measurement *m = argument;
    size_t count = m->server_pid_count;
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        if (m->window_arms[i].load.pid > 0 && !m->window_arms[i].load.ended)
            m->alive[count++] = m->window_arms[i].load.pid;
    if (m->context->alive != NULL)
        m->context->alive(m->context->alive_argument, m->alive, count);
}

static bool start_server(struct measurement *m, unsigned i)
{
    const struct arm *arm = measurement_arm(m, i);
    char error[200];
    struct server_options options = {
        .path = arm->server.path,
        .address = address,
        .workers = m->rounds[i].workers,
        .max_connections =
            m->plan->scale ? m->context->result->experiment.scale.max_connections : 0,
        .cpus = measurement_cpus(m, i),
        .start_timeout_ms = arm->server.start_timeout_s * 1000,
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
    say_servers(m);
    return true;
}

static int64_t servers_cpu_ns(struct measurement *m)
{
    find_servers(m);
    return process_cpu_ns(m->alive, m->server_pid_count);
}

/* Lets what a server does after `ready` come to an end; it may still be starting workers. */
static bool settle(struct measurement *m)
{
    int64_t deadline_ns = monotonic_ns() + SETTLE_TIMEOUT_MS * NS_PER_MS,
            slice_ns = SETTLE_SLICE_MS * NS_PER_MS;
    int64_t used_ns = servers_cpu_ns(m), before_ns;
    do {
        if (*m->context->interrupted)
            return end_interrupted(m);
        before_ns = used_ns;
        sleep_until_ns(monotonic_ns() + slice_ns);
        used_ns = servers_cpu_ns(m);
    } while (used_ns != MISSING && before_ns != MISSING &&
             used_ns - before_ns > slice_ns / SETTLE_PARTS && monotonic_ns() < deadline_ns);
    say_servers(m);
    measurement_read_kernel(m);
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
                    .script = measurement_workload(m)->path,
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
        .started = say_loads,
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

static bool measure_window(struct measurement *m)
{
    measurement_begin(m);
    bool good = run_load(m, m->plan->window_s, &m->sampler);
    if (good) {
        measurement_end(m);
        good = take_reports(m);
    }
    for (unsigned i = 0; good && i < m->plan->arm_count; i++)
        measurement_judge(m, i);
    release_loads(m);
    measurement_release(m);
    return good;
}

/* The numbers stand, whatever the server does when it is told to stop; but it is said. */
static void stop_servers(struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        struct server *server = &m->servers[i];
        if (*m->context->interrupted && !server_ended(server))
            server_stop(server); /* soon, by force */
        if (*m->context->interrupted || server_ended(server)) {
            server_kill(server);
            continue;
        }
        int took_ms = server_stop(server), status = server->exit_status;
        if (took_ms < 0)
            outcome_add(&m->rounds[i].outcome, REASON_NOT_STOPPED,
                        "it did not stop within %d ms of SIGTERM and was killed",
                        SERVER_STOP_TIMEOUT_MS);
        else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            outcome_add(&m->rounds[i].outcome, REASON_NOT_STOPPED,
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

static bool has_hung(const struct measurement *m)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        if (outcome_has(&m->rounds[i].outcome, REASON_HUNG))
            return true;
    return false;
}

static void run_steps(struct measurement *m)
{
    bool measured = check_requests(m) && start_servers(m) && settle(m) &&
                    look_at_answers(m, 1, "before the load") && idle_hold(m) && warm_up(m) &&
                    measure_window(m);
    if (measured)
        idle_look(m);
    idle_release(m);
    if (measured && !has_hung(m)) /* who is silent already would only cost the time-out */
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
        measurement_identify(&m, i);
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
