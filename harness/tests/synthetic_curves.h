/*
 * A made-up run of latency against rate, for what is to be looked at: servers of one queue each, asked at 1-2-5 rates until
 * they can no more, with a course over time and stalls in it; and searches for the highest rates within two objectives.
 */
#ifndef TESTS_SYNTHETIC_CURVES_H
#define TESTS_SYNTHETIC_CURVES_H

#include "analyse/capacity.h"
#include "tests/synthetic.h"

enum { CURVES_WINDOW_S = 10, CURVES_GENERATOR_RPS = 150000 };

struct synthetic_server {
    const char *id;
    double service_ns, capacity_rps;
    double stall_ns; /* once a second, for so long */
};

/* M/M/1's share of the way to p, beside the service itself; and the share of requests that a stall catches. */
static inline double synthetic_quantile(const struct synthetic_server *server, double rate_rps,
                                        double p)
{
    double rho = rate_rps / server->capacity_rps, queue_ns = 1e9 / server->capacity_rps;
    double wait_ns = queue_ns * rho / (1 - rho) * -log(1 - p);
    double late = server->stall_ns / 1e9, over = (p - (1 - late)) / late;
    return server->service_ns * (1 + .15 * p) + .4 * wait_ns +
           (over > 0 ? over * server->stall_ns : 0);
}

static inline void synthetic_distribution(struct histogram *histogram,
                                          const struct synthetic_server *server, double rate_rps,
                                          double factor)
{
    enum { STEPS = 600 };
    double left = rate_rps * CURVES_WINDOW_S, total = left;
    for (int i = 0; i < STEPS && left >= 1; i++) {
        double p = 1 - pow(10, -7.0 * (i + .5) / STEPS);
        double below = total * (1 - pow(10, -7.0 * (i + 1) / STEPS)) - (total - left);
        uint64_t count = (uint64_t)(below + .5);
        if (count > 0)
            histogram_add(histogram, (uint64_t)(factor * synthetic_quantile(server, rate_rps, p)),
                          count);
        left -= (double)count;
    }
}

static inline void synthetic_course(struct synthetic *made, struct round *round,
                                    const struct synthetic_server *server)
{
    struct latency_series *series = &round->latency;
    double interval_s = fmax(.1, 1000.0 / round->rate_rps);
    series->count = (size_t)(CURVES_WINDOW_S / interval_s);
    series->interval_ns = (int64_t)(interval_s * 1e9);
    int64_t **arrays[] = {&series->n, &series->p50_ns, &series->p90_ns, &series->p99_ns,
                          &series->max_ns};
    for (size_t a = 0; a < 5; a++)
        *arrays[a] = xcalloc(series->count, sizeof **arrays[a]);
    struct synthetic_server calm = *server;
    calm.stall_ns = 1;
    for (size_t i = 0; i < series->count; i++) {
        double at_s = (double)i * interval_s, noise = 1 + .12 * synthetic_noise(made);
        bool stalls = at_s - floor(at_s) < interval_s && server->stall_ns > 1;
        double p99 = noise * synthetic_quantile(&calm, round->rate_rps, .99);
        series->n[i] = (int64_t)(round->rate_rps * interval_s);
        series->p50_ns[i] = (int64_t)(noise * synthetic_quantile(&calm, round->rate_rps, .5));
        series->p90_ns[i] = (int64_t)(noise * synthetic_quantile(&calm, round->rate_rps, .9));
        series->p99_ns[i] = (int64_t)(stalls ? p99 + .8 * server->stall_ns : p99);
        series->max_ns[i] = 2 * series->p99_ns[i];
    }
}

/* Alone, by an open loop; the rest is the caller's. */
static inline struct round synthetic_open(struct synthetic *made, size_t arm, uint32_t block,
                                          uint32_t rate_rps)
{
    struct round round = synthetic_round(made, arm, 0, block, 8000);
    round.number = ++made->number;
    round.load_kind = LOAD_OPEN;
    round.rate_rps = rate_rps;
    round.window_s = CURVES_WINDOW_S;
    round.duration_ns = (int64_t)CURVES_WINDOW_S * 1000000000;
    round.requests_count = (int64_t)rate_rps * CURVES_WINDOW_S;
    round.workers = 1;
    return round;
}

static inline struct round *synthetic_curve_round(struct synthetic *made, size_t arm,
                                                  uint32_t block,
                                                  const struct synthetic_server *server,
                                                  uint32_t rate_rps)
{
    struct round round = synthetic_open(made, arm, block, rate_rps);
    round.curve = true;
    round.cpu_server_ns =
        (int64_t)((server->service_ns / 4 + 2e9 / rate_rps / 50) * (double)round.requests_count);
    if (rate_rps > server->capacity_rps) {
        outcome_add(&round.outcome, REASON_OVERLOADED, "%.0f %% of the requests were answered",
                    100 * server->capacity_rps / rate_rps);
    } else if (rate_rps > CURVES_GENERATOR_RPS) {
        round.trusted_p = 0;
        outcome_add(&round.outcome, REASON_GEN_LATE, "every request was sent too late");
    } else {
        synthetic_distribution(&round.response, server, rate_rps, 1 + .08 * synthetic_noise(made));
        synthetic_course(made, &round, server);
    }
    return result_add_round(&made->result, &round);
}

