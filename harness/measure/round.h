/*
 * One round, from fresh processes to numbers: start the server (or the pair), and before it what
 * the workload puts behind it; smoke-test the workload's answers, warm up, measure one window with
 * wrk, look again at answers and connections, stop, and say what kind of outcome it was.
 */
#ifndef MEASURE_ROUND_H
#define MEASURE_ROUND_H

#include <stdbool.h>
#include <stdint.h>

#include "data/result.h"
#include "measure/placement.h"
#include "measure/worker_cpus.h"

struct round_plan;

/* What is the same for all rounds of a run. Borrowed. */
struct round_context {
    const struct result *result; /* arms, workloads, experiment */
    const struct placement *placement;
    /* Of rounds with an upstream; NULL: there are none. */
    const struct placement *upstream_placement;
    /* For other numbers of workers than the placement's; NULL: none. */
    const struct worker_cpus *worker_cpus;
    const char *wrk, *wrapper;
    const char *pace;     /* the open-loop generator; NULL: no round is paced */
    char **request_bytes; /* per workload, from load_capture: what the smoke test sends */
    size_t *request_lens;
    const volatile bool *interrupted;
    void (*alive)(void *argument, const int *pids,
                  size_t count); /* pids that now run, for the journal */
    void *alive_argument;
    /* About once a second, of a round that goes through phases: as it would be kept if it ended
     * now. Of it, duration_ns is the time since the window opened, and memory.rss_bytes what there
     * is now. NULL: nobody wants it. */
    void (*goes_on)(void *argument, const struct round_plan *plan, const struct round *so_far);
    void *goes_on_argument;
};

/* What is to be measured: one arm (solo) or two (paired: subject, reference). */
struct round_plan {
    uint32_t number, attempt;
    bool is_repeat; /* a try before it was spoiled from outside: there will be no third */
    bool is_only;   /* and of this one no second, whatever spoils it */
    uint32_t arms[2];
    unsigned arm_count;
    bool swap_start; /* the second is started first */
    uint32_t workload;
    bool glance;
    uint32_t block, position;
    unsigned warmup_s, window_s;
    bool probe;        /* a look, from which rates are chosen */
    bool paced;        /* asked by an open-loop generator, both of a pair by one */
    unsigned rate_rps; /* of a paced round; 0: what the looks allow (rate.h) */
    bool curve;        /* paced, one server alone: of latency against rate */
    struct slo slo;    /* paced, one server alone: a trial of a rate against it; p 0: none */
    bool confirms;     /* a long one, at the end of a search */
    /* Paced, one server alone: through the experiment's phases, which window_s sums up. */
    bool phased;
    unsigned load_s;           /* phased, of a soak: of all loads, what is left of it; else 0 */
    bool memory_only;          /* phased: who had the CPU is of no account */
    bool confirms_growth;      /* phased, with longer loads, as the server's memory grew */
    enum stairs_kind stairs;   /* connections are taken up, at one server alone */
    bool scale;                /* of a sweep */
    unsigned connections;      /* active ones, of a sweep, a curve or a trial; else 0 */
    unsigned idle_connections; /* of a sweep, as is the next */
    unsigned workers;
    uint32_t environment_padding_bytes;
};

/* Fills rounds[arm_count]; they always come back complete (an outcome and its reasons stand for
 * what failed) and no process is left. */
void round_measure(const struct round_context *context, const struct round_plan *plan,
                   struct round *rounds);

#endif
