/*
 * A decision for a terminal. For each workload a table, in it by their words, the
 * most urgent first: server, metric, what it was and is, by how much it changed,
 * from where on a change counts, and from where on it would have been told apart.
 * Beneath a row, its reasons. Names that find no room stand above their row.
 */
#include "present/decision.h"

#include <stdlib.h>
#include <string.h>

#include "analyse/duel.h"
#include "analyse/words.h"
#include "present/decision_parts.h"
#include "present/text_lines.h"

enum { NARROWEST = 80, INDENT = 2, DEEPER = 4, GAP = 2, NAME_LEAST = 6 };
enum { SERVER, METRIC, BASE, HEAD, CHANGE, COUNTS, TOLD, COLUMNS };

static const struct {
    const char *head;
    bool right;
} layout[COLUMNS] = {
    [SERVER] = {"server", false}, [METRIC] = {"metric", false}, [BASE] = {"base", true},
    [HEAD] = {"head", true},      [CHANGE] = {"change", false}, [COUNTS] = {"counts", true},
    [TOLD] = {"told", true},
};

struct page {
    struct text_lines lines;
    int widths[COLUMNS];
};

/* ---- one row ---- */

struct cells {
    struct decision_cells figures;
    char *server, *metric;
    const char *texts[COLUMNS];
};

/* The rate that its workload's heading tells is not told
 * again, nor what each of a pair has of it. */
static bool is_told(const struct decision_row *row, uint32_t rate_rps)
{
    return row->rate_rps == rate_rps ||
           (row->metric == METRIC_P99_SOLO && row->rate_rps == duel_rate_alone(rate_rps));
}

static void cells_init(struct cells *cells, const struct decision_row *row, uint32_t rate_rps)
{
    decision_cells_make(&cells->figures, row);
    cells->server = decision_clean(row->server, "");
    cells->metric = is_told(row, rate_rps) ? xstrdup(metric_info(row->metric)->name)
                                           : decision_metric_label(row);
    const char *texts[COLUMNS] = {
        [SERVER] = cells->server,         [METRIC] = cells->metric,
        [BASE] = cells->figures.base,     [HEAD] = cells->figures.head,
        [CHANGE] = cells->figures.change, [COUNTS] = cells->figures.counts,
        [TOLD] = cells->figures.told,
    };
    memcpy(cells->texts, texts, sizeof texts);
}

static void cells_release(struct cells *cells)
{
    free(cells->server);
    free(cells->metric);
}

static void put_cell(FILE *out, int column, int width, const char *text)
{
    int pad = width > text_columns(text) ? width - text_columns(text) : 0;
    fprintf(out, "%*s%s", layout[column].right ? pad : 0, "", text);
    fprintf(out, "%*s", layout[column].right ? 0 : pad, "");
}

static void put_line(const struct page *page, const char *const texts[COLUMNS])
{
    int gap = INDENT;
    for (int c = 0; c < COLUMNS; c++) {
        if (page->widths[c] == 0)
            continue;
        fprintf(page->lines.out, "%*s", gap, "");
        put_cell(page->lines.out, c, page->widths[c], texts[c]);
        gap = GAP;
    }
    putc('\n', page->lines.out);
}

static void put_wrapped(const struct page *page, int indent, const char *text)
{
    struct text_lines lines = page->lines;
    char *first = text_format("%*s", indent, ""), *clean = decision_clean(text, "");
    lines.indent = indent;
    text_put_wrapped(&lines, first, clean);
    free(clean);
    free(first);
}

/* That it does not gate is in the heading. */
static void put_reasons(const struct page *page, const struct decision_row *row)
{
    char *more = decision_row_more(row);
    if (row->why)
        put_wrapped(page, DEEPER, row->why);
    if (more)
        put_wrapped(page, DEEPER, more);
    free(more);
    if (!row->accepted)
        return;
    char *accepted = text_format("accepted: %s", row->accepted);
    put_wrapped(page, DEEPER, accepted);
    free(accepted);
}

/* The names that find no room in their columns. */
static void put_above(const struct page *page, const char *texts[COLUMNS])
{
    bool server = text_columns(texts[SERVER]) > page->widths[SERVER],
         metric = text_columns(texts[METRIC]) > page->widths[METRIC];
    char *names = text_format("%s%s%s", server ? texts[SERVER] : "", server && metric ? ": " : "",
                              metric ? texts[METRIC] : "");
    if (server || metric)
        put_wrapped(page, INDENT, names);
    texts[SERVER] = server ? "" : texts[SERVER];
    texts[METRIC] = metric ? "" : texts[METRIC];
    free(names);
}

static void put_row(const struct page *page, const struct decision_row *row, uint32_t rate_rps)
{
    struct cells cells;
    cells_init(&cells, row, rate_rps);
    put_above(page, cells.texts);
    put_line(page, cells.texts);
    put_reasons(page, row);
    cells_release(&cells);
}

