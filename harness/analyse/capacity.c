/* See capacity.h. The search is played again from its first
 * trial each time: there is no state to keep or to lose. */
#include "analyse/capacity.h"

#include <assert.h>
#include <math.h>

/* Where it begins, and how it climbs. A closed loop gives the most there
 * is, a tail limit allows less of it: a fifth passes with nearly any
 * server, and half as much again needs four steps from there to the end. */
static const double START_SHARE = 0.2, CLIMB = 1.5;
/* Pass and failure that lie as near are not told apart; also
 * what a confirmation that failed is lowered by. */
static const double RESOLUTION = 0.03;
enum { TRIAL_LEAST_S = 3, TRIAL_MOST_S = 30, LATE_MOST = 2, VOTES = 2 };

/* The generator leaves up to a fifth of them out, which were due
 * while it was kept away (docs/pace.md); and random arrivals may be
 * fewer: by three standard deviations in one trial of a thousand. */
static const double LEFT_OUT_MOST = 0.2;

static double requests_needed(double p)
{
    double least = CAPACITY_BEYOND / (1 - p) / (1 - LEFT_OUT_MOST);
    return least + 3 * sqrt(least);
}

double capacity_lowest_rps(double p)
{
    assert(p > 0 && p < 1);
    return ceil(requests_needed(p) / TRIAL_MOST_S);
}

struct state { /* of a search */
    uint32_t lowest_rps;
    unsigned confirmations;
    uint32_t rate_rps; /* to try */
    bool confirms;
    unsigned passes, fails, late, spoiled; /* at that rate; late and spoiled ones in a row */
    unsigned steps;                        /* down, because a confirmation failed */
    uint32_t passed[CAPACITY_TRIALS_MOST]; /* rates */
    size_t passed_count;
    uint32_t failed_rps; /* the lowest; 0: none */
    enum capacity_end end;
};

static uint32_t highest_passed(const struct state *state)
{
    uint32_t highest = 0;
    for (size_t i = 0; i < state->passed_count; i++)
        if (state->passed[i] > highest &&
            (state->failed_rps == 0 || state->passed[i] < state->failed_rps))
            highest = state->passed[i];
    return highest;
}

static void try(struct state *state, uint32_t rate_rps, bool confirms)
{
    state->rate_rps = rate_rps;
    state->confirms = confirms;
    state->passes = state->fails = state->late = state->spoiled = 0;
}

static uint32_t higher(uint32_t rate_rps)
{
    return (uint32_t)fmax(round(rate_rps * CLIMB), rate_rps + 1.0);
}

/* The least that can be judged is tried, not passed over. */
static uint32_t lower(const struct state *state, double rate_rps)
{
    return (uint32_t)fmax(floor(rate_rps), state->lowest_rps);
}

static bool is_narrow(uint32_t passed_rps, uint32_t failed_rps)
{
    return failed_rps <= passed_rps * (1 + RESOLUTION) || failed_rps - passed_rps <= 1;
}

/* Rates lie on a ratio scale, so the middle is the geometric
 * one: four halvings of the factor CLIMB. */
static uint32_t middle(uint32_t passed_rps, uint32_t failed_rps)
{
    double rate_rps = round(sqrt((double)passed_rps * failed_rps));
    return (uint32_t)fmin(fmax(rate_rps, passed_rps + 1.0), failed_rps - 1.0);
}

/* After a rate was decided that was not to confirm anything. */
static void narrow(struct state *state)
{
    uint32_t passed_rps = highest_passed(state), failed_rps = state->failed_rps;
    if (failed_rps == 0 && passed_rps >= RATE_MOST_RPS)
        state->end = CAPACITY_AT_LEAST;
    else if (failed_rps == 0)
        try(state, higher(passed_rps), false);
    else if (passed_rps == 0 && failed_rps <= state->lowest_rps)
        state->end = CAPACITY_NONE;
    else if (passed_rps == 0)
        try(state, lower(state, failed_rps / CLIMB), false);
    else if (is_narrow(passed_rps, failed_rps))
        try(state, passed_rps, true);
    else
        try(state, middle(passed_rps, failed_rps), false);
}

static void step_down(struct state *state)
{
    if (state->rate_rps <= state->lowest_rps)
        state->end = CAPACITY_NONE;
    else if (++state->steps > CAPACITY_STEPS_MOST)
        state->end = CAPACITY_UNSTEADY;
    else
        try(state, lower(state, state->rate_rps * (1 - RESOLUTION)), true);
}

