/* The cells of a table at a rate, and its three plain forms. */
#include "present/at_rate.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/words.h"
#include "data/json_put.h"
#include "present/text_grid.h"

enum { COST = AT_RATE_FIGURES, PAIRS };

const char *const at_rate_heads[AT_RATE_COLUMNS] = {"CPU per request", "p50", "p99", "cost",
                                                    "pairs"};

static void put_ratio(struct at_rate_cells *cells, unsigned column, const struct at_rate_row *row)
{
    const struct estimate *ratio = &row->ratios[column];
    words_ratio(cells->texts[column], ratio);
    words_ratio_value(cells->shorts[column], ratio);
    words_interval(cells->smalls[column], ratio);
    if (row->reference && ratio->value == 1) {
        snprintf(cells->texts[column], FIGURE_MAX, "1×");
        snprintf(cells->shorts[column], FIGURE_MAX, "1×");
    }
}

void at_rate_cells(struct at_rate_cells *cells, const struct at_rate_row *row)
{
    *cells = (struct at_rate_cells){0};
    for (unsigned column = 0; column < AT_RATE_FIGURES; column++)
        put_ratio(cells, column, row);
    figure_time(cells->texts[COST], row->cost_ns);
    if (row->lost > 0)
        snprintf(cells->texts[PAIRS], FIGURE_MAX, "%u of %u", row->used, row->used + row->lost);
    else
        snprintf(cells->texts[PAIRS], FIGURE_MAX, "%u", row->used);
    for (unsigned column = COST; column < AT_RATE_COLUMNS; column++)
        snprintf(cells->shorts[column], FIGURE_MAX, "%s", cells->texts[column]);
}

void at_rate_text(FILE *out, const struct result *result, const struct at_rate *at_rate,
                  unsigned width)
{
    struct at_rate_cells *cells = xcalloc(at_rate->count + 1, sizeof *cells);
    struct text_grid grid = {
        .rows = at_rate->count,
        .columns = AT_RATE_COLUMNS,
        .names = xcalloc(at_rate->count + 1, sizeof *grid.names),
        .heads = at_rate_heads,
        .cells = xcalloc(at_rate->count * AT_RATE_COLUMNS + 1, sizeof *grid.cells),
    };
    for (size_t row = 0; row < at_rate->count; row++) {
        at_rate_cells(&cells[row], &at_rate->rows[row]);
        grid.names[row] = result->arms[at_rate->rows[row].arm].id;
        for (unsigned i = 0; i < AT_RATE_COLUMNS; i++)
            grid.cells[row * AT_RATE_COLUMNS + i] = cells[row].texts[i];
    }
    text_grid_put(out, &grid, width);
    free(grid.names);
    free(grid.cells);
    free(cells);
}

static void markdown_table(FILE *out, const struct result *result, const struct at_rate *at_rate)
{
    fputs("| model |", out);
    for (unsigned i = 0; i < AT_RATE_COLUMNS; i++)
        fprintf(out, " %s%s |", at_rate_heads[i], i < AT_RATE_FIGURES ? ", × reference" : "");
    fputs("\n|---|---:|---:|---:|---:|---:|\n", out);
    for (size_t row = 0; row < at_rate->count; row++) {
        struct at_rate_cells cells;
        at_rate_cells(&cells, &at_rate->rows[row]);
        fputs("| ", out);
        escape_markdown(out, result->arms[at_rate->rows[row].arm].id);
        fputs(" |", out);
        for (unsigned i = 0; i < AT_RATE_COLUMNS; i++) {
            fputs(" ", out);
            escape_markdown(out, cells.texts[i]);
            fputs(" |", out);
        }
        putc('\n', out);
    }
    putc('\n', out);
}

static void markdown_part(FILE *out, const struct result *result, const struct at_rate *at_rate)
{
    char *title = at_rate_title(at_rate, result), *caption = at_rate_caption(at_rate);
    fputs("### ", out);
    escape_markdown(out, title);
    fputs("\n\n", out);
    escape_markdown(out, caption);
    fputs("\n\n", out);
    markdown_table(out, result, at_rate);
    free(caption);
    free(title);
}

bool at_rate_any(const struct summary *summary)
{
    for (size_t i = 0; i < summary->at_rate_count; i++)
        if (at_rate_compares(&summary->at_rates[i]))
            return true;
    return false;
}

void at_rate_markdown(FILE *out, const struct result *result, const struct summary *summary)
{
    if (at_rate_any(summary))
        fputs("## At a rate\n\n", out);
    for (size_t i = 0; i < summary->at_rate_count; i++)
        if (at_rate_compares(&summary->at_rates[i]))
            markdown_part(out, result, &summary->at_rates[i]);
}

static json_t *row_json(const struct result *result, const struct at_rate *at_rate,
                        const struct at_rate_row *row, json_t *(*estimate)(const struct estimate *))
{
    json_t *json = json_object();
    char *why = at_rate_why(at_rate, row);
    json_object_set_new(json, "arm", text_json(result->arms[row->arm].id));
    json_object_set_new(json, "reference", json_boolean(row->reference));
    json_object_set_new(json, "cost_ratio", estimate(&row->ratios[AT_RATE_COST]));
    json_object_set_new(json, "p50_ratio", estimate(&row->ratios[AT_RATE_P50]));
    json_object_set_new(json, "p99_ratio", estimate(&row->ratios[AT_RATE_P99]));
    json_object_set_new(json, "cost_ns",
                        isfinite(row->cost_ns) ? json_real(row->cost_ns) : json_null());
    json_object_set_new(json, "rounds_used", json_integer(row->used));
    json_object_set_new(json, "rounds_discarded", json_integer(row->lost));
    json_object_set_new(json, "why", text_json(why));
    free(why);
    return json;
}

static json_t *check_json(const struct self_check *check,
                          json_t *(*estimate)(const struct estimate *))
{
    static const char *const states[] = {"absent", "too short", "agrees", "differs"};
    return json_pack("{s:s, s:o}", "state", states[check->state], "ratio",
                     check->state == SELF_CHECK_ABSENT ? json_null() : estimate(&check->ratio));
}

json_t *at_rate_json(const struct result *result, const struct at_rate *at_rate,
                     json_t *(*estimate)(const struct estimate *))
{
    json_t *rows = json_array();
    for (size_t i = 0; i < at_rate->count; i++)
        json_array_append_new(rows, row_json(result, at_rate, &at_rate->rows[i], estimate));
    json_t *checks =
        json_pack("{s:o, s:o, s:o}", "cost", check_json(&at_rate->checks[AT_RATE_COST], estimate),
                  "p50", check_json(&at_rate->checks[AT_RATE_P50], estimate), "p99",
                  check_json(&at_rate->checks[AT_RATE_P99], estimate));
    return json_pack("{s:o, s:I, s:b, s:o, s:o}", "workload",
                     text_json(words_workload(result, at_rate->workload)), "rate_rps",
                     (json_int_t)at_rate->rate_rps, "discards_unequal", at_rate->discards_unequal,
                     "self_check", checks, "rows", rows);
}
