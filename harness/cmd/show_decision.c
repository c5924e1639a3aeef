#include "cmd/show_decision.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/render.h"
#include "present/decision.h"

static const char *const names[DECISION_FORMS] = {
    [DECISION_FORM_TEXT] = "text",   [DECISION_FORM_MARKDOWN] = "markdown",
    [DECISION_FORM_JSON] = "json",   [DECISION_FORM_GITHUB] = "github",
    [DECISION_FORM_JUNIT] = "junit",
};

/* ---- what is asked for ---- */

static int find_form(const char *name, size_t length)
{
    for (int i = 0; i < DECISION_FORMS; i++)
        if (strlen(names[i]) == length && strncmp(names[i], name, length) == 0)
            return i;
    return -1;
}

static int fail_unknown(const char *text, size_t length)
{
    char *name = text_format("%.*s", (int)length, text);
    char *hint = text_suggest(names, DECISION_FORMS, name);
    fail(EXIT_USAGE, "--format: no format \"%s\": %s", name, hint);
    free(hint);
    free(name);
    return EXIT_USAGE;
}

static int add_file(struct decision_forms *forms, enum decision_form form, const char *path)
{
    if (!*path)
        return fail(EXIT_USAGE, "--format %s= names no file: write it as %s=FILE", names[form],
                    names[form]);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (strcmp(name, "rounds.jsonl") == 0 || strcmp(name, "result.json") == 0)
        return fail(EXIT_USAGE,
                    "--format: %s is what a stored result is called, which is never "
                    "written over: name another file",
                    path);
    for (size_t i = 0; i < forms->count; i++)
        if (strcmp(forms->files[i].path, path) == 0)
            return fail(EXIT_USAGE, "--format: %s and %s would both be written into %s",
                        names[forms->files[i].form], names[form], path);
    forms->files = xreallocarray(forms->files, forms->count + 1, sizeof *forms->files);
    forms->files[forms->count++] = (struct decision_file){form, xstrdup(path)};
    return EXIT_DONE;
}

int decision_forms_add(struct decision_forms *forms, const char *text)
{
    size_t length = strcspn(text, "=");
    int form = find_form(text, length);
    if (form < 0)
        return fail_unknown(text, length);
    if (text[length] == '=')
        return add_file(forms, (enum decision_form)form, text + length + 1);
    if (forms->is_said)
        return fail(EXIT_USAGE,
                    "--format: one form goes to stdout, and that is %s: write the other into a "
                    "file, as %s=FILE",
                    names[forms->on_stdout], names[form]);
    forms->on_stdout = (enum decision_form)form;
    forms->is_said = true;
    return EXIT_DONE;
}

void decision_forms_release(struct decision_forms *forms)
{
    for (size_t i = 0; i < forms->count; i++)
        free(forms->files[i].path);
    free(forms->files);
    *forms = (struct decision_forms){0};
}

/* ---- files ---- */

/* Where what is written under a name goes. What exists and is no
 * file, as /dev/stderr, is written to and stays what it is. */
struct place {
    char *path; /* behind symbolic links */
    /* That is renamed to it, once mkstemp has named it; NULL: it is written to as it is. */
    char *beside;
};

static void place_find(struct place *place, const char *path)
{
    struct stat status;
    char real[PATH_MAX];
    bool exists = stat(path, &status) == 0;
    place->path = xstrdup(exists && realpath(path, real) ? real : path);
    place->beside =
        exists && !S_ISREG(status.st_mode) ? NULL : text_format("%s.XXXXXX", place->path);
}

static void place_release(struct place *place)
{
    free(place->path);
    free(place->beside);
}

static void write_form(FILE *out, const struct decision *decision, enum decision_form form,
                       unsigned width)
{
    switch (form) {
    case DECISION_FORM_TEXT:
        present_decision_text(out, decision, width);
        break;
    case DECISION_FORM_MARKDOWN:
        present_decision_markdown(out, decision);
        break;
    case DECISION_FORM_JSON:
        present_decision_json(out, decision);
        break;
    case DECISION_FORM_GITHUB:
        present_decision_github(out, decision);
        break;
    case DECISION_FORM_JUNIT:
        present_decision_junit(out, decision);
        break;
    case DECISION_FORMS:
        break;
    }
}

/* A file of a name that nobody has, which others may read and
 * write as they may any new file. NULL with errno. */
