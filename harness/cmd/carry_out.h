/* From an open record to a closed one: prove the servers,
 * measure what has no result yet, render. */
#ifndef CMD_CARRY_OUT_H
#define CMD_CARRY_OUT_H

#include "cmd/run_options.h"
#include "data/catalog.h"
#include "measure/experiment.h"

/* run's journal is open, and closed here in every case. 0 or an exit code. */
int carry_out(struct experiment_run *run, const struct paths *paths,
              const struct run_options *options);

#endif
