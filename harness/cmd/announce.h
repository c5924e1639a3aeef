/* What a run says before it starts: how much will be measured, how long that takes, and what was
 * changed or is in the way; and, for a dry run, every round. */
#ifndef CMD_ANNOUNCE_H
#define CMD_ANNOUNCE_H

#include "data/result.h"
#include "measure/latency_plan.h"
#include "measure/schedule.h"

/* To stderr. guess: what comes behind the schedule, which depends on
 * what is measured. warnings: what was found now, as the record of a
 * run that is gone on with holds those of its earlier starts, too. */
void announce(const struct result *result, const struct schedule *schedule,
              const struct latency_estimate *guess, const struct strings *warnings);

/* The end of it: what was changed or left out, and what touches the numbers. */
void announce_remarks(const struct strings *notes, const struct strings *warnings);

/* To stdout, a line a round; or as JSON. */
void print_schedule(const struct result *result, const struct schedule *schedule,
                    const struct latency_estimate *guess);
void print_schedule_json(const struct result *result, const struct schedule *schedule,
                         const struct latency_estimate *guess);

#endif
