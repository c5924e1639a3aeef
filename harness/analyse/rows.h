/* The making of a summary's rows, in the order in which it is done: each row by itself, then what
 * needs the whole table (roof, discards, order and tiers), then the spreads over all tables.
 * Internal to analyse. */
#ifndef ANALYSE_ROWS_H
#define ANALYSE_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "analyse/summary.h"

/* The arm all others are compared with, or -1. */
int reference_arm(const struct result *result);

/* One arm on one workload. False: there is nothing to say of it (a ceiling that was not asked for,
 * an A'). */
bool row_make(struct row *row, const struct result *result, size_t arm, size_t workload);

/* Fills the shares of the roof, voids the ranking if discards are unequal, orders the rows and
 * gives tiers. */
void table_finish(struct table *table, const struct result *result);

#endif
