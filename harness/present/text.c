/* The terminal's view: the headline, a table per workload
 * within the width given, and what to beware of. */
#include "present/present.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"
#include "present/at_rate.h"
#include "present/connections.h"
#include "present/consistency.h"
#include "present/divergences.h"
#include "present/format.h"
#include "present/latency.h"
#include "present/latency_grid.h"
#include "present/scale.h"
#include "present/scale_grid.h"
#include "present/text_lines.h"

enum { NARROWEST = 40, INDENT = 2, GAP = 2 };

struct terminal {
    FILE *out;
    int width;
    bool colour;
};

/* A text too long for its cell ends in an ellipsis. */
static void put_cell(FILE *out, const char *text, int width, bool right)
{
    int pad = width - text_columns(text);
    char *cut = pad < 0 ? text_format("%.*s…", (int)text_columns_bytes(text, width - 1), text)
                        : xstrdup(text);
    if (right)
        fprintf(out, "%*s", pad > 0 ? pad : 0, "");
    text_put_clean(out, cut);
    if (!right)
        fprintf(out, "%*s", pad > 0 ? pad : 0, "");
    free(cut);
}

static void put_wrapped(const struct terminal *t, const char *first, const char *text)
{
    text_put_wrapped(&(struct text_lines){t->out, t->width, INDENT}, first, text);
}

struct column {
    const char *title;
    bool right;
    int spare; /* 0: always shown; the highest is left out first where there is no room */
    const char *(*cell)(const struct cells *);
};

static const char *cell_place(const struct cells *c)
{
    return c->place;
}
static const char *cell_label(const struct cells *c)
{
    return c->label;
}
static const char *cell_ratio(const struct cells *c)
{
    return c->ratio;
}
static const char *cell_cost(const struct cells *c)
{
    return c->cost;
}
static const char *cell_throughput(const struct cells *c)
{
    return c->throughput;
}
static const char *cell_roof(const struct cells *c)
{
    return c->roof;
}
static const char *cell_pss(const struct cells *c)
{
    return c->pss;
}
static const char *cell_state(const struct cells *c)
{
    return c->state;
}

static const struct column layout[] = {
    {"", false, 0, cell_place},
    {"model", false, 0, cell_label},
    {"CPU per request", true, 0, cell_ratio},
    {"cost", true, 4, cell_cost},
    {"req/s", true, 1, cell_throughput},
    {"of roof", true, 5, cell_roof},
    {"PSS", true, 3, cell_pss},
    {"state", false, 2, cell_state},
};
enum { COLUMNS = sizeof layout / sizeof *layout, NAME = 1, NAME_SHORTEST = 8, DROPPABLE = 5 };

/* How wide each column is, and which are left out. */
struct shape {
    int widths[COLUMNS];
    bool out[COLUMNS];
};

static int total(const struct shape *shape)
{
    int sum = 0;
    for (int c = 0; c < COLUMNS; c++)
        sum += shape->out[c] ? 0 : GAP + shape->widths[c];
    return sum;
}

/* Leaves out what can be spared until the rest fits; at last the names are cut. */
static void fit(struct shape *shape, int width)
{
    for (int rank = DROPPABLE; rank > 0 && total(shape) > width; rank--)
        for (int c = 0; c < COLUMNS; c++)
            shape->out[c] |= layout[c].spare == rank;
    int over = total(shape) - width, *name = &shape->widths[NAME];
    if (over > 0 && *name > NAME_SHORTEST)
        *name = *name - over > NAME_SHORTEST ? *name - over : NAME_SHORTEST;
}

static void find_shape(struct shape *shape, const struct cells *cells, size_t count, int width)
{
    *shape = (struct shape){0};
    for (int c = 0; c < COLUMNS; c++) {
        shape->widths[c] = text_columns(layout[c].title);
        for (size_t i = 0; i < count; i++) {
            int cell = text_columns(layout[c].cell(&cells[i]));
            shape->widths[c] = cell > shape->widths[c] ? cell : shape->widths[c];
        }
    }
    fit(shape, width);
}

