/*
 * A duel's blocks (duel.h) from its record. In that record three arms take part: "base", "head" and
 * the base's own copy, "base'"; paced.set.blocks of its experiment is how many first blocks a
 * series has at most, and those numbered from there on are the fresh ones. Pure.
 */
#ifndef ANALYSE_DUEL_READ_H
#define ANALYSE_DUEL_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "analyse/duel.h"
#include "data/result.h"

#define DUEL_EXPERIMENT "duel"
#define DUEL_BASE       "base"
#define DUEL_HEAD       "head"
#define DUEL_COPY       "base'"

bool duel_is_record(const struct result *result);

/* Adds the workloads of the record, and of each what its rounds numbered
 * below `before` say (UINT32_MAX: all). A block counts once all its
 * rounds are there, interrupted ones aside; of tries the last. */
void duel_read(struct duel *duel, const struct result *result, uint32_t before);

/* Of a witness's block whose other half is still to come, the arm that is there; -1: none is. */
int duel_witness_half(const struct result *result, size_t workload, uint32_t block,
                      uint32_t before);

#endif
