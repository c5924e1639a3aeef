/* What the command line says of latency curves and of searches for the highest rate. */
#ifndef CMD_LATENCY_H
#define CMD_LATENCY_H

#include "cmd/select.h"
#include "data/catalog.h"
#include "measure/placement.h"

/* Takes --slo and --only into the experiment. 0, or an exit code after saying what they cannot mean. */
int latency_choose(struct experiment *experiment, const struct selection *selection);

/* Does a round of it need the open-loop generator? */
bool latency_needs_pace(const struct experiment *experiment);

/* Where servers and generator share the only CPU: all rounds at a rate go, with a note. 0, or an exit code after saying that
 * nothing else was asked for. */
int latency_leave_out(struct result *result, const struct placement *placement);

#endif
