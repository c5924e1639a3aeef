#include "present/scale.h"

#include <stdlib.h>
#include <string.h>

#include "present/scale_grid.h"

enum { GAP = 2, NAME_MOST = 16 };

/* Columns on a terminal: code points. */
static size_t wide(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static void put_left(FILE *out, const char *text, size_t width)
{
    size_t n = 0;
    for (; *text && (n < width || ((unsigned char)*text & 0xc0) == 0x80); text++) {
        n += ((unsigned char)*text & 0xc0) != 0x80;
        putc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
    }
    fprintf(out, "%*s", (int)(width - n), "");
}

static void put_right(FILE *out, const char *text, size_t width)
{
    size_t n = wide(text);
    fprintf(out, "%*s%s", (int)(GAP + (width > n ? width - n : 0)), "", text);
}

static size_t column_width(const struct scale_grid *grid, size_t rows, size_t column)
{
    size_t width = wide(grid->heads[column]);
    for (size_t row = 0; row < rows; row++) {
        size_t cell = wide(scale_grid_cell(grid, row, column)->text);
        width = cell > width ? cell : width;
    }
    return width;
}

static size_t name_width(const struct result *result, const struct scale *scale)
{
    size_t width = strlen("model");
    for (size_t i = 0; i < scale->curve_count; i++) {
        size_t name = wide(result->arms[scale->curves[i].arm].id);
        width = name > width ? name : width;
    }
    return width < NAME_MOST ? width : NAME_MOST;
}

/* How many columns from `first` on fit beside the names; at least one. */
static size_t fitting(const struct scale_grid *grid, size_t rows, size_t first, size_t room)
{
    size_t used = 0, n = 0;
    while (first + n < grid->columns) {
        used += GAP + column_width(grid, rows, first + n);
        if (used > room && n > 0)
            break;
        n++;
    }
    return n;
}

static void put_part(FILE *out, const struct result *result, const struct scale *scale,
                     const struct scale_grid *grid, size_t first, size_t count)
{
    size_t names = name_width(result, scale), rows = scale->curve_count;
    fprintf(out, "%*s", GAP, "");
    put_left(out, "model", names);
    for (size_t i = first; i < first + count; i++)
        put_right(out, grid->heads[i], column_width(grid, rows, i));
    putc('\n', out);
    for (size_t row = 0; row < rows; row++) {
        fprintf(out, "%*s", GAP, "");
        put_left(out, result->arms[scale->curves[row].arm].id, names);
        for (size_t i = first; i < first + count; i++)
            put_right(out, scale_grid_cell(grid, row, i)->text, column_width(grid, rows, i));
        putc('\n', out);
    }
}

/* Too wide a table goes on below itself. */
void scale_text_table(FILE *out, const struct result *result, const struct scale *scale,
                      unsigned table, unsigned width)
{
    struct scale_grid grid;
    size_t rows = scale->curve_count, taken = GAP + name_width(result, scale);
    if (!scale_grid_make(&grid, scale, table))
        return;
    fprintf(out, "\n%*s%s\n", GAP, "", grid.title);
    for (size_t first = 0; first < grid.columns;) {
        size_t room = width > taken ? width - taken : 0, count = fitting(&grid, rows, first, room);
        put_part(out, result, scale, &grid, first, count);
        first += count;
    }
    scale_grid_release(&grid, rows);
}
