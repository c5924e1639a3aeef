/* What need not be measured any more; see settled.h. */
#include "measure/settled.h"

#include "data/phases.h"
#include "data/slo.h"
#include "data/strings.h"
#include "measure/phase_plan.h"

/* Did something outside the arms spoil this round, so that another try is fair? */
static bool spoiled(const struct round *round, bool paired)
{
    if (round->outcome.kind != OUTCOME_INVALID)
        return false;
    for (unsigned i = 0; i < round->outcome.count; i++) {
        enum reason_code code = round->outcome.reasons[i].code;
        if (reason_kind(code) != OUTCOME_INVALID)
            continue;
        if (!reason_is_external(code) || code == REASON_INTERRUPTED ||
            (paired && code == REASON_INTERFERED))
            return false;
    }
    return true;
}

/* Of what was for memory alone, could that be read? */
static bool has_memory(const struct round_plan *plan, const struct round *round)
{
    return (plan->confirms_growth || plan->load_s > 0 || plan->memory_only) &&
           round->course.count > 0 && round_has_resources(round);
}

bool settled_may_repeat(const struct round_plan *plan, const struct round *rounds)
{
    bool paired = plan->arm_count > 1;
    bool any = false;
    if (plan->is_only || plan->slo.p > 0 || has_memory(plan, rounds))
        return false;
    for (unsigned i = 0; i < plan->arm_count; i++) {
        if (rounds[i].outcome.kind == OUTCOME_INVALID && !spoiled(&rounds[i], paired) &&
            !outcome_has(&rounds[i].outcome, REASON_INTERFERED))
            return false; /* an arm's own failure is its result */
        any = any || spoiled(&rounds[i], paired);
    }
    return any;
}

static bool was_interrupted(const struct round *rounds, unsigned arm_count)
{
    for (unsigned i = 0; i < arm_count; i++)
        if (outcome_has(&rounds[i].outcome, REASON_INTERRUPTED))
            return true;
    return false;
}

static bool belongs_to(const struct round *round, const struct round_plan *plan, unsigned arm)
{
    return round->arm == plan->arms[arm] && round->workload == plan->workload &&
           round->block == plan->block && round->position == plan->position &&
           round->scale == plan->scale && round->glance == plan->glance &&
           round->stairs.kind == plan->stairs && round->probe == plan->probe &&
           (round->load_kind == LOAD_OPEN) == plan->paced &&
           (plan->rate_rps == 0 || round->rate_rps == plan->rate_rps) &&
           round->curve == plan->curve && slo_is_same(&round->trial.slo, &plan->slo) &&
           round->trial.confirms == plan->confirms && round_has_phases(round) == plan->phased &&
           round->confirms_growth == plan->confirms_growth &&
           (!plan->phased || round->window_s == plan->window_s);
}

/* The rounds of one try stand beside each other, in the order of the plan's arms. NULL: there is
 * none from *at on, which is moved behind what was found. */
static const struct round *next_try(const struct result *result, const struct round_plan *plan,
                                    size_t *at)
{
    for (size_t i = *at; i + plan->arm_count <= result->round_count; i++) {
        const struct round *rounds = &result->rounds[i];
        if (rounds->number != plan->number)
            continue;
        *at = i + plan->arm_count;
        return rounds;
    }
    return NULL;
}

static bool is_of_plan(const struct round *rounds, const struct round_plan *plan)
{
    for (unsigned i = 0; i < plan->arm_count; i++)
        if (!belongs_to(&rounds[i], plan, i) || rounds[i].attempt != rounds[0].attempt)
            return false;
    return true;
}

/* By its course, as nobody knows what was sent to a server
 * whose generator had no time to say so. */
static unsigned load_seen_s(const struct round *round)
{
    const int64_t ns_per_s = 1000000000;
    int64_t seen_ns = (int64_t)round->course.count * round->course.interval_ns;
    return phases_load_within(&round->phases, (uint32_t)(seen_ns / ns_per_s));
}

int settled_look(struct round_plan *plan, const struct result *result, size_t *at,
                 const struct round **rounds)
{
    const struct round *tried;
    unsigned whole_s = plan->load_s, seen_s = 0;
    *rounds = NULL;
    while ((tried = next_try(result, plan, at)) != NULL) {
        if (!is_of_plan(tried, plan))
            return -1;
        plan->attempt = tried[0].attempt + 1;
        if (was_interrupted(tried, plan->arm_count)) {
            seen_s += whole_s > 0 ? load_seen_s(tried) : 0;
            if (whole_s == 0 || phase_plan_go_on(plan, whole_s, seen_s))
                continue;
            *rounds = tried;
            return 1;
        }
        *rounds = tried;
        if (plan->is_repeat || !settled_may_repeat(plan, tried))
            return 1;
        plan->is_repeat = true;
    }
    return 0;
}

int settled_take_out(struct schedule *schedule, const struct result *result, char **error)
{
    size_t left = 0;
    for (size_t i = 0; i < schedule->count; i++) {
        struct round_plan plan = schedule->plans[i];
        const struct round *rounds;
        size_t at = 0;
        int settled = settled_look(&plan, result, &at, &rounds);
        if (settled < 0)
            return text_error(error, "round %u of the record is none of this experiment's",
                              plan.number);
        if (settled == 0)
            schedule->plans[left++] = plan;
    }
    schedule->count = left;
    return 0;
}
