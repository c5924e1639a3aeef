#include "present/grid.h"

#include <stdlib.h>

#include "present/format.h"
#include "present/text_grid.h"

void grid_init(struct grid *grid)
{
    grid->title = grid->title ? grid->title : xstrdup("");
    grid->note = grid->note ? grid->note : xstrdup("");
    grid->arms = xcalloc(grid->rows + 1, sizeof *grid->arms);
    grid->heads = xcalloc(grid->columns + 1, sizeof *grid->heads);
    grid->cells = xcalloc(grid->rows * grid->columns + 1, sizeof *grid->cells);
}

const struct grid_cell *grid_cell(const struct grid *grid, size_t row, size_t column)
{
    return &grid->cells[row * grid->columns + column];
}

void grid_release(struct grid *grid)
{
    for (size_t i = 0; i < grid->columns; i++)
        free(grid->heads[i]);
    for (size_t i = 0; i < grid->rows * grid->columns; i++) {
        free(grid->cells[i].text);
        free(grid->cells[i].small);
    }
    free(grid->title);
    free(grid->note);
    free(grid->arms);
    free(grid->heads);
    free(grid->cells);
    *grid = (struct grid){0};
}

static const char *join_of(const struct grid *grid, const struct grid_cell *cell)
{
    return cell->join ? cell->join : grid->join;
}

static char *cell_words(const struct grid *grid, const struct grid_cell *cell, bool whole)
{
    if (!whole || !*cell->small)
        return xstrdup(cell->text);
    return text_format("%s%s%s", cell->text, join_of(grid, cell), cell->small);
}

char *grid_text(FILE *out, const struct result *result, const struct grid *grid, unsigned width,
                bool whole)
{
    size_t cells = grid->rows * grid->columns;
    char **words = xcalloc(cells + 1, sizeof *words);
    struct text_grid text = {
        .title = grid->title,
        .rows = grid->rows,
        .columns = grid->columns,
        .names = xcalloc(grid->rows + 1, sizeof *text.names),
        .heads = (const char *const *)grid->heads,
        .cells = (const char **)words,
    };
    for (size_t row = 0; row < grid->rows; row++)
        text.names[row] = result->arms[grid->arms[row]].id;
    for (size_t i = 0; i < cells; i++)
        words[i] = cell_words(grid, &grid->cells[i], whole);
    text_grid_put(out, &text, width);
    for (size_t i = 0; i < cells; i++)
        free(words[i]);
    free(words);
    free(text.names);
    return *grid->note ? xstrdup(grid->note) : NULL;
}

static void put_heads(FILE *out, const struct grid *grid)
{
    fputs("| model |", out);
    for (size_t i = 0; i < grid->columns; i++) {
        fputs(" ", out);
        escape_markdown(out, grid->heads[i]);
        fputs(" |", out);
    }
    fputs("\n|---|", out);
    for (size_t i = 0; i < grid->columns; i++)
        fputs("---:|", out);
    putc('\n', out);
}

static void put_cell(FILE *out, const struct grid *grid, const struct grid_cell *cell)
{
    fputs(" ", out);
    escape_markdown(out, cell->text);
    fputs(*cell->small ? join_of(grid, cell) : "", out);
    escape_markdown(out, cell->small);
    fputs(" |", out);
}

void grid_markdown(FILE *out, const struct result *result, const struct grid *grid)
{
    fprintf(out, "%s:\n\n", grid->title);
    put_heads(out, grid);
    for (size_t row = 0; row < grid->rows; row++) {
        fputs("| ", out);
        escape_markdown(out, result->arms[grid->arms[row]].id);
        fputs(" |", out);
        for (size_t i = 0; i < grid->columns; i++)
            put_cell(out, grid, grid_cell(grid, row, i));
        putc('\n', out);
    }
    fprintf(out, "%s%s\n", *grid->note ? "\n" : "", grid->note);
    fputs(*grid->note ? "\n" : "", out);
}
