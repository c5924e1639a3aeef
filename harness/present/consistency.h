/*
 * The part of each output that shows whether servers stay what they are; it writes nothing where
 * that was not measured. Internal to present.
 */
#ifndef PRESENT_CONSISTENCY_H
#define PRESENT_CONSISTENCY_H

#include <jansson.h>
#include <stdio.h>

#include "analyse/summary.h"

/* The table in plain columns; the sentences are the caller's to wrap, and so is the note below the
 * table, which is returned; the caller frees it. */
char *consistency_text_table(FILE *out, const struct result *result,
                             const struct consistency *consistency, unsigned width);
/* With its heading; plots are linked where folder has them. */
void consistency_markdown(FILE *out, const char *folder, const struct result *result,
                          const struct summary *summary);
json_t *consistency_json(const struct result *result, const struct consistency *consistency);

#endif
