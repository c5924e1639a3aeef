/* The tables of a sweep on a terminal. */
#include "present/scale.h"

#include <stdlib.h>

#include "present/scale_grid.h"
#include "present/text_grid.h"

void scale_text_table(FILE *out, const struct result *result, const struct scale *scale,
                      unsigned table, unsigned width)
{
    struct scale_grid grid;
    size_t rows = scale->curve_count;
    if (!scale_grid_make(&grid, scale, table))
        return;
    struct text_grid text = {
        .title = grid.title,
        .rows = rows,
        .columns = grid.columns,
        .names = xcalloc(rows + 1, sizeof *text.names),
        .heads = (const char *const *)grid.heads,
        .cells = xcalloc(rows * grid.columns + 1, sizeof *text.cells),
    };
    for (size_t row = 0; row < rows; row++) {
        text.names[row] = result->arms[scale->curves[row].arm].id;
        for (size_t i = 0; i < grid.columns; i++)
            text.cells[row * grid.columns + i] = scale_grid_cell(&grid, row, i)->text;
    }
    text_grid_put(out, &text, width);
    free(text.names);
    free(text.cells);
    scale_grid_release(&grid, rows);
}
