/* The tables of latency against rate as words, so that text, Markdown and HTML agree. Internal to present. */
#ifndef PRESENT_LATENCY_GRID_H
#define PRESENT_LATENCY_GRID_H

#include <stddef.h>

#include "analyse/latency.h"

enum latency_table {
    LATENCY_TABLE_COMMON, /* all percentiles at the rate that all have in common */
    LATENCY_TABLE_P50,    /* these by rate */
    LATENCY_TABLE_P99,
    LATENCY_TABLE_P999,
    LATENCY_TABLE_COST,
    LATENCY_TABLE_LIMITS, /* the highest rates, by objective */
    LATENCY_TABLES,
};

struct latency_cell {
    char *text, *small; /* "" for none */
};

/* One row an arm, in the order of the latency's curves, or of its limits, under the heads. */
struct latency_grid {
    char *title; /* no wider than the narrowest terminal */
    size_t rows, columns;
    size_t *arms; /* of the rows */
    char **heads;
    struct latency_cell *cells; /* row by row */
    const char *join;           /* what stands between text and small on one line */
    char *note;                 /* what a dash in it means; "" where there is none */
};
/* False where this run has nothing for such a table; then nothing is owned. */
bool latency_grid_make(struct latency_grid *grid, const struct latency *latency,
                       enum latency_table table);
const struct latency_cell *latency_grid_cell(const struct latency_grid *grid, size_t row,
                                             size_t column);
void latency_grid_release(struct latency_grid *grid);

/* The rates at which anybody was asked, ascending; how many. The caller frees. */
size_t latency_rates(const struct latency *latency, uint32_t **rates);

#endif
