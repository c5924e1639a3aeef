#include "present/decision_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"
#include "present/format.h"

/* ---- what a row is ---- */

bool decision_row_fails(const struct decision_row *row)
{
    return decision_row_is_bad(row, DECISION_REGRESSED);
}

bool decision_row_warns(const struct decision_row *row)
{
    return decision_row_is_bad(row, DECISION_SUSPECT);
}

bool decision_row_is_unknown(const struct decision_row *row)
{
    return row->word == DECISION_INCONCLUSIVE || row->word == DECISION_INVALID ||
           row->word == DECISION_INCOMPARABLE;
}

bool decision_row_matters(const struct decision_row *row)
{
    return row->gates && (row->word == DECISION_REGRESSED || row->word == DECISION_SUSPECT ||
                          row->word == DECISION_IMPROVED || decision_row_is_unknown(row));
}

bool decision_is_refused(const struct decision *decision)
{
    return decision->broken || (decision->count == 0 && decision->exit_code != 0);
}

/* ---- their order ---- */

static unsigned urgency_of_word(const struct decision_row *row)
{
    if (row->word == DECISION_REGRESSED ||
        (row->word == DECISION_SUSPECT && decision_is_worse(row)))
        return 2;
    if (decision_row_is_unknown(row))
        return 3;
    if (row->word == DECISION_IMPROVED || row->word == DECISION_SUSPECT)
        return 4;
    return row->word == DECISION_RATIO_ONLY ? 5 : 6;
}

/* The least is the most urgent; of two alike, the one that gates. */
static unsigned urgency(const struct decision_row *row)
{
    if (decision_row_fails(row))
        return 0;
    return 2 * (decision_row_warns(row) ? 1 : urgency_of_word(row)) + !row->gates;
}

/* By urgency, then by word, so that those of one word are together, then as they were added. */
static int compare(const void *left, const void *right)
{
    const struct decision_row *a = *(const struct decision_row *const *)left,
                              *b = *(const struct decision_row *const *)right;
    unsigned first = urgency(a), second = urgency(b);
    if (first != second)
        return first < second ? -1 : 1;
    if (a->word != b->word)
        return a->word < b->word ? -1 : 1;
    if (a->is_confirmed != b->is_confirmed)
        return a->is_confirmed ? -1 : 1;
    if (!a->accepted != !b->accepted)
        return !a->accepted ? -1 : 1;
    return (a > b) - (a < b);
}

void decision_view_init(struct decision_view *view, const struct decision *decision)
{
    view->count = decision->count;
    view->rows = xcalloc(decision->count + 1, sizeof(struct decision_row *));
    for (size_t i = 0; i < decision->count; i++)
        view->rows[i] = &decision->rows[i];
    qsort(view->rows, view->count, sizeof(struct decision_row *), compare);
}

/* Takes those of a workload out of the rows, leaving NULL. */
static size_t take(const struct decision_row **to, const struct decision_view *view,
                   const char *workload)
{
    size_t taken = 0;
    for (size_t i = 0; i < view->count; i++)
        if (view->rows[i] && strcmp(view->rows[i]->workload, workload) == 0) {
            to[taken++] = view->rows[i];
            view->rows[i] = NULL;
        }
    return taken;
}

void decision_view_by_workload(struct decision_view *view)
{
    const struct decision_row **rows = xcalloc(view->count + 1, sizeof(struct decision_row *));
    size_t filled = 0;
    for (size_t i = 0; i < view->count; i++)
        if (view->rows[i])
            filled += take(rows + filled, view, view->rows[i]->workload);
    free(view->rows);
    view->rows = rows;
}

size_t decision_view_workload(const struct decision_view *view, size_t first)
{
    size_t count = 0;
    while (first + count < view->count &&
           strcmp(view->rows[first + count]->workload, view->rows[first]->workload) == 0)
        count++;
    return count;
}

void decision_view_release(struct decision_view *view)
{
    free(view->rows);
    *view = (struct decision_view){0};
}

/* ---- words ---- */

const char *decision_row_word(const struct decision_row *row)
{
    return row->word == DECISION_REGRESSED && row->is_confirmed ? "REGRESSED, confirmed"
                                                                : decision_word(row->word);
}

bool decision_row_is_word(const struct decision_row *row)
{
    return row->metric == METRIC_CONSISTENCY;
}

void decision_put_counts(FILE *out, const struct decision_row *const *rows, size_t count)
{
    size_t counts[DECISION_WORDS] = {0};
    for (size_t i = 0; i < count; i++)
        counts[rows[i]->word]++;
    decision_put_words(out, counts);
}

char *decision_metric_label(const struct decision_row *row)
{
    char rate[WORDS_MAX];
    const char *name = metric_info(row->metric)->name;
    if (row->rate_rps == 0)
        return xstrdup(name);
    if (row->rate_rps % 1000 == 0)
        snprintf(rate, sizeof rate, "%u k", row->rate_rps / 1000);
    else
        words_count(rate, row->rate_rps);
    return text_format("%s, %s/s", name, rate);
}

