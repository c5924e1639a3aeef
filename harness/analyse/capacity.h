/*
 * The search for the highest rate at which a server keeps an objective. Pure: what was tried, in
 * its order, gives what to try next, or what came of it; so a search that was cut off goes on where
 * it was, and a report finds what the run found.
 *
 * A trial counts misses and needs no percentile: it passes if at most the share 1 - p missed the
 * limit, of at least CAPACITY_BEYOND / (1 - p) requests. The rate rises by half from a fifth of
 * what the server gave when it was driven as hard as could be, until one fails; where the first
 * fails, it falls by a third until one passes. Then the interval between is halved until pass and
 * failure lie within 3 %. While the rate rises or falls one trial is enough for a pass, because all
 * that lies above is tried as well; a failure, and whatever is between, is decided by two of three
 * usable trials, because nothing above a failure is ever tried again. The last that passed is
 * confirmed by long trials, all of which must pass, else it is lowered by 3 % and confirmed anew:
 * also where a shorter trial has passed at such a rate before.
 *
 * No search goes on for ever: after CAPACITY_STEPS_MOST such steps the server is called unsteady,
 * and after CAPACITY_TRIALS_MOST trials it is over in any case.
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
    CAPACITY_FAILED,  /* too many missed; or the server was
                       * overloaded, hung, died, answered wrongly */
    CAPACITY_LATE,    /* the generator could not send so fast: its repeat
                       * late, too, ends the search at "at least" */
    CAPACITY_SPOILED, /* from outside: says nothing, is tried again as often as
                       * CAPACITY_SPOILED_MOST, then ends the search */
};
/* In a row. | Steps down: 0.97^10 is three quarters. | Of any
 * kind; undisturbed searches take 15 to 25. */
enum { CAPACITY_SPOILED_MOST = 3, CAPACITY_STEPS_MOST = 10, CAPACITY_TRIALS_MOST = 64 };

struct capacity_search { /* what is looked for, and where it begins */
    struct slo slo;
    double look_rps; /* of the look, saturated; NAN, MISSING as a double, 0: there was none */
    unsigned confirmations, confirm_s;
};

struct capacity_trial {
    uint32_t rate_rps;
    bool confirms;
    enum capacity_trial_kind kind;
};

/* What a round was as a trial; round.trial.slo.p > 0. The server's own fault is a failure, whatever
 * else happened. Misses are counted against the limit, which lateness of some microseconds does not
 * touch: so a round whose percentiles the generator was too late for may pass or fail. It was too
 * late where those that it left out would turn the answer; where it gave no counts, the round's
 * distribution has them as far as trusted_p goes. */
enum capacity_trial_kind capacity_judge(const struct round *round);

enum capacity_end {
    CAPACITY_GOES_ON,
    CAPACITY_FOUND,     /* rate_rps is the highest that was confirmed */
    CAPACITY_AT_LEAST,  /* rate_rps passed, and the generator goes no higher */
    CAPACITY_NONE,      /* even the lowest rate at which it can be judged fails */
    CAPACITY_TOO_FEW,   /* the server gives fewer requests a second
                         * than it takes to judge so far out */
    CAPACITY_UNDECIDED, /* spoiled from outside too often, late before
                         * anything passed, or too many trials */
    CAPACITY_UNSTEADY,  /* rates that short trials pass fail long ones, step after step */
};

struct capacity {
    enum capacity_end end;
    /* While it goes on: to try next; where it was found, or is a bound: that; else 0. */
    uint32_t rate_rps;
    bool confirms; /* that one */
    /* That one's: at least 3, at most 30; of those that confirm, at least confirm_s. */
    unsigned window_s;
    uint32_t passed_rps;   /* the highest that passed, below all that failed; 0: none */
    uint32_t failed_rps;   /* the lowest that failed; 0: none did */
    uint32_t first_rps;    /* where it began, or is to begin; 0: it does not */
    unsigned trials_count; /* all that were looked at */
    bool is_late;          /* the generator's lateness ended it */
    bool is_blind; /* there was no look: it began at CAPACITY_BLIND_RPS, or where p can be judged */
};
enum { CAPACITY_BLIND_RPS = 1000 };

/* A search that has begun goes on from its first trial, whatever a later look says. Trials that are
 * not what was to be tried then are passed over. */
void capacity_next(struct capacity *capacity, const struct capacity_search *search,
                   const struct capacity_trial *trials, size_t count);

/* The search of this arm, from the rounds of a result: its trials and its look (round.probe). */
void capacity_of(struct capacity *capacity, const struct result *result, size_t arm,
                 size_t workload, const struct slo *slo);

/* The least rate at which p can be judged in the longest trial. It
 * leaves room for what the generator leaves out, and for the chance
 * by which random arrivals are fewer than they should be. */
double capacity_lowest_rps(double p);

#endif
