/*
 * git, asked about a repository or told to fill a copy. It runs no hook of anybody's, asks nobody
 * for a password, starts nothing that stays, and takes no lock that it can do without: the
 * repository asked is only read.
 */
#ifndef SOURCES_GIT_H
#define SOURCES_GIT_H

#include <stdbool.h>

#include "sources/command.h"
#include "sources/side.h"

struct git {
    const char *folder; /* as git -C has it */
    /* Instead of what it would find there, absolute; NULL: what it finds. */
    const char *repository, *worktree, *index, *objects;
    const volatile bool *interrupted;
};

/* What command_run returns; -ENOENT: there is no git. Words end with NULL. */
int git_run(const struct git *git, struct command_output *output, const char *const *words);
#define GIT_WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The first line that it prints, the caller frees; NULL, and
 * *result as git_run has it, where it refuses. */
char *git_line(const struct git *git, const char *const *words, int *result);

/* Is this how it refuses a folder that belongs to somebody else? */
bool git_distrusts(const char *said);

/* What became of a run that did not end with 0: SIDE_INTERRUPTED, or SIDE_UNAVAILABLE with a
 * sentence: what could not be done and what git said of it, or how to install it, or how to trust a
 * folder that belongs to somebody else. */
enum side_end git_failed(int result, const char *said, const char *what, char **error);

#endif