char *decision_row_more(const struct decision_row *row)
{
    char count[WORDS_MAX];
    if (row->more_blocks == 0)
        return NULL;
    words_count(count, row->more_blocks);
    return text_format("about %s more block%s would decide it",
                       row->more_blocks == 1 ? "one" : count, row->more_blocks == 1 ? "" : "s");
}

/* Those that are there; the caller frees. */
static char *joined(const char *const *clauses, size_t count)
{
    struct strings list = {0};
    for (size_t i = 0; i < count; i++)
        if (clauses[i])
            strings_add(&list, clauses[i]);
    char *text = strings_join(&list, "; ");
    strings_release(&list);
    return text;
}

char *decision_row_reasons(const struct decision_row *row)
{
    char *more = decision_row_more(row);
    char *accepted = row->accepted ? text_format("accepted: %s", row->accepted) : NULL;
    char *reasons = joined((const char *const[]){row->why, more, accepted}, 3);
    free(accepted);
    free(more);
    return reasons;
}

char *decision_row_remarks(const struct decision_row *row)
{
    char *reasons = decision_row_reasons(row);
    const char *const clauses[] = {*reasons ? reasons : NULL, row->gates ? NULL : "does not gate"};
    char *remarks = joined(clauses, 2);
    free(reasons);
    return remarks;
}

/* As short as the report has it. */
static void put_figure(char words[DECISION_CHANGE_MAX], enum metric metric, double value)
{
    if (metric_info(metric)->unit == UNIT_RATE)
        figure_rate(words, value);
    else
        decision_figure(words, metric, value);
}

void decision_cells_make(struct decision_cells *cells, const struct decision_row *row)
{
    bool is_word = decision_row_is_word(row);
    put_figure(cells->base, row->metric, row->base);
    put_figure(cells->head, row->metric, row->head);
    decision_change(cells->change, &row->ratio);
    if (row->is_counted && !isnan(row->ratio.value))
        strcat(cells->change, ", counted"); /* what has no interval is short */
    decision_share(cells->counts, is_word ? NAN : row->margin);
    decision_share(cells->told, is_word ? NAN : row->smallest);
}

static char *figures_words(const struct decision_row *row)
{
    struct decision_cells cells;
    char *told = NULL;
    decision_cells_make(&cells, row);
    if (!isnan(row->smallest))
        told = text_format(", and is told apart from %s on", cells.told);
    char *words =
        text_format("%s, then %s: %s, %s; a change counts from %s%s", cells.base, cells.head,
                    cells.change, decision_row_word(row), cells.counts, told ? told : "");
    free(told);
    return words;
}

char *decision_row_words(const struct decision_row *row)
{
    char *figures =
        decision_row_is_word(row) ? xstrdup(decision_row_word(row)) : figures_words(row);
    char *remarks = decision_row_remarks(row);
    char *words = joined((const char *const[]){figures, *remarks ? remarks : NULL}, 2);
    free(remarks);
    free(figures);
    return words;
}

/* ---- what the words mean ---- */

static bool is_ratio(const struct decision_row *row)
{
    return row->word == DECISION_RATIO_ONLY;
}

/* What has no blocks has no fresh ones. */
static bool is_confirmed(const struct decision_row *row)
{
    return row->is_confirmed && !row->is_counted && !decision_row_is_word(row);
}

/* Whoever divides the two medians would find another change. */
static bool is_apart(const struct decision_row *row)
{
    return !is_ratio(row) && fabs(row->head / row->base - row->ratio.value) > row->margin;
}

static bool is_counted(const struct decision_row *row)
{
    return row->is_counted;
}

static bool is_solo(const struct decision_row *row)
{
    return row->metric == METRIC_P99_SOLO;
}

static bool is_memory(const struct decision_row *row)
{
    return row->metric == METRIC_MEMORY || row->metric == METRIC_MEMORY_IDLE;
}

static bool is_idle(const struct decision_row *row)
{
    return row->metric == METRIC_MEMORY_IDLE;
}

static const struct {
    bool (*is_about)(const struct decision_row *row);
    const char *sentence;
} explanations[] = {
    {is_ratio, " RATIO ONLY: the change is that of each over the reference of its own run."},
    {is_apart,
     " change: the median of the ratios of single rounds; the medians of base and head may "
     "be in another."},
    {is_confirmed, " confirmed: it is so on fresh blocks, too, and the change is theirs."},
    {is_solo, " p99-solo: p99 of each server alone, at half the rate of a pair."},
    {is_memory, " memory: what a server has allocated (anonymous and shared), no pages of files."},
    {is_idle, " memory-idle: the same after the load, once its connections are closed."},
    {is_counted, " counted: of a request, in user mode; what is not timed has no interval."},
};

char *decision_legend(const struct decision_view *view)
{
    char *legend = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&legend, &size);
    fputs("counts: the smallest change worth a word. told: the smallest change for the worse that "
          "would have been told apart here.",
          out);
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
        size_t row = 0;
        while (row < view->count && !explanations[i].is_about(view->rows[row]))
            row++;
        fputs(row < view->count ? explanations[i].sentence : "", out);
    }
    fclose(out);
    return legend;
}
