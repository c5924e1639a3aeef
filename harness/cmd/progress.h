/* What a run shows while it runs: one line that rewrites itself on a terminal, plain lines
 * elsewhere. On stderr. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>

#include "cmd/status.h"
#include "measure/experiment.h"

struct progress {
    const struct result *result;
    double total_s, started_s;
    double done_s; /* of the schedule's own seconds */
    /* Round of the schedule: behind it come curves and searches, of which only a guess is known. */
    uint32_t last;
    bool terminal;
    struct status status; /* of the round that is being measured */
    char place[56];       /* which of how many that is: "3/40", "3/about 40" */
};

/* schedule: what of it is to be measured now; NULL: nothing but
 * curves and searches, which are numbered on after last. */
void progress_init(struct progress *progress, const struct result *result,
                   const struct schedule *schedule, uint32_t last);
struct experiment_watch progress_watch(struct progress *progress);
void progress_end(struct progress *progress); /* clears the line of a terminal */

/* What came of a round, in few words: its cost, "p99 95 us", "12 of 6000 were slower: passed",
 * "memory FLAT", "INVALID: no answer for 2 s". */
enum { ROUND_TEXT_SIZE = 280 };
const char *round_text(char text[ROUND_TEXT_SIZE], const struct round *round);

/* Why an INVALID round is so: the detail of its first reason of that kind. Borrowed. */
const char *invalid_detail(const struct outcome *outcome);

/* " at 64 connections and 10000 idle ones", with the workers where there are several; " at 20000
 * requests/s", or " at a rate" that is not known yet, and what a trial is of; " through 128 s of
 * phases"; what a look is for; "" for any other round. */
enum { PLAN_LEVEL_SIZE = 120 };
const char *plan_level(char text[PLAN_LEVEL_SIZE], const struct round_plan *plan);

/* "4 min 20 s"; static storage of the caller's. */
const char *duration_text(char *text, unsigned size, double seconds);

#endif
