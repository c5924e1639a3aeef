/*
 * Who takes part in a round: the servers, what stands behind them, and
 * their ends. Private to round.c; see measurement.h. A step that returns
 * false has ended the round, and the outcome of every arm says why.
 */
#ifndef MEASURE_ROUND_SERVERS_H
#define MEASURE_ROUND_SERVERS_H

#include "measure/measurement.h"

extern const char *const round_address; /* of everything in a round */

/* One arm ends the round by its own fault (or what stands behind it does, by REASON_UPSTREAM); its
 * partner could not be measured, through no fault of its own. */
bool round_end_by(struct measurement *m, unsigned culprit, enum reason_code code,
                  const char *detail);
bool round_end_interrupted(struct measurement *m);
/* An arm did not answer as it should. It is its fault, unless
 * what stands behind it is gone or does not answer itself. */
bool round_end_unless_upstream(struct measurement *m, unsigned culprit, enum reason_code code,
                               const char *detail);

/* Tells the journal who runs now, as any of them may be left by a
 * kill -9 of the harness: all processes of the servers and of what
 * stands behind them; with the generators, which have no others. */
void round_say_servers(struct measurement *m);
void round_say_loads(void *m);
/* CPU time of all servers of the round. */
int64_t round_servers_cpu_ns(struct measurement *m);

/* What stands behind the servers first, then they in the order of the plan. */
bool round_start_servers(struct measurement *m);
/* The servers first, so that what stands behind them has no connections left to wait for. */
void round_stop_servers(struct measurement *m);

#endif
