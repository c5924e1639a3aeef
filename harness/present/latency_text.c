/* The tables of latency against rate on a terminal. */
#include "present/latency.h"

#include <stdlib.h>

#include "present/latency_grid.h"
#include "present/text_grid.h"

/* By rate there are many columns, and their intervals stand in the report; the other two tables are small. */
static bool is_whole(enum latency_table table)
{
    return table == LATENCY_TABLE_COMMON || table == LATENCY_TABLE_LIMITS;
}

static char *cell_words(const struct latency_grid *grid, const struct latency_cell *cell,
                        bool whole)
{
    if (!whole || !*cell->small)
        return xstrdup(cell->text);
    return text_format("%s%s%s", cell->text, grid->join, cell->small);
}

char *latency_text_table(FILE *out, const struct result *result, const struct latency *latency,
                         unsigned table, unsigned width)
{
    struct latency_grid grid;
    if (!latency_grid_make(&grid, latency, table))
        return NULL;
    size_t cells = grid.rows * grid.columns;
    char **words = xcalloc(cells + 1, sizeof *words);
    struct text_grid text = {
        .title = grid.title,
        .rows = grid.rows,
        .columns = grid.columns,
        .names = xcalloc(grid.rows + 1, sizeof *text.names),
        .heads = (const char *const *)grid.heads,
        .cells = (const char **)words,
    };
    for (size_t row = 0; row < grid.rows; row++)
        text.names[row] = result->arms[grid.arms[row]].id;
    for (size_t i = 0; i < cells; i++)
        words[i] = cell_words(&grid, &grid.cells[i], is_whole(table));
    text_grid_put(out, &text, width);
    for (size_t i = 0; i < cells; i++)
        free(words[i]);
    free(words);
    free(text.names);
    char *note = *grid.note ? xstrdup(grid.note) : NULL;
    latency_grid_release(&grid);
    return note;
}
