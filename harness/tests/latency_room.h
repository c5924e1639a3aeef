/*
 * Curves and searches against servers that are made up: each bears a rate,
 * and may be late, disturbed or flaky instead of answering; what they
 * answer to one plan after another is a record as a run would have left it.
 */
#ifndef TESTS_LATENCY_ROOM_H
#define TESTS_LATENCY_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "measure/latency_plan.h"
#include "measure/schedule.h"

enum { LATENCY_LAST = 4, LATENCY_ROUNDS_MOST = 4000 };

/* A server: up to which rate it keeps its latency, and from which rate on the generator is late. */
struct made_up {
    const char *id;
    double look_rps, bears_rps, late_from_rps; /* the last 0: never */
};

static inline void latency_set(struct round_set *set, const char *workloads, unsigned blocks)
{
    strings_split(&set->workloads, workloads);
    set->blocks = blocks;
    set->warmup_s = 1;
    set->window_s = 3;
}

/* Each with a look, if it gave something. */
static inline void latency_result(struct result *result, const struct made_up *servers,
                                  size_t count)
{
    result_init(result);
    result->seed = 42;
    result->experiment.name = xstrdup("latency");
    result->experiment.reference = xstrdup("epoll");
    struct workload *workload = &result_add_workload(result)->workload;
    workload->name = xstrdup("plaintext");
    workload->route = xstrdup("plaintext");
    for (size_t i = 0; i < count; i++) {
        struct arm *arm = result_add_arm(result, servers[i].id);
        server_info_init(&arm->server, servers[i].id, "/bin/false");
        struct round look;
        round_init(&look);
        look.number = (uint32_t)i + 1;
        look.arm = (uint32_t)i;
        look.probe = true;
        look.requests_count = (int64_t)servers[i].look_rps;
        look.duration_ns = 1000000000;
        if (servers[i].look_rps > 0)
            result_add_round(result, &look);
    }
    assert_true(count <= LATENCY_LAST);
}

static inline struct round latency_round(const struct round_plan *plan)
{
    struct round round;
    round_init(&round);
    round.number = plan->number;
    round.attempt = plan->attempt;
    round.arm = plan->arms[0];
    round.workload = plan->workload;
    round.block = plan->block;
    round.position = plan->position;
    round.window_s = plan->window_s;
    round.connections = plan->connections;
    round.load_kind = LOAD_OPEN;
    round.rate_rps = plan->rate_rps;
    round.curve = plan->curve;
    round.trial = (struct slo_count){.slo = plan->slo,
                                     .confirms = plan->confirms,
                                     .n_count = (int64_t)plan->rate_rps * plan->window_s};
    return round;
}

static inline void latency_leave_uncounted(struct round *round)
{
    round->trial.n_count = round->trial.missed_count = MISSING;
    round->trial.disturbed_count = round->trial.disturbed_missed_count = MISSING;
}

static inline void latency_answer(struct result *result, const struct round_plan *plan,
                                  const struct made_up *servers)
{
    const struct made_up *server = &servers[plan->arms[0]];
    struct round round = latency_round(plan);
    if (server->late_from_rps > 0 && plan->rate_rps >= server->late_from_rps) {
        outcome_add(&round.outcome, REASON_GEN_LATE, "made up");
        round.trusted_p = .5;
        latency_leave_uncounted(&round);
    } else if (plan->rate_rps > server->bears_rps) {
        outcome_add(&round.outcome, REASON_OVERLOADED, "made up");
        latency_leave_uncounted(&round);
    } else {
        round.trial.missed_count = 0;
    }
    result_add_round(result, &round);
}

/* To the end; every plan in its order. The caller frees. */
static inline struct round_plan *latency_run(struct result *result, const struct made_up *servers,
                                             size_t *count)
{
    struct round_plan *plans = xcalloc(LATENCY_ROUNDS_MOST, sizeof *plans);
    enum latency_step step;
    *count = 0;
    while ((step = latency_plan_next(&plans[*count], result, LATENCY_LAST)) == LATENCY_NEXT) {
        latency_answer(result, &plans[(*count)++], servers);
        assert_true(*count < LATENCY_ROUNDS_MOST);
    }
    assert_int_equal(step, LATENCY_DONE);
    return plans;
}

#endif
