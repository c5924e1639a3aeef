/* Pairs at a rate made up in code, beside the result of
 * synthetic.h: the second arm is the reference. */
#ifndef TESTS_SYNTHETIC_AT_RATE_H
#define TESTS_SYNTHETIC_AT_RATE_H

#include "tests/synthetic.h"

enum { SYNTHETIC_RATE_RPS = 20000, SYNTHETIC_RATE_BLOCKS = 6, SYNTHETIC_REFERENCE = 1 };

/* Both halves were asked 30,000 times in the window; times in ns. */
struct synthetic_half {
    double cost_ns, p50_ns, p99_ns;
    int64_t requests;
};

static inline struct round synthetic_half_round(struct synthetic *made, size_t arm, uint32_t block,
                                                const struct synthetic_half *half)
{
    struct round round = synthetic_round(made, arm, 0, block, half->cost_ns);
    round.load_kind = LOAD_OPEN;
    round.rate_rps = SYNTHETIC_RATE_RPS;
    round.requests_count = half->requests;
    round.cpu_server_ns = (int64_t)(half->cost_ns * (double)half->requests);
    histogram_add(&round.response, (uint64_t)half->p50_ns, (uint64_t)(half->requests * 97 / 100));
    histogram_add(&round.response, (uint64_t)half->p99_ns, (uint64_t)(half->requests * 3 / 100));
    return round;
}

static inline struct round *synthetic_pair_at_rate(struct synthetic *made, size_t subject,
                                                   uint32_t block, const struct synthetic_half *a,
                                                   const struct synthetic_half *b)
{
    made->number++;
    struct round first = synthetic_half_round(made, subject, block, a),
                 second = synthetic_half_round(made, SYNTHETIC_REFERENCE, block, b);
    first.role = ROLE_SUBJECT;
    first.with = SYNTHETIC_REFERENCE;
    second.role = ROLE_REFERENCE;
    second.with = (int32_t)subject;
    result_add_round(&made->result, &first);
    return result_add_round(&made->result, &second) - 1;
}

static const struct synthetic_half synthetic_reference = {8000, 40000, 100000, 30000};

/* Ratios that step evenly around a centre from block to block. */
static inline void synthetic_at_rate(struct synthetic *made, size_t subject, double cost,
                                     double p50, double p99, unsigned first_block)
{
    for (unsigned b = 0; b < SYNTHETIC_RATE_BLOCKS; b++) {
        double step = 1 + .001 * ((double)b - 2.5);
        struct synthetic_half half = {8000 * cost * step, 40000 * p50 * step, 100000 * p99 * step,
                                      30000};
        synthetic_pair_at_rate(made, subject, first_block + b, &half, &synthetic_reference);
    }
}

/* The first of an arm's own rounds at a rate end so. */
static inline void synthetic_lose_at_rate(struct synthetic *made, size_t subject, unsigned count,
                                          enum reason_code code)
{
    for (size_t i = 0; i < made->result.round_count && count > 0; i++) {
        struct round *round = &made->result.rounds[i];
        if (round->load_kind != LOAD_OPEN || round->role != ROLE_SUBJECT || round->arm != subject)
            continue;
        outcome_add(&round->outcome, code, "lost by the test");
        count--;
    }
}

#endif
