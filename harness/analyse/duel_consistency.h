/*
 * Does a head's memory grow where its base's does not? A row of a duel's decision from the rounds
 * of its record in which both went through phases (consistency.h). Pure.
 */
#ifndef ANALYSE_DUEL_CONSISTENCY_H
#define ANALYSE_DUEL_CONSISTENCY_H

#include <stddef.h>

#include "analyse/decision.h"
#include "data/result.h"

/* Where no round of this workload went through phases: none. REGRESSED only
 * if the head's growth was confirmed by a longer round, and the base does
 * not grow; without a ratio, as there is none between a rise and a level. */
void duel_consistency_add_row(struct decision *decision, const char *server,
                              const struct result *result, size_t workload);

#endif
