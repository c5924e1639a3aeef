/*
 * A result for other tools, as files in a folder, which exists:
 *
 *   rounds.csv                       one line a round (RFC 4180; the first names the columns as
 *                                    results/README.md does); what is missing is empty
 *   histograms/WORKLOAD-ARM.hgrm     response times in microseconds of all that arm's solo rounds
 *                                    of the workload that may be used, but for those of a sweep
 *
 * Other bytes of a name than letters, digits, dot, hyphen and underscore become an underscore in a
 * file's name.
 */
#ifndef DATA_EXPORT_H
#define DATA_EXPORT_H

#include <stdio.h>

#include "data/result.h"

/* 0; -1 with a sentence in *error: what could not be written, and why. *histograms: how many files
 * of those; a run of pairs alone has none, because in a pair two servers share what there is. */
int export_result(const struct result *result, const char *folder, size_t *histograms,
                  char **error);

/* The lines alone; whether they could be written is for the caller to ask of out. */
void export_rounds(FILE *out, const struct result *result);

#endif
