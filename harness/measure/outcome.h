/*
 * What kind of outcome a round has, before anybody looks at its number: pure, from
 * measured quantities to reasons. The kinds and their reasons are those of docs/method.md; every
 * threshold stands in outcome.c with its reason.
 */
#ifndef MEASURE_OUTCOME_H
#define MEASURE_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

#include "data/result.h"

/* What one arm's round is judged by. Any int64_t may be MISSING: then it gives no reason. */
struct evidence {
    bool paired;     /* two arms alive: interference and halves are no reason against a ratio */
    bool shared_cpu; /* by placement */
    bool siblings;
    bool upstream_shared; /* what stands behind the server runs on the generator's CPUs */
    unsigned connections;
    unsigned wait_ms;       /* of a waiting workload; 0: none */
    unsigned server_cpus;   /* that the servers of this round can keep busy */
    unsigned load_cpus;     /* that the generators of this round can keep busy */
    unsigned upstream_cpus; /* that what stands behind the servers can keep busy */

    int64_t requests_count, duration_ns;
    double response_mean_ns; /* 0: not known */

    /* over the inner window; of both arms where they share their CPUs */
    int64_t wall_ns, cpu_servers_ns, cpu_loads_ns;
    int64_t cpu_upstreams_ns; /* MISSING: nothing stands behind the servers */
    int64_t run_delay_ns;     /* of this arm's generator, all threads */
    unsigned load_threads;
    double halves_differ; /* share; 0 where it is not known */

    /* around the window */
    int64_t around_ns, foreign_cpu_ns, steal_ns;
    /* That the load itself is made of; 0: they are not looked at. */
    int64_t octets_in, octets_expected;
    int64_t passive_opens, passive_opens_expected;
    bool server_closed;  /* connections that the server itself closed are seen */
    bool closes_unknown; /* whether there are such cannot be told */

    struct errors errors;
};

void outcome_judge(struct outcome *outcome, const struct evidence *evidence);
/* Of an open-loop round, what the generator itself cannot see: the machine around it, and
 * connections that are others'. Its own verdict stands in the outcome already. */
void outcome_judge_open(struct outcome *outcome, const struct evidence *evidence);

/* How much the octets' rate of the second half of the series differs from the first's, as a share
 * of their mean; 0 if there are too few samples to say. */
double outcome_halves_differ(const struct series *series);

/* g = 1 - X R / C, by Little's law: the share of time that the generator itself held the
 * connections. */
double outcome_generator_share(const struct evidence *evidence);

#endif
