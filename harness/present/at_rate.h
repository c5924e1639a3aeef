/*
 * The part of each output that shows what a request costs and takes at a rate; it writes nothing
 * where that was not measured. Internal to present.
 */
#ifndef PRESENT_AT_RATE_H
#define PRESENT_AT_RATE_H

#include <jansson.h>
#include <stdio.h>

#include "analyse/summary.h"
#include "present/format.h"

enum { AT_RATE_COLUMNS = AT_RATE_FIGURES + 2 };
extern const char *const at_rate_heads[AT_RATE_COLUMNS];

/* What stands in the cells of a row, so that text, Markdown and HTML agree. */
struct at_rate_cells {
    char texts[AT_RATE_COLUMNS][FIGURE_MAX];  /* "1.12× [1.10, 1.13]" */
    char shorts[AT_RATE_COLUMNS][FIGURE_MAX]; /* "1.12×" */
    char smalls[AT_RATE_COLUMNS][FIGURE_MAX]; /* "1.10 – 1.13", or "" */
};
void at_rate_cells(struct at_rate_cells *cells, const struct at_rate_row *row);

/* Is there such a table at all? */
bool at_rate_any(const struct summary *summary);
/* The table in plain columns; title and caption are the caller's to wrap. */
void at_rate_text(FILE *out, const struct result *result, const struct at_rate *at_rate,
                  unsigned width);
/* With its heading. */
void at_rate_markdown(FILE *out, const struct result *result, const struct summary *summary);
json_t *at_rate_json(const struct result *result, const struct at_rate *at_rate,
                     json_t *(*estimate)(const struct estimate *));

#endif
