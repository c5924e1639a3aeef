/*
 * A made-up run of latency against rate, for what is to be looked at: servers of one queue each,
 * asked at 1-2-5 rates until they can no more, with a course over time and stalls in it; and
 * searches for the highest rates within two objectives.
 */
#ifndef TESTS_SYNTHETIC_CURVES_H
#define TESTS_SYNTHETIC_CURVES_H

#include "tests/synthetic_latency.h"

enum { CURVES_GENERATOR_RPS = 150000 };

struct queue {
    const char *id;
    double service_ns, capacity_rps;
    double stall_ns; /* once a second, for so long */
};

/* M/M/1's share of the way to p, beside the service itself;
 * and the share of requests that a stall catches. */
static inline double queue_quantile_ns(const struct queue *server, double rate_rps, double p)
{
    double rho = rate_rps / server->capacity_rps, queue_ns = 1e9 / server->capacity_rps;
    double wait_ns = queue_ns * rho / (1 - rho) * -log(1 - p);
    double late = server->stall_ns / 1e9, over = (p - (1 - late)) / late;
    return server->service_ns * (1 + .15 * p) + .4 * wait_ns +
           (over > 0 ? over * server->stall_ns : 0);
}

static inline void queue_response(struct histogram *histogram, const struct queue *server,
                                  double rate_rps, double factor)
{
    enum { STEPS = 600 };
    double left = rate_rps * SYNTHETIC_CURVE_S, total = left;
    for (int i = 0; i < STEPS && left >= 1; i++) {
        double p = 1 - pow(10, -7.0 * (i + .5) / STEPS);
        double below = total * (1 - pow(10, -7.0 * (i + 1) / STEPS)) - (total - left);
        uint64_t count = (uint64_t)(below + .5);
        if (count > 0)
            histogram_add(histogram, (uint64_t)(factor * queue_quantile_ns(server, rate_rps, p)),
                          count);
        left -= (double)count;
    }
}

static inline void queue_course(struct synthetic *made, struct round *round,
                                const struct queue *server)
{
    struct latency_series *series = &round->latency;
    double interval_s = fmax(.1, 1000.0 / round->rate_rps);
    series->count = (size_t)(SYNTHETIC_CURVE_S / interval_s);
    series->interval_ns = (int64_t)(interval_s * 1e9);
    int64_t **arrays[] = {&series->n, &series->p50_ns, &series->p90_ns, &series->p99_ns,
                          &series->max_ns};
    for (size_t a = 0; a < 5; a++)
        *arrays[a] = xcalloc(series->count, sizeof **arrays[a]);
    struct queue calm = *server;
    calm.stall_ns = 1;
    for (size_t i = 0; i < series->count; i++) {
        double at_s = (double)i * interval_s, noise = 1 + .12 * synthetic_noise(made);
        bool stalls = at_s - floor(at_s) < interval_s && server->stall_ns > 1;
        double p99 = noise * queue_quantile_ns(&calm, round->rate_rps, .99);
        series->n[i] = (int64_t)(round->rate_rps * interval_s);
        series->p50_ns[i] = (int64_t)(noise * queue_quantile_ns(&calm, round->rate_rps, .5));
        series->p90_ns[i] = (int64_t)(noise * queue_quantile_ns(&calm, round->rate_rps, .9));
        series->p99_ns[i] = (int64_t)(stalls ? p99 + .8 * server->stall_ns : p99);
        series->max_ns[i] = 2 * series->p99_ns[i];
    }
}

static inline struct round *queue_round(struct synthetic *made, size_t arm, uint32_t block,
                                        const struct queue *server, uint32_t rate_rps)
{
    struct round round = synthetic_open_round(made, arm, block, rate_rps, SYNTHETIC_CURVE_S);
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
        queue_response(&round.response, server, rate_rps, 1 + .08 * synthetic_noise(made));
        queue_course(made, &round, server);
    }
    return result_add_round(&made->result, &round);
}

static inline void queue_curve(struct synthetic *made, const struct queue *server, unsigned blocks,
                               const uint32_t *rates, size_t count)
{
    size_t arm = synthetic_arm(made, server->id);
    for (size_t i = 0; i < count; i++) {
        for (uint32_t b = 0; b < blocks; b++)
            queue_round(made, arm, b, server, rates[i]);
        if (rates[i] > server->capacity_rps || rates[i] > CURVES_GENERATOR_RPS)
            return;
    }
}

/* One trial: the limit is missed by as many as the server's distribution has beyond it. */
static inline void queue_trial(struct synthetic *made, size_t arm, const struct queue *server,
                               const struct slo *slo, const struct capacity *next)
{
    struct round round = synthetic_open_round(made, arm, 0, next->rate_rps, next->window_s);
    round.trial = (struct slo_count){
        .slo = *slo, .confirms = next->confirms, .n_count = (int64_t)next->rate_rps * 100};
    if (next->rate_rps > server->capacity_rps) {
        outcome_add(&round.outcome, REASON_OVERLOADED, "it fell behind");
    } else if (next->rate_rps > CURVES_GENERATOR_RPS) {
        synthetic_make_late(&round);
    } else {
        bool passes = queue_quantile_ns(server, next->rate_rps, slo->p) <= (double)slo->limit_ns;
        double share = (1 - slo->p) * (passes ? .5 : 2);
        round.trial.missed_count = (int64_t)(share * (double)round.trial.n_count);
    }
    result_add_round(&made->result, &round);
}

/* The whole search of one server, as a run goes through it. */
static inline void queue_search(struct synthetic *made, const struct queue *server,
                                const struct slo *slo)
{
    size_t arm = (size_t)result_find_arm(&made->result, server->id);
    struct capacity next;
    synthetic_look(made, arm, server->capacity_rps);
    for (capacity_of(&next, &made->result, arm, 0, slo); next.end == CAPACITY_GOES_ON;
         capacity_of(&next, &made->result, arm, 0, slo))
        queue_trial(made, arm, server, slo, &next);
}

static const struct queue queues[] = {
    {"epoll", 31e3, 190000, 1},        {"uring", 28e3, 215000, 1},
    {"thread", 47e3, 92000, 4e6},      {"pool", 36e3, 148000, 6e5},
    {"uv", 33e3, 170000, 1},           {"mhd", 39e3, 121000, 1},
    {"mhd-thread", 55e3, 71000, 11e6}, {"a-name-longer-than-its-margin", 42e3, 98000, 2e6},
};
enum { QUEUES = sizeof queues / sizeof *queues };

static inline void synthetic_curves(struct synthetic *made, unsigned blocks, size_t servers)
{
    static const uint32_t rates[] = {1000, 2000, 5000, 10000, 20000, 50000, 100000, 200000};
    synthetic_latency_init(made, blocks);
    made->result.experiment.slo.slo_count = 0;
    for (size_t i = 0; i < servers; i++)
        queue_curve(made, &queues[i], blocks, rates, sizeof rates / sizeof *rates);
}

/* After synthetic_curves. The second asks for so much that
 * nobody's connection of a thread each keeps it. */
static inline void synthetic_searches(struct synthetic *made, size_t servers)
{
    static const struct slo slos[] = {{.99, 5000000}, {.999, 150000}};
    struct slo_set *set = &made->result.experiment.slo;
    for (size_t i = 0; i < 2; i++) {
        set->slos[set->slo_count++] = slos[i];
        for (size_t server = 0; server < servers; server++)
            queue_search(made, &queues[server], &slos[i]);
    }
}

#endif
