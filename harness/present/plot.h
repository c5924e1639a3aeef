/* What plot.c and plot_memory.c share, and what the documents need to find the drawings. Internal
 * to present. */
#ifndef PRESENT_PLOT_H
#define PRESENT_PLOT_H

#include <stdio.h>

#include "analyse/summary.h"

enum plot_kind { PLOT_COST, PLOT_THROUGHPUT, PLOT_RESPONSE, PLOT_MEMORY, PLOT_KINDS };
extern const char *const plot_kinds[PLOT_KINDS]; /* "cost", ... */

/* folder/plots/WORKLOAD-KIND.svg, relative with folder ""; and what it shows, in plain text. Caller
 * frees. */
char *plot_path(const char *folder, const struct result *result, size_t workload, size_t kind);
char *plot_title(const struct result *result, size_t workload, size_t kind);

/* Names stand in a margin, where a longer one would run out of the picture: at most so many columns of it, quoted
 * for gnuplot and ending in "…" if that is not all. */
void plot_put_name(FILE *out, const char *name, size_t columns);

/* Whole files: NULL, or -1, when it cannot be done. */
char *plot_read(const char *path);
int plot_write(const char *path, const char *text);

/* The window whose RSS stands for each model: of its solo rounds (of its paired ones, where none
 * was solo) the one with the median peak. */
struct plot_series {
    const struct round **rounds; /* borrowed, in the table's order */
    size_t count;
};
void plot_series_find(struct plot_series *series, const struct result *result,
                      const struct table *table);
void plot_series_release(struct plot_series *series);

void plot_memory(FILE *out, const struct result *result, const struct table *table,
                 const struct plot_series *series);
double plot_memory_height(const struct plot_series *series);

#endif
