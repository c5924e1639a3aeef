/* The blocks of a duel, and which comes next; duel_judge.c says what follows from them. */
#include "analyse/duel.h"

#include <math.h>
#include <stdlib.h>

#include "data/strings.h"

/* ---- blocks ---- */

void duel_init(struct duel *duel, const char *server, const struct gate *gate,
               const struct duel_rules *rules)
{
    *duel = (struct duel){.gate = gate, .rules = *rules, .server = xstrdup(server)};
}

struct duel_workload *duel_add_workload(struct duel *duel, const char *name)
{
    duel->workloads = xreallocarray(duel->workloads, duel->count + 1, sizeof *duel->workloads);
    struct duel_workload *workload = &duel->workloads[duel->count++];
    *workload = (struct duel_workload){.name = xstrdup(name)};
    return workload;
}

void duel_add_block(struct duel_stretch *stretch, const struct duel_block *block)
{
    stretch->blocks = xreallocarray(stretch->blocks, stretch->made + 1, sizeof *stretch->blocks);
    stretch->blocks[stretch->made++] = *block;
}

void duel_block_init(struct duel_block *block)
{
    for (int i = 0; i < METRICS; i++)
        block->base[i] = block->head[i] = NAN;
}

static void workload_release(struct duel_workload *workload)
{
    for (int series = 0; series < DUEL_SERIES; series++)
        for (int time = 0; time < DUEL_TIMES; time++)
            free(workload->stretches[series][time].blocks);
    free(workload->name);
}

void duel_release(struct duel *duel)
{
    for (size_t i = 0; i < duel->count; i++)
        workload_release(&duel->workloads[i]);
    free(duel->workloads);
    free(duel->server);
    *duel = (struct duel){0};
}

const enum metric *duel_metrics(enum duel_series series)
{
    static const enum metric of_pairs[] = {METRIC_COST,   METRIC_P50,         METRIC_P99,
                                           METRIC_MEMORY, METRIC_MEMORY_IDLE, METRICS};
    static const enum metric of_witness[] = {METRIC_P99_SOLO, METRICS};
    static const enum metric of_saturated[] = {METRIC_SATURATED, METRIC_THROUGHPUT, METRICS};
    static const enum metric *const metrics[DUEL_SERIES] = {
        [DUEL_PAIRS] = of_pairs,
        [DUEL_CHECK] = of_pairs,
        [DUEL_WITNESS] = of_witness,
        [DUEL_SATURATED] = of_saturated,
    };
    return metrics[series];
}

/* ---- figures ---- */

static const struct duel_stretch *stretch_of(const struct duel *duel, size_t workload,
                                             enum duel_series series, unsigned time)
{
    return &duel->workloads[workload].stretches[series][time];
}

static double ln_ratio(const struct duel_block *block, enum metric metric)
{
    double base = block->base[metric], head = block->head[metric];
    return base > 0 && head > 0 ? log(head / base) : NAN;
}

/* Of each block, above 0 being worse; room for at least as many. */
static void ln_harms(double *harms, const struct duel_stretch *stretch, enum metric metric)
{
    double sign = metric_info(metric)->less_is_worse ? -1 : 1;
    for (size_t i = 0; i < stretch->made; i++)
        harms[i] = sign * ln_ratio(&stretch->blocks[i], metric);
}

bool duel_rules_are_fixed(const struct duel_rules *rules)
{
    return rules->pairs > 0 || rules->witness > 0;
}

/* Exactly so many blocks of a series; 0: as the looks say. */
static unsigned blocks_of(const struct duel *duel, enum duel_series series)
{
    switch (series) {
    case DUEL_CHECK:
        return DUEL_CHECK_BLOCKS;
    case DUEL_SATURATED:
        return DUEL_SATURATED_BLOCKS;
    case DUEL_WITNESS:
        return duel->rules.witness;
    default:
        return duel->rules.pairs;
    }
}

/* As if no more than so many were made. */
static struct looked look_at(const struct duel *duel, size_t workload, enum duel_series series,
                             unsigned time, enum metric metric, size_t most)
{
    const struct duel_stretch *stretch = stretch_of(duel, workload, series, time);
    double *harms = xcalloc(stretch->made + 1, sizeof *harms), margin = duel->gate->margins[metric];
    size_t made = stretch->made < most ? stretch->made : most;
    unsigned blocks = blocks_of(duel, series);
    ln_harms(harms, stretch, metric);
    struct looked looked =
        blocks > 0
            ? looks_take_all(harms, made, blocks, margin)
            : looks_take(harms, made, series == DUEL_WITNESS ? LOOKS_FIRST : LOOKS_LAST, margin);
    free(harms);
    if (metric_info(metric)->less_is_worse)
        looked.ratio = estimate_inverse(&looked.ratio);
    return looked;
}

struct looked duel_look(const struct duel *duel, size_t workload, enum duel_series series,
                        unsigned time, enum metric metric)
{
    return look_at(duel, workload, series, time, metric, SIZE_MAX);
}

static size_t drop_lost(double *values, size_t from, size_t count)
{
    size_t kept = from;
    for (size_t i = from; i < count; i++)
        if (!isnan(values[i]))
            values[kept++] = values[i];
    return kept;
}

