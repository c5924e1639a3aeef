/* A repository of our own that is to hold the files of a tree;
 * the steps of tree.h. Each ends as git_failed says. */
#ifndef SOURCES_COPY_H
#define SOURCES_COPY_H

#include "sources/side.h"

/* At this path, where nothing is: a clone that shares the objects
 * of repository (NULL: an empty one), with no files yet. */
enum side_end copy_begin(const char *path, const char *repository,
                         const struct side_request *request, char **error);
/* The files of a commit; or of a tree whose objects it has, on top of a commit (NULL: of none). */
enum side_end copy_check_out(const char *path, const char *commit, const char *tree,
                             const struct side_request *request, char **error);
/* Submodules, as .gitmodules names them. What it says relative
 * to a remote is meant relative to that of top. */
enum side_end copy_submodules(const char *path, const char *top, const struct side_request *request,
                              char **error);

/* From one path to another; a file that is not there is none. 0, or -errno. */
int copy_file(const char *from, const char *to);

#endif
