/* See round_load.h. */
#include "measure/round_load.h"

#include <stdio.h>
#include <sys/wait.h>

#include "measure/round_servers.h"

bool round_window_ended(struct measurement *m, enum window_end end, unsigned failed,
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

static bool run_load(struct measurement *m, unsigned duration_s, struct sampler *sampler,
                     struct marks *marks)
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
        .marks = marks,
        .interrupted = m->context->interrupted,
        .started = round_say_loads,
        .started_argument = m,
        .reads_kernel = sampler != NULL && m->plan->scale,
    };
    enum window_end end = window_run(&window, &failed, error, sizeof(error));
    for (unsigned i = 0; sampler != NULL && end == WINDOW_DONE && i < m->plan->arm_count; i++)
        m->rounds[i].cpu_harness_ns = window.cpu_harness_ns;
    m->kernel_bytes = window.kernel_bytes;
    return round_window_ended(m, end, failed, error);
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

static bool load_without_figures(struct measurement *m, unsigned duration_s, struct marks *marks)
{
    bool good = run_load(m, duration_s, NULL, marks);
    for (unsigned i = 0; good && i < m->plan->arm_count; i++) {
        struct load_data data;
        good = take_report(m, i, &data);
        if (good)
            histogram_release(&data.response);
    }
    release_loads(m);
    return good;
}

bool round_warm_up(struct measurement *m)
{
    return m->plan->warmup_s == 0 || load_without_figures(m, m->plan->warmup_s, NULL);
}

bool round_mark_under_load(struct measurement *m, unsigned duration_s, struct marks *marks)
{
    return load_without_figures(m, duration_s, marks);
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

/* The generators saw errors, or no answer at all: was it what stands behind a server? The arms' own
 * are judged with all else that was measured. */
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

bool round_measure_window(struct measurement *m)
{
    measurement_begin(m);
    bool good = run_load(m, m->plan->window_s, &m->sampler, NULL);
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
