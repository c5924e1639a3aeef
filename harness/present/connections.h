/*
 * What an idle and an active connection cost in memory, from rounds that take their number up.
 * Where the same workload went through phases, they are columns of the table over time; else they
 * are a table of their own. Internal to present.
 */
#ifndef PRESENT_CONNECTIONS_H
#define PRESENT_CONNECTIONS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "analyse/summary.h"
#include "present/grid.h"

/* For the note below a table: what is in the kernel, and what
 * stands beside a figure of several blocks. */
#define CONNECTIONS_KERNEL                                                                         \
    "Its kernel share: what it takes of the system's memory beyond the ceiling's; where that is "  \
    "within what the ceiling's own differed by, only that bound."
#define CONNECTIONS_INTERVALS                                                                      \
    "In brackets: the interval of the blocks; with a dash, of fewer than six: their range."

/* PSS a connection with its interval, or of fewer blocks its range; and what the system keeps for
 * one beyond the ceiling's, likewise, or what it is below. */
struct grid_cell connection_cell(const struct stairs_side *side);
struct grid_cell connection_kernel_cell(const struct stairs_side *side);
/* The same for what is not of a connection: around is what stands
 * beside it where it is more than the bound; owned by the cell. */
struct grid_cell connection_bound_cell(double bytes, double bound_bytes, char *around);

/* Have its figures no other table? */
bool connections_are_alone(const struct summary *summary, const struct stairs_memory *memory);
void connections_grid_make(struct grid *grid, const struct stairs_memory *memory);

/* The table in plain columns; the note below it, which is
 * returned, is the caller's to wrap and to free. */
char *connections_text_table(FILE *out, const struct result *result,
                             const struct stairs_memory *memory, unsigned width);
/* With its heading; nothing where there is no such table. */
void connections_markdown(FILE *out, const struct result *result, const struct summary *summary);
/* Of all workloads, those with a table over time among them. */
json_t *connections_json(const struct result *result, const struct stairs_memory *memory);
/* One kind of connection; null where it was not measured. */
json_t *connection_json(const struct stairs_side *side);

#endif
