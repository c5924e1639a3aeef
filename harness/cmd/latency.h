/* What the command line says of latency curves and of searches for the highest rate. */
#ifndef CMD_LATENCY_H
#define CMD_LATENCY_H

#include "cmd/select.h"
#include "data/catalog.h"

/* Takes --slo and --only into the experiment. 0, or an exit
 * code after saying what they cannot mean. */
int latency_choose(struct experiment *experiment, const struct selection *selection);

#endif
