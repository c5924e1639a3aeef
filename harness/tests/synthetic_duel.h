/*
 * A made-up duel: the record that the plan asks for, round by round, of two servers whose figures
 * are the base's times what a test says. No noise but what a test adds by the block.
 */
#ifndef TESTS_SYNTHETIC_DUEL_H
#define TESTS_SYNTHETIC_DUEL_H

#include <stdio.h>

#include "analyse/duel_read.h"
#include "measure/duel_plan.h"
#include "tests/synthetic.h"

enum { DUEL_TEST_REQUESTS = 80000, DUEL_BASE_COST_NS = 8000, DUEL_BASE_P50_NS = 60000 };

struct made_duel {
    struct synthetic made;
    struct gate gate;
    struct duel_rules rules;
    /* What the head's figures are times; of fresh blocks, and of the copy, too. */
    double cost, p50, p99, memory;
    double fresh_cost, copy_cost, solo_p99;
    double scatter; /* of each block, as a share, up or down */
};

static inline void made_duel_init(struct made_duel *duel)
{
    struct experiment *experiment;
    *duel = (struct made_duel){.cost = 1,
                               .p50 = 1,
                               .p99 = 1,
                               .memory = 1,
                               .fresh_cost = NAN,
                               .copy_cost = 1,
                               .solo_p99 = 1,
                               .rules = {.has_witness = true}};
    gate_init(&duel->gate);
    synthetic_init(&duel->made, 0);
    experiment = &duel->made.result.experiment;
    free(experiment->name);
    free(experiment->reference);
    experiment->name = xstrdup(DUEL_EXPERIMENT);
    experiment->reference = xstrdup(DUEL_BASE);
    experiment->paced.rate_rps = DUEL_RATE_RPS;
    experiment->paced.set = (struct round_set){.blocks = LOOKS_LAST, .warmup_s = 1, .window_s = 8};
    strings_add(&experiment->paced.set.workloads, "plaintext");
    synthetic_arm(&duel->made, DUEL_HEAD);
    synthetic_arm(&duel->made, DUEL_BASE);
    synthetic_arm(&duel->made, DUEL_COPY);
    synthetic_workload(&duel->made, "plaintext", "GET /plaintext");
}

static inline void made_duel_release(struct made_duel *duel)
{
    gate_release(&duel->gate);
    result_release(&duel->made.result);
}

/* Its p99 is twice its p50. */
static inline void made_response(struct round *round, double p50_ns, double p99_ns)
{
    histogram_add(&round->response, (uint64_t)(.8 * p50_ns), DUEL_TEST_REQUESTS * 4 / 10);
    histogram_add(&round->response, (uint64_t)p50_ns, DUEL_TEST_REQUESTS * 4 / 10);
    histogram_add(&round->response, (uint64_t)p99_ns, DUEL_TEST_REQUESTS * 2 / 10);
}

static inline double made_factor(const struct made_duel *duel, const struct round *round,
                                 const char *id)
{
    bool fresh = round->block >= duel->made.result.experiment.paced.set.blocks;
    if (strcmp(id, DUEL_COPY) == 0)
        return duel->copy_cost;
    return strcmp(id, DUEL_BASE) == 0          ? 1
           : fresh && !isnan(duel->fresh_cost) ? duel->fresh_cost
                                               : duel->cost;
}

static inline struct round made_duel_round(struct made_duel *duel, const struct round_plan *plan,
                                           unsigned i)
{
    const char *id = duel->made.result.arms[plan->arms[i]].id;
    bool is_head = strcmp(id, DUEL_HEAD) == 0, is_pair = plan->arm_count == 2;
    double noise = 1 + duel->scatter * synthetic_noise(&duel->made);
    struct round round;
    round_init(&round);
    round.number = plan->number;
    round.attempt = plan->attempt;
    round.arm = plan->arms[i];
    round.workload = plan->workload;
    round.role = is_pair ? (i == 0 ? ROLE_SUBJECT : ROLE_REFERENCE) : ROLE_SOLO;
    round.with = is_pair ? (int32_t)plan->arms[1 - i] : -1;
    round.block = plan->block;
    round.position = plan->position;
    round.probe = plan->probe;
    round.load_kind = plan->paced ? LOAD_OPEN : LOAD_CLOSED;
    round.rate_rps = plan->rate_rps;
    round.connections = plan->connections;
    round.warmup_s = plan->warmup_s;
    round.window_s = plan->window_s;
    round.requests_count = DUEL_TEST_REQUESTS;
    round.duration_ns = plan->window_s * INT64_C(1000000000);
    round.cpu_server_ns =
        (int64_t)(DUEL_BASE_COST_NS * noise * made_factor(duel, &round, id)) * DUEL_TEST_REQUESTS;
    round.trusted_p = 1;
    round.memory.anon_bytes = (int64_t)(1e6 * (is_head ? duel->memory : 1));
    double p50_ns = DUEL_BASE_P50_NS * noise * (is_head ? duel->p50 : 1);
    double p99_ns = 2 * DUEL_BASE_P50_NS * noise *
                    (!is_head  ? 1
                     : is_pair ? duel->p99
                               : duel->solo_p99);
    made_response(&round, p50_ns, p99_ns);
    return round;
}

/* Measures what comes next, if anything does. */
static inline enum duel_step made_duel_step(struct made_duel *duel, double budget_s)
{
    struct round_plan plan;
    enum duel_step step =
        duel_plan_next(&plan, &duel->made.result, &duel->gate, &duel->rules, budget_s, 0);
    for (unsigned i = 0; step == DUEL_STEP_NEXT && i < plan.arm_count; i++) {
        struct round round = made_duel_round(duel, &plan, i);
        result_add_round(&duel->made.result, &round);
    }
    return step;
}

/* Until it ends; how many rounds it took, both of a pair as one. */
static inline unsigned made_duel_run(struct made_duel *duel, double budget_s)
{
    unsigned rounds = 0;
    while (rounds < 500 && made_duel_step(duel, budget_s) == DUEL_STEP_NEXT)
        rounds++;
    return rounds;
}

#endif
