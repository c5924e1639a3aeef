/* What a comparison comes to, in a sentence. */
#include "analyse/decision_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The one that is furthest beyond what is allowed. */
static const struct decision_row *worst_of(const struct decision *decision, enum decision_word word)
{
    const struct decision_row *worst = NULL;
    double furthest = 0;
    for (size_t i = 0; i < decision->count; i++) {
        const struct decision_row *row = &decision->rows[i];
        if (!decision_row_is_bad(row, word))
            continue;
        double beyond = fmax(0, log(decision_harm(row).value) / log1p(row->margin)); /* or NAN */
        if (!worst || beyond > furthest) {
            worst = row;
            furthest = beyond;
        }
    }
    return worst;
}

/* "+4.1 % [+3.6, +4.5], past your 1 %"; of growth, which has
 * no ratio, "(head GROWING; base FLAT)". The caller frees. */
static char *excess_words(const struct decision_row *row)
{
    char change[DECISION_CHANGE_MAX], margin[DECISION_CHANGE_MAX];
    if (isnan(row->ratio.value))
        return text_format("(%s)", row->why ? row->why : "worse");
    decision_change(change, &row->ratio);
    decision_share(margin, row->margin);
    return text_format("%s, past your %s", change, margin);
}

static char *bad_headline(const struct decision *decision, enum decision_word word)
{
    const struct decision_row *row = worst_of(decision, word);
    size_t more = decision_count_bad(decision, word) - 1;
    char others[64] = "";
    char *subject = decision_subject(row), *excess = excess_words(row);
    if (more > 0)
        snprintf(others, sizeof others, "; so %s %zu more", more > 1 ? "are" : "is", more);
    char *text = text_format("%s %s: %s%s%s.", subject, excess, decision_word(word),
                             row->is_confirmed ? ", confirmed" : "", others);
    free(subject);
    free(excess);
    return text;
}

static void put_words(FILE *out, const struct decision *decision, bool gating)
{
    size_t counts[DECISION_WORDS];
    for (int word = 0; word < DECISION_WORDS; word++)
        counts[word] = decision_count_words(decision, (enum decision_word)word, gating);
    decision_put_words(out, counts);
}

/* Of one that gates, where any does. */
static const char *first_why(const struct decision *decision)
{
    bool gating = decision_count_gates(decision) > 0;
    for (size_t i = 0; i < decision->count; i++)
        if (decision->rows[i].why && (decision->rows[i].gates || !gating))
            return decision->rows[i].why;
    return NULL;
}

static size_t count_accepted(const struct decision *decision)
{
    size_t count = 0;
    for (size_t i = 0; i < decision->count; i++)
        count += decision->rows[i].gates && decision->rows[i].accepted;
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
    bool gating = decision_count_gates(decision) > 0;
    if (!gating)
        fputs("Nothing of this gates (", out);
    else
        fprintf(out, "Nothing %s worse%s (",
                is_all_known(decision) ? "became" : "is known to have become",
                count_accepted(decision) > 0 ? " but what is accepted" : "");
    put_words(out, decision, gating);
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
    else if (decision_gates_elsewhere(decision))
        fputs("Nothing can be said: no workload that the gate names was measured in both", out);
    else if (decision_gates_unmeasured(decision))
        fputs("Nothing can be said: nothing that the gate names was measured in both", out);
    else if (decision->exit_code == 3 && !decision_tells_anything(decision))
        fprintf(out, "Nothing can be said%s%s", why ? ": " : "", why ? why : "");
    else if (!decision_tells_anything(decision))
        fputs("Ratios only, for information: the runs are of different machines", out);
    else
        put_calm(out, decision);
    fputc('.', out);
    fclose(out);
    return text;
}

char *decision_headline(const struct decision *decision)
{
    if (decision->broken)
        return text_format("%s: %s.",
                           decision->is_head_broken ? "BROKEN" : "Nothing can be compared",
                           decision->broken);
    if (decision->exit_code != 4 && decision_count_bad(decision, DECISION_REGRESSED) > 0)
        return bad_headline(decision, DECISION_REGRESSED);
    if (decision->exit_code != 4 && decision_count_bad(decision, DECISION_SUSPECT) > 0)
        return bad_headline(decision, DECISION_SUSPECT);
    return calm_headline(decision);
}
