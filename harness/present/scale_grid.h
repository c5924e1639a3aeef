/* The tables of a sweep as words, so that text, Markdown and HTML agree. Internal to present. */
#ifndef PRESENT_SCALE_GRID_H
#define PRESENT_SCALE_GRID_H

#include <stddef.h>

#include "analyse/scale.h"

enum scale_table { SCALE_COST, SCALE_THROUGHPUT, SCALE_MEMORY, SCALE_WORKERS, SCALE_TABLES };

struct scale_cell {
    char *text, *small; /* "" for none */
};

/* One row a curve, in the scale's order, under the heads. */
struct scale_grid {
    const char *title; /* static; short enough for the narrowest terminal */
    size_t columns;
    char **heads;
    struct scale_cell *cells; /* row by row */
};
/* False where this run has nothing for such a table; then nothing is owned. */
bool scale_grid_make(struct scale_grid *grid, const struct scale *scale, enum scale_table table);
const struct scale_cell *scale_grid_cell(const struct scale_grid *grid, size_t row, size_t column);
void scale_grid_release(struct scale_grid *grid, size_t rows);

#endif
