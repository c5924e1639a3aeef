/*
 * The drawings of consistency: RSS over time with the phases shaded and named; the CPU per request
 * over time, a row a server; the p99 over time as strips. Of models; a ceiling is none. All three
 * show one run of each, the one whose phases all went through, also where memory is judged by a
 * longer one. Internal to present.
 */
#ifndef PRESENT_PLOT_CONSISTENCY_H
#define PRESENT_PLOT_CONSISTENCY_H

#include <stdio.h>

#include "analyse/consistency.h"

enum plot_consistency_kind {
    PLOT_CONSISTENCY_MEMORY,
    PLOT_CONSISTENCY_COST,
    PLOT_CONSISTENCY_P99,
    PLOT_CONSISTENCY_KINDS,
};

/* Pixels of a server's row, in cost and p99: both together stand beside memory. */
enum { PLOT_CONSISTENCY_ROW = 24 };

/* folder/plots/WORKLOAD-consistency-KIND.svg, relative with
 * folder ""; and what it shows, in plain text. Caller frees. */
char *plot_consistency_path(const char *folder, const struct result *result,
                            const struct consistency *consistency, size_t kind);
char *plot_consistency_title(const struct result *result, const struct consistency *consistency,
                             size_t kind);
void plot_consistency(FILE *out, const struct result *result, const struct consistency *consistency,
                      const char *folder, const char *templates);
void plot_consistency_finish(const char *folder, const struct result *result,
                             const struct consistency *consistency);

/* Rows whose round has a course, models only; borrowed, the array is the caller's to free. */
const struct consistency_row **plot_consistency_rows(const struct result *result,
                                                     const struct consistency *consistency,
                                                     size_t *count);
/* Those that all of them went through; borrowed. NULL: they
 * differ, as where a soak was cut off and gone on with. */
const struct phases *plot_consistency_phases(const struct consistency_row *const *rows,
                                             size_t count);
double plot_consistency_end_s(const struct round *round);
double plot_consistency_highest(const struct round *round); /* bytes of RSS in its course; NAN */

/* One file each: what gnuplot needs to know before report/consistency-KIND.gp is called; the height
 * of the drawing, or 0 where there is nothing to draw. */
double plot_consistency_memory(FILE *out, const struct result *result,
                               const struct consistency *consistency);
double plot_consistency_cost(FILE *out, const struct result *result,
                             const struct consistency *consistency);

#endif
