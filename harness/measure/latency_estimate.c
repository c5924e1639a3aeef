/*
 * How long curves and searches take, before they are measured: they are played through with servers
 * that are made up, by the same plan that a run follows.
 */
#include "measure/latency_plan.h"

#include <stdlib.h>

#include "analyse/pairs.h"
#include "measure/schedule.h"

/* What a server gives that nobody has looked at yet, and the share
 * of it up to which it keeps its latency. On the grid there are five
 * rates from a twentieth of so much to where such a server fails. */
static const double COMMON_RPS = 39000;
static const double KEEPS = 0.8;

const double latency_restless = 2.2;

static void add_look(struct result *played, uint32_t arm, uint32_t workload)
{
    struct round look;
    round_init(&look);
    look.arm = arm;
    look.workload = workload;
    look.probe = true;
    look.requests_count = (int64_t)COMMON_RPS;
    look.duration_ns = 1000000000;
    result_add_round(played, &look);
}

static void add_looks(struct result *played)
{
    for (uint32_t workload = 0; workload < played->workload_count; workload++)
        for (uint32_t arm = 0; arm < played->arm_count; arm++)
            if (latency_plan_takes(played, arm, workload) && !(look_rps(played, arm, workload) > 0))
                add_look(played, arm, workload);
}

/* Every request is answered in time, or none is. */
static void add_round(struct result *played, const struct round_plan *plan)
{
    struct round round;
    round_init(&round);
    round.number = plan->number;
    round.attempt = plan->attempt;
    round.arm = plan->arms[0];
    round.workload = plan->workload;
    round.block = plan->block;
    round.position = plan->position;
    round.load_kind = LOAD_OPEN;
    round.rate_rps = plan->rate_rps;
    round.curve = plan->curve;
    round.trial = (struct slo_count){
        .slo = plan->slo,
        .confirms = plan->confirms,
        .n_count = (int64_t)plan->rate_rps * plan->window_s,
    };
    if (plan->rate_rps > KEEPS * look_rps(played, plan->arms[0], plan->workload))
        outcome_add(&round.outcome, REASON_OVERLOADED, "made up");
    result_add_round(played, &round);
}

struct latency_estimate latency_plan_estimate(const struct result *result, uint32_t last)
{
    struct latency_estimate estimate = {0};
    struct result played =
        *result; /* but for the rounds, which are added to a copy that owns nothing */
    struct round_plan plan;
    if (!curve_is_asked(&result->experiment.curve) && !slo_is_asked(&result->experiment.slo))
        return estimate;
    played.rounds = NULL;
    played.round_count = 0;
    for (size_t i = 0; i < result->round_count; i++)
        result_add_round(&played, &result->rounds[i]);
    add_looks(&played);
    while (latency_plan_next(&plan, &played, last) == LATENCY_NEXT) {
        add_round(&played, &plan);
        estimate.rounds++;
        estimate.seconds += schedule_round_seconds(&plan);
        estimate.curve_rounds += plan.curve;
        estimate.curve_seconds += plan.curve ? schedule_round_seconds(&plan) : 0;
    }
    free(played.rounds);
    return estimate;
}
