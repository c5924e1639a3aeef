/* See at_rate.h; the sentences are at_rate_words.c's. */
#include "analyse/at_rate.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/discards.h"
#include "analyse/pairs.h"

/* The smallest differences worth a word: what pairs under one
 * open loop resolve on a shared machine (docs/method.md). */
static const double margins[AT_RATE_FIGURES] = {.01, .02, .05};
static const double percentiles[AT_RATE_FIGURES] = {NAN, .5, .99};

/* Of a percentile this many requests must lie beyond it: in all
 * blocks together as for any percentile that is shown, and in each
 * so many that it is not the chance of the slowest one or two. */
enum { BEYOND_IN_ALL = 100, BEYOND_IN_EACH = 10 };

static double beyond(const struct round *round, double p)
{
    return (1 - p) * (double)round->response.total;
}

bool at_rate_has_percentile(const struct round *round, double p)
{
    return p <= round->trusted_p && beyond(round, p) >= BEYOND_IN_EACH;
}

static double ln_percentile(const struct round *round, double p)
{
    return log((double)histogram_quantile_ns(&round->response, p));
}

/* One figure of every pair that has it, by block; the caller
 * frees. planned: how many are of the planned blocks. */
struct values {
    double *items;
    size_t count, planned;
    double beyond;
};

static struct values values_of(const struct pairs *pairs, size_t planned,
                               enum at_rate_figure figure)
{
    struct values values = {.items = xcalloc(pairs->count + 1, sizeof(double))};
    double p = percentiles[figure];
    for (size_t i = 0; i < pairs->count; i++) {
        const struct pair *pair = &pairs->items[i];
        double ln = pair->ln_ratio;
        if (figure != AT_RATE_COST) {
            if (!at_rate_has_percentile(pair->subject, p) ||
                !at_rate_has_percentile(pair->reference, p))
                continue;
            ln = ln_percentile(pair->subject, p) - ln_percentile(pair->reference, p);
            values.beyond += fmin(beyond(pair->subject, p), beyond(pair->reference, p));
        }
        values.items[values.count++] = ln;
        values.planned += i < planned;
    }
    if (figure != AT_RATE_COST && values.beyond < BEYOND_IN_ALL)
        values.count = values.planned = 0;
    return values;
}

static void fill_ratios(struct at_rate_row *row, const struct pairs *pairs)
{
    for (enum at_rate_figure figure = 0; figure < AT_RATE_FIGURES; figure++) {
        struct values values = values_of(pairs, pairs->count, figure);
        row->ratios[figure] = stats_ratio(values.items, values.count);
        free(values.items);
    }
}

static bool belongs(const struct at_rate *at_rate, const struct round *round)
{
    return round->workload == at_rate->workload && round_is_at_rate(round, at_rate->rate_rps);
}

static const struct reason *cause(const struct round *round)
{
    for (unsigned i = 0; i < round->outcome.count; i++)
        if (reason_kind(round->outcome.reasons[i].code) == OUTCOME_INVALID)
            return &round->outcome.reasons[i];
    return NULL;
}

/* As the subject of pairs; the reference's rounds are as many
 * as all others' and say nothing new. */
static void count_rounds(struct at_rate_row *row, const struct at_rate *at_rate,
                         const struct result *result, size_t used)
{
    unsigned all = 0;
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (!belongs(at_rate, round) || round->arm != row->arm || round->role != ROLE_SUBJECT ||
            round_is_replaced(result, round))
            continue;
        all++;
        row->failed |= round_failed_itself(round);
        row->why = row->why ? row->why : cause(round);
    }
    row->used = (unsigned)used;
    row->lost = all > row->used ? all - row->used : 0;
    row->why = row->lost > 0 ? row->why : NULL;
}

static void add_row(struct at_rate *at_rate, const struct result *result, size_t arm)
{
    struct at_rate_row *row = &at_rate->rows[at_rate->count];
    struct pairs pairs;
    *row = (struct at_rate_row){.arm = arm, .cost_ns = NAN};
    pairs_find_at_rate(&pairs, result, arm, at_rate->workload, at_rate->rate_rps);
    fill_ratios(row, &pairs);
    count_rounds(row, at_rate, result, pairs.count);
    pairs_release(&pairs);
    if (row->used + row->lost > 0)
        at_rate->count++;
}

/* The reference's cost over every usable pair, whoever the subject. */
static double reference_cost_ns(const struct at_rate *at_rate, const struct result *result,
                                size_t *used)
{
    double *costs = xcalloc(result->round_count + 1, sizeof *costs);
    *used = 0;
    for (size_t arm = 0; arm < result->arm_count; arm++) {
        struct pairs pairs;
        pairs_find_at_rate(&pairs, result, arm, at_rate->workload, at_rate->rate_rps);
        for (size_t i = 0; i < pairs.count; i++)
            costs[(*used)++] = round_cost_ns(pairs.items[i].reference);
        pairs_release(&pairs);
    }
    double median = stats_median(costs, *used);
    free(costs);
    return median;
}

