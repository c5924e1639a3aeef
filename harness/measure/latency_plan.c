/* See latency_plan.h. Everything is walked through from the first round, each looked up under its
 * number: the first that the result does not hold is the next. */
#include "measure/latency_plan.h"

#include <stdlib.h>

#include "analyse/capacity.h"
#include "analyse/climb.h"
#include "analyse/pairs.h"
#include "data/slo.h"
#include "measure/rate.h"
#include "measure/schedule.h"
#include "measure/schedule_scale.h"
#include "measure/settled.h"

/* Random numbers of their own, far from those of the other rounds. */
#define CURVE_STREAMS  UINT64_C(10000000000)
#define SEARCH_STREAMS UINT64_C(20000000000)
enum { WORKLOAD_STREAMS = 10000000, LEVEL_STREAMS = 10000 };

struct walk {
    const struct result *result;
    struct round_plan *plan; /* the one that is looked at */
    uint32_t number;         /* of the one before it */
    size_t at;               /* behind the rounds that gave that one */
    enum latency_step step;
};

bool latency_plan_takes(const struct result *result, size_t arm, size_t workload)
{
    return !result->arms[arm].self_check && schedule_takes(result, arm, workload);
}

static bool is_of_latency(const struct round *round)
{
    return round->curve || round->trial.slo.p > 0;
}

uint32_t latency_plan_last(const struct result *result)
{
    uint32_t last = 0;
    for (size_t i = 0; i < result->round_count; i++)
        if (is_of_latency(&result->rounds[i]) && result->rounds[i].number > last)
            last = result->rounds[i].number;
    return last;
}

/* What gave this round, or NULL: then the walk is over, as walk->step says. */
static const struct round *visit(struct walk *walk, const struct round_plan *plan)
{
    const struct round *round;
    *walk->plan = *plan;
    walk->plan->number = ++walk->number;
    int settled = settled_look(walk->plan, walk->result, &walk->at, &round);
    if (settled == 1)
        return round;
    /* what lies behind the next one cannot have come before it */
    bool is_foreign = settled < 0 || latency_plan_last(walk->result) > walk->number;
    walk->step = is_foreign ? LATENCY_FOREIGN : LATENCY_NEXT;
    return NULL;
}

/* ---- curves ---- */

/* A server on its way up, and its rounds at the level where it is. */
struct climber {
    uint32_t arm;
    double look_rps;
    bool goes_on;
    struct climb climb;
    unsigned overloaded;
};

struct curve {
    size_t workload, count;
    struct rates rates;
    unsigned connections;
    struct climber *climbers;
    struct round_plan *plans; /* of a block, room for all */
};

static bool is_spared(const struct climber *climber)
{
    return !climber->goes_on || (climber->climb.rounds == 2 && climber->overloaded == 2);
}

static struct climber *climber_of(const struct curve *curve, uint32_t arm)
{
    struct climber *climber = curve->climbers;
    while (climber->arm != arm)
        climber++;
    return climber;
}

/* The rounds of a block, in their order. */
static size_t plan_block(struct walk *walk, const struct curve *curve, size_t level, unsigned block)
{
    const struct round_set *set = &walk->result->experiment.curve.set;
    struct round_plan plan = {
        .arm_count = 1,
        .workload = (uint32_t)curve->workload,
        .block = block,
        .warmup_s = set->warmup_s,
        .window_s = set->window_s,
        .paced = true,
        .curve = true,
        .rate_rps = curve->rates.items[level],
        .connections = curve->connections,
    };
    size_t count = 0;
    for (size_t i = 0; i < curve->count; i++)
        if (!is_spared(&curve->climbers[i])) {
            plan.arms[0] = curve->climbers[i].arm;
            curve->plans[count++] = plan;
        }
    uint64_t number = CURVE_STREAMS + curve->workload * WORKLOAD_STREAMS + level * LEVEL_STREAMS;
    schedule_shuffle(curve->plans, count, stream_of(walk->result->seed, number + block));
    return count;
}

static bool walk_block(struct walk *walk, const struct curve *curve, size_t level, unsigned block)
{
    size_t count = plan_block(walk, curve, level, block);
    for (size_t i = 0; i < count; i++) {
        const struct round *round = visit(walk, &curve->plans[i]);
        if (round == NULL)
            return false;
        struct climber *climber = climber_of(curve, round->arm);
        climb_count(&climber->climb, round, climber->look_rps);
        climber->overloaded += outcome_has(&round->outcome, REASON_OVERLOADED);
    }
    return true;
}

/* *any: somebody goes on to the next level. */
static bool walk_level(struct walk *walk, const struct curve *curve, size_t level, bool *any)
{
    for (size_t i = 0; i < curve->count; i++) {
        struct climber *climber = &curve->climbers[i];
        climber->climb = (struct climb){0};
        climber->overloaded = 0;
    }
    for (unsigned block = 0; block < walk->result->experiment.curve.set.blocks; block++)
        if (!walk_block(walk, curve, level, block))
            return false;
    *any = false;
    for (size_t i = 0; i < curve->count; i++) {
        struct climber *climber = &curve->climbers[i];
        climber->goes_on = climber->goes_on && climb_end(&climber->climb) == CLIMB_GOES_ON;
        *any = *any || climber->goes_on;
    }
    return true;
}

