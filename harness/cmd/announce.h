/* What a run says before it starts: how much will be measured, how long that takes, and what was changed or is in the
 * way; and, for a dry run, every round. */
#ifndef CMD_ANNOUNCE_H
#define CMD_ANNOUNCE_H

#include "data/result.h"
#include "measure/schedule.h"

/* To stderr. */
void announce(const struct result *result, const struct schedule *schedule);

/* To stdout, a line a round; or as JSON. */
void print_schedule(const struct result *result, const struct schedule *schedule);
void print_schedule_json(const struct result *result, const struct schedule *schedule);

#endif