static FILE *open_beside(char *template)
{
    mode_t mask = umask(0);
    umask(mask);
    int fd = mkostemp(template, O_CLOEXEC);
    if (fd < 0)
        return NULL;
    FILE *out = fchmod(fd, 0666 & ~mask) == 0 ? fdopen(fd, "w") : NULL;
    if (!out) {
        int number = errno;
        close(fd);
        unlink(template);
        errno = number;
    }
    return out;
}

/* Closes it. 0 or errno. */
static int fill(FILE *out, const struct decision *decision, enum decision_form form, bool is_synced)
{
    errno = 0;
    write_form(out, decision, form, TEXT_WIDTH_ELSEWHERE);
    int number = fflush(out) != 0 || ferror(out) ? (errno ? errno : EIO) : 0;
    if (number == 0 && is_synced && fsync(fileno(out)) < 0)
        number = errno;
    if (fclose(out) != 0 && number == 0)
        number = errno;
    return number;
}

/* 0 or errno. */
static int write_whole(struct place *place, const struct decision *decision,
                       enum decision_form form)
{
    FILE *out = place->beside ? open_beside(place->beside) : fopen(place->path, "we");
    if (!out)
        return errno;
    int number = fill(out, decision, form, place->beside != NULL);
    if (number == 0 && place->beside && rename(place->beside, place->path) < 0)
        number = errno;
    if (number && place->beside)
        unlink(place->beside);
    return number;
}

static int say_unwritable(char **error, const char *path, int number)
{
    return text_error(error, "%s cannot be written: %s", path, strerror(number));
}

int decision_write(const struct decision *decision, enum decision_form form, const char *path,
                   char **error)
{
    struct place place;
    place_find(&place, path);
    int number = write_whole(&place, decision, form);
    place_release(&place);
    return number ? say_unwritable(error, path, number) : 0;
}

/* ---- before anything is measured ---- */

/* Can a file be made there? 0 or errno. Nothing is opened for these looks, so that nothing is made,
 * cut short, or waits for a pipe's reader. */
static int check_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = text_format("%.*s.", slash ? (int)(slash + 1 - path) : 0, path);
    int number = access(folder, W_OK | X_OK) < 0 ? errno : 0;
    free(folder);
    return number;
}

/* A name may be too long with what is added to it. */
static int check_beside(const struct place *place)
{
    struct stat status;
    int number = check_folder(place->path);
    if (number == 0 && stat(place->beside, &status) < 0 && errno != ENOENT)
        number = errno;
    return number;
}

static int check_as_it_is(const char *path)
{
    struct stat status;
    if (access(path, W_OK) < 0)
        return errno;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode) ? EISDIR : 0;
}

static int check_file(const char *path, char **error)
{
    struct place place;
    place_find(&place, path);
    int number = place.beside ? check_beside(&place) : check_as_it_is(place.path);
    place_release(&place);
    return number ? say_unwritable(error, path, number) : 0;
}

/* What is appended to may be there already. */
static int check_summary(const char *path)
{
    struct stat status;
    int number = stat(path, &status) == 0 ? check_as_it_is(path) : check_folder(path);
    return number ? fail(EXIT_ENVIRONMENT, "%s, which GITHUB_STEP_SUMMARY names: %s", path,
                         strerror(number))
                  : EXIT_DONE;
}

static const char *summary_path(const struct decision_forms *forms)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    return forms->on_stdout == DECISION_FORM_GITHUB && path && *path ? path : NULL;
}

int decision_forms_check(const struct decision_forms *forms)
{
    const char *summary = summary_path(forms);
    char *error = NULL;
    for (size_t i = 0; i < forms->count; i++)
        if (check_file(forms->files[i].path, &error) < 0)
            return fail_with(EXIT_ENVIRONMENT, error);
    return summary ? check_summary(summary) : EXIT_DONE;
}

/* ---- afterwards ---- */

static int show_on_stdout(const struct decision_forms *forms, const struct decision *decision)
{
    const char *summary = summary_path(forms);
    char *error = NULL;
    write_form(stdout, decision, forms->on_stdout, text_width());
    if (fflush(stdout) != 0 || ferror(stdout))
        return fail(EXIT_ENVIRONMENT, "the decision cannot be written to stdout: %m");
    if (summary && present_decision_github_summary(decision, summary, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    return EXIT_DONE;
}

int decision_forms_show(const struct decision_forms *forms, const struct decision *decision)
{
    int code = show_on_stdout(forms, decision);
    for (size_t i = 0; i < forms->count; i++) {
        const struct decision_file *file = &forms->files[i];
        char *error = NULL;
        if (decision_write(decision, file->form, file->path, &error) < 0)
            code = fail_with(EXIT_ENVIRONMENT, error);
    }
    return code;
}
