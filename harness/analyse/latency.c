/* Curves; see latency.h. The searches are latency_limits.c's, the sentences latency_words.c's. */
#include "analyse/latency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/climb.h"
#include "analyse/pairs.h"

const double latency_percentiles[LATENCY_PERCENTILES] = {.5, .99, .999};
const char *const latency_names[LATENCY_PERCENTILES] = {"p50", "p99", "p99.9"};

/* So many requests must lie beyond a percentile in each round that its range is made of. */
enum { BEYOND_IN_EACH = CAPACITY_BEYOND / 2 };
/* A late generator sends in crowds, which cost less than what comes one by one. */
static const double ON_TIME_FOR_COST = 0.9, ON_TIME_LEAST = 0.5;

static bool belongs(const struct round *round, size_t workload)
{
    return round->workload == workload && round->curve;
}

static bool is_at(const struct round *round, const struct latency *latency, size_t arm,
                  uint32_t rate_rps)
{
    return belongs(round, latency->workload) && round->arm == arm && round->rate_rps == rate_rps;
}

/* Is it INVALID, and by nothing else than a late generator? */
static bool is_only_late(const struct round *round)
{
    return outcome_has(&round->outcome, REASON_GEN_LATE) &&
           !outcome_invalid_but_for(&round->outcome, REASON_GEN_LATE);
}

static bool is_sound(const struct round *round)
{
    return round->outcome.kind != OUTCOME_INVALID && round->response.total > 0;
}

static bool is_good_in_part(const struct round *round)
{
    return is_only_late(round) && round->trusted_p >= ON_TIME_LEAST && round->response.total > 0;
}

struct rounds { /* of one server at one rate, none that was replaced */
    const struct round **items;
    size_t count;
    double look_rps; /* of that server */
};

static struct rounds rounds_at(const struct result *result, const struct latency *latency,
                               size_t arm, uint32_t rate_rps)
{
    struct rounds rounds = {xcalloc(result->round_count + 1, sizeof *rounds.items), 0,
                            look_rps(result, arm, latency->workload)};
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (is_at(round, latency, arm, rate_rps) && !round_is_replaced(result, round))
            rounds.items[rounds.count++] = round;
    }
    return rounds;
}

static size_t keep(struct rounds *rounds, bool (*serves)(const struct round *))
{
    size_t kept = 0;
    for (size_t i = 0; i < rounds->count; i++)
        if (serves(rounds->items[i])) { /* those that do come first; both parts keep their order */
            const struct round *round = rounds->items[i];
            memmove(&rounds->items[kept + 1], &rounds->items[kept], (i - kept) * sizeof round);
            rounds->items[kept++] = round;
        }
    return kept;
}

/* Of the rounds at a rate, those that serve, in front; and what became of the others. */
static size_t sort_out(struct latency_point *point, struct rounds *rounds)
{
    size_t used = keep(rounds, is_sound);
    struct climb climb = {0};
    used = used > 0 ? used : keep(rounds, is_good_in_part);
    for (size_t i = 0; i < rounds->count; i++) {
        climb_count(&climb, rounds->items[i], rounds->look_rps);
        point->lates += outcome_has(&rounds->items[i]->outcome, REASON_GEN_LATE);
    }
    point->used = (unsigned)used;
    point->lost = (unsigned)(rounds->count - used);
    point->faults = climb.failed;
    point->failed = climb_end(&climb) == CLIMB_FAILED;
    point->late = climb_end(&climb) == CLIMB_LATE;
    point->both = climb_end(&climb) == CLIMB_BOTH;
    return used;
}

/* The server's own reason before one from outside. */
static const struct reason *gravest(const struct rounds *rounds, size_t used)
{
    const struct reason *worst = NULL;
    for (size_t i = used; i < rounds->count; i++)
        for (unsigned r = 0; r < rounds->items[i]->outcome.count; r++) {
            const struct reason *reason = &rounds->items[i]->outcome.reasons[r];
            if (reason_kind(reason->code) == OUTCOME_INVALID &&
                (!worst || (reason_is_external(worst->code) && !reason_is_external(reason->code))))
                worst = reason;
        }
    return worst;
}

static double cost_ns(const struct round *round)
{
    return round->trusted_p >= ON_TIME_FOR_COST ? round_cost_ns(round) : NAN;
}

static struct spread spread_of(const struct rounds *rounds, size_t used,
                               double (*figure)(const struct round *))
{
    double *values = xcalloc(used + 1, sizeof *values);
    size_t n = 0;
    for (size_t i = 0; i < used; i++)
        if (!isnan(figure(rounds->items[i])))
            values[n++] = figure(rounds->items[i]);
    struct spread spread = stats_spread(values, n);
    free(values);
    return spread;
}

