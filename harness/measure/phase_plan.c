/* See phase_plan.h. */
#include "measure/phase_plan.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/consistency.h"
#include "data/phases.h"
#include "measure/rate.h"
#include "measure/schedule.h"
#include "measure/schedule_scale.h"
#include "measure/settled.h"

/* Random numbers of their own, far from those of the other rounds. */
#define LONGER_STREAMS UINT64_C(40000000000)

bool phase_plan_takes(const struct result *result, size_t arm, size_t workload)
{
    return !result->arms[arm].self_check && schedule_takes(result, arm, workload);
}

struct round_plan phase_plan_of(const struct result *result, size_t arm, size_t workload,
                                unsigned block)
{
    const struct phase_set *set = &result->experiment.phases;
    return (struct round_plan){
        .arms = {(uint32_t)arm},
        .arm_count = 1,
        .workload = (uint32_t)workload,
        .block = block,
        .warmup_s = set->set.warmup_s,
        .window_s = set->set.window_s,
        .paced = true,
        .phased = true,
        .rate_rps = set->rate_rps,
        .load_s = set->soak ? phases_load_seconds(&set->phases) : 0,
        .memory_only = set->memory_only,
    };
}

bool phase_plan_go_on(struct round_plan *plan, unsigned whole_s, unsigned seen_s)
{
    unsigned least_s = (unsigned)ceil(FLATNESS_LOAD_S_MIN) + CONSISTENCY_SETTLE_S;
    unsigned left_s = seen_s < whole_s ? whole_s - seen_s : 0;
    if (left_s == 0)
        return false;
    left_s = left_s > least_s ? left_s : least_s;
    left_s = left_s < whole_s ? left_s : whole_s;
    plan->window_s -= plan->load_s - left_s;
    plan->load_s = left_s;
    return true;
}

static uint32_t first_rate_rps(const struct phases *phases)
{
    size_t i = 0;
    while (i < phases->count && !phase_sends(phases->items[i].kind))
        i++;
    return i < phases->count ? phases->items[i].rate_rps : 0;
}

uint32_t phase_plan_window(struct phases *phases, const struct result *result,
                           const struct round_plan *plan)
{
    *phases = result->experiment.phases.phases;
    bool needs_rate = phases_need_rate(phases);
    uint32_t rate_rps = needs_rate ? rate_of_phases(result, plan->workload) : 0;
    if (plan->confirms_growth)
        phases_stretch(phases, PHASE_PLAN_TIMES);
    if (plan->load_s > 0)
        phases_set_load(phases, plan->load_s);
    if (rate_rps > 0 || !needs_rate)
        phases_settle(phases, rate_rps);
    return needs_rate ? rate_rps : first_rate_rps(phases);
}

uint32_t phase_plan_least_load_s(const struct phases *phases)
{
    uint32_t seconds = (uint32_t)ceil(FLATNESS_LOAD_S_MIN);
    for (size_t i = 0; i < phases->count; i++)
        seconds += phases->items[i].kind == PHASE_LOAD ? CONSISTENCY_SETTLE_S : 0;
    return seconds;
}

uint32_t phase_plan_longer_s(const struct experiment *experiment)
{
    struct phases phases = experiment->phases.phases;
    phases_stretch(&phases, PHASE_PLAN_TIMES);
    return phases_seconds(&phases);
}

/* Can it tell of memory, and of all its phases? */
static bool tells(const struct result *result, const struct round *round, size_t arm,
                  size_t workload)
{
    return round->arm == arm && round->workload == workload && !round->confirms_growth &&
           consistency_is_used(result, round) && !outcome_has(&round->outcome, REASON_INTERRUPTED);
}

static bool grew(const struct round *round)
{
    struct flatness flatness;
    consistency_judge(&flatness, round, CONSISTENCY_MEMORY);
    return flatness.kind == FLATNESS_GROWING;
}

/* By the last round that can tell. */
static bool is_to_be_confirmed(const struct result *result, size_t arm, size_t workload)
{
    for (size_t i = result->round_count; i-- > 0;)
        if (tells(result, &result->rounds[i], arm, workload))
            return grew(&result->rounds[i]);
    return false;
}

/* Of one workload, in their order. */
static size_t plan_longer(struct round_plan *plans, const struct result *result, size_t workload)
{
    size_t count = 0;
    if (result->experiment.phases.soak)
        return 0;
    for (size_t arm = 0; arm < result->arm_count; arm++) {
        if (!phase_plan_takes(result, arm, workload) || !is_to_be_confirmed(result, arm, workload))
            continue;
        plans[count] = phase_plan_of(result, arm, workload, result->experiment.phases.set.blocks);
        plans[count].window_s = phase_plan_longer_s(&result->experiment);
        plans[count++].confirms_growth = true;
    }
    schedule_shuffle(plans, count, stream_of(result->seed, LONGER_STREAMS + workload));
    return count;
}

uint32_t phase_plan_last_longer(const struct result *result)
{
    uint32_t last = 0;
    for (size_t i = 0; i < result->round_count; i++)
        if (result->rounds[i].confirms_growth && result->rounds[i].number > last)
            last = result->rounds[i].number;
    return last;
}

enum phase_step phase_plan_next(struct round_plan *plan, const struct result *result, uint32_t last)
{
    const struct strings *workloads = &result->experiment.phases.set.workloads;
    struct round_plan *plans = xcalloc(result->arm_count + 1, sizeof(*plans));
    enum phase_step step = PHASE_DONE;
    uint32_t longer = phase_plan_last_longer(result);
    size_t at = 0;
    *plan = (struct round_plan){.number = last};
    for (size_t i = 0; i < workloads->count && step == PHASE_DONE; i++) {
        int workload = result_find_workload(result, workloads->items[i]);
        size_t count = workload < 0 ? 0 : plan_longer(plans, result, (size_t)workload);
        for (size_t k = 0; k < count && step == PHASE_DONE; k++) {
            const struct round *round;
            plans[k].number = plan->number + 1;
            *plan = plans[k];
            int settled = settled_look(plan, result, &at, &round);
            if (settled != 1) /* what lies behind the next one cannot have come before it */
                step = settled < 0 || longer > plan->number ? PHASE_FOREIGN : PHASE_NEXT;
        }
    }
    free(plans);
    if (step == PHASE_DONE && longer > plan->number++)
        step = PHASE_FOREIGN;
    return step;
}
