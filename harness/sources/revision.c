/* From a word to a commit; see revision.h. */
#include "sources/revision.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/strings.h"
#include "sources/git.h"

static struct git git_of(const struct side_request *request)
{
    return (struct git){.folder = request->repo ? request->repo : ".",
                        .interrupted = request->interrupted};
}

/* What git_run returns; *commit only if that is 0. The verb
 * forbids that a name is taken for an option. */
static int ask(const struct side_request *request, const char *name, char **commit, char **said)
{
    struct git git = git_of(request);
    struct command_output output;
    char *peeled = text_format("%s^{commit}", name);
    int result =
        git_run(&git, &output, GIT_WORDS("rev-parse", "--verify", "--end-of-options", peeled));
    if (result == 0 && output.out[0] == '^') /* what to leave out is no revision */
        result = 1;
    if (result == 0)
        *commit = text_format("%.*s", (int)strcspn(output.out, "\n"), output.out);
    *said = xstrdup(output.err ? output.err : "");
    command_output_release(&output);
    free(peeled);
    return result;
}

static char *full_name(const struct side_request *request, const char *name)
{
    struct git git = git_of(request);
    int result;
    char *full = git_line(&git, GIT_WORDS("rev-parse", "--symbolic-full-name", name), &result);
    if (full != NULL && strncmp(full, "refs/", strlen("refs/")) == 0)
        return full;
    free(full);
    return text_format("%s^0", name);
}

static bool is_true(const struct side_request *request, const char *question)
{
    struct git git = git_of(request);
    int result;
    char *answer = git_line(&git, GIT_WORDS("rev-parse", question), &result);
    bool is = answer != NULL && strcmp(answer, "true") == 0;
    free(answer);
    return is;
}

/* The names of what there is here: branches, tags, origin's branches. */
static void take_names(struct strings *names, const struct side_request *request)
{
    struct git git = git_of(request);
    struct command_output output;
    if (git_run(&git, &output, GIT_WORDS("for-each-ref", "--format=%(refname:short)")) == 0)
        strings_split(names, output.out);
    command_output_release(&output);
}

static char *folder_name(const struct side_request *request)
{
    char path[PATH_MAX];
    return xstrdup(realpath(request->repo ? request->repo : ".", path) ? path : request->repo);
}

/* How a file beside the command is written, where the word is one. */
static const char *hint_of_file(const struct side_request *request)
{
    bool is_file = strchr(request->word, '/') == NULL && access(request->word, F_OK) == 0;
    return is_file ? "; a file or folder is written with a slash: ./" : "";
}

static void say_nearest(const struct side_request *request, const struct strings *servers,
                        char **error)
{
    struct strings names = {0};
    const char *word = request->word, *hint = hint_of_file(request);
    take_names(&names, request);
    strings_copy(&names, servers);
    const char *nearest = strings_nearest(&names, word);
    char *folder = folder_name(request);
    char *what =
        text_format("%s: \"%s\" is no revision of %s, no path, and no server of the catalog",
                    request->role, word, folder);
    const char *of_file = *hint ? word : "";
    if (nearest != NULL)
        text_error(error, "%s: did you mean \"%s\"?%s%s", what, nearest, hint, of_file);
    else
        text_error(error, "%s: git branch -a, git tag and backbench list show what there is%s%s",
                   what, hint, of_file);
    free(what);
    free(folder);
    strings_release(&names);
}

static bool has_commits(const struct side_request *request)
{
    struct strings names = {0};
    char *commit = NULL, *said = NULL;
    take_names(&names, request);
    bool has = names.count > 0 || ask(request, "HEAD", &commit, &said) == 0;
    free(commit);
    free(said);
    strings_release(&names);
    return has;
}

static void say_empty(const struct side_request *request, char **error)
{
    char *folder = folder_name(request);
    text_error(error,
               "%s: \"%s\" is no path and no server of the catalog, and %s has no commit yet: make "
               "one, or name a folder or an executable",
               request->role, request->word, folder);
    free(folder);
}

static enum side_end say_unknown(const struct side_request *request, const struct strings *servers,
                                 char **error)
{
    if (!has_commits(request))
        say_empty(request, error);
    else if (is_true(request, "--is-shallow-repository"))
        text_error(error,
                   "%s: there is no %s here: this clone is shallow; fetch its history first "
                   "(git fetch --unshallow; in GitHub Actions: fetch-depth: 0)",
                   request->role, request->word);
    else
        say_nearest(request, servers, error);
    return SIDE_UNKNOWN;
}

static enum side_end say_no_repository(const struct side_request *request, char **error)
{
    char *folder = folder_name(request);
    const char *hint = hint_of_file(request);
    text_error(error,
               "%s: \"%s\" is no path and no server of the catalog, and %s is in no git repository "
               "that it could be a revision of: --repo says where one is%s%s",
               request->role, request->word, folder, hint, *hint ? request->word : "");
    free(folder);
    return SIDE_UNKNOWN;
}

static enum side_end say_ambiguous(const struct side_request *request, const char *said,
                                   char **error)
{
    if (strstr(said, "short object ID") != NULL)
        text_error(error, "%s: more than one object begins with %s: write more of its digits",
                   request->role, request->word);
    else
        text_error(error,
                   "%s: more than one ref is called \"%s\": write refs/heads/%s for the branch, "
                   "refs/tags/%s for the tag",
                   request->role, request->word, request->word, request->word);
    return SIDE_UNKNOWN;
}

/* Why git could not be asked at all; SIDE_FOUND: it could. */
static enum side_end trouble(const struct side_request *request, int result, const char *said,
                             char **error)
{
    if (result >= 0 && strstr(said, "not a git repository") != NULL)
        return say_no_repository(request, error);
    if (result >= 0 && !git_distrusts(said) && strstr(said, "cannot change to") == NULL)
        return SIDE_FOUND;
    char *what = text_format("%s: \"%s\" cannot be looked up", request->role, request->word);
    enum side_end end = git_failed(result, said, what, error);
    free(what);
    return end;
}

/* The word itself, or what origin has by that name. */
static enum side_end look_up(struct revision *revision, const struct side_request *request,
                             const struct strings *servers, char **error)
{
    char *said = NULL, *unheard = NULL, *remote = text_format("origin/%s", request->word);
    int result = ask(request, request->word, &revision->commit, &said);
    enum side_end end = trouble(request, result, said, error);
    if (end == SIDE_FOUND && strstr(said, "ambiguous") != NULL) {
        end = say_ambiguous(request, said, error);
    } else if (end == SIDE_FOUND && result != 0) {
        revision->elsewhere = ask(request, remote, &revision->commit, &unheard) == 0;
        end = revision->elsewhere ? SIDE_FOUND : say_unknown(request, servers, error);
    }
    revision->name = xstrdup(revision->elsewhere ? remote : request->word);
    free(unheard);
    free(remote);
    free(said);
    return end;
}

enum side_end revision_find(struct revision *revision, const struct side_request *request,
                            const struct strings *servers, char **error)
{
    *revision = (struct revision){0};
    enum side_end end = look_up(revision, request, servers, error);
    if (end == SIDE_FOUND && strings_contain(servers, request->word))
        revision->full_name = full_name(request, revision->name);
    return end;
}

void revision_release(struct revision *revision)
{
    free(revision->name);
    free(revision->commit);
    free(revision->full_name);
    *revision = (struct revision){0};
}
