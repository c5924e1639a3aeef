/*
 * One side of a duel: what a user names, and the executable that comes of it. A word is
 *   a path to an executable, which keeps the process contract (docs/servers.md): taken as it is;
 *   a path to a folder: its files as they are now, copied and built;
 *   a server of the catalog, "nginx";
 *   a revision of the repository (request.repo, else the one that the current folder is in): its files, copied and built.
 *     Where nothing else is said, a head is the current folder.
 * What has a slash in it and is there is a path; what is both a server of the catalog and a revision is refused, and the sentence says how to
 * write either.
 *
 * What is built stands in a folder of its own below request.work, named after the commit (of files that are in no commit:
 * of their tree) and the command, and stays there: the same side is built once (tree.h). The user's own files, and the repository that they
 * are in, are only read.
 */
#ifndef SOURCES_SIDE_H
#define SOURCES_SIDE_H

#include <stdbool.h>

#include "data/catalog.h"

struct side_request {
    const char *role;  /* "base", "head": for sentences */
    const char *word;  /* as the user wrote it */
    const char *repo;  /* a folder in a repository; NULL: the current one */
    const char *build; /* a command for sh, run in the copy; NULL: this suite's own, or "make" */
    const char *
        server; /* the executable, below the copy; a name without a slash: of this suite's own servers, build/bin/server-NAME; NULL: epoll */
    const char *work; /* "build/duel": made where it is missing, with a .gitignore of its own */
    const struct paths *paths;
    const volatile bool *interrupted;
    /* What takes long is told: "building main (1a2b3c4d5e6f): make …". NULL: nobody listens. */
    void (*says)(void *argument, const char *sentence);
    void *argument;
};

enum side_kind { SIDE_EXECUTABLE, SIDE_CATALOG, SIDE_TREE };

enum side_end {
    SIDE_FOUND,
    SIDE_UNKNOWN,     /* the word means nothing, or two things: a usage error */
    SIDE_UNBUILT,     /* it does not build, or what it builds has no such executable */
    SIDE_UNAVAILABLE, /* git is missing, nothing can be written here, ... */
    SIDE_INTERRUPTED, /* what was begun is gone */
};

struct side {
    enum side_kind kind;
    char *label;    /* "main (1a2b3c4d5e6f)", "HEAD+dirty (...)", "./server", "nginx" */
    char *revision; /* the commit, or the tree of a folder that is in no commit; NULL: neither */
    char *path;     /* of the executable, absolute; of a catalog's server NULL */
    char *relinked; /* the same linked in another order, for the self-check; NULL: there is none */
    char *name;     /* what rows call it: "epoll", "nginx", the file's name */
};

/* side is initialised here; release it in any case. error: a sentence or more, with the remedy and, of a build that failed, its last
 * lines and where the whole log is; the caller frees. */
enum side_end side_find(struct side *side, const struct side_request *request, char **error);
void side_release(struct side *side);

#endif
