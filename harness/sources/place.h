/*
 * A place below the work folder, in which one thing is made once:
 *
 *   NAME/           the thing, in the folder that it will stay in, because
 *                   builds write down where they are
 *   NAME/.backbench what it is of; written last, so that a folder which has it is whole
 *   NAME.part       there while somebody makes it, and locked (flock(2)): one
 *                   without the lock was left by a maker who died
 *   NAME.log        what its build said
 *
 * Two who want the same wait for each other, and the second finds it whole.
 */
#ifndef SOURCES_PLACE_H
#define SOURCES_PLACE_H

#include <stdbool.h>

#include "sources/side.h"

struct place {
    char *folder, *part, *log; /* absolute */
    bool is_ours;              /* to make */
    bool was_there;            /* whole, when it was claimed */
    int part_fd;               /* locked, if so */
};

/* Makes request->work where it is missing, with a .gitignore by which it is known from then on; an
 * empty folder will do, one with other things in it is refused. What makers who died have left is
 * removed. *work: absolute, the caller frees; NULL unless SIDE_FOUND, else SIDE_UNAVAILABLE. */
enum side_end place_prepare(char **work, const struct side_request *request, char **error);

/* Initialises place; close it in any case, as a zeroed one may be. SIDE_FOUND: it is whole, and of
 * that, or now the caller's to make (is_ours), with no folder there. The text `of` is what
 * .backbench will hold, and a folder whose file holds another is made anew. */
enum side_end place_claim(struct place *place, const char *work, const char *name, const char *of,
                          const struct side_request *request, char **error);
/* What is in the folder is whole. 0, or -errno. */
int place_finish(struct place *place, const char *of);
/* What was not finished is removed, but for the log. */
void place_close(struct place *place);

#endif
