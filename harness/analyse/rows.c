/*
 * One row: absolute figures from solo rounds, the cost ratio from paired ones. What cannot be said
 * is NAN, and the row's kind follows from what is left: an interval ranks, one look is a glance,
 * nothing usable is invalid.
 */
#include "analyse/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/pairs.h"

struct values {
    double *items;
    size_t count;
};

static void values_add(struct values *values, double value)
{
    if (!isnan(value))
        values->items[values->count++] = value;
}

static double known(int64_t value)
{
    return value == MISSING ? NAN : (double)value;
}

static double response_p50(const struct round *round)
{
    return round->response.total ? (double)histogram_quantile_ns(&round->response, 0.5) : NAN;
}

static double response_p99(const struct round *round)
{
    return round->response.total ? (double)histogram_quantile_ns(&round->response, 0.99) : NAN;
}

static double pss(const struct round *round)
{
    return known(round->memory.pss_bytes);
}

static double upstream_ns(const struct round *round)
{
    return round->requests_count > 0 ? known(round->cpu_upstream_ns) / (double)round->requests_count
                                     : NAN;
}

static double rss_start(const struct round *round)
{
    return known(round->memory.rss_start_bytes);
}

static double rss_peak(const struct round *round)
{
    return known(round->memory.rss_peak_bytes);
}

static double rss_end(const struct round *round)
{
    return known(round->memory.rss_bytes);
}

/* One figure of every usable round of this row, alone or in pairs; the caller frees. */
static struct values values_of(const struct result *result, const struct row *row, bool alone,
                               double (*figure)(const struct round *))
{
    struct values values = {xcalloc(result->round_count + 1, sizeof(double)), 0};
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->arm == row->arm && round->workload == row->workload &&
            (alone ? round_is_solo_usable(result, round) : round_is_paired_usable(result, round)))
            values_add(&values, figure(round));
    }
    return values;
}

static struct spread solo_spread(const struct result *result, const struct row *row,
                                 double (*figure)(const struct round *))
{
    struct values values = values_of(result, row, true, figure);
    struct spread spread = stats_spread(values.items, values.count);
    free(values.items);
    return spread;
}

/* Of what belongs to one server, whoever runs beside it, its
 * memory above all: pairs serve where nothing ran alone. */
static struct spread own_spread(const struct result *result, const struct row *row,
                                double (*figure)(const struct round *))
{
    struct spread spread = solo_spread(result, row, figure);
    if (spread.n > 0)
        return spread;
    struct values values = values_of(result, row, false, figure);
    spread = stats_spread(values.items, values.count);
    free(values.items);
    return spread;
}

int reference_arm(const struct result *result)
{
    return result->experiment.reference ? result_find_arm(result, result->experiment.reference)
                                        : -1;
}

/* The reference's cost at saturation: median over every usable pair of this workload, whoever the
 * subject. */
static double reference_cost_ns(const struct result *result, size_t workload)
{
    struct values costs = {xcalloc(result->round_count + 1, sizeof(double)), 0};
    for (size_t arm = 0; arm < result->arm_count; arm++) {
        struct pairs pairs;
        pairs_find(&pairs, result, arm, workload);
        for (size_t i = 0; i < pairs.count; i++)
            values_add(&costs, round_cost_ns(pairs.items[i].reference));
        pairs_release(&pairs);
    }
    double median = stats_median(costs.items, costs.count);
    free(costs.items);
    return median;
}

static void fill_cost(struct row *row, const struct result *result, const struct pairs *pairs)
{
    double reference_ns = reference_cost_ns(result, row->workload);
    double *ln_ratios = pairs_ln_ratios(pairs);
    row->cost_ratio = stats_ratio(ln_ratios, pairs->count);
    free(ln_ratios);
    if (row->reference && !isnan(reference_ns))
        row->cost_ratio.value = 1;
    row->cost_ns = row->cost_ratio.value * reference_ns;
    if (isnan(row->cost_ns)) {
        row->cost_ns = solo_spread(result, row, round_cost_ns).median;
        row->cost_solo = !isnan(row->cost_ns);
    }
    row->per_core_rps = 1e9 / row->cost_ns;
}

static void fill_absolutes(struct row *row, const struct result *result)
{
    row->throughput_rps = solo_spread(result, row, round_throughput_rps);
    row->response_p50_ns = solo_spread(result, row, response_p50);
    row->response_p99_ns = solo_spread(result, row, response_p99);
    row->pss_bytes = own_spread(result, row, pss);
    row->rss_start_bytes = own_spread(result, row, rss_start).median;
    row->rss_peak_bytes = own_spread(result, row, rss_peak).median;
    row->rss_end_bytes = own_spread(result, row, rss_end).median;
    row->upstream_ns = own_spread(result, row, upstream_ns).median;
}

static void note_reason(struct row *row, const struct reason *reason)
{
    for (unsigned i = 0; i < row->reason_count; i++)
        if (row->reasons[i]->code == reason->code)
            return;
    if (row->reason_count < sizeof row->reasons / sizeof *row->reasons)
        row->reasons[row->reason_count++] = reason;
}

/* The gravest first, so that they are not crowded out. That a paired window was generator-bound
 * says nothing of the row: its cost stays valid, and no throughput is taken from it. */
