/* A result with something changed in its text: what the tests of reading results share. */
#ifndef TESTS_CHANGED_RUN_H
#define TESTS_CHANGED_RUN_H

#include "golden_run.h"

static inline void expect_refusal(const char *path, const char *text, const char *sentence)
{
    struct result result;
    char *error = NULL;
    write_file(path, text, strlen(text));
    assert_int_equal(result_load(&result, path, &error), -1);
    assert_non_null(strstr(error, sentence));
    free(error);
    result_release(&result);
}

/* The text with the first occurrence of one string replaced; the caller frees. */
static inline char *replace(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);

    assert_non_null(at);
    return text_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

#endif
