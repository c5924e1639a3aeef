/*
 * See round_paced.h. What the window's readings of a closed loop say of the server's CPU time would
 * hold pace's warm-up, too: its own reading, of the same processes, takes their place.
 */
#include "measure/round_paced.h"

#include <stdio.h>

#include "measure/round_load.h"
#include "measure/round_phased.h"
#include "measure/round_servers.h"

static const char not_ended[] = "the generator did not end within %d s of its time";

/* Which of the generator's servers an arm is. The two of a pair change
 * places from block to block, so that what befalls the first of two rather
 * than the second, whatever it may be, is no property of either. */
static unsigned target_of(const struct measurement *m, unsigned arm)
{
    bool is_swapped = measurement_is_pair(m) && m->rounds[0].load_seed % 2 != 0;
    return is_swapped ? 1 - arm : arm;
}

static struct paced_options options_of(const struct measurement *m)
{
    const struct phase_set *set = &m->context->result->experiment.phases;
    struct paced_options options = {
        .pace = m->context->pace,
        .script = measurement_workload(m)->path,
        .address = round_address,
        .cpus = &m->placement->load,
        .rate_rps = m->rounds[0].rate_rps,
        .connections = m->rounds[0].connections,
        .warmup_s = m->plan->warmup_s,
        .window_s = m->plan->window_s,
        .phases = m->plan->phased ? &m->rounds[0].phases : NULL,
        .requests_per_connection = m->plan->phased ? set->requests_per_connection : 0,
        .seed = m->rounds[0].load_seed,
        .slo_ns = m->plan->slo.p > 0 ? m->plan->slo.limit_ns : 0,
        .target_count = m->plan->arm_count,
    };
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        options.targets[target_of(m, i)] = (struct paced_target){
            .port = m->servers[i].port,
            .pids = m->sampler.arms[i].pids,
            .pid_count = m->sampler.arms[i].pid_count,
        };
    return options;
}

/* Was the generator asked to tell what it has measured so far? */
static bool is_to_tell(const struct measurement *m, enum window_end end)
{
    return m->plan->phased && (end == WINDOW_INTERRUPTED || end == WINDOW_LATE);
}

/* What was read before a window of phases ended too early is kept. */
static void end_early(struct measurement *m, enum window_end end, unsigned failed)
{
    if (m->plan->phased)
        round_phased_cut(m, end == WINDOW_INTERRUPTED);
    if (is_to_tell(m, end))
        return;
    if (end != WINDOW_LATE) /* then no server is to blame */
        round_window_ended(m, end, failed, NULL);
    if (m->plan->phased)
        round_phased_end(m);
}

/* One generator serves all arms: if it cannot run, or does not end, no server is to blame. */
static bool end_all(struct measurement *m, const char *why)
{
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        outcome_add(&m->rounds[i].outcome, REASON_LOAD_FAILED, "%s", why);
    return false;
}

static enum window_end run_pace(struct measurement *m, const struct paced_options *options)
{
    unsigned failed = 0;
    char error[200] = "";
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        m->window_arms[i] = (struct window_arm){
            .server = &m->servers[i],
            .upstream = measurement_has_upstream(m) ? &m->upstreams[i].server : NULL,
        };
    struct window window = {
        .arms = m->window_arms,
        .arm_count = m->plan->arm_count,
        .duration_s = options->warmup_s + options->window_s,
        .warmup_s = options->warmup_s,
        .paced = options,
        .sampler = &m->sampler,
        .phase_watch = m->plan->phased ? &m->phase_watch : NULL,
        .interrupted = m->context->interrupted,
        .started = round_say_loads,
        .started_argument = m,
        .pulse = m->plan->phased ? round_phased_pulse : NULL,
        .pulse_argument = m,
    };
    enum window_end end = window_run(&window, &failed, error, sizeof(error));
    m->kernel_bytes = window.kernel_bytes;
    for (unsigned i = 0; end == WINDOW_DONE && i < m->plan->arm_count; i++)
        m->rounds[i].cpu_harness_ns = window.cpu_harness_ns;
    if (end == WINDOW_LATE)
        snprintf(error, sizeof(error), not_ended, WINDOW_LATE_MS / 1000);
    if ((end == WINDOW_LATE && !m->plan->phased) || end == WINDOW_NOT_STARTED)
        end_all(m, error);
    if (end == WINDOW_NOT_STARTED && m->plan->phased)
        round_phased_end(m);
    else if (end != WINDOW_DONE && end != WINDOW_NOT_STARTED)
        end_early(m, end, failed);
    return end;
}

static void note(struct round *round, int64_t value, const char *field, const char *why)
{
    if (value == MISSING && round_why_missing(round, field) == NULL)
        round_note_missing(round, field, "%s", why);
}

