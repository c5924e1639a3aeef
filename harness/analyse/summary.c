/* From a result to its summary: the tables, then what is said about the run as a whole. */
#include "analyse/summary.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/pairs.h"
#include "analyse/rows.h"
#include "analyse/scale.h"
#include "analyse/sentences.h"
#include "analyse/words.h"

/* The smallest difference in cost at saturation worth a word. */
static const double COST_MARGIN = 0.02;

static void make_table(struct table *table, const struct result *result, size_t workload)
{
    *table = (struct table){.workload = workload};
    table->rows = xcalloc(result->arm_count + 1, sizeof *table->rows);
    for (size_t arm = 0; arm < result->arm_count; arm++)
        if (row_make(&table->rows[table->count], result, arm, workload))
            table->count++;
    table_finish(table, result);
}

/* Blocks beyond the planned ones are the confirmation on fresh blocks that a difference calls for.
 */
static size_t planned_count(const struct pairs *pairs, unsigned planned)
{
    size_t n = 0;
    while (n < pairs->count && pairs->items[n].block < planned)
        n++;
    return planned == 0 ? pairs->count : n;
}

static bool differs(enum verdict verdict)
{
    return verdict == VERDICT_REGRESSED || verdict == VERDICT_IMPROVED;
}

/* The self-check on one workload. */
struct check {
    enum self_check_state state;
    struct estimate ratio; /* that stands: of the fresh blocks, once they were needed */
    struct estimate alarm; /* of the planned blocks */
    bool is_refuted;       /* they alarmed, and the fresh ones did not confirm it */
};

/* The estimate after an alarm is that of the fresh blocks alone: blocks that were looked at because
 * they differ are a biased sample, and a pool would carry that bias on. */
static struct check judge(const double *ln_ratios, size_t planned, size_t count)
{
    struct estimate first = stats_ratio(ln_ratios, planned);
    struct estimate second = stats_ratio(ln_ratios + planned, count - planned);
    struct check check = {.state = SELF_CHECK_AGREES, .ratio = first, .alarm = first};
    enum verdict verdict = stats_verdict(&first, COST_MARGIN);
    if (!estimate_has_interval(&first)) {
        check.state = SELF_CHECK_TOO_SHORT;
    } else if (differs(verdict)) {
        bool is_fresh = estimate_has_interval(&second);
        check.ratio = is_fresh ? second : first;
        check.is_refuted = is_fresh && stats_verdict(&second, COST_MARGIN) != verdict;
        check.state = check.is_refuted ? SELF_CHECK_AGREES : SELF_CHECK_DIFFERS;
    }
    return check;
}

static void self_check(struct summary *summary, const struct result *result, size_t arm,
                       size_t workload)
{
    struct pairs pairs;
    pairs_find(&pairs, result, arm, workload);
    double *ln_ratios = pairs_ln_ratios(&pairs);
    if (ln_ratios) {
        size_t planned = planned_count(&pairs, result->experiment.paired.blocks);
        struct check check = judge(ln_ratios, planned, pairs.count);
        if (check.is_refuted)
            sentences_refuted_alarm(summary, words_workload(result, workload), &check.alarm,
                                    &check.ratio);
        if (check.state > summary->self_check) { /* of several workloads the worst speaks */
            summary->self_check = check.state;
            summary->self_check_ratio = check.ratio;
        }
    }
    free(ln_ratios);
    pairs_release(&pairs);
}

static void self_checks(struct summary *summary, const struct result *result)
{
    summary->self_check_ratio = (struct estimate){NAN, NAN, NAN, 0, NAN};
    for (size_t arm = 0; arm < result->arm_count; arm++)
        for (size_t w = 0; result->arms[arm].self_check && w < result->workload_count; w++)
            self_check(summary, result, arm, w);
}

struct differences {
    double *items;
    size_t count, capacity;
};

/* All |x_i - x_j| within one group: groups of three blocks and of twelve pool alike, with no centre
 * to estimate (Shamos 1976; Rousseeuw & Croux 1993). */
static void add_differences(struct differences *all, const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            if (all->count == all->capacity) {
                all->capacity = 2 * all->capacity + 64;
                all->items = xreallocarray(all->items, all->capacity, sizeof *all->items);
            }
            all->items[all->count++] = fabs(values[i] - values[j]);
        }
}

/* The median of |x - y| of two normal values is 0.9539 of their sd. */
static double pooled_sd(struct differences *all)
{
    double sd = stats_median(all->items, all->count) / 0.9539;
    free(all->items);
    return sd;
}