static bool shown(const struct row *row)
{
    return row->kind == ROW_RANKED || row->kind == ROW_GLANCE || row->kind == ROW_ROOF;
}

/* The headings, or one row's cells; nothing is padded at the line's end. */
static void put_line(FILE *out, const struct shape *shape, const struct cells *cells)
{
    int last = COLUMNS - 1;
    while (shape->out[last])
        last--;
    for (int c = 0; c <= last; c++) {
        const char *text = cells ? layout[c].cell(cells) : layout[c].title;
        int width = c == last && !layout[c].right ? text_columns(text) : shape->widths[c];
        if (shape->out[c])
            continue;
        fprintf(out, "%*s", GAP, "");
        put_cell(out, text, width, layout[c].right);
    }
}

static void put_left_out(const struct terminal *t, const struct shape *shape)
{
    const char *names[COLUMNS];
    size_t count = 0, size = 0;
    char *text = NULL;
    for (int c = 0; c < COLUMNS; c++)
        if (shape->out[c])
            names[count++] = layout[c].title;
    if (count == 0)
        return;
    FILE *out = open_memstream(&text, &size);
    fputs("left out for width: ", out);
    words_list(out, names, count, "and");
    fputs(" (see the report)", out);
    fclose(out);
    fputs(t->colour ? "\033[2m" : "", t->out);
    put_wrapped(t, "  ", text);
    fputs(t->colour ? "\033[0m" : "", t->out);
    free(text);
}

static void put_rows(const struct terminal *t, const struct result *result,
                     const struct table *table)
{
    struct cells *cells = xcalloc(table->count + 1, sizeof *cells);
    struct shape shape;
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++)
        if (shown(&table->rows[i]))
            cells_make(&cells[count++], result, table, &table->rows[i]);
    find_shape(&shape, cells, count, t->width);
    fputs(t->colour ? "\033[2m" : "", t->out);
    put_line(t->out, &shape, NULL);
    fputs(t->colour ? "\033[0m\n" : "\n", t->out);
    for (size_t i = 0; i < count; i++) {
        put_line(t->out, &shape, &cells[i]);
        putc('\n', t->out);
    }
    put_left_out(t, &shape);
    free(cells);
}

static void put_absent(const struct terminal *t, const struct result *result,
                       const struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        if (shown(row))
            continue;
        char *why = words_why(result, table, row);
        char *line =
            text_format("%s %s: %s", words_arm(result, row),
                        row->kind == ROW_INVALID ? "has no valid number" : "was not measured", why);
        put_wrapped(t, "  ", line);
        free(line);
        free(why);
    }
}

static void put_upstream(const struct terminal *t, const struct result *result,
                         const struct table *table)
{
    char *sentence = upstream_sentence(result, table);
    if (sentence)
        put_wrapped(t, "  ", sentence);
    free(sentence);
}

/* The workload in bold, and plainly what is told of it. */
static void put_heading(const struct terminal *t, const struct result *result, size_t workload,
                        const char *what)
{
    fputs(t->colour ? "\n\033[1m" : "\n", t->out);
    text_put_clean(t->out, words_workload(result, workload));
    fprintf(t->out, "%s%s\n", t->colour ? "\033[0m" : "", what);
}

static void put_table(const struct terminal *t, const struct result *result,
                      const struct table *table)
{
    put_heading(t, result, table->workload, table->ranked ? "" : "  (not ranked)");
    put_rows(t, result, table);
    put_upstream(t, result, table);
    put_absent(t, result, table);
}

/* Which and why takes lines: the report has them. */
static void put_divergences(const struct terminal *t, const struct result *result)
{
    for (size_t i = 0; i < result->arm_count; i++) {
        char *title = divergences_title(&result->arms[i]);
        if (title) {
            char *line = text_format("%s: the report says which and why.", title);
            put_wrapped(t, "· ", line);
            free(line);
        }
        free(title);
    }
}

