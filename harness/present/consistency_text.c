#include "present/consistency.h"

#include "present/consistency_grid.h"

char *consistency_text_table(FILE *out, const struct result *result,
                             const struct consistency *consistency, unsigned width)
{
    struct grid grid;
    consistency_grid_make(&grid, consistency);
    char *note = grid_text(out, result, &grid, width, true);
    grid_release(&grid);
    return note;
}
