/* Both sides of a duel, from what a user named to executables. */
#ifndef CMD_DUEL_SIDES_H
#define CMD_DUEL_SIDES_H

#include "cmd/duel_options.h"
#include "data/catalog.h"
#include "sources/side.h"

/* Initialises both; release them in any case. 0, or an exit code and in *why, which the caller
 * frees, the reason (NULL: it was told): 2 where a word means nothing, an option says how to build
 * what is not built, or neither side builds, as then the options are to blame; 4 where only the
 * base does not build; 1 where only the head does not; 5 where something is missing here; 130. */
int duel_sides_find(struct side *base, struct side *head, const struct duel_options *options,
                    const struct paths *paths, char **why);

#endif