static void put_scale(const struct terminal *t, const struct result *result,
                      const struct scale *scale)
{
    put_heading(t, result, scale->workload, "  by connections");
    for (enum scale_table table = 0; table < SCALE_TABLES; table++)
        scale_text_table(t->out, result, scale, table, (unsigned)t->width);
    putc('\n', t->out);
    for (size_t i = 0; i < scale->sentences.count; i++)
        put_wrapped(t, "· ", scale->sentences.items[i]);
}

static void put_latency(const struct terminal *t, const struct result *result,
                        const struct latency *latency)
{
    put_heading(t, result, latency->workload, "  latency by rate");
    for (enum latency_table table = 0; table < LATENCY_TABLES; table++) {
        char *note = latency_text_table(t->out, result, latency, table, (unsigned)t->width);
        if (note)
            put_wrapped(t, "  ", note);
        free(note);
    }
    putc('\n', t->out);
    for (size_t i = 0; i < latency->sentences.count; i++)
        put_wrapped(t, "· ", latency->sentences.items[i]);
}

static void put_connections(const struct terminal *t, const struct result *result,
                            const struct stairs_memory *memory)
{
    put_heading(t, result, memory->workload, "  connections taken up");
    char *note = connections_text_table(t->out, result, memory, (unsigned)t->width);
    put_wrapped(t, "  ", note);
    free(note);
}

static void put_consistency(const struct terminal *t, const struct result *result,
                            const struct consistency *consistency)
{
    put_heading(t, result, consistency->workload, "  over time");
    char *note = consistency_text_table(t->out, result, consistency, (unsigned)t->width);
    put_wrapped(t, "  ", note);
    free(note);
    putc('\n', t->out);
    for (size_t i = 0; i < consistency->sentences.count; i++)
        put_wrapped(t, "· ", consistency->sentences.items[i]);
}

static void put_at_rate(const struct terminal *t, const struct result *result,
                        const struct at_rate *at_rate)
{
    char *title = at_rate_title(at_rate, result), *caption = at_rate_caption(at_rate);
    fputs(t->colour ? "\n\033[1m" : "\n", t->out);
    text_put_clean(t->out, title);
    fputs(t->colour ? "\033[0m\n" : "\n", t->out);
    at_rate_text(t->out, result, at_rate, (unsigned)t->width);
    put_wrapped(t, "  ", caption);
    free(caption);
    free(title);
}

void present_text(FILE *out, const struct result *result, const struct summary *summary,
                  unsigned width, bool colour)
{
    struct terminal terminal = {out, width > NARROWEST ? (int)width : NARROWEST, colour};
    fputs(colour ? "\033[1m" : "", out);
    put_wrapped(&terminal, "", summary->headline);
    fputs(colour ? "\033[0m" : "", out);
    for (size_t i = 0; i < summary->count; i++)
        put_table(&terminal, result, &summary->tables[i]);
    for (size_t i = 0; i < summary->consistency_count; i++)
        put_consistency(&terminal, result, &summary->consistencies[i]);
    for (size_t i = 0; i < summary->stairs_count; i++)
        if (connections_are_alone(summary, &summary->stairs[i]))
            put_connections(&terminal, result, &summary->stairs[i]);
    for (size_t i = 0; i < summary->at_rate_count; i++)
        if (at_rate_compares(&summary->at_rates[i]))
            put_at_rate(&terminal, result, &summary->at_rates[i]);
    for (size_t i = 0; i < summary->latency_count; i++)
        put_latency(&terminal, result, &summary->latencies[i]);
    for (size_t i = 0; i < summary->scale_count; i++)
        put_scale(&terminal, result, &summary->scales[i]);
    fputs("\n", out);
    for (size_t i = 0; i < summary->findings.count; i++)
        put_wrapped(&terminal, "· ", summary->findings.items[i]);
    put_divergences(&terminal, result);
    for (size_t i = 0; i < summary->cautions.count; i++) {
        const char *caution =
            summary->cautions.items[i]; /* notes are among them, and no warnings */
        put_wrapped(&terminal, strings_contain(&result->notes, caution) ? "· " : "! ", caution);
    }
}
