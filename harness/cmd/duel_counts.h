/* The instructions that a duel's two programs take a request, counted into its record. */
#ifndef CMD_DUEL_COUNTS_H
#define CMD_DUEL_COUNTS_H

#include <stddef.h>

#include "measure/experiment.h"

/*
 * Counts both arms on every workload, by what the generator sends there (run->request_bytes is
 * captured), some five seconds for each two, and says on stderr which. Each is counted twice, both
 * again while they differ by .3 to 5 %, at most five times, and the lowest of each is kept; one
 * that fails at first is tried once more instead. What the record holds already is left as it is.
 * What cannot be counted here, or means nothing, is recorded as missing, with its reason.
 * Afterwards this thread has the CPUs and the scheduling policy that it had before. 0;
 * EXIT_INTERRUPTED, with what was counted until then in the record; or EXIT_ENVIRONMENT after
 * saying that the record cannot be written.
 */
int duel_count(struct result *result, struct journal *journal, const struct experiment_run *run,
               const size_t arms[2]);

/* Why nothing can be counted here, and what to type; NULL: the instrument is there. */
const char *duel_counts_why_not(void);

#endif
