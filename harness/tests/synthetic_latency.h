/* Made-up curves and searches: servers asked alone at rates,
 * and trials of rates against an objective. */
#ifndef TESTS_SYNTHETIC_LATENCY_H
#define TESTS_SYNTHETIC_LATENCY_H

#include "analyse/capacity.h"
#include "tests/synthetic.h"

enum { SYNTHETIC_CURVE_S = 10, SYNTHETIC_CONFIRM_S = 10, SYNTHETIC_CONFIRMATIONS = 3 };

/* The experiment's header, of one workload; it names no other rounds. */
static inline void synthetic_latency_init(struct synthetic *made, unsigned blocks)
{
    struct experiment *experiment = &made->result.experiment;
    synthetic_init(made, 0);
    free(experiment->name);
    free(experiment->summary);
    experiment->name = xstrdup("latency");
    experiment->summary = xstrdup("what a user waits at a rate, and up to which rate");
    free(made->result.generator);
    made->result.generator = xstrdup("pace 0.1.0");
    experiment->solo.blocks = 0;
    strings_release(&experiment->self_check);
    strings_release(&experiment->ceilings);
    experiment->curve.set =
        (struct round_set){.blocks = blocks, .warmup_s = 1, .window_s = SYNTHETIC_CURVE_S};
    strings_add(&experiment->curve.set.workloads, "plaintext");
    experiment->slo.set = (struct round_set){
        .blocks = SYNTHETIC_CONFIRMATIONS, .warmup_s = 1, .window_s = SYNTHETIC_CONFIRM_S};
    strings_add(&experiment->slo.set.workloads, "plaintext");
    experiment->slo.slos[0] = (struct slo){.99, 5000000};
    experiment->slo.slo_count = 1;
    synthetic_workload(made, "plaintext", "GET /plaintext, answered with a constant");
}

/* What all rounds of an open loop have, one server alone. */
static inline struct round synthetic_open_round(struct synthetic *made, size_t arm, uint32_t block,
                                                uint32_t rate_rps, unsigned window_s)
{
    struct round round = synthetic_round(made, arm, 0, block, 8000);
    round.number = ++made->number;
    round.role = ROLE_SOLO;
    round.load_kind = LOAD_OPEN;
    round.rate_rps = rate_rps;
    round.load_seed = 1000 + round.number;
    round.window_s = window_s;
    round.connections = rate_rps / 50 < 32 ? 32 : rate_rps / 50 > 1024 ? 1024 : rate_rps / 50;
    round.duration_ns = (int64_t)window_s * 1000000000;
    round.requests_count = (int64_t)rate_rps * window_s;
    round.cpu_server_ns = 8000 * round.requests_count;
    return round;
}

/* A tail from half to five times the median, by the quantile
 * u: 1/2 + u/2 up to the median's double, then 1/(1-u)^.35. */
static inline double synthetic_quantile(double p50_ns, double u)
{
    return p50_ns * (u < .5 ? .75 + u / 2 : pow(2 * (1 - u), -.35));
}

/* So many values of that tail; the slowest are single ones. */
static inline void synthetic_response(struct histogram *response, double p50_ns, int64_t total)
{
    enum { STEPS = 400 };
    double left = 1; /* of the values, beyond what is in */
    int64_t in = 0;
    for (int i = 0; i < STEPS && in < total; i++) {
        double next = left * .97;
        int64_t upto = i + 1 == STEPS ? total : (int64_t)((1 - next) * (double)total);
        if (upto > in)
            histogram_add(response, (uint64_t)synthetic_quantile(p50_ns, 1 - (left + next) / 2),
                          (uint64_t)(upto - in));
        in = upto > in ? upto : in;
        left = next;
    }
}

/* Twenty intervals of the window, with a slow one in the middle. */
static inline void synthetic_latency_series(struct round *round, double p50_ns)
{
    enum { INTERVALS = 20, SLOW = 11 };
    struct latency_series *series = &round->latency;
    series->count = INTERVALS;
    series->interval_ns = round->duration_ns / INTERVALS;
    series->n = xcalloc(INTERVALS, sizeof *series->n);
    series->p50_ns = xcalloc(INTERVALS, sizeof *series->p50_ns);
    series->p90_ns = xcalloc(INTERVALS, sizeof *series->p90_ns);
    series->p99_ns = xcalloc(INTERVALS, sizeof *series->p99_ns);
    series->max_ns = xcalloc(INTERVALS, sizeof *series->max_ns);
    for (int i = 0; i < INTERVALS; i++) {
        double here_ns = p50_ns * (i == SLOW ? 3 : 1 + .02 * (i % 3));
        series->n[i] = round->requests_count / INTERVALS;
        series->p50_ns[i] = (int64_t)here_ns;
        series->p90_ns[i] = (int64_t)synthetic_quantile(here_ns, .9);
        series->p99_ns[i] = (int64_t)synthetic_quantile(here_ns, .99);
        series->max_ns[i] = (int64_t)synthetic_quantile(here_ns, .9999);
    }
}