static void decide(struct state *state, bool passed)
{
    if (passed)
        state->passed[state->passed_count++] = state->rate_rps;
    else if (state->failed_rps == 0 || state->rate_rps < state->failed_rps)
        state->failed_rps = state->rate_rps;
    if (!state->confirms)
        narrow(state);
    else if (passed)
        state->end = CAPACITY_FOUND;
    else
        step_down(state);
}

/* While it climbs or falls one pass is enough, unless a failure is to be outvoted. */
static unsigned passes_needed(const struct state *state)
{
    bool is_bracketed = state->failed_rps > 0 && state->passed_count > 0;
    if (state->confirms)
        return state->confirmations;
    return is_bracketed || state->fails > 0 ? VOTES : 1;
}

static void take(struct state *state, const struct capacity_trial *trial)
{
    if (trial->rate_rps != state->rate_rps || trial->confirms != state->confirms)
        return;
    switch (trial->kind) {
    case CAPACITY_LATE:
        if (++state->late == LATE_MOST)
            state->end = highest_passed(state) > 0 ? CAPACITY_AT_LEAST : CAPACITY_UNDECIDED;
        return;
    case CAPACITY_SPOILED:
        if (++state->spoiled > CAPACITY_SPOILED_MOST)
            state->end = CAPACITY_UNDECIDED;
        return;
    case CAPACITY_PASSED:
        state->passes++;
        break;
    case CAPACITY_FAILED:
        state->fails++;
        break;
    }
    state->late = state->spoiled = 0;
    if (state->passes >= passes_needed(state))
        decide(state, true);
    else if (state->fails >= (state->confirms ? 1 : VOTES))
        decide(state, false);
}

static bool is_known(double look_rps)
{
    return isfinite(look_rps) && look_rps > 0;
}

static void begin(struct state *state, double look_rps, double lowest_rps,
                  const struct capacity_trial *trials, size_t count)
{
    double known_rps = is_known(look_rps) ? look_rps : INFINITY;
    double start_rps = is_known(look_rps) ? START_SHARE * look_rps : CAPACITY_BLIND_RPS;
    state->lowest_rps = (uint32_t)fmin(lowest_rps, RATE_MOST_RPS);
    if (count > 0)
        try(state, trials[0].rate_rps, false);
    else if (fmin(known_rps, RATE_MOST_RPS) < lowest_rps)
        state->end = CAPACITY_TOO_FEW;
    else
        try(state, (uint32_t)fmin(fmax(round(start_rps), lowest_rps), RATE_MOST_RPS), false);
}

static unsigned window_s(const struct state *state, const struct capacity_search *search)
{
    double needed_s = ceil(requests_needed(search->slo.p) / state->rate_rps);
    bool is_long = state->confirms && search->confirm_s > TRIAL_LEAST_S;
    return (unsigned)fmax(fmin(needed_s, TRIAL_MOST_S),
                          is_long ? search->confirm_s : TRIAL_LEAST_S);
}

void capacity_next(struct capacity *capacity, const struct capacity_search *search,
                   const struct capacity_trial *trials, size_t count)
{
    struct state state = {.confirmations = search->confirmations > 0 ? search->confirmations : 1};
    begin(&state, search->look_rps, capacity_lowest_rps(search->slo.p), trials, count);
    uint32_t first_rps = state.rate_rps;
    for (size_t i = 0; i < count && i < CAPACITY_TRIALS_MOST && state.end == CAPACITY_GOES_ON; i++)
        take(&state, &trials[i]);
    if (state.end == CAPACITY_GOES_ON && count >= CAPACITY_TRIALS_MOST)
        state.end = state.steps > 0 ? CAPACITY_UNSTEADY : CAPACITY_UNDECIDED;
    *capacity = (struct capacity){
        .end = state.end,
        .passed_rps = highest_passed(&state),
        .failed_rps = state.failed_rps,
        .first_rps = first_rps,
        .trials_count = (unsigned)count,
        .is_late = state.late == LATE_MOST,
        .is_blind = !is_known(search->look_rps),
    };
    if (state.end == CAPACITY_GOES_ON) {
        capacity->rate_rps = state.rate_rps;
        capacity->confirms = state.confirms;
        capacity->window_s = window_s(&state, search);
    } else if (state.end == CAPACITY_FOUND) {
        capacity->rate_rps = capacity->passed_rps = state.rate_rps;
    } else if (state.end == CAPACITY_AT_LEAST) {
        capacity->rate_rps = capacity->passed_rps;
    }
}
