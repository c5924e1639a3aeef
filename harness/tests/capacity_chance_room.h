/*
 * Searches by chance: servers whose share of misses is known at each rate, and trials of as many
 * requests as the search asks for.
 */
#ifndef TESTS_CAPACITY_CHANCE_ROOM_H
#define TESTS_CAPACITY_CHANCE_ROOM_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "analyse/capacity.h"
#include "analyse/stats.h"
#include "measure/schedule.h"

enum { SEARCHES = 1500, CONFIRMATIONS = 3, CONFIRM_S = 10 };

struct kind {
    const char *name;
    double steepness; /* misses grow with this power of the rate; 0: a queue of constant service */
    double services;  /* of that queue: the limit in service times */
    double clump;     /* requests that miss together */
    double disturbed; /* share of trials with a fiftieth of misses more, and nobody knows */
    /* Of the machine, each of which does the same to its trial: the longer, the likelier. */
    double stalls_per_s;
    double spoiled;    /* share of trials that say nothing */
    double late_above; /* of the true rate the generator can do so much; 0: any */
    bool is_hasty;     /* what the search does not do: a single failure ends the ascent */
    /* What must hold: */
    double low_most;      /* the lower end of it, at most: what is not done must be worse; 0: any */
    double low, high;     /* of the truth: nine tenths of what was found lie between */
    double median;        /* at least */
    double answered;      /* share of searches, at least, */
    enum capacity_end by; /* that ended so */
    double trials, seconds; /* of a search in the mean, at most */
};

struct server {
    double truth_rps, p;
    const struct kind *kind;
};

/* P(W > x) of a queue with Poisson arrivals and constant service, x in service times, by its
 * dominant pole: with eta = e^(rho (eta - 1)), eta > 1, it is (1 - rho) / (rho eta - 1) e^(-rho
 * (eta - 1) x) (Tijms, A First Course in Stochastic Models, 9.2). */
static inline double queue_misses(double rho, double x)
{
    double low = 1 / rho, high = 2 / rho;
    if (rho >= 1)
        return 1;
    while (log(high) > rho * (high - 1))
        high *= 2;
    for (int i = 0; i < 60; i++) { /* ln eta - rho (eta - 1) falls beyond its top at 1 / rho */
        double middle = (low + high) / 2;
        if (log(middle) > rho * (middle - 1))
            low = middle;
        else
            high = middle;
    }
    return fmin(1, (1 - rho) / (rho * low - 1) * exp(-rho * (low - 1) * x));
}

/* The load at which such a queue just keeps p. */
static inline double queue_load(double p, double x)
{
    double low = 1e-3, high = .9999;
    for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (queue_misses(middle, x) > 1 - p)
            high = middle;
        else
            low = middle;
    }
    return low;
}

static inline double misses(const struct server *server, double rate_rps)
{
    double share = rate_rps / server->truth_rps;
    if (server->kind->steepness > 0)
        return fmin(1, (1 - server->p) * pow(share, server->kind->steepness));
    return queue_misses(share * queue_load(server->p, server->kind->services),
                        server->kind->services);
}

static inline enum capacity_trial_kind run(gsl_rng *rng, const struct server *server,
                                           const struct capacity *next)
{
    const struct kind *kind = server->kind;
    double share = misses(server, next->rate_rps);
    if (gsl_rng_uniform(rng) < kind->spoiled)
        return CAPACITY_SPOILED;
    if (kind->late_above > 0 && next->rate_rps > kind->late_above * server->truth_rps)
        return CAPACITY_LATE;
    double calm = (1 - kind->disturbed) * exp(-kind->stalls_per_s * next->window_s);
    if (gsl_rng_uniform(rng) < 1 - calm)
        share = fmin(1, share + .02);
    double counted = 1 - .2 * gsl_rng_uniform(rng); /* the generator leaves up to a fifth out */
    unsigned n = gsl_ran_poisson(rng, counted * next->rate_rps * next->window_s);
    double missed = kind->clump * gsl_ran_binomial(rng, share, (unsigned)(n / kind->clump));
    struct round round;
    round_init(&round);
    round.trial = (struct slo_count){.slo = {server->p, 5000000},
                                     .confirms = next->confirms,
                                     .n_count = (int64_t)n,
                                     .missed_count = (int64_t)fmin(missed, n)};
    return capacity_judge(&round);
}

struct run {
    struct capacity last;
    struct capacity_trial trials[CAPACITY_TRIALS_MOST];
    unsigned asked, asked_s;
    double taken_s; /* with all that is around the windows */
};

/* One failure, said twice, is what the search takes for two of three. */
static inline bool is_said_twice(const struct server *server, const struct capacity *next,
                                 enum capacity_trial_kind kind)
{
    bool is_bracketed = next->passed_rps > 0 && next->failed_rps > 0;
    return server->kind->is_hasty && kind == CAPACITY_FAILED && !is_bracketed && !next->confirms;
}

static inline struct run search(gsl_rng *rng, const struct server *server, double look_rps)
{
    struct run run_of = {.asked_s = 0};
    struct capacity *next = &run_of.last;
    struct capacity_search sought = {{server->p, 5000000}, look_rps, CONFIRMATIONS, CONFIRM_S};
    for (size_t count = 0;;) {
        capacity_next(next, &sought, run_of.trials, count);
        if (next->end != CAPACITY_GOES_ON)
            return run_of;
        assert_true(count + 1 < CAPACITY_TRIALS_MOST);
        struct capacity_trial trial = {next->rate_rps, next->confirms, run(rng, server, next)};
        run_of.trials[count++] = trial;
        run_of.asked++;
        run_of.asked_s += next->window_s;
        run_of.taken_s += schedule_round_seconds(
            &(struct round_plan){.paced = true, .warmup_s = 1, .window_s = next->window_s});
        if (is_said_twice(server, next, trial.kind))
            run_of.trials[count++] = trial;
    }
}

static inline double mean(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

#endif
