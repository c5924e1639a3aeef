/* See capacity.h. The search is played again from its first trial each time: there is no state to keep or to lose. */
#include "analyse/capacity.h"

#include <assert.h>
#include <math.h>

/* Where it begins, and how it climbs. A closed loop gives the most there is, a tail limit allows less of it: a fifth passes
 * with nearly any server, and half as much again needs four steps from there to the end. */
static const double START_SHARE = 0.2, CLIMB = 1.5;
/* Pass and failure that lie as near are not told apart; also what a confirmation that failed is lowered by. */
static const double RESOLUTION = 0.03;
enum { TRIAL_LEAST_S = 3, TRIAL_MOST_S = 30, LATE_MOST = 2, VOTES = 2 };

/* The generator leaves up to a fifth of them out, which were due while it was kept away (docs/pace.md); and random arrivals
 * may be fewer: by three standard deviations in one trial of a thousand. */
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

struct search {
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

static uint32_t highest_passed(const struct search *search)
{
    uint32_t highest = 0;
    for (size_t i = 0; i < search->passed_count; i++)
        if (search->passed[i] > highest &&
            (search->failed_rps == 0 || search->passed[i] < search->failed_rps))
            highest = search->passed[i];
    return highest;
}

static void try(struct search *search, uint32_t rate_rps, bool confirms)
{
    search->rate_rps = rate_rps;
    search->confirms = confirms;
    search->passes = search->fails = search->late = search->spoiled = 0;
}

static uint32_t higher(uint32_t rate_rps)
{
    return (uint32_t)fmax(round(rate_rps * CLIMB), rate_rps + 1.0);
}

/* The least that can be judged is tried, not passed over. */
static uint32_t lower(const struct search *search, double rate_rps)
{
    return (uint32_t)fmax(floor(rate_rps), search->lowest_rps);
}

static bool is_narrow(uint32_t passed_rps, uint32_t failed_rps)
{
    return failed_rps <= passed_rps * (1 + RESOLUTION) || failed_rps - passed_rps <= 1;
}

/* Rates lie on a ratio scale, so the middle is the geometric one: four halvings of the factor CLIMB. */
static uint32_t middle(uint32_t passed_rps, uint32_t failed_rps)
{
    double rate_rps = round(sqrt((double)passed_rps * failed_rps));
    return (uint32_t)fmin(fmax(rate_rps, passed_rps + 1.0), failed_rps - 1.0);
}

/* After a rate was decided that was not to confirm anything. */
static void narrow(struct search *search)
{
    uint32_t passed_rps = highest_passed(search), failed_rps = search->failed_rps;
    if (failed_rps == 0 && passed_rps >= RATE_MOST_RPS)
        search->end = CAPACITY_AT_LEAST;
    else if (failed_rps == 0)
        try(search, higher(passed_rps), false);
    else if (passed_rps == 0 && failed_rps <= search->lowest_rps)
        search->end = CAPACITY_NONE;
    else if (passed_rps == 0)
        try(search, lower(search, failed_rps / CLIMB), false);
    else if (is_narrow(passed_rps, failed_rps))
        try(search, passed_rps, true);
    else
        try(search, middle(passed_rps, failed_rps), false);
}

static void step_down(struct search *search)
{
    if (search->rate_rps <= search->lowest_rps)
        search->end = CAPACITY_NONE;
    else if (++search->steps > CAPACITY_STEPS_MOST)
        search->end = CAPACITY_UNSTEADY;
    else
        try(search, lower(search, search->rate_rps * (1 - RESOLUTION)), true);
}

static void decide(struct search *search, bool passed)
{
    if (passed)
        search->passed[search->passed_count++] = search->rate_rps;
    else if (search->failed_rps == 0 || search->rate_rps < search->failed_rps)
        search->failed_rps = search->rate_rps;
    if (!search->confirms)
        narrow(search);
    else if (passed)
        search->end = CAPACITY_FOUND;
    else
        step_down(search);
}

/* While it climbs or falls one pass is enough, unless a failure is to be outvoted. */
static unsigned passes_needed(const struct search *search)
{
    bool is_bracketed = search->failed_rps > 0 && search->passed_count > 0;
    if (search->confirms)
        return search->confirmations;
    return is_bracketed || search->fails > 0 ? VOTES : 1;
}

static void take(struct search *search, const struct capacity_trial *trial)
{
    if (trial->rate_rps != search->rate_rps || trial->confirms != search->confirms)
        return;
    switch (trial->kind) {
    case CAPACITY_LATE:
        if (++search->late == LATE_MOST)
            search->end = highest_passed(search) > 0 ? CAPACITY_AT_LEAST : CAPACITY_UNDECIDED;
        return;
    case CAPACITY_SPOILED:
        if (++search->spoiled > CAPACITY_SPOILED_MOST)
            search->end = CAPACITY_UNDECIDED;
        return;
    case CAPACITY_PASSED:
        search->passes++;
        break;
    case CAPACITY_FAILED:
        search->fails++;
        break;
    }
    search->late = search->spoiled = 0;
    if (search->passes >= passes_needed(search))
        decide(search, true);
    else if (search->fails >= (search->confirms ? 1 : VOTES))
        decide(search, false);
}

static bool is_known(double throughput_rps)
{
    return isfinite(throughput_rps) && throughput_rps > 0;
}

static void begin(struct search *search, double throughput_rps, double lowest_rps,
                  const struct capacity_trial *trials, size_t count)
{
    double known_rps = is_known(throughput_rps) ? throughput_rps : INFINITY;
    double start_rps = is_known(throughput_rps) ? START_SHARE * throughput_rps : CAPACITY_BLIND_RPS;
    search->lowest_rps = (uint32_t)fmin(lowest_rps, RATE_MOST_RPS);
    if (count > 0)
        try(search, trials[0].rate_rps, false);
    else if (fmin(known_rps, RATE_MOST_RPS) < lowest_rps)
        search->end = CAPACITY_TOO_FEW;
    else
        try(search, (uint32_t)fmin(fmax(round(start_rps), lowest_rps), RATE_MOST_RPS), false);
}

static unsigned window_s(const struct slo *slo, const struct search *search, unsigned confirm_s)
{
    double needed_s = ceil(requests_needed(slo->p) / search->rate_rps);
    double least_s = search->confirms && confirm_s > TRIAL_LEAST_S ? confirm_s : TRIAL_LEAST_S;
    return (unsigned)fmax(fmin(needed_s, TRIAL_MOST_S), least_s);
}

void capacity_next(struct capacity *capacity, const struct slo *slo, double throughput_rps,
                   unsigned confirmations, unsigned confirm_s, const struct capacity_trial *trials,
                   size_t count)
{
    struct search search = {.confirmations = confirmations > 0 ? confirmations : 1};
    begin(&search, throughput_rps, capacity_lowest_rps(slo->p), trials, count);
    for (size_t i = 0; i < count && i < CAPACITY_TRIALS_MOST && search.end == CAPACITY_GOES_ON; i++)
        take(&search, &trials[i]);
    if (search.end == CAPACITY_GOES_ON && count >= CAPACITY_TRIALS_MOST)
        search.end = search.steps > 0 ? CAPACITY_UNSTEADY : CAPACITY_UNDECIDED;
    *capacity = (struct capacity){
        .end = search.end,
        .passed_rps = highest_passed(&search),
        .failed_rps = search.failed_rps,
        .trials_count = (unsigned)count,
        .is_late = search.late == LATE_MOST,
        .is_blind = !is_known(throughput_rps),
    };
    if (search.end == CAPACITY_GOES_ON) {
        capacity->rate_rps = search.rate_rps;
        capacity->confirms = search.confirms;
        capacity->window_s = window_s(slo, &search, confirm_s);
    } else if (search.end == CAPACITY_FOUND) {
        capacity->rate_rps = capacity->passed_rps = search.rate_rps;
    } else if (search.end == CAPACITY_AT_LEAST) {
        capacity->rate_rps = capacity->passed_rps;
    }
}
