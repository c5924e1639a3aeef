/*
 * Files to be built: those of a commit, or those that a folder has now. A folder in a repository
 * stands for the whole of its working tree; one that its repository ignores, or that is in none,
 * for itself. What git ignores is in no copy.
 *
 * A copy is a clone that shares the user's objects, so that git describe works in it. Nothing is
 * registered in the user's repository, and nothing written to it, but the time of an object that
 * git would have written again. What a folder has beyond its commit becomes objects of a snapshot
 * in the work folder, which later is the copy. Submodules come from where .gitmodules says, in
 * their commits; changes within one are refused.
 */
#ifndef SOURCES_TREE_H
#define SOURCES_TREE_H

#include "sources/place.h"
#include "sources/side.h"

struct tree {
    /* Where git is asked: a folder of the repository, or the top of the files; absolute. */
    char *top;
    char *repository;      /* its git folder, absolute; NULL: none */
    char *commit;          /* NULL: none */
    char *hash;            /* of the tree, where the files are in no commit; else NULL */
    struct place snapshot; /* of such files */
};

/* Both initialise tree; release it in any case. */
enum side_end tree_of_commit(struct tree *tree, const char *commit,
                             const struct side_request *request, char **error);
enum side_end tree_of_folder(struct tree *tree, const char *folder, const char *work,
                             const struct side_request *request, char **error);

/* The tree's own hash, or the commit's: what names it. Borrowed. */
const char *tree_key(const struct tree *tree);
/* How the tree's Makefile begins, "" without one; the caller frees. */
char *tree_makefile(const struct tree *tree, const struct side_request *request);

/* Its files, and its submodules', into a place that is ours to
 * make. The snapshot is used up by it. */
enum side_end tree_copy(struct tree *tree, const struct place *place,
                        const struct side_request *request, char **error);

void tree_release(struct tree *tree);

#endif