/* Requests beyond p; exact where 1 - p is not. */
static double beyond(const struct histogram *histogram, double p)
{
    return (double)histogram->total * (1 - p) * (1 + 1e-9);
}

static const struct spread no_spread = {NAN, NAN, NAN, 0, false};

/* A clause on a rate that has no number at all; else NULL. */
static const char *why_nothing(const struct latency_point *point)
{
    if (point->failed)
        return "the server failed here";
    if (point->used > 0)
        return NULL;
    if (point->both)
        return "the server failed or the generator was late";
    return point->late ? "the generator was late" : "no round could be used";
}

static const char *why_none(const struct latency_point *point, double p)
{
    if (why_nothing(point))
        return why_nothing(point);
    if (p > point->trusted_p)
        return "the generator was late so far out";
    if (beyond(&point->merged, p) < LATENCY_BEYOND)
        return "too few requests: 100 must lie beyond it";
    return NULL;
}

static struct spread percentile(const struct latency_point *point, const struct rounds *rounds,
                                size_t used, double p)
{
    double *values = xcalloc(used + 1, sizeof *values);
    double value = (double)histogram_quantile_ns(&point->merged, p);
    size_t n = 0;
    for (size_t i = 0; i < used; i++)
        if (beyond(&rounds->items[i]->response, p) >= BEYOND_IN_EACH)
            values[n++] = (double)histogram_quantile_ns(&rounds->items[i]->response, p);
    struct spread spread = stats_spread(values, n);
    free(values);
    spread.median = value;
    spread.low = n > 0 ? fmin(spread.low, value) : NAN;
    spread.high = n > 0 ? fmax(spread.high, value) : NAN;
    return spread;
}

static void fill_percentiles(struct latency_point *point, const struct rounds *rounds, size_t used)
{
    for (size_t i = 0; i < LATENCY_PERCENTILES; i++) {
        double p = latency_percentiles[i];
        point->why[i] = why_none(point, p);
        point->p_ns[i] = point->why[i] ? no_spread : percentile(point, rounds, used, p);
    }
}

/* The generator may have been on time for a median and not for a cost. */
static void fill_cost(struct latency_point *point, const struct rounds *rounds, size_t used)
{
    bool is_known = !isnan(spread_of(rounds, used, round_cost_ns).median);
    struct spread cost = spread_of(rounds, used, cost_ns);
    point->why_cost = why_nothing(point);
    if (!point->why_cost && isnan(cost.median))
        point->why_cost = is_known ? "the generator was late, and a crowd of requests costs less"
                                   : "the server's CPU time could not be read";
    point->cost_ns = point->why_cost ? no_spread : cost;
}

static void make_point(struct latency_point *point, const struct result *result,
                       const struct latency *latency, size_t arm, uint32_t rate_rps)
{
    struct rounds rounds = rounds_at(result, latency, arm, rate_rps);
    *point = (struct latency_point){.rate_rps = rate_rps, .trusted_p = 1};
    histogram_init(&point->merged);
    size_t used = sort_out(point, &rounds);
    for (size_t i = 0; i < used; i++) {
        point->trusted_p = fmin(point->trusted_p, rounds.items[i]->trusted_p);
        histogram_merge(&point->merged, &rounds.items[i]->response);
    }
    point->answered_rps = spread_of(&rounds, used, round_throughput_rps).median;
    point->why_lost = gravest(&rounds, used);
    fill_percentiles(point, &rounds, used);
    fill_cost(point, &rounds, used);
    free(rounds.items);
}

