/*
 * A round in progress and the numbers it takes: private to round.c, which sequences the steps,
 * round_servers.c, which starts and stops who takes part, measurement_identify.c, which writes down
 * what the round is, measurement.c, which reads clocks and files before and after the window and
 * turns them into the rounds' fields, and measurement_judge.c, which tells the outcome.
 */
#ifndef MEASURE_MEASUREMENT_H
#define MEASURE_MEASUREMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "measure/holder.h"
#include "measure/listener.h"
#include "measure/marks.h"
#include "measure/phase_watch.h"
#include "measure/process_tree.h"
#include "measure/round.h"
#include "measure/sample.h"
#include "measure/server.h"
#include "measure/surroundings.h"
#include "measure/upstream.h"
#include "measure/window.h"

enum { ROUND_ARMS = 2 };

struct measurement {
    const struct round_context *context;
    const struct round_plan *plan;
    struct round *rounds;
    const struct placement *placement; /* of this round */
    struct server servers[ROUND_ARMS];
    struct upstream upstreams[ROUND_ARMS]; /* behind each; they run where the workload says so */
    struct window_arm window_arms[ROUND_ARMS];
    struct sampler sampler;
    struct marks marks; /* of a round that goes through phases, as is the next */
    struct phase_watch phase_watch;
    struct explaining explaining; /* of those marks, where it was asked for */
    struct surroundings before, after;
    struct holder holder; /* of the idle connections */
    /* What the kernel held for all before the first
     * connection, and under load; MISSING: not read. */
    int64_t kernel_before_bytes, kernel_bytes;
    int64_t cpu_before_ns[ROUND_ARMS], user_before_ns[ROUND_ARMS];
    int64_t upstream_before_ns[ROUND_ARMS];
    struct listener_peers upstream_peers[ROUND_ARMS]; /* before the window */
    int64_t octets_before;
    unsigned requests; /* in one script request */
    /* the processes of the servers and of what stands behind them, then the generators' */
    pid_t alive[ROUND_ARMS * (2 * PROCESS_TREE + 1)];
    size_t server_pid_count;
};

const struct arm *measurement_arm(const struct measurement *m, unsigned i);
const struct workload *measurement_workload(const struct measurement *m);
bool measurement_is_pair(const struct measurement *m);
bool measurement_has_upstream(
    const struct measurement *m); /* something stands behind each server */
const cpu_set_t *measurement_cpus(const struct measurement *m, unsigned i); /* of its server */
const cpu_set_t *measurement_upstream_cpus(const struct measurement *m, unsigned i);

/* The round's place in the plan; every number missing as yet. m->placement is set. */
void measurement_identify(struct measurement *m, unsigned i);
/* Opens the sampler and takes the first readings; the servers are warm and idle. */
void measurement_begin(struct measurement *m);
/* What the kernel holds for all, before the first connection, where the plan is one of a sweep. */
void measurement_read_kernel(struct measurement *m);
/* Takes the last readings; the generators have just ended and are not released yet. */
void measurement_end(struct measurement *m);
/* The outcome, from all that was taken, the generators' reports included. */
void measurement_judge(struct measurement *m, unsigned i);
/* The same of an open loop, whose own verdict the outcome
 * holds; opens: the connections that it made, to all arms. */
void measurement_judge_open(struct measurement *m, unsigned i, int64_t opens);
void measurement_release(struct measurement *m);

#endif