/* CPU time that could be read of the server, unless its processes changed meanwhile. */
static void take_cpu(struct round *round, const struct sample_arm *sampled, int64_t cpu_server_ns)
{
    static const char why[] = "the generator could not read the CPU time of the server";
    round->cpu_server_user_ns = MISSING;
    if (sampled->lost[0] != '\0')
        return; /* measurement_end has said so */
    round->cpu_server_ns = round->cpu_server_window_ns = cpu_server_ns;
    note(round, MISSING, "cpu_server_user_ns", "the generator reads all CPU time as one");
    note(round, cpu_server_ns, "cpu_server_ns", why);
    note(round, cpu_server_ns, "cpu_server_window_ns", why);
}

static void take_misses(struct round *round, const struct paced_answer *answer)
{
    static const char *const fields[] = {"trial.n_count", "trial.missed_count",
                                         "trial.disturbed_count", "trial.disturbed_missed_count"};
    struct slo_count *trial = &round->trial;
    trial->n_count = answer->slo_n_count;
    trial->missed_count = answer->slo_missed_count;
    trial->disturbed_count = answer->slo_disturbed_count;
    trial->disturbed_missed_count = answer->slo_disturbed_missed_count;
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if (trial->n_count == MISSING && round->outcome.kind != OUTCOME_INVALID)
            round_note_missing(round, fields[i], "%s",
                               "the generator was too late to vouch for the share");
}

/* What only rounds of a server alone keep. */
static void take_latency(struct round *round, struct paced_answer *answer)
{
    if (!round_keeps_latency(round))
        return;
    if (round->trial.slo.p > 0)
        take_misses(round, answer);
    round->latency = answer->series;
    answer->series = (struct latency_series){0}; /* it is the round's now */
}

static void take_answer(struct measurement *m, unsigned i, struct paced_report *report)
{
    struct paced_answer *answer = &report->answers[target_of(m, i)];
    struct round *round = &m->rounds[i];
    round->requests_count = answer->requests_count;
    round->bytes_read = answer->bytes_read;
    round->duration_ns = report->duration_ns;
    round->errors = answer->errors;
    round->cpu_load_ns = report->cpu_load_ns;
    round->cpu_load_wall_ns = report->duration_ns;
    round->run_delay_load_ns = report->run_delay_load_ns;
    round->trusted_p = report->trusted_p;
    round->response = answer->response;
    histogram_init(&answer->response); /* it is the round's now */
    take_cpu(round, &m->sampler.arms[i], answer->cpu_server_ns);
    note(round, round->run_delay_load_ns, "run_delay_load_ns",
         "the kernel keeps no schedstat of threads");
    for (unsigned r = 0; r < answer->outcome.count; r++)
        if (answer->outcome.reasons[r].code != REASON_INTERRUPTED) /* the round says so itself */
            outcome_add(&round->outcome, answer->outcome.reasons[r].code, "%s",
                        answer->outcome.reasons[r].detail);
    take_latency(round, answer);
}

static void take_answers(struct measurement *m, struct paced_report *report)
{
    int64_t opens = 0;
    if (m->plan->phased)
        round_phased_settle(m, report->start_ns);
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        opens += report->answers[i].opens;
    for (unsigned i = 0; i < m->plan->arm_count; i++) {
        take_answer(m, i, report);
        measurement_judge_open(m, i, opens);
    }
}

static bool take_report(struct measurement *m, const struct paced_options *options)
{
    struct paced_report report;
    char error[200];
    bool good =
        paced_report_read(&report, &m->window_arms[0].load, options, error, sizeof(error)) == 0;
    if (good)
        take_answers(m, &report);
    paced_report_release(&report);
    return good || end_all(m, error);
}

/* Without a report there are no requests, and all else stands; but of a generator that neither ends
 * nor tells nobody knows whether it sent anything. */
static void keep_cut(struct measurement *m, const struct paced_options *options, bool was_late)
{
    struct paced_report report;
    char error[200];
    measurement_end(m);
    bool is_told =
        paced_report_read(&report, &m->window_arms[0].load, options, error, sizeof(error)) == 0;
    if (was_late)
        outcome_add(&m->rounds[0].outcome, is_told ? REASON_GEN_LATE : REASON_LOAD_FAILED,
                    not_ended, WINDOW_LATE_MS / 1000);
    if (is_told)
        take_answers(m, &report);
    paced_report_release(&report);
}

bool round_measure_paced(struct measurement *m)
{
    measurement_begin(m);
    struct paced_options options = options_of(m);
    enum window_end end = run_pace(m, &options);
    bool good = end == WINDOW_DONE;
    if (good)
        measurement_end(m);
    good = good && take_report(m, &options);
    if (is_to_tell(m, end))
        keep_cut(m, &options, end == WINDOW_LATE);
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        load_release(&m->window_arms[i].load);
    measurement_release(m);
    return good;
}
