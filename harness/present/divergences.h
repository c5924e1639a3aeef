/* The conformance cases that a server says it fails, for people: many cases, few reasons. */
#ifndef PRESENT_DIVERGENCES_H
#define PRESENT_DIVERGENCES_H

#include "data/result.h"

/* "mhd fails 73 conformance cases, as it says:", or NULL if none failed; the caller frees. */
char *divergences_title(const struct arm *arm);

/* Adds a line for each reason, in the order in which they are first given: "REASON: CASE, CASE". */
void divergences_lines(const struct arm *arm, struct strings *lines);

#endif