static double paired_sd(const struct result *result)
{
    struct differences all = {0};
    for (size_t arm = 0; arm < result->arm_count; arm++)
        for (size_t w = 0; w < result->workload_count; w++) {
            struct pairs pairs;
            pairs_find(&pairs, result, arm, w);
            double *ln_ratios = pairs_ln_ratios(&pairs);
            add_differences(&all, ln_ratios, pairs.count);
            free(ln_ratios);
            pairs_release(&pairs);
        }
    return pooled_sd(&all);
}

static double solo_sd(const struct result *result)
{
    struct differences all = {0};
    double *values = xcalloc(result->round_count + 1, sizeof *values);
    for (size_t arm = 0; arm < result->arm_count; arm++)
        for (size_t w = 0; w < result->workload_count; w++) {
            size_t n = 0;
            for (size_t i = 0; i < result->round_count; i++) {
                const struct round *round = &result->rounds[i];
                if (round->arm == arm && round->workload == w &&
                    round_is_solo_usable(result, round) && !isnan(round_cost_ns(round)))
                    values[n++] = log(round_cost_ns(round));
            }
            add_differences(&all, values, n);
        }
    free(values);
    return pooled_sd(&all);
}

static bool any_arm_failed(const struct result *result)
{
    for (size_t i = 0; i < result->arm_count; i++)
        if ((result->arms[i].excluded && result->arms[i].excluded_is_failure) ||
            result->arms[i].failed_workload)
            return true;
    for (size_t i = 0; i < result->round_count; i++)
        if (round_failed_itself(&result->rounds[i]) &&
            !round_is_replaced(result, &result->rounds[i]))
            return true;
    return false;
}

static bool any_row_usable(const struct summary *summary)
{
    for (size_t t = 0; t < summary->count; t++)
        for (size_t i = 0; i < summary->tables[t].count; i++)
            if (summary->tables[t].rows[i].kind <= ROW_GLANCE)
                return true;
    for (size_t i = 0; i < summary->scale_count; i++)
        if (scale_has_numbers(&summary->scales[i]))
            return true;
    return false;
}

/* The gravest first: a machine that disagrees with itself says nothing about who failed or was
 * slow. */
static unsigned exit_code(const struct summary *summary, const struct result *result)
{
    if (summary->self_check == SELF_CHECK_DIFFERS)
        return 4;
    if (any_arm_failed(result))
        return 1;
    return any_row_usable(summary) ? 0 : 3;
}

/* Ratios of a machine that disagrees with itself are kept to be looked at, and rank nothing. */
static void unrank(struct summary *summary)
{
    for (size_t t = 0; t < summary->count; t++) {
        struct table *table = &summary->tables[t];
        table->ranked = false;
        for (size_t i = 0; i < table->count; i++) {
            struct row *row = &table->rows[i];
            row->kind = row->kind == ROW_RANKED ? ROW_GLANCE : row->kind;
            row->tier = 0;
            row->near_next = false;
        }
    }
}

/* Of a workload that is only swept there is nothing to rank. */
static bool is_only_swept(const struct result *result, size_t workload)
{
    const struct experiment *experiment = &result->experiment;
    const char *name = result->workloads[workload].workload.name;
    return strings_contain(&experiment->scale.set.workloads, name) &&
           !strings_contain(&experiment->paired.workloads, name) &&
           !strings_contain(&experiment->solo.workloads, name) &&
           !strings_contain(&experiment->glance.workloads, name);
}

static void make_tables(struct summary *summary, const struct result *result)
{
    summary->tables = xcalloc(result->workload_count + 1, sizeof *summary->tables);
    summary->scales = xcalloc(result->workload_count + 1, sizeof *summary->scales);
    for (size_t w = 0; w < result->workload_count; w++) {
        if (!is_only_swept(result, w))
            make_table(&summary->tables[summary->count++], result, w);
        if (scale_make(&summary->scales[summary->scale_count], result, w))
            summary->scale_count++;
    }
}

void summary_make(struct summary *summary, const struct result *result)
{
    *summary = (struct summary){0};
    make_tables(summary, result);
    self_checks(summary, result);
    if (summary->self_check == SELF_CHECK_DIFFERS)
        unrank(summary);
    summary->solo_sd = solo_sd(result);
    summary->paired_sd = paired_sd(result);
    summary->exit_code = exit_code(summary, result);
    sentences_findings(summary, result);
    sentences_cautions(summary, result);
    sentences_headline(summary, result);
}

void summary_release(struct summary *summary)
{
    for (size_t i = 0; i < summary->count; i++)
        free(summary->tables[i].rows);
    for (size_t i = 0; i < summary->scale_count; i++)
        scale_release(&summary->scales[i]);
    free(summary->tables);
    free(summary->scales);
    strings_release(&summary->findings);
    strings_release(&summary->cautions);
    *summary = (struct summary){0};
}
