/* Files of the tree that a test was built from, and of its folder, as texts. */
#ifndef TESTS_TREE_FILE_H
#define TESTS_TREE_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/catalog.h"
#include "data/strings.h"

/* The path of a file of the tree these tests were built from; the caller frees. */
static inline char *tree_path(const char *name)
{
    struct paths paths;
    char *error = NULL;

    if (paths_find(&paths, &error))
        fail_msg("%s", error);
    char *path = text_format("%s/../%s", paths.workloads, name);
    paths_release(&paths);
    return path;
}

static inline char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;

    if (!file)
        return NULL;
    ssize_t len = getdelim(&text, &size, '\0', file);
    fclose(file);
    if (len >= 0)
        return text;
    free(text);
    return NULL;
}

static inline void write_file(const char *path, const char *text, size_t len)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

#endif
