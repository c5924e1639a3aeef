/* Making a copy with git; see copy.h and, for what all this is for, tree.h. */
#include "sources/copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/strings.h"
#include "sources/git.h"

/* One command of git in the copy. */
static enum side_end step(const char *path, const char *const *words, const char *doing,
                          const struct side_request *request, char **error)
{
    struct git git = {.folder = path, .interrupted = request->interrupted};
    struct command_output output;
    enum side_end end = SIDE_FOUND;
    int result = git_run(&git, &output, words);
    if (result != 0) {
        char *what = text_format("%s: %s", request->role, doing);
        end = git_failed(result, output.err, what, error);
        free(what);
    }
    command_output_release(&output);
    return end;
}

static int append(const char *path, const char *format, const char *text)
{
    FILE *file = fopen(path, "ae");
    if (file == NULL)
        return -errno;
    fprintf(file, format, text);
    return fclose(file) == 0 ? 0 : -errno;
}

int copy_file(const char *from, const char *to)
{
    char block[1 << 14];
    FILE *in = fopen(from, "re");
    if (in == NULL)
        return errno == ENOENT ? 0 : -errno;
    FILE *out = fopen(to, "we");
    int result = out == NULL ? -errno : 0;
    for (size_t got; result == 0 && (got = fread(block, 1, sizeof block, in)) > 0;)
        if (fwrite(block, 1, got, out) != got)
            result = -errno;
    fclose(in);
    if (out != NULL && fclose(out) != 0 && result == 0)
        result = -errno;
    return result;
}

/* git does not share the objects of a shallow repository, but copies those that its branches have:
 * the commit that is wanted may be on none. */
static int share_shallow(const char *path, const char *repository)
{
    char *from = text_format("%s/shallow", repository), *to = text_format("%s/.git/shallow", path);
    char *alternates = text_format("%s/.git/objects/info/alternates", path);
    char *objects = text_format("%s/objects", repository);
    int result = 0;
    if (access(from, F_OK) == 0) {
        result = copy_file(from, to);
        if (result == 0)
            result = append(alternates, "%s\n", objects);
    }
    free(objects);
    free(alternates);
    free(to);
    free(from);
    return result;
}

/* What this suite puts into a copy is no change of it. */
static int exclude_ours(const char *path)
{
    char *folder = text_format("%s/.git/info", path), *file = text_format("%s/exclude", folder);
    int result = mkdir(folder, 0777) == 0 || errno == EEXIST ? 0 : -errno;
    if (result == 0)
        result = append(file, "%s\n", "/.backbench*");
    free(file);
    free(folder);
    return result;
}

enum side_end copy_begin(const char *path, const char *repository,
                         const struct side_request *request, char **error)
{
    const char *const *words =
        repository
            ? GIT_WORDS("clone", "--quiet", "--shared", "--no-reject-shallow", "--no-checkout",
                        "--template=", "--origin", "origin", repository, path)
            : GIT_WORDS("init", "--quiet", "--template=", path);
    enum side_end end = step(".", words, "a copy cannot be begun", request, error);
    if (end != SIDE_FOUND)
        return end;
    int result = repository ? share_shallow(path, repository) : 0;
    if (result == 0)
        result = exclude_ours(path);
    if (result == 0)
        return SIDE_FOUND;
    text_error(error, "%s: %s cannot be written to: %s", request->role, path, strerror(-result));
    return SIDE_UNAVAILABLE;
}

enum side_end copy_check_out(const char *path, const char *commit, const char *tree,
                             const struct side_request *request, char **error)
{
    static const char doing[] = "its files cannot be copied";
    if (tree == NULL)
        return step(path, GIT_WORDS("checkout", "--quiet", "--detach", commit), doing, request,
                    error);
    char *index = text_format("%s/.git/index", path);
    unlink(index); /* it tells of the files of another folder */
    free(index);
    enum side_end end = SIDE_FOUND;
    if (commit != NULL)
        end = step(path, GIT_WORDS("update-ref", "--no-deref", "HEAD", commit), doing, request,
                   error);
    if (end == SIDE_FOUND)
        end = step(path, GIT_WORDS("read-tree", "--reset", "-u", tree), doing, request, error);
    return end;
}

/* The clone's own origin is a folder; what is named relative to it is not beside that. */
static enum side_end take_remote(const char *path, const char *top,
                                 const struct side_request *request, char **error)
{
    struct git git = {.folder = top, .interrupted = request->interrupted};
    int result;
    char *url = git_line(&git, GIT_WORDS("config", "--get", "remote.origin.url"), &result);
    enum side_end end = result == -EINTR ? SIDE_INTERRUPTED : SIDE_FOUND;
    if (url != NULL)
        end = step(path, GIT_WORDS("config", "remote.origin.url", url), "its remote cannot be set",
                   request, error);
    free(url);
    return end;
}

enum side_end copy_submodules(const char *path, const char *top, const struct side_request *request,
                              char **error)
{
    char *modules = text_format("%s/.gitmodules", path);
    bool has_any = access(modules, F_OK) == 0;
    free(modules);
    if (!has_any)
        return SIDE_FOUND;
    enum side_end end = take_remote(path, top, request, error);
    if (end == SIDE_FOUND)
        end = step(path, GIT_WORDS("submodule", "--quiet", "update", "--init", "--recursive"),
                   "its submodules cannot be fetched, without which it is not whole; where they "
                   "cannot be had, build it elsewhere and name the executable",
                   request, error);
    return end;
}
