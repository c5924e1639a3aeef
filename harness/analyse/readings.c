/* See readings.h. */
#include "analyse/readings.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/at_rate.h"
#include "analyse/pairs.h"
#include "data/strings.h"

void readings_source_make(struct readings_source *source, const struct result *result)
{
    *source = (struct readings_source){
        .result = result, .stands = xcalloc(result->round_count + 1, sizeof *source->stands)};
    for (size_t i = 0; i < result->round_count; i++)
        source->stands[i] = !round_is_replaced(result, &result->rounds[i]);
}

void readings_source_release(struct readings_source *source)
{
    free(source->stands);
    *source = (struct readings_source){0};
}

static bool is_at_a_rate(enum metric metric)
{
    return metric == METRIC_COST || metric == METRIC_P50 || metric == METRIC_P99;
}

/* Of its own server and workload, is it of the rounds that this metric is read of? */
static bool is_of(const struct round *round, enum metric metric, bool paired)
{
    if (is_at_a_rate(metric))
        return paired && round->rate_rps > 0 && round_is_at_rate(round, round->rate_rps);
    return round_is_tabled(round) && !round->glance && (round->role != ROLE_SOLO) == paired;
}

static double percentile_ns(const struct round *round, double p)
{
    return at_rate_has_percentile(round, p) ? (double)histogram_quantile_ns(&round->response, p)
                                            : NAN;
}

static double known(int64_t number)
{
    return number == MISSING ? NAN : (double)number;
}

static double figure(const struct round *round, enum metric metric)
{
    switch (metric) {
    case METRIC_COST:
    case METRIC_SATURATED:
        return round_cost_ns(round);
    case METRIC_P50:
        return percentile_ns(round, .5);
    case METRIC_P99:
        return percentile_ns(round, .99);
    case METRIC_MEMORY:
        return known(round->memory.anon_bytes);
    case METRIC_THROUGHPUT:
        return round_throughput_rps(round);
    default: /* of duels alone */
        break;
    }
    return NAN;
}

/* Interference leaves a ratio, as both halves of a pair suffer it, but no figure that stands alone,
 * as these do. Memory is read whoever had the CPU. */
static bool is_usable(const struct round *round, enum metric metric)
{
    if (metric == METRIC_MEMORY)
        return round_has_resources(round);
    return round->outcome.kind != OUTCOME_INVALID;
}

static const char *complaint(const struct round *round)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (reason_kind(round->outcome.reasons[i].code) == OUTCOME_INVALID)
            return round->outcome.reasons[i].detail;
    return NULL;
}

/* Why a round has no figure of this metric. What is MISSING has its reason noted, except in a
 * record of a schema that did not know it. */
static const char *why_unread(const struct round *round, enum metric metric)
{
    if (metric != METRIC_MEMORY || !round_has_resources(round) ||
        round->memory.anon_bytes != MISSING)
        return complaint(round);
    const char *why = round_why_missing(round, "memory.anon_bytes");
    return why ? why : "the record is older than this reading";
}

struct block_value {
    uint32_t block;
    double ln;
};

static int by_block(const void *a, const void *b)
{
    const struct block_value *x = a, *y = b;
    if (x->block != y->block)
        return x->block < y->block ? -1 : 1;
    return (x->ln > y->ln) - (x->ln < y->ln);
}

/* Who is the reference has many rounds a block: their middle is its reading. */
static void take_blocks(struct readings *readings, struct block_value *values, size_t count)
{
    qsort(values, count, sizeof *values, by_block);
    readings->ln = xcalloc(count + 1, sizeof *readings->ln);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from; to < count && values[to].block == values[from].block; to++)
            ;
        size_t middle = from + (to - from) / 2;
        readings->ln[readings->count++] = (to - from) % 2 == 1
                                              ? values[middle].ln
                                              : (values[middle - 1].ln + values[middle].ln) / 2;
    }
    readings->median = exp(stats_median(readings->ln, readings->count));
}

static void take_load(struct readings *readings, const struct round *round)
{
    readings->connections = round->connections;
    readings->rate_rps = round->rate_rps;
    readings->is_bound = readings->is_bound || outcome_has(&round->outcome, REASON_GEN_BOUND) ||
                         outcome_has(&round->outcome, REASON_AMBIGUOUS) ||
                         outcome_has(&round->outcome, REASON_SHARED_CPU) ||
                         outcome_has(&round->outcome, REASON_LATENCY_BOUND);
}

void readings_find(struct readings *readings, const struct readings_source *source, size_t arm,
                   size_t workload, enum metric metric, bool paired)
{
    const struct result *result = source->result;
    struct block_value *values = xcalloc(result->round_count + 1, sizeof *values);
    size_t count = 0;
    *readings = (struct readings){.median = NAN, .is_paired = paired};
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->arm != arm || round->workload != workload || !source->stands[i] ||
            !is_of(round, metric, paired) ||
            (round->with >= 0 && result->arms[round->with].self_check))
            continue;
        double value = is_usable(round, metric) ? figure(round, metric) : NAN;
        if (isnan(value) || value <= 0) {
            readings->why = readings->why ? readings->why : why_unread(round, metric);
            continue;
        }
        take_load(readings, round);
        values[count++] = (struct block_value){round->block, log(value)};
    }
    take_blocks(readings, values, count);
    free(values);
}

void readings_release(struct readings *readings)
{
    free(readings->ln);
    *readings = (struct readings){.median = NAN};
}
