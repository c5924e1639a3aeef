/* See duel_read.h. A reading counts by the rules of the tables that have it: a ratio of costs under
 * interference, a percentile where the generator vouches for it, memory whoever had the CPU. */
#include "analyse/duel_read.h"

#include <math.h>
#include <string.h>

#include "analyse/at_rate.h"
#include "analyse/pairs.h"

bool duel_is_record(const struct result *result)
{
    return result->experiment.name && strcmp(result->experiment.name, DUEL_EXPERIMENT) == 0;
}

/* ---- which rounds a block is made of ---- */

static bool is_arm(const struct result *result, const struct round *round, const char *id)
{
    return strcmp(result->arms[round->arm].id, id) == 0;
}

static bool is_plain_open(const struct round *round)
{
    return round->load_kind == LOAD_OPEN && !round_keeps_latency(round);
}

/* Of a pair, what its subject says. DUEL_SERIES: it is of none. */
static enum duel_series series_of(const struct result *result, const struct round *round)
{
    if (round->probe || round_has_stairs(round) || round_has_phases(round))
        return DUEL_SERIES;
    if (round->role == ROLE_SOLO)
        return is_plain_open(round) ? DUEL_WITNESS : DUEL_SERIES;
    if (round->role != ROLE_SUBJECT)
        return DUEL_SERIES;
    if (!is_plain_open(round))
        return is_arm(result, round, DUEL_HEAD) ? DUEL_SATURATED : DUEL_SERIES;
    return is_arm(result, round, DUEL_COPY) ? DUEL_CHECK : DUEL_PAIRS;
}

static bool was_interrupted(const struct round *round)
{
    return outcome_has(&round->outcome, REASON_INTERRUPTED);
}

/* The last try of this arm in this block. */
static const struct round *find(const struct result *result, const struct round *like,
                                const char *id, uint32_t before)
{
    const struct round *found = NULL;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->number < before && round->workload == like->workload &&
            round->block == like->block && round->load_kind == like->load_kind &&
            (round->role == ROLE_SOLO) == (like->role == ROLE_SOLO) && !round->probe &&
            !round_has_phases(round) && is_arm(result, round, id) &&
            (round->role == ROLE_SOLO || round->number == like->number) &&
            !was_interrupted(round) && (!found || round->attempt >= found->attempt))
            found = round;
    }
    return found;
}

/* ---- what a round says ---- */

static double percentile_ns(const struct round *round, double p)
{
    return at_rate_has_percentile(round, p) ? (double)histogram_quantile_ns(&round->response, p)
                                            : NAN;
}

static double bytes(const struct round *round, int64_t value)
{
    return round_has_resources(round) && value != MISSING && value > 0 ? (double)value : NAN;
}

static void read_pair(double values[METRICS], const struct result *result,
                      const struct round *round)
{
    values[METRIC_MEMORY] = bytes(round, round->memory.anon_bytes);
    values[METRIC_MEMORY_IDLE] = bytes(round, round->memory.idle_anon_bytes);
    if (!round_has_ratio(result, round))
        return;
    values[METRIC_COST] = round_cost_ns(round);
    values[METRIC_P50] = percentile_ns(round, .5);
    values[METRIC_P99] = percentile_ns(round, .99);
}

static void read_saturated(double values[METRICS], const struct result *result,
                           const struct round *round)
{
    if (!round_has_ratio(result, round))
        return;
    values[METRIC_SATURATED] = round_cost_ns(round);
    values[METRIC_THROUGHPUT] = round_throughput_rps(round);
}

static void read_round(double values[METRICS], enum duel_series series, const struct result *result,
                       const struct round *round)
{
    if (series == DUEL_SATURATED)
        read_saturated(values, result, round);
    else if (series != DUEL_WITNESS)
        read_pair(values, result, round);
    else if (round->outcome.kind != OUTCOME_INVALID)
        values[METRIC_P99_SOLO] = percentile_ns(round, .99);
}

/* ---- blocks, in the order in which they were measured ---- */

static void take(struct duel_workload *to, const struct result *result, enum duel_series series,
                 const struct round *base, const struct round *head)
{
    unsigned time = base->block >= result->experiment.paced.set.blocks ? DUEL_FRESH : DUEL_FIRST;
    struct duel_block block;
    duel_block_init(&block);
    read_round(block.base, series, result, base);
    read_round(block.head, series, result, head);
    if (to->rate_rps == 0 && series == DUEL_PAIRS)
        to->rate_rps = base->rate_rps;
    duel_add_block(&to->stretches[series][time], &block);
}

/* A block is taken at the later of its rounds, once. */
static void read_block(struct duel *duel, const struct result *result, const struct round *round,
                       uint32_t before)
{
    enum duel_series series = series_of(result, round);
    if (series == DUEL_SERIES || round->number >= before || was_interrupted(round))
        return;
    const struct round *base = find(result, round, DUEL_BASE, before),
                       *head = find(result, round, series == DUEL_CHECK ? DUEL_COPY : DUEL_HEAD,
                                    before);
    bool is_last = series == DUEL_WITNESS ? round == (base > head ? base : head) : round == head;
    if (base && head && is_last)
        take(&duel->workloads[round->workload], result, series, base, head);
}

void duel_read(struct duel *duel, const struct result *result, uint32_t before)
{
    for (size_t i = 0; i < result->workload_count; i++)
        duel_add_workload(duel, result->workloads[i].workload.name);
    for (size_t i = 0; i < result->round_count; i++)
        read_block(duel, result, &result->rounds[i], before);
}

int duel_witness_half(const struct result *result, size_t workload, uint32_t block, uint32_t before)
{
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->workload == workload && round->block == block && round->number < before &&
            series_of(result, round) == DUEL_WITNESS && !was_interrupted(round))
            return (int)round->arm;
    }
    return -1;
}
