/* Rounds that an open-loop generator feeds, of whatever kind:
 * pairs at a rate, curves, searches and phases. */
#ifndef CMD_PACING_H
#define CMD_PACING_H

#include <stdbool.h>

#include "data/catalog.h"
#include "data/result.h"
#include "measure/placement.h"

/* Does a round of it need the generator? */
bool pacing_is_needed(const struct experiment *experiment);

/* Where servers and generator share the only CPU: all rounds at a rate go, with a note. 0, or an
 * exit code after saying that nothing else was asked for. */
int pacing_leave_out(struct result *result, const struct placement *placement);

#endif
