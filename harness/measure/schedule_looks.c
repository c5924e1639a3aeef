#include "measure/schedule_looks.h"

#include "data/phases.h"
#include "measure/latency_plan.h"
#include "measure/phase_plan.h"
#include "measure/schedule_scale.h"

enum { LOOK_S = 1 }; /* no warm-up, as it need not be exact */

static bool names(const struct round_set *set, const struct result *result, size_t workload)
{
    return strings_contain(&set->workloads, result->workloads[workload].workload.name);
}

static bool has_pairs(const struct result *result, size_t workload)
{
    int reference = schedule_reference(result, workload);
    for (size_t i = 0; reference >= 0 && i < result->arm_count; i++)
        if ((int)i != reference && schedule_takes_pace(result, i, workload))
            return true;
    return false;
}

/* Does a rate of this workload depend on what servers give? Of pairs, and of servers alone. */
static bool pairs_need(const struct result *result, size_t workload)
{
    const struct paced_set *paced = &result->experiment.paced;
    return paced->rate_rps == 0 && names(&paced->set, result, workload) &&
           has_pairs(result, workload);
}

static bool alone_need(const struct result *result, size_t workload)
{
    const struct experiment *experiment = &result->experiment;
    return (experiment->curve.rates.count == 0 &&
            names(&experiment->curve.set, result, workload)) ||
           names(&experiment->slo.set, result, workload);
}

static bool phases_need(const struct result *result, size_t workload)
{
    const struct phase_set *set = &result->experiment.phases;
    return set->rate_rps == 0 && phases_need_rate(&set->phases) &&
           names(&set->set, result, workload);
}

static void add_look(struct schedule *schedule, size_t arm, size_t workload)
{
    struct round_plan plan = {.arms = {(uint32_t)arm},
                              .arm_count = 1,
                              .workload = (uint32_t)workload,
                              .window_s = LOOK_S,
                              .probe = true};
    schedule_append(schedule, &plan);
}

void schedule_add_looks(struct schedule *schedule, const struct result *result)
{
    for (size_t workload = 0; workload < result->workload_count; workload++) {
        bool of_pairs = pairs_need(result, workload), alone = alone_need(result, workload),
             phased = phases_need(result, workload);
        for (size_t arm = 0; arm < result->arm_count; arm++)
            if (!result->arms[arm].self_check &&
                ((of_pairs && schedule_takes_pace(result, arm, workload)) ||
                 (alone && latency_plan_takes(result, arm, workload)) ||
                 (phased && phase_plan_takes(result, arm, workload))))
                add_look(schedule, arm, workload);
    }
}
