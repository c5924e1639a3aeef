/*
 * How far a trial can be trusted, from its own audit: pure. For each target an outcome with reasons, and up to which
 * percentile the generator was on time. Thresholds are named in verdict.c with where they come from.
 */
#ifndef PACE_VERDICT_H
#define PACE_VERDICT_H

#include "pace/trial.h"

/* Fills trial->outcome and trial->trusted_p. */
void verdict_judge(struct trial *trial);
/* The exit code that pace alone ends with: 0 usable, 1 the server's own INVALID, 3 an external one. */
int verdict_exit_code(const struct trial *trial);

/* Was the generator late for percentile p? Some share of the requests may be late without p moving: see verdict.c. */
bool verdict_is_late(const struct record *record, const struct audit *audit, double p);

#endif