static bool walk_levels(struct walk *walk, const struct curve *curve)
{
    bool any = curve->count > 0;
    for (size_t level = 0; any && level < curve->rates.count; level++)
        if (!walk_level(walk, curve, level, &any))
            return false;
    return true;
}

static bool walk_curves(struct walk *walk, size_t workload)
{
    const struct result *result = walk->result;
    struct curve curve = {
        .workload = workload,
        .connections = rate_curve_connections(result, workload),
        .climbers = xcalloc(result->arm_count + 1, sizeof(*curve.climbers)),
        .plans = xcalloc(result->arm_count + 1, sizeof(*curve.plans)),
    };
    rate_levels(&curve.rates, result, workload);
    for (size_t arm = 0; arm < result->arm_count; arm++)
        if (latency_plan_takes(result, arm, workload))
            curve.climbers[curve.count++] = (struct climber){
                .arm = (uint32_t)arm, .look_rps = look_rps(result, arm, workload), .goes_on = true};
    bool is_through = walk_levels(walk, &curve);
    free(curve.climbers);
    free(curve.plans);
    return is_through;
}

/* ---- searches ---- */

/* A server's search for one objective. */
struct search {
    uint32_t arm;
    struct capacity_search sought;
    struct capacity_trial trials[CAPACITY_TRIALS_MOST];
    size_t count;
};

struct searches {
    size_t workload, count;
    unsigned connections;
    struct search *searches;
    struct round_plan *plans; /* of a turn */
};

static bool plan_trial(const struct search *search, struct round_plan *plan)
{
    struct capacity next;
    capacity_next(&next, &search->sought, search->trials, search->count);
    plan->arms[0] = search->arm;
    plan->slo = search->sought.slo;
    plan->rate_rps = next.rate_rps;
    plan->confirms = next.confirms;
    plan->window_s = next.window_s;
    return next.end == CAPACITY_GOES_ON;
}

static size_t plan_turn(struct walk *walk, struct searches *all, unsigned turn)
{
    struct round_plan plan = {
        .arm_count = 1,
        .workload = (uint32_t)all->workload,
        .block = turn,
        .warmup_s = walk->result->experiment.slo.set.warmup_s,
        .paced = true,
        .connections = all->connections,
    };
    size_t count = 0;
    for (size_t i = 0; i < all->count; i++)
        if (plan_trial(&all->searches[i], &plan))
            all->plans[count++] = plan;
    schedule_shuffle(
        all->plans, count,
        stream_of(walk->result->seed, SEARCH_STREAMS + all->workload * WORKLOAD_STREAMS + turn));
    return count;
}

static struct search *search_of(const struct searches *all, const struct round *round)
{
    struct search *search = all->searches;
    while (search->arm != round->arm || !slo_is_same(&search->sought.slo, &round->trial.slo))
        search++;
    return search;
}

static bool walk_turns(struct walk *walk, struct searches *all)
{
    size_t count;
    for (unsigned turn = 0; (count = plan_turn(walk, all, turn)) > 0; turn++)
        for (size_t i = 0; i < count; i++) {
            const struct round *round = visit(walk, &all->plans[i]);
            if (round == NULL)
                return false;
            struct search *search = search_of(all, round);
            search->trials[search->count++] = (struct capacity_trial){
                round->rate_rps, round->trial.confirms, capacity_judge(round)};
        }
    return true;
}

static bool walk_searches(struct walk *walk, size_t workload)
{
    const struct result *result = walk->result;
    const struct slo_set *set = &result->experiment.slo;
    size_t most = result->arm_count * set->slo_count + 1;
    struct searches all = {
        .workload = workload,
        .connections = rate_search_connections(result, workload),
        .searches = xcalloc(most, sizeof(*all.searches)),
        .plans = xcalloc(most, sizeof(*all.plans)),
    };
    for (size_t i = 0; i < set->slo_count; i++)
        for (size_t arm = 0; arm < result->arm_count; arm++)
            if (latency_plan_takes(result, arm, workload))
                all.searches[all.count++] =
                    (struct search){.arm = (uint32_t)arm,
                                    .sought = {set->slos[i], look_rps(result, arm, workload),
                                               set->set.blocks, set->set.window_s}};
    bool is_through = walk_turns(walk, &all);
    free(all.searches);
    free(all.plans);
    return is_through;
}

/* ---- all ---- */

static bool walk_set(struct walk *walk, const struct round_set *set,
                     bool (*of)(struct walk *walk, size_t workload))
{
    for (size_t i = 0; i < set->workloads.count; i++) {
        int workload = result_find_workload(walk->result, set->workloads.items[i]);
        if (workload >= 0 && !of(walk, (size_t)workload))
            return false;
    }
    return true;
}

enum latency_step latency_plan_next(struct round_plan *plan, const struct result *result,
                                    uint32_t last)
{
    const struct experiment *experiment = &result->experiment;
    struct walk walk = {.result = result, .plan = plan, .number = last, .step = LATENCY_DONE};
    *plan = (struct round_plan){0};
    if (!walk_set(&walk, &experiment->curve.set, walk_curves) ||
        !walk_set(&walk, &experiment->slo.set, walk_searches))
        return walk.step;
    plan->number = walk.number + 1;
    return latency_plan_last(result) > walk.number ? LATENCY_FOREIGN : LATENCY_DONE;
}