struct self_check duel_check(const struct duel *duel, size_t workload, enum metric metric)
{
    const struct duel_stretch *first = stretch_of(duel, workload, DUEL_CHECK, DUEL_FIRST),
                              *fresh = stretch_of(duel, workload, DUEL_CHECK, DUEL_FRESH);
    double *values = xcalloc(first->made + fresh->made + 1, sizeof *values);
    ln_harms(values, first, metric);
    size_t planned = drop_lost(values, 0, first->made);
    ln_harms(values + planned, fresh, metric);
    size_t count = drop_lost(values, planned, planned + fresh->made);
    struct self_check check = self_check_judge(values, planned, count, duel->gate->margins[metric]);
    free(values);
    return check;
}

/* ---- what comes next ---- */

static bool gates_any(const struct duel *duel, size_t workload, enum duel_series series)
{
    for (const enum metric *metric = duel_metrics(series); *metric != METRICS; metric++)
        if (gate_takes(duel->gate, *metric, duel->workloads[workload].name))
            return true;
    return false;
}

uint32_t duel_rate_alone(uint32_t pair_rps)
{
    return (pair_rps + 1) / 2;
}

unsigned duel_planned(const struct duel *duel, size_t workload, enum duel_series series)
{
    switch (series) {
    case DUEL_CHECK:
        return gates_any(duel, workload, series) ? DUEL_CHECK_BLOCKS : 0;
    case DUEL_SATURATED:
        return duel->rules.is_saturated ? DUEL_SATURATED_BLOCKS : 0;
    case DUEL_WITNESS:
        if (duel_rules_are_fixed(&duel->rules))
            return duel->rules.witness;
        return duel->rules.has_witness && gates_any(duel, workload, series) ? LOOKS_FIRST : 0;
    default:
        return duel_rules_are_fixed(&duel->rules) ? duel->rules.pairs : LOOKS_FIRST;
    }
}

/* How many blocks a metric that gates asks for, in all, because of what came out of it. */
typedef unsigned asking(const struct duel *duel, size_t workload, enum duel_series series,
                        enum metric metric);

static unsigned ask_more(const struct duel *duel, size_t workload, enum duel_series series,
                         enum metric metric)
{
    return duel_look(duel, workload, series, DUEL_FIRST, metric).wanted;
}

static unsigned ask_fresh_if(enum verdict first, const struct duel *duel, size_t workload,
                             enum duel_series series, enum metric metric)
{
    if (first != VERDICT_REGRESSED)
        return 0;
    return duel_look(duel, workload, series, DUEL_FRESH, metric).wanted;
}

static unsigned ask_fresh_early(const struct duel *duel, size_t workload, enum duel_series series,
                                enum metric metric)
{
    struct looked first = look_at(duel, workload, series, DUEL_FIRST, metric, LOOKS_FIRST);
    return ask_fresh_if(first.verdict, duel, workload, series, metric);
}

static unsigned ask_fresh(const struct duel *duel, size_t workload, enum duel_series series,
                          enum metric metric)
{
    struct looked first = duel_look(duel, workload, series, DUEL_FIRST, metric);
    return ask_fresh_if(first.verdict, duel, workload, series, metric);
}

static unsigned ask_check_again(const struct duel *duel, size_t workload, enum duel_series series,
                                enum metric metric)
{
    (void)series;
    struct self_check check = duel_check(duel, workload, metric);
    return self_check_alarmed(&check) ? DUEL_CHECK_BLOCKS : 0;
}

struct step {
    enum duel_series series;
    unsigned time;
    asking *asks; /* NULL: it is planned */
};

/* None is returned to: what the first look asks for again
 * stays what it is while the blocks to the last come in. */
static const struct step steps[] = {
    {DUEL_PAIRS, DUEL_FIRST, NULL},
    {DUEL_CHECK, DUEL_FIRST, NULL},
    {DUEL_PAIRS, DUEL_FRESH, ask_fresh_early},
    {DUEL_PAIRS, DUEL_FIRST, ask_more},
    {DUEL_PAIRS, DUEL_FRESH, ask_fresh},
    {DUEL_CHECK, DUEL_FRESH, ask_check_again},
    {DUEL_WITNESS, DUEL_FIRST, NULL},
    {DUEL_WITNESS, DUEL_FRESH, ask_fresh},
    {DUEL_SATURATED, DUEL_FIRST, NULL},
};

/* How many blocks a workload has when the step is done with it. */
static unsigned wanted_of(const struct duel *duel, size_t workload, const struct step *step)
{
    if (!step->asks)
        return duel_planned(duel, workload, step->series);
    unsigned most = 0;
    if (duel_rules_are_fixed(&duel->rules))
        return most;
    for (const enum metric *metric = duel_metrics(step->series); *metric != METRICS; metric++) {
        if (!gate_takes(duel->gate, *metric, duel->workloads[workload].name))
            continue;
        unsigned wanted = step->asks(duel, workload, step->series, *metric);
        most = wanted > most ? wanted : most;
    }
    return most;
}

/* Of the workloads that the step is not done with, the first
 * of those with the fewest of its blocks. */
static bool next_of(struct duel_want *want, const struct duel *duel, const struct step *step)
{
    bool found = false;
    for (size_t i = 0; i < duel->count; i++) {
        size_t made = stretch_of(duel, i, step->series, step->time)->made;
        if ((found && made >= want->block) || made >= wanted_of(duel, i, step))
            continue;
        *want = (struct duel_want){
            .workload = i, .series = step->series, .time = step->time, .block = (uint32_t)made};
        found = true;
    }
    return found;
}

bool duel_next(struct duel_want *want, const struct duel *duel)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (next_of(want, duel, &steps[i]))
            return true;
    return false;
}
