/* See duel_plan.h. Nothing here measures: the record in, the next round out. */
#include "measure/duel_plan.h"

#include <math.h>

#include "analyse/duel_read.h"
#include "measure/rate.h"
#include "measure/schedule_looks.h"
#include "measure/schedule_scale.h"
#include "measure/settled.h"

/* Random numbers of their own for each series, far from those of other rounds. */
#define DUEL_STREAMS UINT64_C(40000000000)
enum { SERIES_STREAMS = 100000000, WORKLOAD_STREAMS = 1000000 };

uint32_t duel_plan_last(const struct result *result)
{
    uint32_t last = 0;
    for (size_t i = 0; i < result->round_count; i++)
        if (!round_has_phases(&result->rounds[i]) && result->rounds[i].number > last)
            last = result->rounds[i].number;
    return last;
}

uint32_t duel_plan_rate(const struct result *result, size_t workload)
{
    uint32_t said_rps = result->experiment.paced.rate_rps;
    uint32_t most_rps = rate_of(result, workload);
    return said_rps > 0 || most_rps < DUEL_RATE_RPS ? most_rps : DUEL_RATE_RPS;
}

/* ---- from a block that is wanted to a round ---- */

static uint32_t arm_of(const struct result *result, const char *id)
{
    return (uint32_t)result_find_arm(result, id);
}

static struct stream stream_for(const struct result *result, const struct duel_want *want,
                                uint32_t block)
{
    return stream_of(result->seed, DUEL_STREAMS + (uint64_t)want->series * SERIES_STREAMS +
                                       (uint64_t)want->workload * WORKLOAD_STREAMS + block);
}

static void pair_up(struct round_plan *plan, const struct result *result,
                    const struct duel_want *want)
{
    plan->arm_count = 2;
    plan->arms[0] = arm_of(result, want->series == DUEL_CHECK ? DUEL_COPY : DUEL_HEAD);
    plan->arms[1] = arm_of(result, DUEL_BASE);
}

/* The one that is missing in its block; of a block of which nothing is there, either. */
static void choose_witness(struct round_plan *plan, const struct result *result,
                           const struct duel_want *want, uint32_t before)
{
    struct stream stream = stream_for(result, want, plan->block);
    uint32_t base = arm_of(result, DUEL_BASE), head = arm_of(result, DUEL_HEAD);
    int done = duel_witness_half(result, want->workload, plan->block, before);
    plan->arm_count = 1;
    plan->is_only = true;
    plan->arms[0] = stream_below(&stream, 2) ? base : head;
    if (done >= 0) {
        plan->arms[0] = (uint32_t)done == base ? head : base;
        plan->position = 1;
    }
}

/* What each gets in a pair is what it gets alone. */
static void set_load(struct round_plan *plan, const struct result *result,
                     const struct duel_want *want)
{
    const struct round_set *set = &result->experiment.paced.set;
    bool is_saturated = want->series == DUEL_SATURATED;
    plan->paced = !is_saturated;
    plan->warmup_s = set->warmup_s;
    plan->window_s = is_saturated ? DUEL_SATURATED_S : set->window_s;
    if (plan->paced) {
        uint32_t rate_rps = duel_plan_rate(result, want->workload);
        plan->rate_rps = want->series == DUEL_WITNESS ? duel_rate_alone(rate_rps) : rate_rps;
        plan->connections = rate_connections(rate_rps);
    }
}

static void plan_wanted(struct round_plan *plan, const struct result *result,
                        const struct duel_want *want, uint32_t before)
{
    const struct round_set *set = &result->experiment.paced.set;
    *plan = (struct round_plan){
        .workload = (uint32_t)want->workload,
        .block = want->block + (want->time == DUEL_FRESH ? set->blocks : 0),
    };
    if (want->series == DUEL_WITNESS)
        choose_witness(plan, result, want, before);
    else
        pair_up(plan, result, want);
    set_load(plan, result, want);
    struct stream stream = stream_for(result, want, plan->block);
    stream_below(&stream, 2); /* chose a witness */
    schedule_settle(plan, &stream);
}

/* ---- the one that follows what the record holds below a number ---- */

