/* Before anything is timed: the short form of the conformance check, and what it means for each
 * arm. */
#ifndef CMD_PROVE_H
#define CMD_PROVE_H

#include "data/journal.h"
#include "data/result.h"

/*
 * Checks all arms against the cases in a folder and writes what was found into the
 * result and its journal: an arm on our own core that fails a case is excluded as a
 * failure; one that cannot run here is excluded with its reason; a foreign server or
 * a ceiling loses only the workloads whose route it answers wrongly, and so does one
 * whose id is in lenient (NULL: nobody's is). 0, or an exit code after saying why.
 */
int prove_arms(struct result *result, struct journal *journal, const char *cases,
               const struct strings *lenient);

#endif
