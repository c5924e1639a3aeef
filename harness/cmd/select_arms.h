/* Which servers a run takes: those of the catalog, those of
 * the user's own, and the self-check's copy. */
#ifndef CMD_SELECT_ARMS_H
#define CMD_SELECT_ARMS_H

#include "cmd/select.h"

/* Adds an arm for each to the result, whose experiment is read; what cannot be measured is in it
 * with its reason. 0, or an exit code after saying why. */
int select_arms(struct result *result, const struct paths *paths,
                const struct selection *selection);

/* One arm more, of the executable at path; name: what it is called if it does not say so itself.
 * One that cannot even describe itself is excluded. Holds until the next is added; so the next. */
struct arm *arm_describe(struct result *result, const char *id, const char *name, const char *path);
/* The same of a server of the catalog. */
struct arm *arm_find(struct result *result, const struct paths *paths, const char *id,
                     const char *name);
/* The self-check's second copy of an arm, called ID':
 * relinked, or where that is NULL, the same file. */
void arm_copy(struct result *result, size_t reference, const char *relinked);

#endif
