/* Running git; see git.h. */
#include "sources/git.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "data/strings.h"

/* Without these it might write into the repository that is only to be read, run what is not ours to
 * run, or refuse for the line ends of a file that nobody commits. */
static const char *const manners[] = {
    "git", "--no-optional-locks",
    "-c",  "core.hooksPath=/dev/null",
    "-c",  "core.fsmonitor=false",
    "-c",  "core.splitIndex=false",
    "-c",  "gc.auto=0",
    "-c",  "maintenance.auto=false",
    "-c",  "advice.detachedHead=false",
    "-C",
};
enum { MANNERS = sizeof manners / sizeof *manners, WORDS_MOST = 24 };

/* Without a terminal's prompts, and ssh without its own. */
static const char *const quiet[] = {"LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "SSH_ASKPASS=/bin/false",
                                    "SSH_ASKPASS_REQUIRE=force"};
enum { QUIET = sizeof quiet / sizeof *quiet, PLACES = 4 };
_Static_assert((int)QUIET + (int)PLACES <= (int)COMMAND_ADDITIONS, "there is room for all");

/* Appends "NAME=path" where there is one. */
static void place(struct command *command, char **texts, size_t *count, const char *name,
                  const char *path)
{
    if (path == NULL)
        return;
    texts[*count] = text_format("%s=%s", name, path);
    command->environment[QUIET + *count] = texts[*count];
    ++*count;
}

int git_run(const struct git *git, struct command_output *output, const char *const *words)
{
    const char *argv[MANNERS + 1 + WORDS_MOST + 1];
    char *texts[PLACES];
    size_t argc = MANNERS, count = 0;
    struct command command = {.argv = argv, .interrupted = git->interrupted};
    memcpy(argv, manners, sizeof manners);
    memcpy(command.environment, quiet, sizeof quiet);
    argv[argc++] = git->folder;
    while (*words != NULL && argc < sizeof argv / sizeof *argv - 1)
        argv[argc++] = *words++;
    argv[argc] = NULL;
    place(&command, texts, &count, "GIT_DIR", git->repository);
    place(&command, texts, &count, "GIT_WORK_TREE", git->worktree);
    place(&command, texts, &count, "GIT_INDEX_FILE", git->index);
    place(&command, texts, &count, "GIT_OBJECT_DIRECTORY", git->objects);
    int result = command_run(&command, output);
    while (count > 0)
        free(texts[--count]);
    return result;
}

char *git_line(const struct git *git, const char *const *words, int *result)
{
    struct command_output output;
    char *line = NULL;
    *result = git_run(git, &output, words);
    if (*result == 0)
        line = text_format("%.*s", (int)strcspn(output.out, "\n"), output.out);
    command_output_release(&output);
    return line;
}

bool git_distrusts(const char *said)
{
    return said != NULL && strstr(said, "dubious ownership") != NULL;
}

/* git: fatal: detected dubious ownership in repository at '/a/b' */
static void say_distrust(const char *said, char **error)
{
    const char *place = strstr(said, " at '"), *end = place ? strstr(place + 5, "'\n") : NULL;
    char *folder = end ? text_format("%.*s", (int)(end - place - 5), place + 5) : xstrdup("DIR");
    char *word = text_for_shell(folder);
    text_error(error,
               "git does not read %s, because it belongs to another user; if you trust what is in "
               "it: git config --global --add safe.directory %s",
               folder, word);
    free(word);
    free(folder);
}

/* Its lines as one, and no longer than a reader follows. */
static char *in_one_line(const char *said)
{
    enum { LONGEST = 400 };
    char *line = text_format("%.*s", LONGEST, said ? said : "");
    for (char *at = line; *at; at++)
        if (*at == '\n')
            *at = at[1] ? ' ' : '\0';
    return line;
}

enum side_end git_failed(int result, const char *said, const char *what, char **error)
{
    if (result == -EINTR)
        return SIDE_INTERRUPTED;
    if (result == -ENOENT) {
        text_error(error, "%s: git is not installed: apt-get install git", what);
    } else if (result < 0) {
        text_error(error, "%s: git cannot be started: %s", what, strerror(-result));
    } else if (git_distrusts(said)) {
        say_distrust(said, error);
    } else {
        char *line = in_one_line(said);
        text_error(error, "%s: git ended with exit status %d and said: %s", what, result,
                   *line ? line : "nothing");
        free(line);
    }
    return SIDE_UNAVAILABLE;
}
