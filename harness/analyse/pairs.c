/* A pair is found from its subject's side; its reference is the round of the same number and
 * attempt. */
#include "analyse/pairs.h"

#include <math.h>
#include <stdlib.h>

bool round_is_trial(const struct round *round)
{
    return round->trial.slo.p > 0;
}

bool round_is_tabled(const struct round *round)
{
    return round->load_kind == LOAD_CLOSED && !round->scale && !round->probe && !round->curve &&
           !round_has_stairs(round) && !round_is_trial(round);
}

bool round_is_at_rate(const struct round *round, uint32_t rate_rps)
{
    return round->load_kind == LOAD_OPEN && round->role != ROLE_SOLO && round->rate_rps == rate_rps;
}

static bool same_slot(const struct round *a, const struct round *b)
{
    return a->arm == b->arm && a->workload == b->workload && a->role == b->role &&
           a->with == b->with && a->glance == b->glance && a->block == b->block &&
           a->scale == b->scale && a->stairs.kind == b->stairs.kind && a->probe == b->probe &&
           a->curve == b->curve && round_has_phases(a) == round_has_phases(b) &&
           a->confirms_growth == b->confirms_growth && a->load_kind == b->load_kind &&
           a->rate_rps == b->rate_rps && a->connections == b->connections &&
           a->idle_connections == b->idle_connections && a->workers == b->workers;
}

bool round_repeats(const struct round *round, const struct round *earlier)
{
    return round->attempt > earlier->attempt && same_slot(round, earlier);
}

bool round_is_replaced(const struct result *result, const struct round *round)
{
    for (size_t i = 0; i < result->round_count; i++)
        if (round_repeats(&result->rounds[i], round))
            return true;
    return false;
}

static bool has_invalid_reason(const struct round *round, bool external)
{
    for (unsigned i = 0; i < round->outcome.count; i++) {
        enum reason_code code = round->outcome.reasons[i].code;
        if (reason_kind(code) == OUTCOME_INVALID && reason_is_external(code) == external)
            return true;
    }
    return false;
}

bool round_failed_itself(const struct round *round)
{
    return has_invalid_reason(round, false);
}

/* An open loop's generator that is late sends in crowds, which cost less than what comes one by
 * one: if so many were on time, the servers met the load that is named. */
static const double ON_TIME_LEAST = 0.9;

/* A ratio stands where the load still did what it should: under
 * interference, which both suffer, and where the generator was late
 * in the tail alone, of which the percentiles are another matter. */
static bool leaves_a_ratio(const struct round *round, enum reason_code code)
{
    return code == REASON_INTERFERED ||
           (code == REASON_GEN_LATE && round->trusted_p >= ON_TIME_LEAST);
}

static bool usable_in_pair(const struct round *round)
{
    if (round->outcome.kind != OUTCOME_INVALID)
        return true;
    for (unsigned i = 0; i < round->outcome.count; i++) {
        enum reason_code code = round->outcome.reasons[i].code;
        if (reason_kind(code) == OUTCOME_INVALID && !leaves_a_ratio(round, code))
            return false;
    }
    return round->outcome.count > 0;
}

bool round_is_solo_usable(const struct result *result, const struct round *round)
{
    return round->role == ROLE_SOLO && round_is_tabled(round) &&
           round->outcome.kind != OUTCOME_INVALID && !round_is_replaced(result, round);
}

bool round_is_scale_usable(const struct result *result, const struct round *round)
{
    return round->scale && round->outcome.kind != OUTCOME_INVALID &&
           !round_is_replaced(result, round);
}

double round_cost_ns(const struct round *round)
{
    if (round->cpu_server_ns == MISSING || round->cpu_server_ns <= 0 || round->requests_count <= 0)
        return NAN;
    return (double)round->cpu_server_ns / (double)round->requests_count;
}

double round_throughput_rps(const struct round *round)
{
    if (round->requests_count == MISSING || round->requests_count < 0 || round->duration_ns <= 0)
        return NAN;
    return (double)round->requests_count * 1e9 / (double)round->duration_ns;
}

/* Interference only lowers what a look sees, and a rate that
 * is too low is no fault; any other failure is no number. */
