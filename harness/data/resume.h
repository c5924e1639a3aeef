/*
 * Going on with a run that was cut off. Its record says how it was asked for;
 * the caller asks for the same again, which gives a header anew, and only if
 * that is the old one in all that touches a number, the two are one run.
 */
#ifndef DATA_RESUME_H
#define DATA_RESUME_H

#include <stdbool.h>

#include "data/journal.h"
#include "data/result.h"

/* Opens and locks the record of a run in directory, loads it into stored, which is initialised here
 * and to be released in either case, and makes it ready to be appended to: a torn last line goes,
 * also half a pair, and the line that says that the run has ended. 0; -1 with one sentence in
 * *error and nothing left open: no record, another process that writes it, or one that cannot be
 * read. A run that has finished (stored->finished_utc) is left as it is, and closed. */
int resume_open(struct journal *journal, const char *directory, struct result *stored,
                char **error);

/* Would rounds of both stand beside each other? Compares suite, host, generator, experiment, seed,
 * placement, and the programs and requests by their hashes. NULL, or one clause that names the
 * first difference; the caller frees. */
char *resume_difference(const struct result *now, const struct result *stored);

/* Moves into now what the record holds: its beginning, facts, notes, warnings, rounds, counts, and
 * what the short check found. The two do not differ. */
void resume_adopt(struct result *now, struct result *stored);

#endif