/* ---- widths, the same for all workloads ---- */

/* The one rate that a workload was asked at; 0: it is none, or
 * several. A server by itself is asked for its part of a pair's. */
static uint32_t rate_of(const struct decision_row *const *rows, size_t count)
{
    uint32_t rate_rps = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i]->metric == METRIC_P99_SOLO)
            continue;
        if (rate_rps && rows[i]->rate_rps && rows[i]->rate_rps != rate_rps)
            return 0;
        rate_rps = rows[i]->rate_rps ? rows[i]->rate_rps : rate_rps;
    }
    return rate_rps;
}

static void widen(int widths[COLUMNS], const struct decision_row *row, uint32_t rate_rps)
{
    struct cells cells;
    cells_init(&cells, row, rate_rps);
    for (int c = 0; c < COLUMNS; c++) {
        int width = text_columns(cells.texts[c]);
        widths[c] = width > widths[c] ? width : widths[c];
    }
    cells_release(&cells);
}

/* Where a server finds no room beside the figures, neither it nor the metric has a column. */
static void fit(int widths[COLUMNS], int width)
{
    int room = width - INDENT - (COLUMNS - 1) * GAP;
    for (int c = METRIC; c < COLUMNS; c++)
        room -= widths[c];
    if (widths[SERVER] <= room)
        return;
    widths[SERVER] = room < NAME_LEAST ? 0 : room;
    widths[METRIC] = room < NAME_LEAST ? 0 : widths[METRIC];
}

static void find_widths(struct page *page, const struct decision_view *view)
{
    for (int c = 0; c < COLUMNS; c++)
        page->widths[c] = text_columns(layout[c].head);
    for (size_t i = 0, count; i < view->count; i += count) {
        count = decision_view_workload(view, i);
        uint32_t rate_rps = rate_of(view->rows + i, count);
        for (size_t j = i; j < i + count; j++)
            widen(page->widths, view->rows[j], rate_rps);
    }
    fit(page->widths, page->lines.width);
}

/* ---- tables ---- */

static bool is_alike(const struct decision_row *a, const struct decision_row *b)
{
    return a->word == b->word && a->is_confirmed == b->is_confirmed && a->gates == b->gates &&
           !a->accepted == !b->accepted;
}

static void put_heading(const struct page *page, const char *workload, uint32_t rate_rps)
{
    const char *heads[COLUMNS];
    char rate[WORDS_MAX];
    words_count(rate, rate_rps);
    char *heading = rate_rps ? text_format("%s, paced at %s/s", workload, rate) : xstrdup(workload);
    for (int c = 0; c < COLUMNS; c++)
        heads[c] = layout[c].head;
    putc('\n', page->lines.out);
    put_wrapped(page, 0, heading);
    put_line(page, heads);
    free(heading);
}

static void put_workload(const struct page *page, const struct decision_row *const *rows,
                         size_t count)
{
    uint32_t rate_rps = rate_of(rows, count);
    put_heading(page, rows[0]->workload, rate_rps);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !is_alike(rows[i], rows[i - 1]))
            fprintf(page->lines.out, "\n  %s%s%s\n", decision_row_word(rows[i]),
                    rows[i]->accepted ? ", accepted" : "", rows[i]->gates ? "" : ", does not gate");
        put_row(page, rows[i], rate_rps);
    }
}

static void put_paragraph(const struct page *page, const char *text)
{
    putc('\n', page->lines.out);
    put_wrapped(page, 0, text);
}

static void put_notes(const struct page *page, const struct decision *decision,
                      const struct decision_view *view)
{
    char *legend = decision_legend(view);
    if (decision->self_check)
        put_paragraph(page, decision->self_check);
    if (decision->resolution)
        put_paragraph(page, decision->resolution);
    if (view->count > 0)
        put_paragraph(page, legend);
    free(legend);
    for (size_t i = 0; i < decision->notes.count; i++)
        put_paragraph(page, decision->notes.items[i]);
}

void present_decision_text(FILE *out, const struct decision *decision, unsigned width)
{
    struct page page = {.lines = {out, width < NARROWEST ? NARROWEST : (int)width, 0}};
    struct decision_view view;
    decision_view_init(&view, decision);
    decision_view_by_workload(&view);
    find_widths(&page, &view);
    put_wrapped(&page, 0, decision->headline);
    if (decision->count > 0) {
        char *sides = text_format("base: %s. head: %s.", decision->base, decision->head);
        put_wrapped(&page, 0, sides);
        free(sides);
    }
    for (size_t i = 0, count; i < view.count; i += count) {
        count = decision_view_workload(&view, i);
        put_workload(&page, view.rows + i, count);
    }
    put_notes(&page, decision, &view);
    decision_view_release(&view);
}
