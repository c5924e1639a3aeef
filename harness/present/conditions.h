/* What the documents say of the conditions of a run, so that
 * Markdown and HTML agree. Internal to present. */
#ifndef PRESENT_CONDITIONS_H
#define PRESENT_CONDITIONS_H

#include "data/result.h"

/* "1 worker, 64 connections each"; where the numbers differ, they are those of the rounds or stand
 * in the tables. The caller frees. */
char *conditions_load(const struct result *result);
/* "wrk 4.1.0"; where another generator asks at rates, which does what: "pace; wrk 4.1.0 in the
 * looks that choose its rates". NULL: it could not be read. The caller frees. */
char *conditions_generator(const struct result *result);
/* The server that every ratio is taken against; NULL: this run takes none. Borrowed. */
const char *conditions_reference(const struct result *result);
/* When it was finished, or why there is no such time. Borrowed. */
const char *conditions_end(const struct result *result);

#endif
