/* The tables of latency against rate as words, so that text,
 * Markdown and HTML agree. Internal to present. */
#ifndef PRESENT_LATENCY_GRID_H
#define PRESENT_LATENCY_GRID_H

#include <stddef.h>

#include "analyse/latency.h"
#include "present/grid.h"

enum latency_table {
    LATENCY_TABLE_COMMON, /* all percentiles at the rate that all have in common */
    LATENCY_TABLE_P50,    /* these by rate */
    LATENCY_TABLE_P99,
    LATENCY_TABLE_P999,
    LATENCY_TABLE_COST,
    LATENCY_TABLE_LIMITS, /* the highest rates, by objective */
    LATENCY_TABLES,
};

/* A row for each of the latency's curves, or limits, in their order. False where this run has
 * nothing for such a table; then nothing is owned. */
bool latency_grid_make(struct grid *grid, const struct latency *latency, enum latency_table table);

/* The rates at which anybody was asked, ascending; how many. The caller frees. */
size_t latency_rates(const struct latency *latency, uint32_t **rates);

#endif
