/*
 * The headline: which model, for which work, by how much, how sure. A sentence is added only while
 * the whole fits; what a reader must not miss (a machine that disagrees with itself, a run that
 * ranks nothing) comes first.
 */
#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/rows.h"
#include "analyse/sentences.h"
#include "analyse/words.h"

enum { NAMED_OTHERS = 3 }; /* a headline that names more stops being one */

static size_t ranked_count(const struct table *table)
{
    size_t n = 0;
    while (n < table->count && table->rows[n].kind == ROW_RANKED)
        n++;
    return n;
}

/* The first rows that no gap separates: the models a reader may choose among. */
static size_t best_count(const struct table *table)
{
    size_t n = 1, ranked = ranked_count(table);
    while (n < ranked &&
           (table->rows[n].tier == table->rows[n - 1].tier || table->rows[n - 1].near_next))
        n++;
    return n;
}

static void write_rows(FILE *out, const struct result *result, const struct row *rows, size_t count,
                       const char *last)
{
    const char **names = xcalloc(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = words_arm(result, &rows[i]);
    words_list(out, names, count, last);
    free(names);
}

static const char *reference_name(const struct result *result)
{
    return result->experiment.reference ? result->experiment.reference : "the reference";
}

/* " (uring 0.98× [0.95, 1.01] of epoll's)": every one of the best but the reference itself. */
static void write_best_ratios(FILE *out, const struct result *result, const struct row *rows,
                              size_t best)
{
    const char *between = best > 1 ? " (" : ": ";
    for (size_t i = 0; i < best; i++) {
        char ratio[WORDS_MAX];
        if (rows[i].reference)
            continue;
        words_ratio(ratio, &rows[i].cost_ratio);
        fprintf(out, "%s%s%s%s", between, best > 1 ? words_arm(result, &rows[i]) : "",
                best > 1 ? " " : "", ratio);
        if (between[0] != ',')
            fprintf(out, " of %s's", reference_name(result));
        between = ", ";
    }
    if (between[0] == ',' && best > 1)
        fputs(")", out);
}

/* The reference needs no figure: it is what the others are measured in. */
static void write_others(FILE *out, const struct result *result, const struct row *rows,
                         size_t count)
{
    size_t named = 0, left = 0;
    for (size_t i = 0; i < count; i++)
        left += !rows[i].reference;
    size_t limit = left > NAMED_OTHERS ? NAMED_OTHERS - 1 : left;
    for (size_t i = 0; i < count && named < limit; i++) {
        char ratio[WORDS_MAX];
        if (rows[i].reference)
            continue;
        words_ratio(ratio, &rows[i].cost_ratio);
        fprintf(out, named ? ", %s %s" : "; %s costs %s", words_arm(result, &rows[i]), ratio);
        named++;
    }
    if (named < left) {
        char ratio[WORDS_MAX];
        words_ratio_value(ratio, &rows[count - 1].cost_ratio);
        fprintf(out, ", %zu more up to %s", left - named, ratio);
    }
}

static void write_full(FILE *out, const struct result *result, const struct table *table)
{
    size_t ranked = ranked_count(table), best = best_count(table);
    fprintf(out, "On %s, ", words_workload(result, table->workload));
    write_rows(out, result, table->rows, best, "and");
    fputs(best > 1 ? " cost the least CPU per request and cannot be told apart"
                   : " costs the least CPU per request",
          out);
    write_best_ratios(out, result, table->rows, best);
    write_others(out, result, table->rows + best, ranked - best);
    fputs(".", out);
}

/* The same best rows as the table before: only the figures are news. */
static void write_same(FILE *out, const struct result *result, const struct table *table)
{
    const char *between = " (";
    fprintf(out, " %s: the same", words_workload(result, table->workload));
    for (size_t i = 0; i < ranked_count(table); i++) {
        char ratio[WORDS_MAX];
        if (table->rows[i].reference)
            continue;
        words_ratio_value(ratio, &table->rows[i].cost_ratio);
        fprintf(out, "%s%s %s", between, words_arm(result, &table->rows[i]), ratio);
        between = ", ";
    }
    fputs(between[0] == ',' ? ")." : ".", out);
}

static bool same_best(const struct table *a, const struct table *b)
{
    size_t best = best_count(a);
    if (best != best_count(b))
        return false;
    for (size_t i = 0; i < best; i++) {
        bool found = false;
        for (size_t j = 0; j < best; j++)
            found |= a->rows[i].arm == b->rows[j].arm;
        if (!found)
            return false;
    }
    return true;
}

static char *self_check_sentence(const struct summary *summary, const struct result *result)
{
    const struct estimate *check = &summary->self_check_ratio;
    double percent = 100 * fabs(check->value - 1);
    switch (summary->self_check) {
    case SELF_CHECK_ABSENT:
        return xstrdup(" No self-check was run.");
    case SELF_CHECK_TOO_SHORT:
        return xstrdup(" The self-check is too short to judge the machine.");
    case SELF_CHECK_DIFFERS:
        return text_format("This machine disagrees with itself: two copies of %s differ by %.1f %% "
                           "[%+.1f, %+.1f], so nothing here ranks.",
                           reference_name(result), percent, 100 * (check->low - 1),
                           100 * (check->high - 1));
    case SELF_CHECK_AGREES:
        break;
    }
    return text_format(summary_disagrees(summary)
                           ? " Self-check %.1f %%: at saturation this machine agrees with itself, "
                             "at a rate it does not."
                           : " Self-check %.1f %%: this machine agrees with itself.",
                       percent);
}

/* Appends text if it fits whole; a headline is never cut inside a sentence. */
static bool headline_add(struct summary *summary, const char *text)
{
    size_t used = strlen(summary->headline);
    if (used + strlen(text) >= sizeof summary->headline)
        return false;
    strcpy(summary->headline + used, text);
    return true;
}

static char *sentence_of(void (*write)(FILE *, const struct result *, const struct table *),
                         const struct result *result, const struct table *table)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    write(out, result, table);
    fclose(out);
    return text;
}