double look_rps(const struct result *result, size_t arm, size_t workload)
{
    double most = 0;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->probe && round->arm == arm && round->workload == workload &&
            !outcome_invalid_but_for(&round->outcome, REASON_INTERFERED))
            most = fmax(most, round_throughput_rps(round)); /* NAN is less than any */
    }
    return most;
}

static bool are_partners(const struct round *a, const struct round *b)
{
    return a->role != b->role && a->role != ROLE_SOLO && b->role != ROLE_SOLO &&
           a->number == b->number && a->attempt == b->attempt && a->workload == b->workload;
}

/* A pair is journalled together, so its other half is nearly always next to it. */
static const struct round *partner(const struct result *result, const struct round *round)
{
    const struct round *first = result->rounds, *end = first + result->round_count;
    if (round > first && are_partners(round - 1, round))
        return round - 1;
    if (round + 1 < end && are_partners(round + 1, round))
        return round + 1;
    for (const struct round *other = first; other < end; other++)
        if (are_partners(other, round))
            return other;
    return NULL;
}

bool round_has_ratio(const struct result *result, const struct round *round)
{
    if (round->role == ROLE_SOLO || !usable_in_pair(round) || round_is_replaced(result, round))
        return false;
    const struct round *other = partner(result, round);
    return other && usable_in_pair(other) &&
           isfinite(log(round_cost_ns(round) / round_cost_ns(other)));
}

/* That a rate is too much is what curves and searches are to find out. */
bool round_is_fault(const struct round *round)
{
    bool looks_for_it = round->curve || round_is_trial(round);
    for (unsigned i = 0; i < round->outcome.count; i++) {
        enum reason_code code = round->outcome.reasons[i].code;
        if (reason_kind(code) == OUTCOME_INVALID && !reason_is_external(code) &&
            !(looks_for_it && code == REASON_OVERLOADED))
            return true;
    }
    return false;
}

bool round_is_paired_usable(const struct result *result, const struct round *round)
{
    return round_is_tabled(round) && round_has_ratio(result, round);
}

static int by_block(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return (x->block > y->block) - (x->block < y->block);
}

/* rate_rps 0: at saturation. */
static void find(struct pairs *pairs, const struct result *result, size_t arm, size_t workload,
                 uint32_t rate_rps)
{
    *pairs = (struct pairs){.items = xcalloc(result->round_count + 1, sizeof *pairs->items)};
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->role != ROLE_SUBJECT || round->arm != arm || round->workload != workload ||
            !(rate_rps > 0 ? round_is_at_rate(round, rate_rps) : round_is_tabled(round)) ||
            !round_has_ratio(result, round))
            continue;
        const struct round *reference = partner(result, round);
        double ln_ratio = log(round_cost_ns(round) / round_cost_ns(reference));
        pairs->items[pairs->count++] = (struct pair){round->block, round, reference, ln_ratio};
    }
    qsort(pairs->items, pairs->count, sizeof *pairs->items, by_block);
}

void pairs_find(struct pairs *pairs, const struct result *result, size_t arm, size_t workload)
{
    find(pairs, result, arm, workload, 0);
}

void pairs_find_at_rate(struct pairs *pairs, const struct result *result, size_t arm,
                        size_t workload, uint32_t rate_rps)
{
    find(pairs, result, arm, workload, rate_rps);
}

size_t pairs_planned(const struct pairs *pairs, unsigned planned)
{
    size_t n = 0;
    while (n < pairs->count && pairs->items[n].block < planned)
        n++;
    return planned == 0 ? pairs->count : n;
}

void pairs_release(struct pairs *pairs)
{
    free(pairs->items);
    *pairs = (struct pairs){0};
}

double *pairs_ln_ratios(const struct pairs *pairs)
{
    if (pairs->count == 0)
        return NULL;
    double *values = xcalloc(pairs->count, sizeof *values);
    for (size_t i = 0; i < pairs->count; i++)
        values[i] = pairs->items[i].ln_ratio;
    return values;
}

double *pairs_ln_between(const struct pairs *a, const struct pairs *b, size_t *n)
{
    double *values = xcalloc(a->count + 1, sizeof *values);
    *n = 0;
    for (size_t i = 0; i < a->count; i++)
        for (size_t j = 0; j < b->count; j++)
            if (a->items[i].block == b->items[j].block) {
                values[(*n)++] = a->items[i].ln_ratio - b->items[j].ln_ratio;
                break;
            }
    return values;
}
