/* Rounds of a duel in which a side failed by itself: died,
 * answered wrongly, could not keep up. Pure. */
#ifndef ANALYSE_DUEL_FAILURES_H
#define ANALYSE_DUEL_FAILURES_H

#include "analyse/decision.h"
#include "data/result.h"

/* Is what is still to come of no use, as one side is broken by the rule below? */
bool duel_failures_end_it(const struct result *result);

/* A note for each side that failed, or had to be killed when it was to stop. Where
 * one did so more often than the other by more than chance (Fisher's exact test, p
 * below .01; or in each of its rounds, of three at least, and the other in none), what
 * is left of its blocks is no fair picture: decision->broken says who, and what follows.
 * So it does where the head died, if only once, and the base never. */
void duel_failures_add(struct decision *decision, const struct result *result);

#endif
