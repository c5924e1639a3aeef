/* What plot.c, plot_memory.c and plot_scale.c share, and what the documents need to find the
 * drawings. Internal to present. */
#ifndef PRESENT_PLOT_H
#define PRESENT_PLOT_H

#include <stdbool.h>
#include <stdio.h>

#include "analyse/summary.h"

enum plot_kind { PLOT_COST, PLOT_THROUGHPUT, PLOT_RESPONSE, PLOT_MEMORY, PLOT_KINDS };
extern const char *const plot_kinds[PLOT_KINDS]; /* "cost", ... */

/* folder/plots/WORKLOAD-KIND.svg, relative with folder ""; and what it shows, in plain text. Caller
 * frees. */
char *plot_path(const char *folder, const struct result *result, size_t workload, size_t kind);
char *plot_title(const struct result *result, size_t workload, size_t kind);

/* One of them as a line of Markdown, path as it is with folder ""; false: it was not drawn. */
bool plot_link(FILE *out, const char *folder, const char *path, const char *title);

/* Names stand in a margin, where a longer one would run out of the picture: at most so many columns
 * of it, quoted for gnuplot and ending in "…" if that is not all. */
void plot_put_name(FILE *out, const char *name, size_t columns);

/* Names beside their lines: each stays where its line ends, or is
 * moved from there so that none covers another. y and distance are in
 * units in which the axis is even. Sorts them from the lowest up. */
struct plot_label {
    double y;
    size_t which;
};
void plot_push_apart(struct plot_label *labels, size_t count, double distance, double bottom,
                     double top);

enum { PLOT_WIDTH = 460 };
/* Lets gnuplot draw the data that were put before by templates/SCRIPT.gp. */
void plot_put_call(FILE *out, const char *templates, const char *script, const char *target,
                   double height);
/* What gnuplot drew is made fit for a page; where that cannot be done, there is no such file. */
void plot_finish(const char *path, const char *title, const char *id);

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

/* A sweep: cost, throughput, and memory per connection, against the connections. */
enum plot_scale_kind {
    PLOT_SCALE_COST,
    PLOT_SCALE_THROUGHPUT,
    PLOT_SCALE_MEMORY,
    PLOT_SCALE_KINDS
};
char *plot_scale_path(const char *folder, const struct result *result, const struct scale *scale,
                      size_t kind);
char *plot_scale_title(const struct result *result, const struct scale *scale, size_t kind);
void plot_scale(FILE *out, const struct result *result, const struct scale *scale,
                const char *folder, const char *templates);
void plot_scale_finish(const char *folder, const struct result *result, const struct scale *scale);

void plot_memory(FILE *out, const struct result *result, const struct table *table,
                 const struct plot_series *series);
double plot_memory_height(const struct plot_series *series);

#endif
