/*
 * Building a copy: what command is run, where the executable then is, and what is told of a build
 * that failed. This suite's own trees, of whatever age, are known by how their Makefile begins; in
 * them a server has a name, and a second copy of it linked in another order.
 */
#ifndef SOURCES_BUILD_H
#define SOURCES_BUILD_H

#include "sources/place.h"
#include "sources/side.h"

struct recipe {
    char *command; /* for sh, in the copy */
    /* Makes the second copy; what it cannot make is done without. NULL: nothing does. */
    char *relink;
    char *server;   /* the executable, below the copy */
    char *relinked; /* the second copy of it; NULL: there can be none */
    char *name;     /* what rows call it */
};

/* By the request, and the first line of the tree's Makefile. Release recipe in any case.
 * SIDE_UNKNOWN: nobody said which executable it is, or it is not below the copy. */
enum side_end recipe_choose(struct recipe *recipe, const char *makefile,
                            const struct side_request *request, char **error);
void recipe_release(struct recipe *recipe);

/* Its executable's name for rows: the file's, without "server-" before it. The caller frees. */
char *recipe_name(const char *path);

/* Runs the command in a place with its files. What it says
 * goes to place->log, which stays unless it is interrupted. */
enum side_end build_run(const struct place *place, const struct recipe *recipe, const char *label,
                        const struct side_request *request, char **error);

/* side->path, ->relinked and ->name of what was built, or
 * SIDE_UNBUILT: there is no such executable. */
enum side_end build_find(struct side *side, const struct place *place, const struct recipe *recipe,
                         const struct side_request *request, char **error);

#endif
