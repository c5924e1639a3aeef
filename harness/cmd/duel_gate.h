/* What gates in a duel: less than a user may ask for. */
#ifndef CMD_DUEL_GATE_H
#define CMD_DUEL_GATE_H

#include "cmd/duel_options.h"
#include "data/strings.h"

/* The gate was read; from here on it holds only what can stop: not cost at saturation and
 * throughput, nor instructions that are not counted. What a user named of these becomes a note;
 * where nothing else gates, or none of the workloads that are measured, that is refused: 0, or exit
 * code 2 after saying it. */
int duel_gate_settle(struct duel_options *options, struct strings *notes);

#endif
