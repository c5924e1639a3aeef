/* See compare.h. */
#include "analyse/compare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/compare_same.h"
#include "analyse/readings.h"
#include "analyse/sessions.h"
#include "analyse/shift.h"
#include "analyse/summary.h"
#include "analyse/words.h"

enum { READINGS_LEAST = 4 }; /* on a side, for an interval from as many on the other */

/* One server on one workload, in both runs, and what all such pairs share. */
struct both {
    struct compared base, head;
    const struct readings_source *sessions;
    size_t session_count;
    bool is_same_machine, is_same_program;
};

/* ---- one cell ---- */

/* Those beside another server where both sides have enough of
 * them, as they are more; else those of the server alone. */
static void find_both(struct readings *base, struct readings *head, const struct compared *was,
                      const struct compared *is, enum metric metric)
{
    const char *was_why = NULL, *is_why = NULL; /* of the pairs */
    for (int paired = metric != METRIC_THROUGHPUT; paired >= 0; paired--) {
        readings_find(base, was->source, was->arm, was->workload, metric, paired);
        readings_find(head, is->source, is->arm, is->workload, metric, paired);
        base->why = base->why ? base->why : was_why;
        head->why = head->why ? head->why : is_why;
        bool enough = base->count >= READINGS_LEAST && head->count >= READINGS_LEAST;
        if (enough || paired == 0 || metric == METRIC_COST || metric == METRIC_P50 ||
            metric == METRIC_P99)
            return;
        was_why = base->why;
        is_why = head->why;
        readings_release(base);
        readings_release(head);
    }
}

/* Nothing was read of it on one side. */
static void say_unread(struct decision_row *row, const struct readings *base,
                       const struct readings *head)
{
    const struct readings *without = base->count == 0 ? base : head;
    row->why = text_format("%s has no figure that could be used%s%s",
                           without == base ? "the base" : "the head", without->why ? ": " : "",
                           without->why ? without->why : "");
}

static void say_few(struct decision_row *row, const struct readings *base,
                    const struct readings *head)
{
    row->why = text_format("too few readings (%zu and %zu) for an interval: 4 and 4 at least, or 3 "
                           "and 5, or 2 and 9",
                           base->count, head->count);
}

/* The medians of earlier runs of this machine, the base's among them. */
static struct sessions earlier(const struct both *both, const struct readings *was,
                               enum metric metric)
{
    const struct result *origin = both->base.source->result;
    double *medians = xcalloc(both->session_count + 1, sizeof *medians);
    size_t n = 0;
    medians[n++] = log(was->median);
    for (size_t i = 0; i < both->session_count; i++) {
        const struct result *result = both->sessions[i].result;
        int arm = result_find_arm(result, origin->arms[both->base.arm].id);
        int workload =
            result_find_workload(result, origin->workloads[both->base.workload].workload.name);
        if (arm < 0 || workload < 0)
            continue;
        struct compared other = {&both->sessions[i], (size_t)arm, (size_t)workload};
        struct readings readings;
        readings_find(&readings, other.source, other.arm, other.workload, metric, was->is_paired);
        char *work = compare_other_work(&other, &both->base),
             *load = compare_other_load(&readings, was);
        if (readings.count > 0 && !work && !load)
            medians[n++] = log(readings.median);
        free(work);
        free(load);
        readings_release(&readings);
    }
    struct sessions sessions = sessions_find(medians, n);
    free(medians);
    return sessions;
}

/* What the rule found different between two runs: is it more
 * than runs of this machine differ by anyhow? */
static void weigh(struct decision_row *row, const struct both *both, const struct readings *base,
                  const struct readings *head)
{
    char usual[DECISION_CHANGE_MAX];
    if (row->word != DECISION_REGRESSED && row->word != DECISION_IMPROVED)
        return;
    struct sessions sessions = earlier(both, base, row->metric);
    if (isnan(sessions.reach)) {
        row->word = DECISION_SUSPECT;
        return;
    }
    double ln = log(head->median);
    bool is_exceeded = sessions_are_exceeded(&sessions, ln, log(row->ratio.value)),
         is_far = fabs(ln - sessions.middle) >= log1p(row->margin);
    if (is_exceeded && is_far)
        return;
    decision_share(usual, is_exceeded ? row->margin : expm1(sessions.reach));
    row->word = DECISION_INCONCLUSIVE;
    row->why =
        is_exceeded
            ? text_format("it is less than its %s from the middle of this machine's runs", usual)
            : text_format("runs of this machine are up to %s from their middle anyhow", usual);
}

