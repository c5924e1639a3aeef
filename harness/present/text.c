/* The terminal's view: the headline, a table per workload within 100 columns, and what to beware
 * of. */
#include "present/present.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"
#include "present/format.h"

enum { WIDTH = 96, INDENT = 2 };

/* Columns a text takes on a terminal: code points; nothing here is double-width or combining. */
static int columns(const char *text)
{
    int n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* A hostile name must not drive the terminal. */
static void put_clean(FILE *out, const char *text)
{
    for (; *text; text++)
        putc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
}

static void put_cell(FILE *out, const char *text, int width, bool right)
{
    int pad = width - columns(text);
    if (right)
        fprintf(out, "%*s", pad > 0 ? pad : 0, "");
    put_clean(out, text);
    if (!right)
        fprintf(out, "%*s", pad > 0 ? pad : 0, "");
}

/* Breaks at blanks; lines after the first are indented. */
static void put_wrapped(FILE *out, const char *first, const char *text)
{
    int at = columns(first);
    fputs(first, out);
    while (*text) {
        size_t length = strcspn(text, " ");
        char *word = text_format("%.*s", (int)length, text);
        if (at > INDENT && at + 1 + columns(word) > WIDTH) {
            fprintf(out, "\n%*s", INDENT, "");
            at = INDENT;
        } else if (at > columns(first)) {
            putc(' ', out);
            at++;
        }
        put_clean(out, word);
        at += columns(word);
        free(word);
        text += length;
        text += strspn(text, " ");
    }
    putc('\n', out);
}

struct column {
    const char *title;
    bool right;
    const char *(*cell)(const struct cells *);
};

static const char *cell_place(const struct cells *c)
{
    return c->place;
}
static const char *cell_name(const struct cells *c)
{
    return c->name;
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
    {"", false, cell_place},
    {"model", false, cell_name},
    {"CPU per request", true, cell_ratio},
    {"cost", true, cell_cost},
    {"req/s", true, cell_throughput},
    {"of roof", true, cell_roof},
    {"PSS", true, cell_pss},
    {"state", false, cell_state},
};
enum { COLUMNS = sizeof layout / sizeof *layout };

static void find_widths(int widths[COLUMNS], const struct cells *cells, size_t count)
{
    for (int c = 0; c < COLUMNS; c++) {
        widths[c] = columns(layout[c].title);
        for (size_t i = 0; i < count; i++) {
            int width = columns(layout[c].cell(&cells[i]));
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
}

static bool shown(const struct row *row)
{
    return row->kind == ROW_RANKED || row->kind == ROW_GLANCE || row->kind == ROW_ROOF;
}

static void put_rows(FILE *out, const struct result *result, const struct table *table, bool colour)
{
    struct cells *cells = xcalloc(table->count + 1, sizeof *cells);
    int widths[COLUMNS];
    size_t count = 0;
    for (size_t i = 0; i < table->count; i++)
        if (shown(&table->rows[i]))
            cells_make(&cells[count++], result, table, &table->rows[i]);
    find_widths(widths, cells, count);
    fputs(colour ? "\033[2m" : "", out);
    for (int c = 0; c < COLUMNS; c++) {
        fputs("  ", out);
        put_cell(out, layout[c].title, c + 1 < COLUMNS ? widths[c] : 0, layout[c].right);
    }
    fputs(colour ? "\033[0m\n" : "\n", out);
    for (size_t i = 0; i < count; i++) {
        for (int c = 0; c < COLUMNS; c++) {
            fputs("  ", out);
            put_cell(out, layout[c].cell(&cells[i]), c + 1 < COLUMNS ? widths[c] : 0,
                     layout[c].right);
        }
        putc('\n', out);
    }
    free(cells);
}

static void put_absent(FILE *out, const struct result *result, const struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        if (shown(row))
            continue;
        char *why = words_why(result, table, row);
        char *line =
            text_format("%s %s: %s", words_arm(result, row),
                        row->kind == ROW_INVALID ? "has no valid number" : "was not measured", why);
        put_wrapped(out, "  ", line);
        free(line);
        free(why);
    }
}

void present_text(FILE *out, const struct result *result, const struct summary *summary,
                  bool colour)
{
    const char *bold = colour ? "\033[1m" : "", *plain = colour ? "\033[0m" : "";
    fputs(bold, out);
    put_wrapped(out, "", summary->headline);
    fputs(plain, out);
    for (size_t t = 0; t < summary->count; t++) {
        const struct table *table = &summary->tables[t];
        fprintf(out, "\n%s", bold);
        put_clean(out, words_workload(result, table->workload));
        fprintf(out, "%s%s\n", plain, table->ranked ? "" : "  (not ranked)");
        put_rows(out, result, table, colour);
        put_absent(out, result, table);
    }
    fputs("\n", out);
    for (size_t i = 0; i < summary->findings.count; i++)
        put_wrapped(out, "· ", summary->findings.items[i]);
    for (size_t i = 0; i < summary->cautions.count; i++)
        put_wrapped(out, "! ", summary->cautions.items[i]);
}
