/* What a round is, written into its record before anything of it is measured: see measurement.h. */
#include "measure/measurement.h"

#include <time.h>

#include "data/phases.h"
#include "measure/clock.h"
#include "measure/phase_plan.h"
#include "measure/rate.h"

static void identify_upstream(struct measurement *m, unsigned i)
{
    static const char *const fields[] = {"cpu_upstream_ns", "cpu_upstream_window_ns",
                                         "upstream_opens_count"};
    struct round *round = &m->rounds[i];
    if (measurement_has_upstream(m))
        round->upstream_cpus = placement_text(measurement_upstream_cpus(m, i));
    else
        for (size_t j = 0; j < sizeof(fields) / sizeof(fields[0]); j++)
            round_note_missing(round, fields[j], "no server stands behind this workload");
}

/* At the highest rate of all, so many connections; returns it. */
static uint32_t identify_rates(const struct measurement *m, struct round *round)
{
    const struct round_plan *plan = m->plan;
    const struct result *result = m->context->result;
    if (!plan->phased) {
        round->rate_rps = plan->rate_rps > 0 ? plan->rate_rps : rate_of(result, plan->workload);
        return round->rate_rps;
    }
    round->rate_rps = phase_plan_window(&round->phases, result, plan);
    round->confirms_growth = plan->confirms_growth;
    return phases_highest_rps(&round->phases);
}

/* All arms of a block are asked at the same moments: their seed is the block's. */
static void identify_paced(const struct measurement *m, struct round *round)
{
    const struct round_plan *plan = m->plan;
    uint32_t highest_rps = identify_rates(m, round);
    round->load_kind = LOAD_OPEN;
    round->connections = plan->connections > 0 ? plan->connections : rate_connections(highest_rps);
    round->threads = 1;
    round->load_seed = (m->context->result->seed + plan->block) % RESULT_SEED_LIMIT;
}

/* Two tries of one round are told by the same numbers, those asked for, however far each came. */
static void identify_stairs(const struct measurement *m, struct round *round)
{
    const struct levels *levels = &m->context->result->experiment.stairs.connections;
    unsigned most = levels->items[levels->count - 1];
    bool is_active = m->plan->stairs == STAIRS_ACTIVE;
    round->connections = is_active ? most : 0;
    round->idle_connections = is_active ? 0 : most;
    round->threads = is_active ? placement_threads(most, m->placement->load_cpus) : 0;
}

void measurement_identify(struct measurement *m, unsigned i)
{
    const struct round_plan *plan = m->plan;
    const struct arm *arm = measurement_arm(m, i);
    struct round *round = &m->rounds[i];
    round_init(round);
    round->number = plan->number;
    round->attempt = plan->attempt;
    round->arm = plan->arms[i];
    round->workload = plan->workload;
    round->role = measurement_is_pair(m) ? (i == 0 ? ROLE_SUBJECT : ROLE_REFERENCE) : ROLE_SOLO;
    round->with = measurement_is_pair(m) ? (int32_t)plan->arms[1 - i] : -1;
    round->glance = plan->glance;
    round->block = plan->block;
    round->position = plan->position;
    round->cpus = placement_text(measurement_cpus(m, i));
    round->scale = plan->scale;
    round->workers = plan->scale ? plan->workers : arm->workers;
    round->idle_connections = plan->idle_connections;
    round->connections = plan->scale
                             ? plan->connections
                             : arm->workers * m->context->result->experiment.connections_per_worker;
    round->threads = placement_threads(round->connections, m->placement->load_cpus);
    round->stairs.kind = plan->stairs;
    round->probe = plan->probe;
    round->curve = plan->curve;
    round->trial.slo = plan->slo;
    round->trial.confirms = plan->confirms;
    if (plan->paced)
        identify_paced(m, round);
    if (plan->stairs != STAIRS_NONE)
        identify_stairs(m, round);
    round->window_s = plan->window_s;
    round->warmup_s = plan->warmup_s;
    round->monotonic_ns = monotonic_ns();
    result_utc(round->started_utc, time(NULL));
    identify_upstream(m, i);
}