/* Of two machines only what each server is to its own run's reference can be put side by side. */
static bool to_reference(struct readings *readings, const struct compared *side, enum metric metric)
{
    const struct result *result = side->source->result;
    const char *name = result->experiment.reference;
    int arm = name ? result_find_arm(result, name) : -1;
    struct readings reference;
    if (arm < 0 || (size_t)arm == side->arm)
        return false;
    readings_find(&reference, side->source, (size_t)arm, side->workload, metric,
                  readings->is_paired);
    for (size_t i = 0; i < readings->count; i++)
        readings->ln[i] -= log(reference.median);
    bool known = reference.count > 0;
    readings_release(&reference);
    return known;
}

/* The figures, if there are any that can be put side by side; else why not. */
static bool fill_figures(struct decision_row *row, const struct readings *base,
                         const struct readings *head)
{
    if (base->count == 0 || head->count == 0) {
        say_unread(row, base, head);
        return false;
    }
    row->why = compare_other_load(base, head);
    if (row->why) {
        row->word = DECISION_INCOMPARABLE;
        return false;
    }
    row->base = base->median;
    row->head = head->median;
    row->base_count = (unsigned)base->count;
    row->head_count = (unsigned)head->count;
    row->rate_rps = head->rate_rps;
    row->ratio = shift_find(base->ln, base->count, head->ln, head->count);
    return true;
}

static void judge(struct decision_row *row, const struct both *both, const struct readings *base,
                  const struct readings *head)
{
    if (row->metric == METRIC_THROUGHPUT && (base->is_bound || head->is_bound)) {
        row->why = xstrdup("the generator was the limit, so these are bounds");
        return;
    }
    decision_judge(row);
    if (!estimate_has_interval(&row->ratio))
        say_few(row, base, head);
    weigh(row, both, base, head);
}

static void judge_ratio(struct decision_row *row, const struct both *both, struct readings *base,
                        struct readings *head)
{
    row->word = DECISION_RATIO_ONLY;
    if (to_reference(base, &both->base, row->metric) &&
        to_reference(head, &both->head, row->metric))
        row->ratio = shift_find(base->ln, base->count, head->ln, head->count);
    else
        row->ratio = shift_find(NULL, 0, NULL, 0);
}

static void add_cell(struct decision *decision, const struct both *both, enum metric metric)
{
    const struct result *head_result = both->head.source->result;
    struct readings base, head;
    find_both(&base, &head, &both->base, &both->head, metric);
    if (base.count + head.count > 0 || base.why || head.why) {
        const struct arm *arm = &head_result->arms[both->head.arm];
        struct decision_row *row = decision_add(
            decision, arm->id, head_result->workloads[both->head.workload].workload.name, metric);
        row->is_unchanged = both->is_same_program;
        if (arm->server.ceiling || row->is_unchanged || !both->is_same_machine)
            row->gates = false;
        bool is_filled = fill_figures(row, &base, &head);
        if (is_filled && both->is_same_machine)
            judge(row, both, &base, &head);
        else if (is_filled)
            judge_ratio(row, both, &base, &head);
    }
    readings_release(&base);
    readings_release(&head);
}

/* One row stands for all metrics: that of one that gates, if any does,
 * so that what cannot be compared does not pass for what did not change. */
static enum metric spokesman(const struct gate *gate)
{
    for (int metric = 0; metric < METRICS && !gate->gates[METRIC_SATURATED]; metric++)
        if (gate->gates[metric] && metric_info((enum metric)metric)->in_runs)
            return (enum metric)metric;
    return METRIC_SATURATED;
}

