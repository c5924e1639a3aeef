/*
 * Rounds that nobody's fault but chance's has taken away. Where one arm lost
 * so many more of them than the others that chance does not explain it, what
 * is left of it was chosen by its load, and cannot be compared. Pure.
 */
#ifndef ANALYSE_DISCARDS_H
#define ANALYSE_DISCARDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/result.h"

/* Did this arm lose so many more of its rounds on the workload, for
 * reasons that are not its own, than all others together (Fisher's exact
 * test, p < .01)? rate_rps 0: of the rounds that tables are made of. */
bool discards_are_unequal(const struct result *result, size_t arm, size_t workload,
                          uint32_t rate_rps);

#endif
