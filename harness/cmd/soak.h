/* A load of hours: how long and at which rate it is to be, and
 * what is said of it before it starts. */
#ifndef CMD_SOAK_H
#define CMD_SOAK_H

#include <stdio.h>

#include "cmd/select.h"
#include "data/result.h"
#include "measure/schedule.h"

/* Most that a round takes of rounds.jsonl, and that a server takes of the disk: its round there, in
 * result.json, twice in unfinished.json while that is replaced, and its part of the reports.
 * However long it lasts, because the course and the latency series have a most. */
enum { SOAK_ROUND_BYTES = 256 << 10, SOAK_SERVER_BYTES = 2 << 20 };

enum { SOAK_LEAST_S = 10 * 60, SOAK_MOST_S = 24 * 3600 };

/* --duration and --rate. 0, or an exit code after saying why
 * that is nothing for this experiment. */
int soak_choose(struct experiment *experiment, const struct selection *selection);

/* When it ends, and how much disk it takes; nothing for what is no soak. */
void soak_announce(FILE *out, const struct experiment *experiment, const struct schedule *schedule);

#endif