static void note_reasons(struct row *row, const struct result *result, enum outcome_kind kind)
{
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->arm != row->arm || round->workload != row->workload || !round_is_tabled(round) ||
            round_is_replaced(result, round) ||
            (kind == OUTCOME_CENSORED && round->role != ROLE_SOLO))
            continue;
        for (unsigned r = 0; r < round->outcome.count; r++)
            if (reason_kind(round->outcome.reasons[r].code) == kind)
                note_reason(row, &round->outcome.reasons[r]);
    }
}

struct tally {
    unsigned rounds, failed, solo, unsteady;
};

static bool is_censored(const struct round *round)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (reason_kind(round->outcome.reasons[i].code) == OUTCOME_CENSORED)
            return true;
    return round->outcome.kind == OUTCOME_CENSORED;
}

static void count_used(struct row *row, const struct round *round, bool paired)
{
    enum outcome_kind kind = round->outcome.kind;
    if (paired &&
        kind != OUTCOME_VALID) /* flags its solo figures would carry do not touch a ratio */
        kind = OUTCOME_NOISY;
    row->rounds_used++;
    if (kind > row->outcome)
        row->outcome = kind;
    if (!paired && is_censored(round))
        row->throughput_censored = true;
}

static struct tally count_rounds(struct row *row, const struct result *result)
{
    struct tally tally = {0};
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->arm != row->arm || round->workload != row->workload || !round_is_tabled(round))
            continue;
        bool solo = round_is_solo_usable(result, round);
        if (solo || round_is_paired_usable(result, round))
            count_used(row, round, !solo);
        else
            row->rounds_discarded++;
        if (round_is_replaced(result, round))
            continue;
        tally.rounds++;
        tally.failed += round_failed_itself(round);
        tally.solo += solo;
        tally.unsteady += solo && outcome_has(&round->outcome, REASON_NOT_STEADY);
    }
    return tally;
}

static struct tally tally_of(const struct result *result, size_t arm, size_t workload)
{
    struct row scratch = {.arm = arm, .workload = workload};
    return count_rounds(&scratch, result);
}

static bool mostly_unsteady(const struct tally *tally)
{
    return tally->solo >= 2 && 2 * tally->unsteady > tally->solo;
}

/* Throughput that drifts inside most windows has no value to print, unless the reference drifts as
 * well: then it is the machine. Ratios do not care. */
static void void_if_unsteady(struct row *row, const struct result *result,
                             const struct tally *tally)
{
    int reference = reference_arm(result);
    if (!mostly_unsteady(tally) || reference < 0 || row->reference)
        return;
    struct tally theirs = tally_of(result, (size_t)reference, row->workload);
    if (mostly_unsteady(&theirs))
        return;
    row->throughput_rps = (struct spread){NAN, NAN, NAN, 0, false};
    row->response_p50_ns = row->response_p99_ns = row->throughput_rps;
    row->throughput_censored = false;
}

static enum row_kind kind_of(const struct row *row, const struct tally *tally, bool ceiling)
{
    if (tally->rounds == 0)
        return ROW_EXCLUDED;
    /* An arm that failed in half of its rounds or more is not judged by the rounds it survived. */
    if (2 * tally->failed >= tally->rounds || row->rounds_used == 0)
        return ROW_INVALID;
    if (isnan(row->cost_ns) && isnan(row->throughput_rps.median))
        return ROW_INVALID;
    if (ceiling)
        return ROW_ROOF;
    return estimate_has_interval(&row->cost_ratio) ? ROW_RANKED : ROW_GLANCE;
}

static bool concerns(const struct result *result, size_t arm, size_t workload)
{
    const struct arm *who = &result->arms[arm];
    if (who->self_check)
        return false;
    for (size_t i = 0; i < result->round_count; i++)
        if (result->rounds[i].arm == arm && result->rounds[i].workload == workload &&
            round_is_tabled(&result->rounds[i]))
            return true;
    return !who->server.ceiling ||
           strings_contain(&result->experiment.ceilings, result->workloads[workload].workload.name);
}

static void drop_numbers(struct row *row)
{
    struct spread none = {NAN, NAN, NAN, 0, false};
    row->cost_ratio.value = row->cost_ratio.low = row->cost_ratio.high = NAN;
    row->cost_ns = row->per_core_rps = row->upstream_ns = NAN;
    row->cost_solo = row->throughput_censored = false;
    row->throughput_rps = row->response_p50_ns = row->response_p99_ns = row->pss_bytes = none;
    row->rss_start_bytes = row->rss_peak_bytes = row->rss_end_bytes = NAN;
    row->outcome = OUTCOME_INVALID;
}

bool row_make(struct row *row, const struct result *result, size_t arm, size_t workload)
{
    if (!concerns(result, arm, workload))
        return false;
    struct pairs pairs;
    *row = (struct row){.arm = arm,
                        .workload = workload,
                        .reference = reference_arm(result) == (int)arm,
                        .roof_share = {NAN, NAN, NAN, 0, NAN}};
    pairs_find(&pairs, result, arm, workload);
    fill_cost(row, result, &pairs);
    fill_absolutes(row, result);
    struct tally tally = count_rounds(row, result);
    pairs_release(&pairs);
    void_if_unsteady(row, result, &tally);
    for (int kind = OUTCOME_INVALID; kind > OUTCOME_VALID; kind--)
        note_reasons(row, result, (enum outcome_kind)kind);
    row->kind = kind_of(row, &tally, result->arms[arm].server.ceiling);
    if (row->kind >= ROW_INVALID)
        drop_numbers(row);
    return true;
}
