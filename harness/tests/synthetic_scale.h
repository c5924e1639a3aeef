/* A made-up sweep: each server at 1, 64, 1,024 and 4,096
 * connections, and at 64 beside 10,000 idle ones. */
#ifndef TESTS_SYNTHETIC_SCALE_H
#define TESTS_SYNTHETIC_SCALE_H

#include "tests/synthetic.h"

/* The experiment's header; result->experiment names no other rounds. */
static inline void synthetic_scale_init(struct synthetic *made, unsigned blocks)
{
    synthetic_init(made, 0);
    strings_release(&made->result.experiment.self_check);
    strings_release(&made->result.experiment.ceilings);
    made->result.experiment.scale = (struct scale_set){
        .set = {.blocks = blocks, .warmup_s = 1, .window_s = 2},
        .curve_blocks = blocks,
        .connections = {{1, 64, 1024, 4096}, 4},
        .base = 64,
        .idle = 10000,
        .workers = {{1}, 1},
        .max_connections = 12000,
    };
    strings_add(&made->result.experiment.scale.set.workloads, "plaintext");
}

/* One round whose steady part costs exactly cost_ns a request of 300 octets, at 100,000 requests/s;
 * what comes before it and after it costs twice as much, as if connections were opened. */
static inline struct round *synthetic_scale_round(struct synthetic *made, size_t arm,
                                                  uint32_t block, unsigned connections,
                                                  unsigned idle, double cost_ns)
{
    enum { SAMPLES = 20, OCTETS = 300, PER_SAMPLE = 10000 };
    struct round round = synthetic_round(made, arm, 0, block, cost_ns);
    struct series *series = &round.series;
    round.number = ++made->number;
    round.scale = true;
    round.workers = 1;
    round.connections = connections;
    round.idle_connections = idle;
    round.requests_count = (int64_t)SAMPLES * PER_SAMPLE;
    round.cpu_server_ns = (int64_t)(2 * cost_ns * (double)round.requests_count);
    round.octets_in =
        (int64_t)OCTETS * round.requests_count + (int64_t)ROUND_CONNECTION_OCTETS * connections;
    series->count = SAMPLES;
    series->t_ns = xcalloc(SAMPLES, sizeof *series->t_ns);
    series->rss_bytes = xcalloc(SAMPLES, sizeof *series->rss_bytes);
    series->cpu_server_ns = xcalloc(SAMPLES, sizeof *series->cpu_server_ns);
    series->octets_in = xcalloc(SAMPLES, sizeof *series->octets_in);
    double cpu_ns = 0;
    for (int i = 0; i < SAMPLES; i++) {
        cpu_ns +=
            PER_SAMPLE * cost_ns * (i <= 5 ? 2 : 1); /* the quarter that is skipped, and its end */
        series->t_ns[i] = (int64_t)i * 100000000;
        series->rss_bytes[i] = 1 << 20;
        series->cpu_server_ns[i] = (int64_t)cpu_ns;
        series->octets_in[i] = (int64_t)i * PER_SAMPLE * OCTETS;
    }
    round.memory = (struct memory){
        .rss_bytes = 1 << 20,
        .pss_bytes = (1 << 20) + 2048 * (int64_t)connections + 512 * (int64_t)idle,
        .uss_bytes = 1 << 20,
        .rss_start_bytes = 1 << 20,
        .rss_peak_bytes = 1 << 20,
        .kernel_start_bytes = 1 << 20,
        .kernel_bytes = 5000000 + 8192 * ((int64_t)connections + idle),
    };
    return result_add_round(&made->result, &round);
}

/* All levels in every block: the cost of the base, and by how much it has grown at 4,096. */
static inline void synthetic_scale_arm(struct synthetic *made, const char *id, unsigned blocks,
                                       double base_ns, double growth)
{
    size_t arm = synthetic_arm(made, id);
    for (uint32_t b = 0; b < blocks; b++) {
        double block_ns = base_ns * (1 + 0.1 * b); /* blocks differ, ratios do not */
        double drift = growth * (1 + 0.01 * ((double)b - (blocks - 1) / 2.0));
        struct round *one = synthetic_scale_round(made, arm, b, 1, 0, 3 * block_ns);
        outcome_add(&one->outcome, REASON_LATENCY_BOUND, "one connection asks in turns");
        synthetic_scale_round(made, arm, b, 64, 0, block_ns);
        synthetic_scale_round(made, arm, b, 1024, 0, block_ns * (1 + (growth - 1) / 2));
        synthetic_scale_round(made, arm, b, 4096, 0, block_ns * drift);
        synthetic_scale_round(made, arm, b, 64, 10000, block_ns * 1.02);
    }
}

#endif
