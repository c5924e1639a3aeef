/* Which CPUs the processes of a run get; with another server behind those measured, or with other
 * numbers of workers, these may be others than in the rest of its rounds. */
#ifndef CMD_PLACES_H
#define CMD_PLACES_H

#include "cmd/run_options.h"
#include "data/result.h"
#include "measure/placement.h"
#include "measure/worker_cpus.h"

struct places {
    struct placement plain, upstream;
    struct worker_cpus workers;
};

/* Chooses, and writes into the result what it comes to: its CPUs, those of its arms, and notes. 0,
 * or an exit code after saying why. */
int places_settle(struct places *places, struct result *result, const struct run_options *options);
void places_release(struct places *places);

#endif
