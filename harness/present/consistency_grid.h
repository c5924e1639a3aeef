/* The table of a server's memory over time as words, so that
 * text, Markdown and HTML agree. Internal to present. */
#ifndef PRESENT_CONSISTENCY_GRID_H
#define PRESENT_CONSISTENCY_GRID_H

#include "analyse/consistency.h"
#include "present/grid.h"

/* A row for each of the consistency's, in their order; columns
 * that nobody can fill are left out. */
void consistency_grid_make(struct grid *grid, const struct consistency *consistency);

#endif
