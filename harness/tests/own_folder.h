/* A folder of its own for each test that asks for one with IN_FOLDER, removed afterwards. */
#ifndef TESTS_OWN_FOLDER_H
#define TESTS_OWN_FOLDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "data/strings.h"

static char folder[64]; /* of the test that runs now */

static inline int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/backbench-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int remove_folder(void **state)
{
    (void)state;
    char *command = text_format("rm -r '%s'", folder);
    int status = system(command);

    free(command);
    return status;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

/* What follows "FOLDER/" in a path or an error that begins with one. */
static inline const char *below_folder(const char *text)
{
    assert_non_null(text);
    assert_memory_equal(text, folder, strlen(folder));
    assert_int_equal(text[strlen(folder)], '/');
    return text + strlen(folder) + 1;
}

/* A file below folder, its own folders made; the caller frees the path. */
static inline char *put_text(const char *name, const char *text, mode_t mode)
{
    char *path = text_format("%s/%s", folder, name);

    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    chmod(path, mode);
    return path;
}

static inline void put_file(const char *name, mode_t mode)
{
    free(put_text(name, "", mode));
}

#endif
