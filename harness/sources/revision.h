/*
 * A revision: a commit by any name that git takes for one. What is no branch here but one of the
 * remote called origin is that branch, and its name says so.
 */
#ifndef SOURCES_REVISION_H
#define SOURCES_REVISION_H

#include <stdbool.h>

#include "sources/side.h"

struct revision {
    char *name;   /* "main", "origin/main" */
    char *commit; /* all of its digits */
    /* How it is written where a server is called the same:
     * "refs/heads/epoll", else "epoll^0"; or NULL. */
    char *full_name;
    bool elsewhere; /* it is origin's only */
};

/* revision is initialised here; release it in any case. Of SIDE_UNKNOWN the sentence says what the
 * nearest name is, the servers' among them, or how to get the history that is not here;
 * SIDE_UNAVAILABLE: git could not be asked. */
enum side_end revision_find(struct revision *revision, const struct side_request *request,
                            const struct strings *servers, char **error);
void revision_release(struct revision *revision);

#endif
