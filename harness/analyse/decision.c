/* The rows of a comparison and what follows from them; decision_accepted.c has what of them is accepted, decision_words.c
 * their figures. */
#include "analyse/decision.h"

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

/* ---- rows */

static void row_release(struct decision_row *row)
{
    free(row->server);
    free(row->workload);
    free(row->why);
    free(row->acked);
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

/* ---- verdicts */

/* Above 1 is worse, whatever the metric. */
static struct estimate as_harm(const struct decision_row *row)
{
    return metric_info(row->metric)->less_is_worse ? estimate_inverse(&row->ratio) : row->ratio;
}

bool decision_is_worse(const struct decision_row *row)
{
    return as_harm(row).value > 1;
}

/* An effect is told apart when it moves the whole interval beyond 1. */
double decision_resolution(const struct decision_row *row)
{
    struct estimate harm = as_harm(row);
    return estimate_has_interval(&harm) ? harm.value / harm.low - 1 : NAN;
}

static enum decision_word word_of_count(double harm, double margin)
{
    if (isnan(harm))
        return DECISION_INVALID;
    if (fabs(harm - 1) < margin)
        return DECISION_EQUIVALENT;
    return harm > 1 ? DECISION_REGRESSED : DECISION_IMPROVED;
}

static void judge_count(struct decision_row *row)
{
    double harm = as_harm(row).value;
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
    struct estimate harm = as_harm(row);
    row->smallest = smallest_of(row);
    row->word = words[stats_verdict(&harm, row->margin)];
}

/* ---- what follows */

static bool is_told(const struct decision_row *row)
{
    return row->word < DECISION_RATIO_ONLY;
}

static bool is_bad(const struct decision_row *row, enum decision_word word)
{
    return row->gates && !row->acked && row->word == word && decision_is_worse(row);
}

static size_t count_bad(const struct decision *decision, enum decision_word word)
{
    size_t count = 0;
    for (size_t i = 0; i < decision->count; i++)
        count += is_bad(&decision->rows[i], word);
    return count;
}

static size_t count_words(const struct decision *decision, enum decision_word word, bool gating)
{
    size_t count = 0;
    for (size_t i = 0; i < decision->count; i++)
        count += decision->rows[i].word == word && (decision->rows[i].gates || !gating);
    return count;
}

static size_t count_gates(const struct decision *decision)
{
    size_t count = 0;
    for (size_t i = 0; i < decision->count; i++)
        count += decision->rows[i].gates;
    return count;
}

/* Does any row say something, of those that gate, or where none does, of all? */
static bool is_anything_told(const struct decision *decision)
{
    bool gating = count_gates(decision) > 0;
    for (size_t i = 0; i < decision->count; i++)
        if ((decision->rows[i].gates || !gating) && is_told(&decision->rows[i]))
            return true;
    return false;
}

static bool has_workload(const struct decision *decision, const char *workload)
{
    for (size_t i = 0; i < decision->count; i++)
        if (strcmp(decision->rows[i].workload, workload) == 0)
            return true;
    return false;
}

/* Nothing that is here is what somebody wants to be stopped by: that is no pass. */
static bool is_gate_elsewhere(const struct decision *decision)
{
    const struct strings *workloads = &decision->gate->workloads;
    for (size_t i = 0; i < workloads->count; i++)
        if (has_workload(decision, workloads->items[i]))
            return false;
    return workloads->count > 0;
}

static unsigned code_of(const struct decision *decision, bool strict)
{
    size_t incomparable = count_words(decision, DECISION_INCOMPARABLE, false);
    if (decision->disagrees || decision->count == 0 || incomparable == decision->count)
        return 4;
    if (is_gate_elsewhere(decision))
        return 3;
    if (count_bad(decision, DECISION_REGRESSED) > 0)
        return 1;
    if (count_bad(decision, DECISION_SUSPECT) > 0)
        return 3;
    if (strict && count_words(decision, DECISION_INCONCLUSIVE, true) > 0)
        return 3;
    if (count_words(decision, DECISION_RATIO_ONLY, false) > 0 || is_anything_told(decision))
        return 0;
    return 3;
}

/* The one that is furthest beyond what is allowed. */
static const struct decision_row *worst_of(const struct decision *decision, enum decision_word word)
{
    const struct decision_row *worst = NULL;
    double furthest = 0;
    for (size_t i = 0; i < decision->count; i++) {
        const struct decision_row *row = &decision->rows[i];
        if (!is_bad(row, word))
            continue;
        double beyond = log(as_harm(row).value) / log1p(row->margin);
        if (!worst || beyond > furthest) {
            worst = row;
            furthest = beyond;
        }
    }
    return worst;
}

static char *bad_headline(const struct decision *decision, enum decision_word word)
{
    const struct decision_row *row = worst_of(decision, word);
    size_t more = count_bad(decision, word) - 1;
    char change[DECISION_CHANGE_MAX], margin[DECISION_CHANGE_MAX], others[64] = "";
    char *subject = decision_subject(row);
    decision_change(change, &row->ratio);
    decision_share(margin, row->margin);
    if (more > 0)
        snprintf(others, sizeof others, "; %zu more %s", more, more > 1 ? "are" : "is");
    char *text = text_format("%s %s, past your %s: %s%s%s.", subject, change, margin,
                             decision_word(word), row->is_confirmed ? ", confirmed" : "", others);
    free(subject);
    return text;
}

/* "5 EQUIVALENT, 1 SMALL" */
static void put_counts(FILE *out, const struct decision *decision, bool gating)
{
    const char *join = "";
    for (int word = 0; word < DECISION_WORDS; word++) {
        size_t count = count_words(decision, (enum decision_word)word, gating);
        if (count == 0)
            continue;
        fprintf(out, "%s%zu %s", join, count, decision_word((enum decision_word)word));
        join = ", ";
    }
}

static const char *first_why(const struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++)
        if (decision->rows[i].why)
            return decision->rows[i].why;
    return NULL;
}

