/*
 * Where a server runs that has another number of workers than the rest of the run: on the first of
 * the cores that placement_choose would give that many. The generator keeps its CPUs whatever the
 * number, so that only the server differs.
 */
#ifndef MEASURE_WORKER_CPUS_H
#define MEASURE_WORKER_CPUS_H

#include "data/catalog.h"
#include "measure/placement.h"

struct worker_cpus {
    unsigned workers[LEVELS_MOST];
    cpu_set_t server[LEVELS_MOST];
    size_t count;
};

/* 1, 2, 4 ... up to half of the machine's physical cores; at least 1. */
void worker_levels(struct levels *levels, const struct topology *topology);
/* For each of the levels, none of them more than the placement was chosen for. */
void worker_cpus_choose(struct worker_cpus *cpus, const struct levels *levels,
                        const struct topology *topology, const struct placement *placement);
/* Of a server with so many workers: the placement's own set
 * where the number is not among them, or cpus is NULL. */
const cpu_set_t *worker_cpus_of(const struct worker_cpus *cpus, const struct placement *placement,
                                unsigned workers);

#endif