static int by_rate(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

size_t latency_distinct_rates(uint32_t *rates, size_t count)
{
    size_t left = 0;
    if (count > 0)
        qsort(rates, count, sizeof *rates, by_rate);
    for (size_t i = 0; i < count; i++)
        if (left == 0 || rates[i] != rates[left - 1])
            rates[left++] = rates[i];
    return left;
}

/* Ascending, each once; the caller frees. */
static uint32_t *rates_of(const struct result *result, const struct latency *latency, size_t arm,
                          size_t *count)
{
    uint32_t *rates = xcalloc(result->round_count + 1, sizeof *rates);
    size_t n = 0;
    for (size_t i = 0; i < result->round_count; i++)
        if (belongs(&result->rounds[i], latency->workload) && result->rounds[i].arm == arm)
            rates[n++] = result->rounds[i].rate_rps;
    *count = latency_distinct_rates(rates, n);
    return rates;
}

static bool has_any_percentile(const struct latency_point *point)
{
    for (size_t i = 0; i < LATENCY_PERCENTILES; i++)
        if (!isnan(point->p_ns[i].median))
            return true;
    return false;
}

static void find_end(struct latency_curve *curve)
{
    for (size_t i = 0; i < curve->count; i++) {
        const struct latency_point *point = &curve->points[i];
        if (curve->knee_rps == 0 && point->failed)
            curve->knee_rps = point->rate_rps;
        if (has_any_percentile(point))
            curve->best_rps = point->rate_rps;
    }
    const struct latency_point *last = &curve->points[curve->count - 1];
    curve->is_bound = curve->knee_rps == 0 && last->late;
    curve->is_mixed = curve->knee_rps == 0 && last->both;
}

static void add_curve(struct latency *latency, const struct result *result, size_t arm)
{
    struct latency_curve curve = {.arm = arm};
    uint32_t *rates = rates_of(result, latency, arm, &curve.count);
    if (curve.count > 0) {
        curve.points = xcalloc(curve.count, sizeof *curve.points);
        for (size_t i = 0; i < curve.count; i++)
            make_point(&curve.points[i], result, latency, arm, rates[i]);
        find_end(&curve);
        latency->curves[latency->curve_count++] = curve;
    }
    free(rates);
}

const struct latency_point *latency_point_at(const struct latency_curve *curve, uint32_t rate_rps)
{
    for (size_t i = 0; i < curve->count; i++)
        if (curve->points[i].rate_rps == rate_rps)
            return &curve->points[i];
    return NULL;
}

const struct latency_point *latency_last_with(const struct latency_curve *curve, size_t percentile)
{
    for (size_t i = curve->count; i > 0; i--)
        if (!isnan(curve->points[i - 1].p_ns[percentile].median))
            return &curve->points[i - 1];
    return NULL;
}

static bool has_p99_at(const struct latency_curve *curve, uint32_t rate_rps)
{
    const struct latency_point *point = latency_point_at(curve, rate_rps);
    return point && !isnan(point->p_ns[LATENCY_P99].median);
}

static bool is_common(const struct latency *latency, uint32_t rate_rps)
{
    bool any = false;
    for (size_t c = 0; c < latency->curve_count; c++) {
        const struct latency_curve *curve = &latency->curves[c];
        bool has_one = latency_last_with(curve, LATENCY_P99) != NULL;
        if (has_one && !has_p99_at(curve, rate_rps))
            return false;
        any |= has_one;
    }
    return any;
}

static void find_common(struct latency *latency)
{
    for (size_t c = 0; c < latency->curve_count; c++)
        for (size_t i = 0; i < latency->curves[c].count; i++) {
            uint32_t rate_rps = latency->curves[c].points[i].rate_rps;
            if (rate_rps > latency->common_rps && is_common(latency, rate_rps))
                latency->common_rps = rate_rps;
        }
}

bool latency_make(struct latency *latency, const struct result *result, size_t workload)
{
    *latency = (struct latency){.workload = workload};
    latency->curves = xcalloc(result->arm_count + 1, sizeof *latency->curves);
    for (size_t arm = 0; arm < result->arm_count; arm++)
        add_curve(latency, result, arm);
    latency_find_limits(latency, result);
    if (latency->curve_count + latency->limit_arms == 0) {
        latency_release(latency);
        return false;
    }
    find_common(latency);
    latency_say(latency, result);
    return true;
}

void latency_release(struct latency *latency)
{
    for (size_t c = 0; c < latency->curve_count; c++) {
        for (size_t i = 0; i < latency->curves[c].count; i++)
            histogram_release(&latency->curves[c].points[i].merged);
        free(latency->curves[c].points);
    }
    free(latency->curves);
    free(latency->limits);
    strings_release(&latency->sentences);
    *latency = (struct latency){0};
}

static bool is_answer(const struct capacity *found)
{
    return found->end == CAPACITY_FOUND || found->end == CAPACITY_AT_LEAST ||
           found->end == CAPACITY_NONE;
}

bool latency_has_numbers(const struct latency *latency)
{
    for (size_t c = 0; c < latency->curve_count; c++)
        if (latency->curves[c].best_rps > 0)
            return true;
    for (size_t i = 0; i < latency->slo_count * latency->limit_arms; i++)
        if (is_answer(&latency->limits[i].found))
            return true;
    return false;
}
