/* Rounds of a duel in which a side failed by itself: died, answered wrongly, could not keep up. Pure. */
#ifndef ANALYSE_DUEL_FAILURES_H
#define ANALYSE_DUEL_FAILURES_H

#include "analyse/decision.h"
#include "data/result.h"

/* A note for each side that failed. Where one did so more often than the other by more than chance (Fisher's exact test, p
 * below .01; or whenever it was asked), what is left of its blocks is no fair picture: decision->broken says who, and what
 * follows. */
void duel_failures_add(struct decision *decision, const struct result *result);

#endif
