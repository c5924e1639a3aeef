/* The rows of a duel: what its blocks say of each figure, and
 * which of it stands. duel_words.c has the words. */
#include "analyse/duel.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/duel_words.h"
#include "analyse/stats.h"
#include "data/strings.h"

/* As a reader meets them. */
static const struct kind {
    enum metric metric;
    enum duel_series series;
} kinds[] = {
    {METRIC_COST, DUEL_PAIRS},          {METRIC_P50, DUEL_PAIRS},
    {METRIC_P99, DUEL_PAIRS},           {METRIC_P99_SOLO, DUEL_WITNESS},
    {METRIC_MEMORY, DUEL_PAIRS},        {METRIC_MEMORY_IDLE, DUEL_PAIRS},
    {METRIC_SATURATED, DUEL_SATURATED}, {METRIC_THROUGHPUT, DUEL_SATURATED},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* What a row is made of. */
struct cell {
    const struct duel *duel;
    size_t workload;
    const struct kind *kind;
};

static const struct duel_stretch *stretch_of(const struct cell *cell, unsigned time)
{
    return &cell->duel->workloads[cell->workload].stretches[cell->kind->series][time];
}

static struct looked look(const struct cell *cell, unsigned time)
{
    return duel_look(cell->duel, cell->workload, cell->kind->series, time, cell->kind->metric);
}

/* ---- figures ---- */

/* The median of either side's readings in the first blocks of a stretch, and their number. */
static double median_of(unsigned *count, const struct duel_stretch *stretch, size_t blocks,
                        enum metric metric, bool of_head)
{
    double *readings = xcalloc(blocks + 1, sizeof *readings);
    *count = 0;
    for (size_t i = 0; i < blocks; i++) {
        const struct duel_block *block = &stretch->blocks[i];
        double reading = of_head ? block->head[metric] : block->base[metric];
        if (reading > 0)
            readings[(*count)++] = reading;
    }
    double median = stats_median(readings, *count);
    free(readings);
    return median;
}

static void put_figures(struct decision_row *row, const struct duel_stretch *stretch,
                        const struct looked *looked)
{
    row->base = median_of(&row->base_count, stretch, looked->blocks, row->metric, false);
    row->head = median_of(&row->head_count, stretch, looked->blocks, row->metric, true);
    row->ratio = looked->ratio;
}

static uint32_t rate_of(enum metric metric, uint32_t rate_rps)
{
    switch (metric) {
    case METRIC_COST:
    case METRIC_P50:
    case METRIC_P99:
        return rate_rps;
    case METRIC_P99_SOLO:
        return duel_rate_alone(rate_rps);
    default:
        return 0;
    }
}

/* ---- words ---- */

/* Blocks are lost as often in those to come. */
static unsigned more_blocks(const struct looked *looked, double margin)
{
    double more = looks_more(&looked->ratio, margin);
    return more > 0 ? (unsigned)ceil(more * (double)looked->blocks / (double)looked->ratio.n) : 0;
}

static void leave_unconfirmed(struct decision_row *row, const struct cell *cell,
                              const struct looked *first, const struct looked *fresh)
{
    row->word = DECISION_INCONCLUSIVE;
    row->why = duel_words_unconfirmed(cell->duel, first, fresh);
    if (fresh->wanted > fresh->blocks && !duel_rules_are_fixed(&cell->duel->rules))
        row->more_blocks = fresh->wanted - (unsigned)fresh->blocks;
}

/* Of what is REGRESSED; becomes what its figures are of. */
static void confirm(struct decision_row *row, const struct cell *cell, struct looked *shown)
{
    struct looked first = *shown, fresh = look(cell, DUEL_FRESH);
    if (fresh.verdict == VERDICT_NONE) {
        leave_unconfirmed(row, cell, &first, &fresh);
        return;
    }
    *shown = fresh;
    put_figures(row, stretch_of(cell, DUEL_FRESH), &fresh);
    decision_judge(row);
    row->is_confirmed = row->word == DECISION_REGRESSED;
    if (row->is_confirmed)
        return;
    row->word = DECISION_INCONCLUSIVE;
    row->why = duel_words_refuted(&first, &fresh);
    row->more_blocks = more_blocks(&fresh, row->margin);
}

static bool has_reading(const struct duel_stretch *stretch, size_t blocks, enum duel_series series)
{
    for (size_t i = 0; i < blocks; i++)
        for (const enum metric *metric = duel_metrics(series); *metric != METRICS; metric++)
            if (stretch->blocks[i].base[*metric] > 0 || stretch->blocks[i].head[*metric] > 0)
                return true;
    return false;
}

/* No look was reached: that is no pass. */
static void leave_open(struct decision_row *row, char *why)
{
    row->word = DECISION_INCONCLUSIVE;
    row->is_unlooked = true;
    row->why = why;
}

/* Returns how many blocks the row's figures are of. */
static size_t judge(struct decision_row *row, const struct cell *cell)
{
    const struct duel_stretch *stretch = stretch_of(cell, DUEL_FIRST);
    enum duel_series series = cell->kind->series;
    struct looked shown = look(cell, DUEL_FIRST);
    put_figures(row, stretch, &shown);
    if (stretch->made == 0) {
        leave_open(row, xstrdup("there was no time for it"));
        return 0;
    }
    if (shown.ratio.n == 0) {
        row->why =
            duel_words_unread(row, shown.blocks, !has_reading(stretch, shown.blocks, series));
        return shown.blocks;
    }
    decision_judge(row);
    if (row->word == DECISION_REGRESSED && row->gates)
        confirm(row, cell, &shown);
    else if (shown.verdict == VERDICT_NONE)
        leave_open(row, duel_words_too_few(cell->duel, series, &shown));
    else
        row->more_blocks = more_blocks(&shown, row->margin);
    return shown.blocks;
}

/* ---- all of it ---- */

/* What the rows are of, for the words about all of them. */
struct judged {
    struct decision *decision;
    size_t first;
    size_t *blocks; /* of each row; 0: it is for information */
};

static void add_row(struct judged *judged, const struct cell *cell)
{
    const struct duel *duel = cell->duel;
    const struct duel_workload *workload = &duel->workloads[cell->workload];
    struct decision_row *row =
        decision_add(judged->decision, duel->server, workload->name, cell->kind->metric);
    bool informs = cell->kind->series == DUEL_SATURATED;
    row->gates = row->gates && !informs;
    row->rate_rps = rate_of(row->metric, workload->rate_rps);
    size_t count = judged->decision->count - judged->first, blocks = judge(row, cell);
    judged->blocks = xreallocarray(judged->blocks, count, sizeof *judged->blocks);
    judged->blocks[count - 1] = informs ? 0 : blocks;
}

/* What was to be measured and was not has a row, too: one that is not there is missed by nobody. */
static bool has_row(const struct cell *cell)
{
    return stretch_of(cell, DUEL_FIRST)->made > 0 ||
           (duel_planned(cell->duel, cell->workload, cell->kind->series) > 0 &&
            cell->kind->series != DUEL_SATURATED);
}

static void add_rows(struct judged *judged, const struct duel *duel)
{
    for (size_t i = 0; i < duel->count; i++)
        for (size_t k = 0; k < KINDS; k++) {
            struct cell cell = {.duel = duel, .workload = i, .kind = &kinds[k]};
            if (has_row(&cell))
                add_row(judged, &cell);
        }
}

static void refuse_row(struct decision_row *row, const char *why)
{
    free(row->why);
    row->why = xstrdup(why);
    row->word = DECISION_INVALID;
    row->base = row->head = row->smallest = NAN;
    row->base_count = row->head_count = row->more_blocks = 0;
    row->ratio = (struct estimate){.value = NAN, .low = NAN, .high = NAN, .robust_sd = NAN};
    row->is_confirmed = false;
}

void duel_judge(struct decision *decision, const struct duel *duel)
{
    struct judged judged = {.decision = decision, .first = decision->count};
    char *disagreement = duel_words_disagreement(duel);
    add_rows(&judged, duel);
    decision->disagrees = disagreement != NULL;
    decision->self_check = duel_words_self_check(duel);
    if (disagreement)
        for (size_t i = judged.first; i < decision->count; i++)
            refuse_row(&decision->rows[i], disagreement);
    else
        decision->resolution =
            duel_words_resolution(decision, judged.first, judged.blocks, duel->count);
    free(judged.blocks);
    free(disagreement);
}