static void headline_ranked(struct summary *summary, const struct result *result)
{
    char *check = self_check_sentence(summary, result);
    size_t reserved = strlen(check);
    const struct table *first = NULL;
    for (size_t t = 0; t < summary->count; t++) {
        const struct table *table = &summary->tables[t];
        if (!table->ranked)
            continue;
        bool same = first && same_best(first, table);
        char *text = sentence_of(same ? write_same : write_full, result, table);
        if (first && !same)
            headline_add(summary, " ");
        if (strlen(summary->headline) + strlen(text) + reserved < sizeof summary->headline)
            headline_add(summary, text);
        free(text);
        first = first ? first : table;
    }
    headline_add(summary, check);
    free(check);
}

/* Why there is no interval: none was planned, or blocks of the plan were lost. */
static void write_shortage(FILE *out, size_t usable, unsigned planned)
{
    if (planned >= STATS_INTERVAL_MIN_N)
        fprintf(out, "%zu of %u blocks %s usable: no interval; run again, or give --budget more.",
                usable, planned, usable == 1 ? "is" : "are");
    else if (usable == 1)
        fputs("One block: direction only; the full bench measures how sure that is.", out);
    else
        fprintf(out, "%zu blocks: direction only; the full bench measures how sure that is.",
                usable);
}

static void write_direction(FILE *out, const struct result *result, const struct table *table)
{
    const char *between = "";
    size_t blocks = 0;
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].cost_ratio.n > blocks && table->rows[i].kind == ROW_GLANCE)
            blocks = table->rows[i].cost_ratio.n;
    fprintf(out, "On %s, ", words_workload(result, table->workload));
    for (size_t i = 0; i < table->count; i++) {
        char ratio[WORDS_MAX];
        if (table->rows[i].kind != ROW_GLANCE || table->rows[i].reference ||
            isnan(table->rows[i].cost_ratio.value))
            continue;
        words_ratio_value(ratio, &table->rows[i].cost_ratio);
        fprintf(out, "%s%s%s %s", between, words_arm(result, &table->rows[i]),
                *between ? "" : " costs", ratio);
        between = ", ";
    }
    fprintf(out, " the CPU per request of %s. ", reference_name(result));
    write_shortage(out, blocks, result->experiment.paired.blocks);
}

