/* The rounds of a duel, one after the other, until nothing is
 * left to know, or the time is spent. */
#ifndef CMD_DUEL_MEASURE_H
#define CMD_DUEL_MEASURE_H

#include "cmd/duel_options.h"
#include "measure/experiment.h"

/* Says on stderr what is to come: rounds, seconds, at the most. */
void duel_announce(const struct result *result, const struct duel_options *options);
/* From an open record on. What the budget left out becomes a note. */
enum experiment_end duel_measure(struct experiment_run *run, const struct duel_options *options,
                                 char **error);

#endif
