/*
 * What a server is, as it says itself: a binary by --describe, one that is not ours by its
 * server.ini and, for what only this machine knows, by its `run --describe`.
 */
#ifndef MEASURE_DESCRIBE_H
#define MEASURE_DESCRIBE_H

#include <stddef.h>

#include "data/catalog.h"

/* The server of the catalog by its name. What an external one lacks here is no error:
 * info->missing. 0, or -1 with one sentence in error; info is initialised in either case. */
int server_find(struct server_info *info, const struct paths *paths, const char *name, char *error,
                size_t size);
/* Runs path --describe (5 s at most); a binary without it is named after its file, info->described
 * false. */
int server_describe(struct server_info *info, const char *name, const char *path, char *error,
                    size_t size);

#endif
