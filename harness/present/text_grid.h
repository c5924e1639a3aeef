/* A small table on a terminal: names at the left, plain
 * columns beside them. Internal to present. */
#ifndef PRESENT_TEXT_GRID_H
#define PRESENT_TEXT_GRID_H

#include <stddef.h>
#include <stdio.h>

/* Everything is borrowed. */
struct text_grid {
    const char *title; /* no wider than the narrowest terminal; NULL: none */
    size_t rows, columns;
    const char **names;       /* of the rows; they may come from outside */
    const char *const *heads; /* of the columns */
    const char **cells;       /* row by row */
};

/* Too wide a table goes on below itself, names again at its left. */
void text_grid_put(FILE *out, const struct text_grid *grid, unsigned width);

#endif
