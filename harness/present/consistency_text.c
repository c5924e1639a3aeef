#include "present/consistency.h"

#include "present/consistency_grid.h"

enum { WIDE_ENOUGH = 60 }; /* for a name and "growing so far, 4.1 GiB a day" beside it */

char *consistency_text_table(FILE *out, const struct result *result,
                             const struct consistency *consistency, unsigned width)
{
    struct grid grid;
    consistency_grid_make(&grid, consistency);
    char *note = grid_text(out, result, &grid, width, width >= WIDE_ENOUGH);
    grid_release(&grid);
    return note;
}
