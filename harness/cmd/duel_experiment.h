/* What a duel measures, as an experiment: its record says it as that of any run does. */
#ifndef CMD_DUEL_EXPERIMENT_H
#define CMD_DUEL_EXPERIMENT_H

#include "cmd/duel_options.h"
#include "data/catalog.h"
#include "data/result.h"

/* Fills result->experiment and workloads. The gate is read. 0, or an exit code after saying why. */
int duel_experiment(struct result *result, const struct paths *paths,
                    const struct duel_options *options);

#endif
