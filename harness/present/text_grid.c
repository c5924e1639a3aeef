#include "present/text_grid.h"

#include <string.h>

enum { GAP = 2, NAME_MOST = 16 };

/* Columns on a terminal: code points. */
static size_t wide(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* A hostile name must not drive the terminal. */
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

static size_t column_width(const struct text_grid *grid, size_t column)
{
    size_t width = wide(grid->heads[column]);
    for (size_t row = 0; row < grid->rows; row++) {
        size_t cell = wide(grid->cells[row * grid->columns + column]);
        width = cell > width ? cell : width;
    }
    return width;
}

static size_t name_width(const struct text_grid *grid)
{
    size_t width = strlen("model");
    for (size_t row = 0; row < grid->rows; row++) {
        size_t name = wide(grid->names[row]);
        width = name > width ? name : width;
    }
    return width < NAME_MOST ? width : NAME_MOST;
}

/* How many columns from `first` on fit beside the names; at least one. */
static size_t fitting(const struct text_grid *grid, size_t first, size_t room)
{
    size_t used = 0, n = 0;
    while (first + n < grid->columns) {
        used += GAP + column_width(grid, first + n);
        if (used > room && n > 0)
            break;
        n++;
    }
    return n;
}

static void put_part(FILE *out, const struct text_grid *grid, size_t first, size_t count)
{
    size_t names = name_width(grid);
    fprintf(out, "%*s", GAP, "");
    put_left(out, "model", names);
    for (size_t i = first; i < first + count; i++)
        put_right(out, grid->heads[i], column_width(grid, i));
    putc('\n', out);
    for (size_t row = 0; row < grid->rows; row++) {
        fprintf(out, "%*s", GAP, "");
        put_left(out, grid->names[row], names);
        for (size_t i = first; i < first + count; i++)
            put_right(out, grid->cells[row * grid->columns + i], column_width(grid, i));
        putc('\n', out);
    }
}

void text_grid_put(FILE *out, const struct text_grid *grid, unsigned width)
{
    size_t taken = GAP + name_width(grid), room = width > taken ? width - taken : 0;
    if (grid->title)
        fprintf(out, "\n%*s%s\n", GAP, "", grid->title);
    for (size_t first = 0; first < grid->columns;) {
        size_t count = fitting(grid, first, room);
        put_part(out, grid, first, count);
        first += count;
    }
}
