/*
 * One side of a duel: what a user names, and the executable that comes of it. A word is
 *   a path to an executable, which keeps the process contract (docs/servers.md): taken as it is;
 *   a path to a folder: its files as they are now, copied and built;
 *   a server of the catalog, "nginx";
 *   a revision of the repository (request.repo, else the one that the current folder is in): its
 *     files, copied and built; where there is none of that name, but origin has one, that.
 *     Where nothing is said, it is the files as they are in
 *     request.repo, else in the current folder.
 * What has a slash in it (or is . or ..) and is there is a path; what is both a server of the
 * catalog and a revision is refused, and the sentence says how to write either.
 *
 * What is built stands in a folder of its own below request.work, named after the
 * commit (of files that are in no commit: of their tree) and the command, and
 * stays there: the same side is built once (place.h, tree.h). What the compiler
 * and the environment are is not in the name: who changes them removes the folder.
 * The user's own files, and the repository that they are in, are only read.
 *
 * Git and builds are children of the harness, which should have no others meanwhile: command.h.
 */
#ifndef SOURCES_SIDE_H
#define SOURCES_SIDE_H

#include <stdbool.h>

#include "data/catalog.h"

struct side_request {
    const char *role; /* "base", "head": for sentences */
    const char *word; /* as the user wrote it; NULL: nothing */
    const char *repo; /* a folder in a repository; NULL: the current one */
    /* A command for sh, run in the copy's top folder; NULL: what builds
     * the server in this suite's own trees, "make" in others. */
    const char *build;
    /* The executable, below the copy. In this suite's own trees a name without
     * a slash is that of a server, build/bin/server-NAME, and NULL is epoll;
     * in others it has to be said. Of what is not built it says nothing. */
    const char *server;
    const char *work; /* "build/duel": made where it is missing; refused with other things in it */
    const struct paths *paths;        /* of the catalog; NULL: there is none */
    const volatile bool *interrupted; /* NULL: never */
    /* What takes long, or was chosen, is told: "building main
     * (1a2b3c4d5e6f): make …". NULL: nobody listens. */
    void (*says)(void *argument, const char *sentence);
    void *argument;
};

enum side_kind { SIDE_EXECUTABLE, SIDE_CATALOG, SIDE_TREE };

enum side_end {
    SIDE_FOUND,
    SIDE_UNKNOWN,     /* the word means nothing, or two things, or
                       * options lack or contradict: a usage error */
    SIDE_UNBUILT,     /* it does not build, or what it builds has no such executable */
    SIDE_UNAVAILABLE, /* git is missing or refuses, nothing can be written
                       * here, submodules cannot be fetched, ... */
    SIDE_INTERRUPTED, /* what was begun is gone; there is no sentence */
};

struct side {
    enum side_kind kind;
    /* "main (1a2b3c4d5e6f)"; of the current folder's files "HEAD (...)" or, where they are not the
     * commit's, "HEAD+dirty (...)" with the digits of their tree, which name the copy, too; of
     * another folder's its name instead of HEAD; "./server", "nginx". */
    char *label;
    char *revision; /* the commit, or the tree of a folder that is in no commit; NULL: neither */
    char *path;     /* of the executable, absolute; of a catalog's server NULL */
    char *relinked; /* the same linked in another order, for the self-check; NULL: there is none */
    char *name;     /* what rows call it: "epoll", "nginx", the file's name without "server-" */
};

/* Does the word mean something? Copies and builds nothing, so that a slip of the pen is told before
 * the other side is built. Of a path only that it is there. *error as below. */
enum side_end side_check(const struct side_request *request, char **error);
/* side is initialised here; release it in any case. *error: a sentence or more, with the role
 * before it, the remedy and, of a build that failed, its last lines and where the whole log is; the
 * caller frees. NULL where there is nothing to say. */
enum side_end side_find(struct side *side, const struct side_request *request, char **error);
void side_release(struct side *side);

/* Tells who listens to the request. */
void side_says(const struct side_request *request, const char *sentence);

#endif
