/* What the searches of a result found, server by server and objective by objective. */
#include "analyse/latency.h"

#include "analyse/pairs.h"
#include "data/slo.h"

static void add_slo(struct latency *latency, const struct slo *slo)
{
    for (size_t i = 0; i < latency->slo_count; i++)
        if (slo_is_same(&latency->slos[i], slo))
            return;
    if (latency->slo_count < SLOS_MOST)
        latency->slos[latency->slo_count++] = *slo;
}

static bool is_searched(const struct result *result, size_t workload)
{
    const struct slo_set *set = &result->experiment.slo;
    return set->slo_count > 0 &&
           strings_contain(&set->set.workloads, result->workloads[workload].workload.name);
}

/* In the experiment's order. */
static void find_slos(struct latency *latency, const struct result *result)
{
    const struct slo_set *set = &result->experiment.slo;
    for (size_t i = 0; i < set->slo_count && is_searched(result, latency->workload); i++)
        add_slo(latency, &set->slos[i]);
    for (size_t i = 0; i < result->round_count; i++)
        if (round_is_trial(&result->rounds[i]) && result->rounds[i].workload == latency->workload)
            add_slo(latency, &result->rounds[i].trial.slo);
}

/* One whose look alone said that it is too slow to be judged has a place, too. */
static bool takes_part(const struct result *result, const struct latency *latency, size_t arm)
{
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->arm == arm && round->workload == latency->workload &&
            (round_is_trial(round) ||
             (round->probe && is_searched(result, latency->workload) &&
              !result->arms[arm].server.ceiling && !result->arms[arm].self_check)))
            return true;
    }
    return false;
}

void latency_find_limits(struct latency *latency, const struct result *result)
{
    find_slos(latency, result);
    latency->limits = xcalloc(latency->slo_count * result->arm_count + 1, sizeof *latency->limits);
    struct latency_limit *limit = latency->limits;
    for (size_t s = 0; s < latency->slo_count; s++)
        for (size_t arm = 0; arm < result->arm_count; arm++)
            if (takes_part(result, latency, arm)) {
                limit->arm = arm;
                capacity_of(&limit->found, result, arm, latency->workload, &latency->slos[s]);
                limit++;
            }
    latency->limit_arms =
        latency->slo_count ? (size_t)(limit - latency->limits) / latency->slo_count : 0;
}
