/* Which servers a run takes: those of the catalog, those of the user's own, and the self-check's copy. */
#ifndef CMD_SELECT_ARMS_H
#define CMD_SELECT_ARMS_H

#include "cmd/select.h"

/* Adds an arm for each to the result, whose experiment is read; what cannot be measured is in it with its reason. 0, or an
 * exit code after saying why. */
int select_arms(struct result *result, const struct paths *paths,
                const struct selection *selection);

#endif
