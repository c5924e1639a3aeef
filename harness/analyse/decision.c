/* The rows of a comparison and the exit code that follows from them; decision_headline.c has the
 * sentence, decision_accepted.c what is accepted, decision_words.c the figures. */
#include "analyse/decision_rows.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *decision_word(enum decision_word word)
{
    static const char *const words[DECISION_WORDS] = {
        [DECISION_IMPROVED] = "IMPROVED",
        [DECISION_EQUIVALENT] = "EQUIVALENT",
        [DECISION_SMALL] = "SMALL",
        [DECISION_REGRESSED] = "REGRESSED",
        [DECISION_SUSPECT] = "SUSPECT",
        [DECISION_INCONCLUSIVE] = "INCONCLUSIVE",
        [DECISION_RATIO_ONLY] = "RATIO ONLY",
        [DECISION_INVALID] = "INVALID",
        [DECISION_INCOMPARABLE] = "INCOMPARABLE",
    };
    return words[word];
}

/* ---- rows ---- */

static void row_release(struct decision_row *row)
{
    free(row->server);
    free(row->workload);
    free(row->why);
    free(row->accepted);
}

void decision_init(struct decision *decision, const char *base, const char *head,
                   const struct gate *gate)
{
    *decision = (struct decision){.base = xstrdup(base), .head = xstrdup(head), .gate = gate};
}

void decision_release(struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++)
        row_release(&decision->rows[i]);
    free(decision->rows);
    free(decision->base);
    free(decision->head);
    free(decision->headline);
    free(decision->self_check);
    free(decision->resolution);
    free(decision->broken);
    strings_release(&decision->notes);
    *decision = (struct decision){0};
}

struct decision_row *decision_add(struct decision *decision, const char *server,
                                  const char *workload, enum metric metric)
{
    decision->rows = xreallocarray(decision->rows, decision->count + 1, sizeof *decision->rows);
    struct decision_row *row = &decision->rows[decision->count++];
    *row = (struct decision_row){
        .server = xstrdup(server),
        .workload = xstrdup(workload),
        .metric = metric,
        .base = NAN,
        .head = NAN,
        .ratio = {.value = NAN, .low = NAN, .high = NAN, .robust_sd = NAN},
        .margin = decision->gate->margins[metric],
        .smallest = NAN,
        .gates = gate_takes(decision->gate, metric, workload),
        .word = DECISION_INVALID,
    };
    return row;
}

/* ---- verdicts ---- */

struct estimate decision_harm(const struct decision_row *row)
{
    return metric_info(row->metric)->less_is_worse ? estimate_inverse(&row->ratio) : row->ratio;
}

/* Growth has no ratio. */
bool decision_is_worse(const struct decision_row *row)
{
    if (row->metric == METRIC_CONSISTENCY)
        return row->word == DECISION_REGRESSED;
    return decision_harm(row).value > 1;
}

/* An effect is told apart when it moves the whole interval beyond 1. */
double decision_resolution(const struct decision_row *row)
{
    struct estimate harm = decision_harm(row);
    return estimate_has_interval(&harm) ? harm.value / harm.low - 1 : NAN;
}

static enum decision_word word_of_count(double harm, double margin)
{
    if (isnan(harm))
        return DECISION_INVALID;
    if (harm >= 1 + margin)
        return DECISION_REGRESSED;
    return 1 / harm >= 1 + margin ? DECISION_IMPROVED : DECISION_EQUIVALENT;
}

static void judge_count(struct decision_row *row)
{
    double harm = decision_harm(row).value;
    row->smallest = isnan(harm) ? NAN : row->margin;
    row->word = word_of_count(harm, row->margin);
}

/* Both as it is told apart, and worth a word. */
static double smallest_of(const struct decision_row *row)
{
    double resolution = decision_resolution(row);
    return isnan(resolution) ? NAN : fmax(row->margin, resolution);
}

void decision_judge(struct decision_row *row)
{
    if (row->is_counted) {
        judge_count(row);
        return;
    }
    static const enum decision_word words[] = {
        [VERDICT_NONE] = DECISION_INCONCLUSIVE, [VERDICT_REGRESSED] = DECISION_REGRESSED,
        [VERDICT_IMPROVED] = DECISION_IMPROVED, [VERDICT_EQUIVALENT] = DECISION_EQUIVALENT,
        [VERDICT_SMALL] = DECISION_SMALL,       [VERDICT_INCONCLUSIVE] = DECISION_INCONCLUSIVE,
    };
    struct estimate harm = decision_harm(row);
    row->smallest = smallest_of(row);
    row->word = words[stats_verdict(&harm, row->margin)];
}

/* ---- what follows ---- */

/* Of what gates. What cannot be counted here is no matter of a machine's noise. */
static bool is_any_open(const struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++) {
        const struct decision_row *row = &decision->rows[i];
        if (row->gates && (row->word == DECISION_INCONCLUSIVE ||
                           (row->word == DECISION_INVALID && !row->is_counted)))
            return true;
    }
    return false;
}

static unsigned code_of(const struct decision *decision, bool strict)
{
    size_t incomparable = decision_count_words(decision, DECISION_INCOMPARABLE, false);
    if (decision->broken)
        return decision->is_head_broken ? 1 : 4;
    if (decision->disagrees && decision_count_bad(decision, DECISION_REGRESSED) == 0)
        return 4; /* what is counted does not depend on the machine */
    if (decision->count == 0 || incomparable == decision->count)
        return 4;
    if (decision_gates_elsewhere(decision) || decision_gates_unmeasured(decision))
        return 3;
    if (decision_count_bad(decision, DECISION_REGRESSED) > 0)
        return 1;
    if (decision_count_bad(decision, DECISION_SUSPECT) > 0)
        return 3;
    if (decision_count_words(decision, DECISION_RATIO_ONLY, false) > 0)
        return 0;
    if (strict && is_any_open(decision))
        return 3;
    return decision_tells_anything(decision) ? 0 : 3;
}

/* A misspelt one would gate nothing, and all would pass. */
static void note_unmeasured(struct decision *decision)
{
    const struct strings *workloads = &decision->gate->workloads;
    for (size_t i = 0; i < workloads->count; i++) {
        const char *workload = workloads->items[i];
        if (decision_has_workload(decision, workload))
            continue;
        char *note =
            text_format("The gate names the workload %s, which was not measured here.", workload);
        if (!strings_contain(&decision->notes, note))
            strings_add(&decision->notes, note);
        free(note);
    }
}

void decision_conclude(struct decision *decision, bool strict)
{
    note_unmeasured(decision);
    decision->exit_code = code_of(decision, strict);
    free(decision->headline);
    decision->headline = decision_headline(decision);
}

void decision_without_base(struct decision *decision, const char *why, bool is_allowed)
{
    free(decision->headline);
    decision->headline = text_format("No baseline: %s.", why);
    decision->exit_code = is_allowed ? 0 : 4;
}
