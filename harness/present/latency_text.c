/* The tables of latency against rate on a terminal. */
#include "present/latency.h"

#include "present/latency_grid.h"

/* By rate there are many columns, and their intervals stand in
 * the report; the other two tables are small. */
static bool is_whole(enum latency_table table)
{
    return table == LATENCY_TABLE_COMMON || table == LATENCY_TABLE_LIMITS;
}

char *latency_text_table(FILE *out, const struct result *result, const struct latency *latency,
                         unsigned table, unsigned width)
{
    struct grid grid;
    if (!latency_grid_make(&grid, latency, table))
        return NULL;
    char *note = grid_text(out, result, &grid, width, is_whole(table));
    grid_release(&grid);
    return note;
}
