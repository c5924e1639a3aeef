/*
 * Rendering: results and their summaries to what people read. Only formats; every number and
 * sentence comes from the summary or the result. Files are written into folder, which exists; 0, or
 * -1 with a sentence in *error.
 */
#ifndef PRESENT_PRESENT_H
#define PRESENT_PRESENT_H

#include <stdbool.h>
#include <stdio.h>

#include "analyse/summary.h"
#include "data/result.h"

/* The table a terminal shows after a run, within width columns (40 at least): sentences are
 * wrapped, and columns left out from the least important on, which is said. Colour only if asked (a
 * terminal, no NO_COLOR). */
void present_text(FILE *out, const struct result *result, const struct summary *summary,
                  unsigned width, bool colour);

/* The whole summary as JSON, for --json. */
void present_json(FILE *out, const struct result *result, const struct summary *summary);

/* Both documents take the drawings that are there, so present_plots comes first; without any they
 * say so. folder/report.md, with the plots beside it in folder/plots/WORKLOAD-KIND.svg. */
int present_markdown(const char *folder, const struct result *result, const struct summary *summary,
                     char **error);

/* folder/report.html: one self-contained file (style and plots inside, no script), from report.html
 * and style.css in templates. */
int present_html(const char *folder, const char *templates, const struct result *result,
                 const struct summary *summary, char **error);

/* folder/plots/WORKLOAD-KIND.svg, of the kinds cost, throughput, response and memory, drawn by
 * gnuplot with the scripts in templates. -1 where gnuplot is missing or fails: tell the user the
 * sentence and go on. */
int present_plots(const char *folder, const char *templates, const struct result *result,
                  const struct summary *summary, char **error);

#endif