static inline void synthetic_curve(struct synthetic *made, const struct synthetic_server *server,
                                   unsigned blocks, const uint32_t *rates, size_t count)
{
    size_t arm = synthetic_arm(made, server->id);
    for (size_t i = 0; i < count; i++) {
        for (uint32_t b = 0; b < blocks; b++)
            synthetic_curve_round(made, arm, b, server, rates[i]);
        if (rates[i] > server->capacity_rps || rates[i] > CURVES_GENERATOR_RPS)
            return;
    }
}

/* One trial: the limit is missed by as many as the server's distribution has beyond it. */
static inline void synthetic_trial(struct synthetic *made, size_t arm,
                                   const struct synthetic_server *server, const struct slo *slo,
                                   const struct capacity *next)
{
    struct round round = synthetic_open(made, arm, 0, next->rate_rps);
    round.window_s = next->window_s;
    round.trial = (struct slo_count){
        .slo = *slo, .confirms = next->confirms, .n_count = (int64_t)next->rate_rps * 100};
    if (next->rate_rps > server->capacity_rps) {
        outcome_add(&round.outcome, REASON_OVERLOADED, "it fell behind");
    } else if (next->rate_rps > CURVES_GENERATOR_RPS) {
        round.trusted_p = 0;
        outcome_add(&round.outcome, REASON_GEN_LATE, "every request was sent too late");
    } else {
        bool passes = synthetic_quantile(server, next->rate_rps, slo->p) <= (double)slo->limit_ns;
        double share = (1 - slo->p) * (passes ? .5 : 2);
        round.trial.missed_count = (int64_t)(share * (double)round.trial.n_count);
    }
    result_add_round(&made->result, &round);
}

/* The whole search of one server, as a run goes through it. */
static inline void synthetic_search(struct synthetic *made, const struct synthetic_server *server,
                                    const struct slo *slo)
{
    size_t arm = (size_t)result_find_arm(&made->result, server->id);
    struct round look = synthetic_round(made, arm, 0, 0, .84e9 / server->capacity_rps);
    struct capacity next;
    look.number = ++made->number;
    look.probe = true;
    result_add_round(&made->result, &look);
    for (capacity_of(&next, &made->result, arm, 0, slo); next.end == CAPACITY_GOES_ON;
         capacity_of(&next, &made->result, arm, 0, slo))
        synthetic_trial(made, arm, server, slo, &next);
}

static inline void synthetic_curves_init(struct synthetic *made, unsigned blocks)
{
    synthetic_init(made, 0);
    strings_release(&made->result.experiment.self_check);
    strings_release(&made->result.experiment.ceilings);
    free(made->result.experiment.name);
    made->result.experiment.name = xstrdup("latency");
    made->result.experiment.curve.set =
        (struct round_set){.blocks = blocks, .warmup_s = 1, .window_s = CURVES_WINDOW_S};
    strings_add(&made->result.experiment.curve.set.workloads, "plaintext");
    synthetic_workload(made, "plaintext", "GET /plaintext, answered with a constant");
}

static const struct synthetic_server synthetic_servers[] = {
    {"epoll", 31e3, 190000, 1},        {"uring", 28e3, 215000, 1},
    {"thread", 47e3, 92000, 4e6},      {"pool", 36e3, 148000, 6e5},
    {"uv", 33e3, 170000, 1},           {"mhd", 39e3, 121000, 1},
    {"mhd-thread", 55e3, 71000, 11e6}, {"a-name-longer-than-its-margin", 42e3, 98000, 2e6},
};
enum { SYNTHETIC_SERVERS = sizeof synthetic_servers / sizeof *synthetic_servers };

static inline void synthetic_curves(struct synthetic *made, unsigned blocks, size_t servers)
{
    static const uint32_t rates[] = {1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000};
    synthetic_curves_init(made, blocks);
    for (size_t i = 0; i < servers; i++)
        synthetic_curve(made, &synthetic_servers[i], blocks, rates, sizeof rates / sizeof *rates);
}

/* After synthetic_curves. The second asks for so much that nobody's connection of a thread each keeps it. */
static inline void synthetic_searches(struct synthetic *made, size_t servers)
{
    static const struct slo slos[] = {{.99, 5000000}, {.999, 150000}};
    struct slo_set *set = &made->result.experiment.slo;
    set->set = (struct round_set){.blocks = 3, .warmup_s = 1, .window_s = CURVES_WINDOW_S};
    strings_add(&set->set.workloads, "plaintext");
    for (size_t i = 0; i < 2; i++) {
        set->slos[set->slo_count++] = slos[i];
        for (size_t server = 0; server < servers; server++)
            synthetic_search(made, &synthetic_servers[server], &slos[i]);
    }
}

#endif
