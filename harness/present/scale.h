/* The part of each output that shows a sweep; it writes
 * nothing where there was none. Internal to present. */
#ifndef PRESENT_SCALE_H
#define PRESENT_SCALE_H

#include <stdio.h>

#include "analyse/summary.h"

/* One table of a sweep in plain columns; the sentences are the
 * caller's to wrap. Cells without their small figures. */
void scale_text_table(FILE *out, const struct result *result, const struct scale *scale,
                      unsigned table, unsigned width);
/* With its heading; plots are linked where folder has them. */
void scale_markdown(FILE *out, const char *folder, const struct result *result,
                    const struct summary *summary);

#endif
