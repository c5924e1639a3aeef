/*
 * The search for the highest rate at which a server keeps an objective. Pure: what was tried, in its order, gives what to
 * try next, or what came of it; so a search that was cut off goes on where it was, and a report finds what the run found.
 *
 * A trial counts misses and needs no percentile: it passes if at most the share 1 - p missed the limit, of at least
 * CAPACITY_BEYOND / (1 - p) requests. The rate rises by half from a fifth of what the server gave when it was driven as hard
 * as could be, until one fails; the rates between are halved until pass and failure lie within 3 %, each decided by two of
 * three usable trials; the last that passed is confirmed by long trials, all of which must pass, else it is lowered by
 * 3 % and confirmed anew.
 */
#ifndef ANALYSE_CAPACITY_H
#define ANALYSE_CAPACITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/result.h"

enum { CAPACITY_BEYOND = 20 };

enum capacity_trial_kind {
    CAPACITY_PASSED,
    CAPACITY_FAILED,   /* too many missed; or the server was overloaded, hung, died, answered wrongly */
    CAPACITY_LATE,     /* the generator could not send so fast: its repeat late, too, ends the search at "at least" */
    CAPACITY_SPOILED,  /* from outside: says nothing, is tried again as often as CAPACITY_SPOILED_MOST, then ends the search */
};
enum { CAPACITY_SPOILED_MOST = 3 };

struct capacity_trial {
    uint32_t rate_rps;
    bool confirms;
    enum capacity_trial_kind kind;
};

/* What a round was as a trial; round.trial.slo.p > 0. */
enum capacity_trial_kind capacity_judge(const struct round *round);

enum capacity_end {
    CAPACITY_GOES_ON,
    CAPACITY_FOUND,     /* rate_rps is the highest that was confirmed */
    CAPACITY_AT_LEAST,  /* rate_rps passed, and the generator goes no higher */
    CAPACITY_NONE,      /* even the lowest rate at which it can be judged fails */
    CAPACITY_TOO_FEW,   /* too few requests a second to judge so far out: a lower percentile can be */
    CAPACITY_UNDECIDED, /* spoiled from outside too often */
};

struct capacity {
    enum capacity_end end;
    uint32_t rate_rps;      /* while it goes on: to try next; 0 where there is none */
    bool confirms;          /* that one */
    unsigned window_s;      /* that one's: at least 3, at most 30; of those that confirm, confirm_s */
    uint32_t failed_rps;    /* the lowest that failed; 0: none did */
    unsigned trials_count;  /* all that were looked at */
};

/* throughput_rps: of the look, saturated. */
void capacity_next(struct capacity *capacity, const struct slo *slo, double throughput_rps, unsigned confirmations,
                   unsigned confirm_s, const struct capacity_trial *trials, size_t count);

/* The search of this arm, from the rounds of a result: its trials and its look (round.probe). */
void capacity_of(struct capacity *capacity, const struct result *result, size_t arm, size_t workload,
                 const struct slo *slo);

/* "p99 within 5 ms"; the caller frees. */
char *slo_words(const struct slo *slo);

#endif
