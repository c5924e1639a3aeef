/*
 * The sequence of one round; see round.h. Each step returns false when the round is over: then the
 * outcome of every arm already says why, and round_measure only has to leave no process behind.
 */
#include "measure/round.h"

#include <sched.h>
#include <stdio.h>

#include "measure/answer.h"
#include "measure/clock.h"
#include "measure/idle.h"
#include "measure/idle_memory.h"
#include "measure/measurement.h"
#include "measure/probe.h"
#include "measure/process_tree.h"
#include "measure/round_load.h"
#include "measure/round_paced.h"
#include "measure/round_phased.h"
#include "measure/round_servers.h"
#include "measure/round_stairs.h"

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

/* pace warms up by itself, in the same life as it measures. */
static bool put_under_load(struct measurement *m)
{
    if (m->plan->paced)
        return round_fill(m) && round_measure_paced(m);
    if (m->plan->stairs != STAIRS_NONE)
        return round_climb_stairs(m);
    return idle_hold(m) && round_warm_up(m) && round_measure_window(m);
}

static bool check_rate(struct measurement *m)
{
    if (!m->plan->paced || m->rounds[0].rate_rps > 0)
        return true;
    for (unsigned i = 0; i < m->plan->arm_count; i++)
        outcome_add(&m->rounds[i].outcome, REASON_LOAD_FAILED,
                    "no look at a server has a throughput from which to choose a rate");
    return false;
}

static void run_steps(struct measurement *m)
{
    bool measured = check_rate(m) && check_requests(m) && round_start_servers(m) && settle(m) &&
                    look_at_answers(m, 1, "before the load") && put_under_load(m);
    if (measured)
        idle_look(m);
    idle_release(m);
    if (measured)
        idle_memory_read(m);
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