static void add_server(struct decision *decision, const struct both *both)
{
    char *why = compare_other_work(&both->base, &both->head);
    const struct result *head = both->head.source->result;
    if (why) {
        struct decision_row *row = decision_add(decision, head->arms[both->head.arm].id,
                                                head->workloads[both->head.workload].workload.name,
                                                spokesman(decision->gate));
        row->word = DECISION_INCOMPARABLE;
        row->why = why;
        return;
    }
    for (int metric = 0; metric < METRICS; metric++)
        if (metric_info((enum metric)metric)->in_runs)
            add_cell(decision, both, (enum metric)metric);
}

/* ---- what did not change ---- */

static double furthest_unchanged(const struct decision *decision, enum metric metric)
{
    double furthest = NAN;
    for (size_t i = 0; i < decision->count; i++)
        if (decision->rows[i].is_unchanged && decision->rows[i].metric == metric &&
            !isnan(decision->rows[i].ratio.value))
            furthest = fmax(furthest, fabs(log(decision->rows[i].ratio.value)));
    return furthest;
}

/* A difference no larger than that of a program that is the same in both is nobody's suspect. */
static void hold_against_unchanged(struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++) {
        struct decision_row *row = &decision->rows[i];
        double furthest = furthest_unchanged(decision, row->metric);
        char moved[DECISION_CHANGE_MAX];
        if (row->word != DECISION_SUSPECT || row->is_unchanged ||
            !(fabs(log(row->ratio.value)) <= furthest))
            continue;
        decision_share(moved, expm1(furthest));
        row->word = DECISION_INCONCLUSIVE;
        row->why = text_format("a program that is the same in both moved by %s", moved);
    }
}

/* ---- all of it ---- */

static struct readings_source *make_sources(const struct result *results, size_t count)
{
    struct readings_source *sources = xcalloc(count + 1, sizeof *sources);
    for (size_t i = 0; i < count; i++)
        readings_source_make(&sources[i], &results[i]);
    return sources;
}

static void release_sources(struct readings_source *sources, size_t count)
{
    for (size_t i = 0; i < count; i++)
        readings_source_release(&sources[i]);
    free(sources);
}

/* All servers that both have, on one workload of head's. */
static void add_workload(struct decision *decision, struct both *both, size_t workload)
{
    const struct result *base = both->base.source->result, *head = both->head.source->result;
    int other = result_find_workload(base, head->workloads[workload].workload.name);
    for (size_t i = 0; other >= 0 && i < head->arm_count; i++) {
        int arm = result_find_arm(base, head->arms[i].id);
        if (arm < 0 || head->arms[i].self_check)
            continue;
        both->base.arm = (size_t)arm;
        both->base.workload = (size_t)other;
        both->head.arm = i;
        both->head.workload = workload;
        both->is_same_program = compare_is_same_program(&base->arms[arm], &head->arms[i]);
        add_server(decision, both);
    }
}

static bool disagrees(const struct result *result)
{
    struct summary summary;
    summary_make(&summary, result);
    bool differs = summary_disagrees(&summary);
    summary_release(&summary);
    return differs;
}

/* Where two copies of one server differ, what two servers differ by says nothing. */
static void heed_self_check(struct decision *decision, const struct result *result,
                            const char *where)
{
    if (!disagrees(result))
        return;
    for (size_t i = 0; i < decision->count; i++) {
        struct decision_row *row = &decision->rows[i];
        free(row->why);
        row->word = DECISION_INCOMPARABLE;
        row->why =
            text_format("in the %s two copies of one server differ, so its machine disagreed "
                        "with itself: measure it again",
                        where);
    }
}

void compare_results(struct decision *decision, const struct result *base,
                     const struct result *head, const struct result *sessions, size_t session_count)
{
    struct readings_source was, is, *others = make_sources(sessions, session_count);
    readings_source_make(&was, base);
    readings_source_make(&is, head);
    struct both both = {.base = {.source = &was},
                        .head = {.source = &is},
                        .sessions = others,
                        .session_count = session_count,
                        .is_same_machine = compare_is_same_machine(base, head)};
    for (size_t i = 0; i < head->workload_count; i++)
        add_workload(decision, &both, i);
    hold_against_unchanged(decision);
    heed_self_check(decision, base, "base");
    heed_self_check(decision, head, "head");
    compare_checks(decision, base, head);
    compare_notes(decision, base, head);
    readings_source_release(&was);
    readings_source_release(&is);
    release_sources(others, session_count);
}
