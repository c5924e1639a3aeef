#include "analyse/scale.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/memory.h"
#include "analyse/pairs.h"
#include "analyse/steady.h"

static int by_level(const void *a, const void *b)
{
    const struct scale_point *x = a, *y = b;
    if (x->workers != y->workers)
        return x->workers < y->workers ? -1 : 1;
    if (x->idle != y->idle)
        return x->idle < y->idle ? -1 : 1;
    return (x->connections > y->connections) - (x->connections < y->connections);
}

static bool is_at(const struct round *round, const struct scale_point *level)
{
    return round->connections == level->connections && round->idle_connections == level->idle &&
           round->workers == level->workers;
}

static bool belongs(const struct round *round, size_t workload)
{
    return round->scale && round->workload == workload;
}

static void add_level(struct scale *scale, const struct round *round)
{
    for (size_t i = 0; i < scale->count; i++)
        if (is_at(round, &scale->levels[i]))
            return;
    scale->levels = xreallocarray(scale->levels, scale->count + 1, sizeof *scale->levels);
    scale->levels[scale->count++] = (struct scale_point){
        .connections = round->connections,
        .idle = round->idle_connections,
        .workers = round->workers,
    };
}

/* The run's own number of workers comes first; the others follow. */
static void order_levels(struct scale *scale, unsigned own_workers)
{
    scale->first_workers = 0;
    if (scale->count == 0) /* there is no array to sort */
        return;
    for (size_t i = 0; i < scale->count; i++)
        scale->levels[i].workers =
            scale->levels[i].workers == own_workers ? 0 : scale->levels[i].workers;
    qsort(scale->levels, scale->count, sizeof *scale->levels, by_level);
    for (size_t i = 0; i < scale->count; i++)
        if (scale->levels[i].workers == 0) {
            scale->levels[i].workers = own_workers;
            scale->first_workers = i + 1;
        }
}

static void find_ends(struct scale *scale, unsigned base)
{
    scale->base = scale->largest = scale->idle = SIZE_MAX;
    for (size_t i = 0; i < scale->first_workers; i++) {
        const struct scale_point *level = &scale->levels[i];
        if (level->idle > 0)
            scale->idle = i;
        else if (level->connections == base)
            scale->base = i;
        else if (level->connections > base)
            scale->largest = i;
    }
    if (scale->base == SIZE_MAX)
        scale->largest = SIZE_MAX;
}

static void find_levels(struct scale *scale, const struct result *result)
{
    for (size_t i = 0; i < result->round_count; i++)
        if (belongs(&result->rounds[i], scale->workload))
            add_level(scale, &result->rounds[i]);
    order_levels(scale, result->experiment.workers);
    find_ends(scale, result->experiment.scale.base);
}

struct values {
    double *items;
    size_t count;
};

static double pss(const struct round *round)
{
    return round->memory.pss_bytes == MISSING ? NAN : (double)round->memory.pss_bytes;
}

static double kernel(const struct round *round)
{
    const struct memory *memory = &round->memory;
    if (memory->kernel_bytes == MISSING || memory->kernel_start_bytes == MISSING)
        return NAN;
    return (double)(memory->kernel_bytes - memory->kernel_start_bytes);
}

/* One figure of every usable round of an arm at a level; the caller frees. */
static struct values values_at(const struct result *result, const struct scale *scale, size_t arm,
                               const struct scale_point *level,
                               double (*figure)(const struct round *))
{
    struct values values = {xcalloc(result->round_count + 1, sizeof(double)), 0};
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (belongs(round, scale->workload) && round->arm == arm && is_at(round, level) &&
            round_is_scale_usable(result, round) && !isnan(figure(round)))
            values.items[values.count++] = figure(round);
    }
    return values;
}

static struct spread spread_at(const struct result *result, const struct scale *scale, size_t arm,
                               const struct scale_point *level,
                               double (*figure)(const struct round *))
{
    struct values values = values_at(result, scale, arm, level, figure);
    struct spread spread = stats_spread(values.items, values.count);
    free(values.items);
    return spread;
}

/* The base's usable round of the same server in the same block. */
static const struct round *base_of(const struct result *result, const struct scale *scale,
                                   const struct round *round)
{
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *other = &result->rounds[i];
        if (belongs(other, scale->workload) && other->arm == round->arm &&
            other->block == round->block && is_at(other, &scale->levels[scale->base]) &&
            round_is_scale_usable(result, other))
            return other;
    }
    return NULL;
}

static struct spread ratio_at(const struct result *result, const struct scale *scale, size_t arm,
                              const struct scale_point *level)
{
    double *ln = xcalloc(result->round_count + 1, sizeof *ln);
    size_t n = 0;
    for (size_t i = 0; scale->base != SIZE_MAX && i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (!belongs(round, scale->workload) || round->arm != arm || !is_at(round, level) ||
            !round_is_scale_usable(result, round))
            continue;
        const struct round *base = base_of(result, scale, round);
        double value = base ? log(steady_cost_ns(round) / steady_cost_ns(base)) : NAN;
        if (isfinite(value))
            ln[n++] = value;
    }
    struct spread ratio = stats_spread(ln, n);
    free(ln);
    ratio.median = exp(ratio.median);
    ratio.low = exp(ratio.low);
    ratio.high = exp(ratio.high);
    return ratio;
}

