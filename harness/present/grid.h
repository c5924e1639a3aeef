/*
 * A table of words, a row an arm, filled once for text, Markdown
 * and HTML, so that all three agree. Internal to present.
 */
#ifndef PRESENT_GRID_H
#define PRESENT_GRID_H

#include <stddef.h>
#include <stdio.h>

#include "data/result.h"

enum grid_tone { GRID_PLAIN, GRID_GOOD, GRID_DOUBT, GRID_BAD };

struct grid_cell {
    char *text, *small; /* "" for none */
    enum grid_tone tone;
    const char *join; /* where this one is not joined as the others are; static; else NULL */
};

struct grid {
    char *title; /* no wider than the narrowest terminal */
    size_t rows, columns;
    size_t *arms; /* of the rows */
    char **heads;
    struct grid_cell *cells; /* row by row */
    const char *join;        /* what stands between text and small on one line; static */
    char *note;              /* what belongs below it; "" where there is nothing to say */
};
/* Room for rows and columns, which are set: arms, heads and
 * cells are NULL in it, title and note empty. */
void grid_init(struct grid *grid);
const struct grid_cell *grid_cell(const struct grid *grid, size_t row, size_t column);
void grid_release(struct grid *grid);

/* In plain columns; with each cell's small part only if whole. The note, which is the caller's to
 * wrap and to free, is returned; NULL: there is none. */
char *grid_text(FILE *out, const struct result *result, const struct grid *grid, unsigned width,
                bool whole);
/* With its title above and its note below. */
void grid_markdown(FILE *out, const struct result *result, const struct grid *grid);

#endif
