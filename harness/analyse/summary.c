/* From a result to its summary: the tables, then what is said about the run as a whole. */
#include "analyse/summary.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/consistency.h"
#include "analyse/latency.h"
#include "analyse/pairs.h"
#include "analyse/rows.h"
#include "analyse/scale.h"
#include "analyse/self_check.h"
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

static void check_arm(struct summary *summary, const struct result *result, size_t arm,
                      size_t workload)
{
    struct pairs pairs;
    pairs_find(&pairs, result, arm, workload);
    double *ln_ratios = pairs_ln_ratios(&pairs);
    if (ln_ratios) {
        size_t planned = pairs_planned(&pairs, result->experiment.paired.blocks);
        struct self_check check = self_check_judge(ln_ratios, planned, pairs.count, COST_MARGIN);
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
            check_arm(summary, result, arm, w);
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
        if (round_is_fault(&result->rounds[i]) && !round_is_replaced(result, &result->rounds[i]))
            return true;
    return false;
}

static bool any_row_usable(const struct summary *summary)
{
    for (size_t i = 0; i < summary->at_rate_count; i++)
        if (at_rate_has_numbers(&summary->at_rates[i]))
            return true;
    for (size_t t = 0; t < summary->count; t++)
        for (size_t i = 0; i < summary->tables[t].count; i++)
            if (summary->tables[t].rows[i].kind <= ROW_GLANCE)
                return true;
    for (size_t i = 0; i < summary->scale_count; i++)
        if (scale_has_numbers(&summary->scales[i]))
            return true;
    for (size_t i = 0; i < summary->latency_count; i++)
        if (latency_has_numbers(&summary->latencies[i]))
            return true;
    for (size_t i = 0; i < summary->consistency_count; i++)
        if (consistency_has_numbers(&summary->consistencies[i]))
            return true;
    for (size_t i = 0; i < summary->stairs_count; i++)
        if (stairs_has_numbers(&summary->stairs[i]))
            return true;
    return false;
}

/* The gravest first: a machine that disagrees with itself says nothing about who failed or was
 * slow. */
static unsigned exit_code(const struct summary *summary, const struct result *result)
{
    if (summary_disagrees(summary))
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

bool summary_disagrees(const struct summary *summary)
{
    for (size_t i = 0; i < summary->at_rate_count; i++)
        if (at_rate_self_check(&summary->at_rates[i]) == SELF_CHECK_DIFFERS)
            return true;
    return summary->self_check == SELF_CHECK_DIFFERS;
}

/* Of a workload that is only swept, or only asked at rates or
 * in phases, there is nothing to rank. */
static bool has_no_table(const struct result *result, size_t workload)
{
    const struct experiment *experiment = &result->experiment;
    const char *name = result->workloads[workload].workload.name;
    return (strings_contain(&experiment->scale.set.workloads, name) ||
            strings_contain(&experiment->paced.set.workloads, name) ||
            strings_contain(&experiment->curve.set.workloads, name) ||
            strings_contain(&experiment->slo.set.workloads, name) ||
            strings_contain(&experiment->stairs.set.workloads, name) ||
            strings_contain(&experiment->phases.set.workloads, name)) &&
           !strings_contain(&experiment->paired.workloads, name) &&
           !strings_contain(&experiment->solo.workloads, name) &&
           !strings_contain(&experiment->glance.workloads, name);
}

/* What a connection takes, where the same run has swept their
 * number, belongs beside what a server takes over time. */
static void take_slopes(struct consistency *consistency, const struct scale *scale)
{
    for (size_t i = 0; i < consistency->count; i++)
        for (size_t c = 0; c < scale->curve_count; c++)
            if (scale->curves[c].arm == consistency->rows[i].arm)
                consistency->rows[i].connection_bytes = scale->curves[c].user_slope;
}

static void make_tables(struct summary *summary, const struct result *result)
{
    summary->tables = xcalloc(result->workload_count + 1, sizeof *summary->tables);
    summary->scales = xcalloc(result->workload_count + 1, sizeof *summary->scales);
    summary->at_rates = xcalloc(result->workload_count + 1, sizeof *summary->at_rates);
    summary->latencies = xcalloc(result->workload_count + 1, sizeof *summary->latencies);
    summary->consistencies = xcalloc(result->workload_count + 1, sizeof *summary->consistencies);
    summary->stairs = xcalloc(result->workload_count + 1, sizeof *summary->stairs);
    for (size_t w = 0; w < result->workload_count; w++) {
        if (!has_no_table(result, w))
            make_table(&summary->tables[summary->count++], result, w);
        if (scale_make(&summary->scales[summary->scale_count], result, w))
            summary->scale_count++;
        if (at_rate_make(&summary->at_rates[summary->at_rate_count], result, w))
            summary->at_rate_count++;
        if (latency_make(&summary->latencies[summary->latency_count], result, w))
            summary->latency_count++;
        if (consistency_make(&summary->consistencies[summary->consistency_count], result, w))
            summary->consistency_count++;
        if (stairs_make(&summary->stairs[summary->stairs_count], result, w))
            summary->stairs_count++;
    }
    for (size_t i = 0; i < summary->consistency_count; i++)
        for (size_t k = 0; k < summary->scale_count; k++)
            if (summary->scales[k].workload == summary->consistencies[i].workload)
                take_slopes(&summary->consistencies[i], &summary->scales[k]);
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
    sentences_headline(summary, result);
    sentences_findings(summary, result);
    sentences_cautions(summary, result);
}

void summary_release(struct summary *summary)
{
    for (size_t i = 0; i < summary->count; i++)
        free(summary->tables[i].rows);
    for (size_t i = 0; i < summary->scale_count; i++)
        scale_release(&summary->scales[i]);
    free(summary->tables);
    for (size_t i = 0; i < summary->at_rate_count; i++)
        at_rate_release(&summary->at_rates[i]);
    for (size_t i = 0; i < summary->latency_count; i++)
        latency_release(&summary->latencies[i]);
    for (size_t i = 0; i < summary->stairs_count; i++)
        stairs_release(&summary->stairs[i]);
    free(summary->stairs);
    for (size_t i = 0; i < summary->consistency_count; i++)
        consistency_release(&summary->consistencies[i]);
    free(summary->consistencies);
    free(summary->latencies);
    free(summary->scales);
    free(summary->at_rates);
    strings_release(&summary->findings);
    strings_release(&summary->cautions);
    *summary = (struct summary){0};
}