static const struct reason *gravest(const struct outcome *outcome)
{
    for (unsigned i = 0; i < outcome->count; i++)
        if (reason_kind(outcome->reasons[i].code) == OUTCOME_INVALID)
            return &outcome->reasons[i];
    return NULL;
}

static bool is_censored(const struct outcome *outcome)
{
    for (unsigned i = 0; i < outcome->count; i++)
        if (reason_kind(outcome->reasons[i].code) == OUTCOME_CENSORED)
            return true;
    return false;
}

static void count_rounds(struct scale_point *point, const struct result *result,
                         const struct scale *scale, size_t arm)
{
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (!belongs(round, scale->workload) || round->arm != arm || !is_at(round, point))
            continue;
        if (round_is_scale_usable(result, round)) {
            point->used++;
            point->censored |= is_censored(&round->outcome);
        } else {
            point->lost++;
            point->why = point->why ? point->why : gravest(&round->outcome);
        }
    }
}

static void make_point(struct scale_point *point, const struct result *result,
                       const struct scale *scale, size_t arm)
{
    point->cost_ns = spread_at(result, scale, arm, point, steady_cost_ns);
    point->throughput_rps = spread_at(result, scale, arm, point, steady_throughput_rps);
    point->ratio = ratio_at(result, scale, arm, point);
    point->turns = point->connections == 1;
    count_rounds(point, result, scale, arm);
}

/* What each connection more than at the base adds. */
static double per_connection(const struct result *result, const struct scale *scale, size_t arm,
                             const struct scale_point *point,
                             double (*figure)(const struct round *))
{
    if (scale->base == SIZE_MAX || point->workers != scale->levels[scale->base].workers)
        return NAN;
    const struct scale_point *base = &scale->levels[scale->base];
    double more = (double)point->connections + point->idle - base->connections;
    double here = spread_at(result, scale, arm, point, figure).median;
    double there = spread_at(result, scale, arm, base, figure).median;
    return more > 0 ? (here - there) / more : NAN;
}

/* The line through all readings of active connections. */
static double slope(const struct result *result, const struct scale *scale, size_t arm,
                    double (*figure)(const struct round *))
{
    double *connections = xcalloc(result->round_count + 1, sizeof *connections);
    double *bytes = xcalloc(result->round_count + 1, sizeof *bytes);
    size_t n = 0;
    for (size_t l = 0; l < scale->first_workers; l++) {
        const struct scale_point *level = &scale->levels[l];
        struct values values = values_at(result, scale, arm, level, figure);
        for (size_t i = 0; level->idle == 0 && i < values.count; i++) {
            connections[n] = level->connections;
            bytes[n++] = values.items[i];
        }
        free(values.items);
    }
    double per = memory_slope(connections, bytes, n);
    free(connections);
    free(bytes);
    return per;
}

static void make_curve(struct scale_curve *curve, const struct result *result,
                       const struct scale *scale, size_t arm)
{
    *curve =
        (struct scale_curve){.arm = arm, .points = xcalloc(scale->count, sizeof *curve->points)};
    for (size_t i = 0; i < scale->count; i++) {
        curve->points[i] = scale->levels[i];
        make_point(&curve->points[i], result, scale, arm);
        curve->points[i].user_bytes = per_connection(result, scale, arm, &curve->points[i], pss);
        curve->points[i].kernel_bytes =
            per_connection(result, scale, arm, &curve->points[i], kernel);
    }
    curve->user_slope = slope(result, scale, arm, pss);
    curve->kernel_slope = slope(result, scale, arm, kernel);
}

static bool takes_part(const struct result *result, size_t workload, size_t arm)
{
    for (size_t i = 0; i < result->round_count; i++)
        if (belongs(&result->rounds[i], workload) && result->rounds[i].arm == arm)
            return true;
    return false;
}

bool scale_make(struct scale *scale, const struct result *result, size_t workload)
{
    *scale = (struct scale){.workload = workload};
    find_levels(scale, result);
    if (scale->count == 0)
        return false;
    scale->curves = xcalloc(result->arm_count + 1, sizeof *scale->curves);
    for (size_t arm = 0; arm < result->arm_count; arm++)
        if (takes_part(result, workload, arm))
            make_curve(&scale->curves[scale->curve_count++], result, scale, arm);
    scale_say(scale, result);
    return true;
}

bool scale_has_numbers(const struct scale *scale)
{
    for (size_t c = 0; c < scale->curve_count; c++)
        for (size_t i = 0; i < scale->count; i++)
            if (scale->curves[c].points[i].used > 0)
                return true;
    return false;
}

void scale_release(struct scale *scale)
{
    for (size_t c = 0; c < scale->curve_count; c++)
        free(scale->curves[c].points);
    free(scale->curves);
    free(scale->levels);
    strings_release(&scale->sentences);
    *scale = (struct scale){0};
}
