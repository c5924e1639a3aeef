/* A run, or a duel, that was cut off and is gone on with: its record, open and locked, and the
 * options that it was begun with. */
#ifndef CMD_RESUMPTION_H
#define CMD_RESUMPTION_H

#include "cmd/run_options.h"
#include "data/journal.h"
#include "data/result.h"

struct resumption {
    struct journal journal;
    struct result stored;
    struct run_options options; /* of a run */
    char **argv;                /* what was given then; options borrow from it */
    struct strings warnings;    /* of this start; the record gets those that it does not hold */
};

/* Opens the record of options->resume. 0; -1 where that run has finished, which is said; or an exit
 * code after saying what is wrong. Initialised here, released in every case. */
int resumption_open(struct resumption *resumption, const struct run_options *options);
/* The same of a duel, whose options are its command's to read from argv. One that has finished is
 * no error, and is only read: it may stand where nothing can be written. */
int resumption_open_duel(struct resumption *resumption, const char *directory);
/* Gives the record's rounds to result, if that is asked for
 * under the same conditions. 0 or an exit code. */
int resumption_adopt(struct resumption *resumption, struct result *result);
void resumption_release(struct resumption *resumption);

#endif