static bool next_wanted(struct round_plan *plan, const struct result *result,
                        const struct gate *gate, const struct duel_rules *rules, uint32_t before)
{
    struct duel duel;
    struct duel_want want;
    duel_init(&duel, DUEL_HEAD, gate, rules);
    duel_read(&duel, result, before);
    bool is_more = duel_next(&want, &duel);
    if (is_more)
        plan_wanted(plan, result, &want, before);
    duel_release(&duel);
    return is_more;
}

/* Looks come first, and are numbered from 1. */
static bool next_numbered(struct round_plan *plan, const struct result *result,
                          const struct gate *gate, const struct duel_rules *rules, uint32_t number)
{
    struct schedule looks = {0};
    schedule_add_looks(&looks, result);
    bool is_look = number <= looks.count, is_more = true;
    if (is_look)
        *plan = looks.plans[number - 1];
    else
        is_more = next_wanted(plan, result, gate, rules, number);
    schedule_release(&looks);
    plan->number = number;
    return is_more;
}

/* ---- time ---- */

static struct round_plan plan_like(const struct round *round)
{
    return (struct round_plan){
        .paced = round->load_kind == LOAD_OPEN,
        .warmup_s = round->warmup_s,
        .window_s = round->window_s,
        .connections = round->connections,
    };
}

double duel_plan_spent_s(const struct result *result)
{
    double spent_s = 0;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        struct round_plan plan = plan_like(round);
        if (round->role != ROLE_REFERENCE && !round_has_phases(round))
            spent_s += schedule_round_seconds(&plan);
    }
    return spent_s;
}

/* If nothing is in doubt. */
static size_t left_of(const struct duel *duel, size_t workload, enum duel_series series)
{
    size_t made = duel->workloads[workload].stretches[series][DUEL_FIRST].made,
           planned = duel_planned(duel, workload, series);
    return made < planned ? planned - made : 0;
}

static size_t left_paced(const struct duel *duel, size_t workload)
{
    return left_of(duel, workload, DUEL_PAIRS) + left_of(duel, workload, DUEL_CHECK) +
           2 * left_of(duel, workload, DUEL_WITNESS);
}

double duel_plan_expected_s(const struct result *result, const struct gate *gate,
                            const struct duel_rules *rules, size_t *rounds)
{
    const struct round_set *set = &result->experiment.paced.set;
    struct round_plan paced = {.paced = true, .warmup_s = set->warmup_s, .window_s = set->window_s},
                      saturated = {.connections = result->experiment.connections_per_worker,
                                   .warmup_s = set->warmup_s,
                                   .window_s = DUEL_SATURATED_S};
    struct duel duel;
    size_t more = 0;
    duel_init(&duel, DUEL_HEAD, gate, rules);
    duel_read(&duel, result, UINT32_MAX);
    *rounds = 0;
    for (size_t i = 0; i < duel.count; i++) {
        *rounds += left_paced(&duel, i);
        more += left_of(&duel, i, DUEL_SATURATED);
    }
    duel_release(&duel);
    double seconds = (double)*rounds * schedule_round_seconds(&paced) +
                     (double)more * schedule_round_seconds(&saturated);
    *rounds += more;
    return seconds;
}

enum duel_step duel_plan_next(struct round_plan *plan, const struct result *result,
                              const struct gate *gate, const struct duel_rules *rules,
                              double budget_s, double elapsed_s)
{
    uint32_t last = duel_plan_last(result);
    const struct round *rounds;
    size_t at = 0;
    int settled = 1;
    if (last > 0 && !next_numbered(plan, result, gate, rules, last))
        return DUEL_STEP_FOREIGN;
    if (last > 0)
        settled = settled_look(plan, result, &at, &rounds);
    if (settled < 0)
        return DUEL_STEP_FOREIGN;
    if (settled > 0 && !next_numbered(plan, result, gate, rules, last + 1))
        return DUEL_STEP_DONE;
    double spent_s = fmax(elapsed_s, duel_plan_spent_s(result));
    return spent_s + schedule_round_seconds(plan) > budget_s ? DUEL_STEP_BUDGET : DUEL_STEP_NEXT;
}