/* One round of a curve. Returned so that a test can spoil it, until the next one is added. */
static inline struct round *synthetic_curve_round(struct synthetic *made, size_t arm,
                                                  uint32_t block, uint32_t rate_rps, double p50_ns)
{
    struct round round = synthetic_open_round(made, arm, block, rate_rps, SYNTHETIC_CURVE_S);
    round.curve = true;
    synthetic_response(&round.response, p50_ns, round.requests_count);
    synthetic_latency_series(&round, p50_ns);
    return result_add_round(&made->result, &round);
}

/* A round that has no latency, because the server fell behind. */
static inline struct round *synthetic_overload(struct synthetic *made, size_t arm, uint32_t block,
                                               uint32_t rate_rps)
{
    struct round round = synthetic_open_round(made, arm, block, rate_rps, SYNTHETIC_CURVE_S);
    round.curve = true;
    round.requests_count = round.requests_count / 2;
    outcome_add(&round.outcome, REASON_OVERLOADED, "%u of %u requests/s were answered",
                rate_rps / 2, rate_rps);
    round_note_missing(&round, "hist", "the server was overloaded");
    return result_add_round(&made->result, &round);
}

/* A trial of as many requests as its rate and window make, with so many misses. */
static inline struct round *synthetic_trial(struct synthetic *made, size_t arm,
                                            const struct slo *slo, uint32_t rate_rps, bool confirms,
                                            unsigned window_s, int64_t missed)
{
    struct round round = synthetic_open_round(made, arm, made->number, rate_rps, window_s);
    round.trial = (struct slo_count){
        .slo = *slo, .confirms = confirms, .n_count = round.requests_count, .missed_count = missed};
    return result_add_round(&made->result, &round);
}

/* So late that not even misses were counted. */
static inline void synthetic_make_late(struct round *round)
{
    round->trusted_p = 0;
    round->trial.n_count = round->trial.missed_count = MISSING;
    round->trial.disturbed_count = round->trial.disturbed_missed_count = MISSING;
    outcome_add(&round->outcome, REASON_GEN_LATE, "every request was sent too late");
}

/* A look, from which a search begins. */
static inline struct round *synthetic_look(struct synthetic *made, size_t arm,
                                           double throughput_rps)
{
    struct round round = synthetic_round(made, arm, 0, 0, 8000);
    round.number = ++made->number;
    round.probe = true;
    round.duration_ns = 1000000000;
    round.requests_count = (int64_t)throughput_rps;
    return result_add_round(&made->result, &round);
}

/* A whole search, as the search itself asks for it: a trial
 * fails above truth_rps and passes up to there. */
static inline void synthetic_search(struct synthetic *made, size_t arm, const struct slo *slo,
                                    double throughput_rps, uint32_t truth_rps)
{
    struct capacity next;
    synthetic_look(made, arm, throughput_rps);
    for (capacity_of(&next, &made->result, arm, 0, slo); next.end == CAPACITY_GOES_ON;
         capacity_of(&next, &made->result, arm, 0, slo)) {
        int64_t n = (int64_t)next.rate_rps * next.window_s;
        synthetic_trial(made, arm, slo, next.rate_rps, next.confirms, next.window_s,
                        (int64_t)((double)n * (1 - slo->p) * (next.rate_rps > truth_rps ? 3 : .3)));
    }
}

struct synthetic_server {
    const char *id;
    double p50_ns;     /* far from saturation */
    uint32_t most_rps; /* where it is overloaded */
};

/* What `latency` gives: each server at 1-2-5 up to its overload,
 * waiting longer the nearer it comes; blocks differ by 2 %. */
static inline void synthetic_latency(struct synthetic *made, unsigned blocks)
{
    static const struct synthetic_server servers[] = {{"epoll", 42e3, 90000},
                                                      {"uring", 40e3, 110000},
                                                      {"thread", 61e3, 45000},
                                                      {"pool", 66e3, 60000}};
    static const uint32_t rates[] = {2000, 5000, 10000, 20000, 50000, 100000, 200000};
    synthetic_latency_init(made, blocks);
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        const struct synthetic_server *server = &servers[i];
        size_t arm = synthetic_arm(made, server->id);
        for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
            double busy = (double)rates[r] / server->most_rps;
            for (uint32_t b = 0; b < blocks; b++)
                if (busy >= 1)
                    synthetic_overload(made, arm, b, rates[r]);
                else
                    synthetic_curve_round(made, arm, b, rates[r],
                                          server->p50_ns * (1 + busy / (2 - 2 * busy)) *
                                              (1 + .02 * ((double)b - (blocks - 1) / 2.0)));
            if (busy >= 1)
                break;
        }
        synthetic_search(made, arm, &made->result.experiment.slo.slos[0], 1.05 * server->most_rps,
                         (uint32_t)(.93 * server->most_rps));
    }
}

#endif