static void add_reference(struct at_rate *at_rate, const struct result *result)
{
    int arm =
        result->experiment.reference ? result_find_arm(result, result->experiment.reference) : -1;
    size_t used;
    double cost_ns = reference_cost_ns(at_rate, result, &used);
    if (arm < 0 || used == 0)
        return;
    struct at_rate_row *row = &at_rate->rows[at_rate->count++];
    *row = (struct at_rate_row){
        .arm = (size_t)arm, .reference = true, .used = (unsigned)used, .cost_ns = cost_ns};
    for (enum at_rate_figure figure = 0; figure < AT_RATE_FIGURES; figure++)
        row->ratios[figure] = (struct estimate){1, NAN, NAN, used, NAN};
    for (size_t i = 0; i + 1 < at_rate->count; i++)
        at_rate->rows[i].cost_ns = at_rate->rows[i].ratios[AT_RATE_COST].value * cost_ns;
}

static int by_cost(const void *a, const void *b)
{
    const struct at_rate_row *x = a, *y = b;
    double left = x->ratios[AT_RATE_COST].value, right = y->ratios[AT_RATE_COST].value;
    if (isnan(left) != isnan(right))
        return isnan(left) ? 1 : -1;
    if (left < right || left > right)
        return left < right ? -1 : 1;
    return (x->arm > y->arm) - (x->arm < y->arm);
}

static void check(struct at_rate *at_rate, const struct result *result, size_t arm)
{
    struct pairs pairs;
    pairs_find_at_rate(&pairs, result, arm, at_rate->workload, at_rate->rate_rps);
    size_t planned = pairs_planned(&pairs, result->experiment.paced.set.blocks);
    for (enum at_rate_figure figure = 0; figure < AT_RATE_FIGURES; figure++) {
        struct values values = values_of(&pairs, planned, figure);
        at_rate->checks[figure] =
            self_check_judge(values.items, values.planned, values.count, margins[figure]);
        free(values.items);
    }
    pairs_release(&pairs);
}

static void void_figure(struct at_rate *at_rate, enum at_rate_figure figure)
{
    for (size_t i = 0; i < at_rate->count; i++) {
        struct at_rate_row *row = &at_rate->rows[i];
        row->ratios[figure] = (struct estimate){NAN, NAN, NAN, 0, NAN};
        if (figure == AT_RATE_COST && !row->reference)
            row->cost_ns = NAN;
    }
}

/* A figure in which two copies of one server differ is none of any other server's either; where
 * discards are unequal, none is. */
static void void_what_cannot_be_compared(struct at_rate *at_rate)
{
    for (enum at_rate_figure figure = 0; figure < AT_RATE_FIGURES; figure++)
        if (at_rate->discards_unequal || at_rate->checks[figure].state == SELF_CHECK_DIFFERS)
            void_figure(at_rate, figure);
}

static bool any_discards_unequal(const struct at_rate *at_rate, const struct result *result)
{
    for (size_t i = 0; i < at_rate->count; i++)
        if (discards_are_unequal(result, at_rate->rows[i].arm, at_rate->workload,
                                 at_rate->rate_rps))
            return true;
    return false;
}

/* The rate of the first pair; 0: there is none. */
static uint32_t find_rate(const struct result *result, size_t workload)
{
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (round->load_kind == LOAD_OPEN && round->role == ROLE_SUBJECT &&
            round->workload == workload && round->rate_rps > 0)
            return round->rate_rps;
    }
    return 0;
}

bool at_rate_make(struct at_rate *at_rate, const struct result *result, size_t workload)
{
    *at_rate = (struct at_rate){.workload = workload, .rate_rps = find_rate(result, workload)};
    if (at_rate->rate_rps == 0)
        return false;
    at_rate->rows = xcalloc(result->arm_count + 1, sizeof *at_rate->rows);
    for (size_t arm = 0; arm < result->arm_count; arm++)
        if (result->arms[arm].self_check)
            check(at_rate, result, arm);
        else
            add_row(at_rate, result, arm);
    add_reference(at_rate, result);
    at_rate->discards_unequal = any_discards_unequal(at_rate, result);
    void_what_cannot_be_compared(at_rate);
    qsort(at_rate->rows, at_rate->count, sizeof *at_rate->rows, by_cost);
    return true;
}

void at_rate_release(struct at_rate *at_rate)
{
    free(at_rate->rows);
    *at_rate = (struct at_rate){0};
}

bool at_rate_has_numbers(const struct at_rate *at_rate)
{
    for (size_t i = 0; i < at_rate->count; i++)
        if (!isnan(at_rate->rows[i].ratios[AT_RATE_COST].value))
            return true;
    return false;
}

bool at_rate_compares(const struct at_rate *at_rate)
{
    for (size_t i = 0; i < at_rate->count; i++)
        if (!at_rate->rows[i].reference)
            return true;
    return false;
}

enum self_check_state at_rate_self_check(const struct at_rate *at_rate)
{
    enum self_check_state worst = SELF_CHECK_ABSENT;
    for (enum at_rate_figure figure = 0; figure < AT_RATE_FIGURES; figure++)
        if (at_rate->checks[figure].state > worst)
            worst = at_rate->checks[figure].state;
    return worst;
}