static const struct table *directed_table(const struct summary *summary)
{
    for (size_t t = 0; t < summary->count; t++)
        for (size_t i = 0; i < summary->tables[t].count; i++) {
            const struct row *row = &summary->tables[t].rows[i];
            if (row->kind == ROW_GLANCE && !row->reference && !isnan(row->cost_ratio.value))
                return &summary->tables[t];
        }
    return NULL;
}

static bool any_glance(const struct summary *summary)
{
    for (size_t t = 0; t < summary->count; t++)
        for (size_t i = 0; i < summary->tables[t].count; i++)
            if (summary->tables[t].rows[i].kind == ROW_GLANCE)
                return true;
    return false;
}

static void headline_unranked(struct summary *summary, const struct result *result)
{
    const struct table *table = directed_table(summary);
    if (table) {
        char *text = sentence_of(write_direction, result, table);
        if (!headline_add(summary, text))
            headline_add(summary, "Too few blocks for an interval: direction only.");
        free(text);
        return;
    }
    if (summary->self_check == SELF_CHECK_AGREES) { /* it was all there was to measure */
        const struct estimate *check = &summary->self_check_ratio;
        char *text =
            text_format("This machine agrees with itself: a second copy of %s costs %.3f\u00d7 "
                        "[%.3f, %.3f] of the first.",
                        reference_name(result), check->value, check->low, check->high);
        headline_add(summary, text);
        free(text);
        return;
    }
    headline_add(summary, any_glance(summary)
                              ? "Nothing is ranked: no model was paired with the reference often "
                                "enough. What was measured is shown as single looks."
                              : "No usable row: nothing that was measured gave a number that can "
                                "be trusted. The reasons are below.");
}

/* Frees text. False: there was none. One that does not fit is left out, and was there. */
static bool add_claim(struct summary *summary, char *text)
{
    size_t used = strlen(summary->headline);
    if (!text)
        return false;
    if (used > 0)
        headline_add(summary, " ");
    if (!headline_add(summary, text))
        summary->headline[used] = '\0';
    free(text);
    return true;
}

static bool claim_growth(struct summary *summary, const struct result *result)
{
    bool any = false;
    for (size_t i = 0; i < summary->scale_count; i++)
        any |= add_claim(summary, scale_headline(&summary->scales[i], result));
    return any;
}

static bool claim_rates(struct summary *summary, const struct result *result)
{
    bool any = false;
    for (size_t i = 0; i < summary->at_rate_count; i++)
        any |= add_claim(summary, at_rate_finding(&summary->at_rates[i], result));
    return any;
}

static bool claim_latencies(struct summary *summary, const struct result *result)
{
    bool any = false;
    for (size_t i = 0; i < summary->latency_count; i++)
        any |= add_claim(summary, latency_headline(&summary->latencies[i], result));
    return any;
}

static bool claim_consistency(struct summary *summary, const struct result *result)
{
    bool any = false;
    for (size_t i = 0; i < summary->consistency_count; i++)
        any |= add_claim(summary, consistency_headline(&summary->consistencies[i], result));
    return any;
}

static bool claim_connections(struct summary *summary, const struct result *result)
{
    bool any = false;
    for (size_t i = 0; i < summary->stairs_count; i++)
        any |= add_claim(summary, stairs_headline(&summary->stairs[i], result));
    return any;
}

/* What a run has to tell that ranks nothing; the first kind
 * that there is, the others are findings. */
static bool headline_unrankable(struct summary *summary, const struct result *result)
{
    return summary->count == 0 &&
           (claim_consistency(summary, result) || claim_growth(summary, result) ||
            claim_rates(summary, result) || claim_latencies(summary, result) ||
            claim_connections(summary, result));
}

void sentences_headline(struct summary *summary, const struct result *result)
{
    bool ranked = false;
    for (size_t t = 0; t < summary->count; t++)
        ranked |= summary->tables[t].ranked;
    if (summary->self_check == SELF_CHECK_DIFFERS) {
        char *text = self_check_sentence(summary, result);
        headline_add(summary, text);
        free(text);
    } else if (ranked) {
        headline_ranked(summary, result);
    } else if (!headline_unrankable(summary, result)) {
        headline_unranked(summary, result);
    }
    if (summary->headline[0] == '\0') /* the first sentence alone was too long: many long names */
        headline_add(summary, ranked ? "The ranking is in the tables below."
                                     : "What was found is told below.");
}
