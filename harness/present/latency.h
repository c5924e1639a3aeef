/*
 * The part of each output that shows latency against rate, and the highest rates within objectives;
 * it writes nothing where neither was measured. Internal to present.
 */
#ifndef PRESENT_LATENCY_H
#define PRESENT_LATENCY_H

#include <jansson.h>
#include <stdio.h>

#include "analyse/summary.h"

/* One table in plain columns, of enum latency_table; the sentences are the caller's to wrap, and so
 * is the note that belongs below it, which is returned; NULL: there is none. The caller frees. */
char *latency_text_table(FILE *out, const struct result *result, const struct latency *latency,
                         unsigned table, unsigned width);
/* With its heading; plots are linked where folder has them. */
void latency_markdown(FILE *out, const char *folder, const struct result *result,
                      const struct summary *summary);
json_t *latency_json(const struct result *result, const struct latency *latency,
                     json_t *(*spread)(const struct spread *));

#endif