static size_t count_accepted(const struct decision *decision)
{
    size_t count = 0;
    for (size_t i = 0; i < decision->count; i++)
        count += decision->rows[i].gates && decision->rows[i].acked;
    return count;
}

static bool is_all_known(const struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++)
        if (decision->rows[i].gates && decision->rows[i].word >= DECISION_INCONCLUSIVE)
            return false;
    return true;
}

static void put_calm(FILE *out, const struct decision *decision)
{
    bool gating = count_gates(decision) > 0;
    if (!gating)
        fputs("Nothing of this gates (", out);
    else
        fprintf(out, "Nothing %s worse%s (",
                is_all_known(decision) ? "became" : "is known to have become",
                count_accepted(decision) > 0 ? " but what is accepted" : "");
    put_counts(out, decision, gating);
    fputc(')', out);
}

static char *calm_headline(const struct decision *decision)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const char *why = first_why(decision);
    if (decision->disagrees)
        fprintf(out, "Nothing can be said: this machine disagrees with itself%s%s%s",
                why ? " (" : "", why ? why : "", why ? ")" : "");
    else if (decision->exit_code == 4)
        fprintf(out, "Nothing can be compared%s%s", why ? ": " : "", why ? why : "");
    else if (is_gate_elsewhere(decision))
        fputs("Nothing can be said: no workload that the gate names was measured in both", out);
    else if (decision->exit_code == 3 && !is_anything_told(decision))
        fprintf(out, "Nothing can be said%s%s", why ? ": " : "", why ? why : "");
    else if (!is_anything_told(decision))
        fputs("Ratios only, for information: the runs are of different machines", out);
    else
        put_calm(out, decision);
    fputc('.', out);
    fclose(out);
    return text;
}

/* A misspelt one would gate nothing, and all would pass. */
static void note_unmeasured(struct decision *decision)
{
    const struct strings *workloads = &decision->gate->workloads;
    for (size_t i = 0; i < workloads->count; i++) {
        const char *workload = workloads->items[i];
        if (has_workload(decision, workload))
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
    if (decision->exit_code != 4 && count_bad(decision, DECISION_REGRESSED) > 0)
        decision->headline = bad_headline(decision, DECISION_REGRESSED);
    else if (decision->exit_code != 4 && count_bad(decision, DECISION_SUSPECT) > 0)
        decision->headline = bad_headline(decision, DECISION_SUSPECT);
    else
        decision->headline = calm_headline(decision);
}

void decision_without_base(struct decision *decision, const char *why, bool is_allowed)
{
    free(decision->headline);
    decision->headline = text_format("No baseline: %s.", why);
    decision->exit_code = is_allowed ? 0 : 4;
}
