/* What the tests of the outputs share: a made-up result, its
 * summary, a folder to write into, and what they ask. */
#ifndef TESTS_PRESENT_ROOM_H
#define TESTS_PRESENT_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "analyse/summary.h"
#include "present/present.h"
#include "tests/synthetic.h"

static struct synthetic s;
static struct summary summary;
static char folder[256], *templates;

static inline void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing", part);
}

static inline void has_not(const char *text, const char *part)
{
    const char *at = strstr(text, part);
    if (at)
        fail_msg("\"%s\" is there: %.80s", part, at);
}

static inline char *read_file(const char *directory, const char *name)
{
    char *path = text_format("%s/%s", directory, name);
    FILE *in = fopen(path, "r");
    if (!in)
        fail_msg("%s was not written", path);
    free(path);
    assert_int_equal(fseek(in, 0, SEEK_END), 0);
    size_t length = (size_t)ftell(in);
    rewind(in);
    assert_true(length > 0);
    char *text = xcalloc(length + 1, 1);
    assert_int_equal(fread(text, 1, length, in), length);
    fclose(in);
    return text;
}

static inline size_t count_of(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

static inline void summarise(void)
{
    summary_make(&summary, &s.result);
}

/* All documents of s, into a folder below the one of this run; the caller frees its path. */
static inline char *render(const char *name)
{
    char *directory = text_format("%s/%s", folder, name), *error = NULL;
    mkdir(directory, 0777);
    summarise();
    if (present_plots(directory, templates, &s.result, &summary, &error) < 0 ||
        present_html(directory, templates, &s.result, &summary, &error) < 0 ||
        present_markdown(directory, &s.result, &summary, &error) < 0)
        fail_msg("%s", error);
    return directory;
}

static inline int release(void **state)
{
    (void)state;
    summary_release(&summary);
    result_release(&s.result);
    return 0;
}

/* Finds the templates and makes the folder; in the folder that is given, if one is. */
static inline bool enter(struct paths *paths, const char *given)
{
    char *error = NULL;
    if (paths_find(paths, &error) < 0) {
        fprintf(stderr, "%s\n", error);
        return false;
    }
    templates = paths->report;
    snprintf(folder, sizeof folder, "%s", given ? given : "/tmp/backbench-present-XXXXXX");
    return given || mkdtemp(folder);
}

/* Removes what enter has made. */
static inline bool leave(struct paths *paths, bool given)
{
    paths_release(paths);
    if (given)
        return true;
    char *command = text_format("rm -rf '%s'", folder);
    int status = system(command);
    free(command);
    return status == 0;
}

#endif
