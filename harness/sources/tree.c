/* The files of a commit and of a folder; see tree.h. */
#include "sources/tree.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/strings.h"
#include "sources/copy.h"
#include "sources/git.h"

static const char cannot_read[] = "its files cannot be read";

static struct git git_in(const char *folder, const struct side_request *request)
{
    return (struct git){.folder = folder, .interrupted = request->interrupted};
}

static enum side_end fail(int result, const char *said, const char *doing,
                          const struct side_request *request, char **error)
{
    char *what = text_format("%s: %s", request->role, doing);
    enum side_end end = git_failed(result, said, what, error);
    free(what);
    return end;
}

/* The folder that holds the objects and refs of all working trees. */
static enum side_end find_repository(struct tree *tree, const struct side_request *request,
                                     char **error)
{
    struct git git = git_in(tree->top, request);
    int result;
    tree->repository = git_line(
        &git, GIT_WORDS("rev-parse", "--path-format=absolute", "--git-common-dir"), &result);
    return tree->repository ? SIDE_FOUND : fail(result, NULL, cannot_read, request, error);
}

static char *absolute(const char *path)
{
    char real[PATH_MAX];
    return xstrdup(realpath(path, real) ? real : path);
}

enum side_end tree_of_commit(struct tree *tree, const char *commit,
                             const struct side_request *request, char **error)
{
    *tree = (struct tree){
        .top = absolute(request->repo ? request->repo : "."),
        .commit = xstrdup(commit),
    };
    return find_repository(tree, request, error);
}

/* Is it, as a whole, something that the repository around it does not want? */
static bool is_ignored(const char *folder, const struct side_request *request)
{
    struct git git = git_in(folder, request);
    return git_run(&git, NULL, GIT_WORDS("check-ignore", "--quiet", "--", folder)) == 0;
}

/* tree->top and, where there is one, tree->repository. */
static enum side_end find_top(struct tree *tree, const char *folder,
                              const struct side_request *request, char **error)
{
    struct git git = git_in(folder, request);
    struct command_output output;
    char *here = absolute(folder);
    enum side_end end = SIDE_FOUND;
    int result = git_run(&git, &output, GIT_WORDS("rev-parse", "--show-toplevel"));
    bool outside = result > 0 && strstr(output.err, "not a git repository") != NULL;
    if (result != 0 && !outside)
        end = fail(result, output.err, cannot_read, request, error);
    else if (!outside)
        tree->top = text_format("%.*s", (int)strcspn(output.out, "\n"), output.out);
    command_output_release(&output);
    if (tree->top != NULL && strcmp(tree->top, here) != 0 && is_ignored(here, request)) {
        free(tree->top);
        tree->top = NULL;
        outside = true;
    }
    if (outside)
        tree->top = xstrdup(here);
    free(here);
    return end == SIDE_FOUND && !outside ? find_repository(tree, request, error) : end;
}

/* git's view of the folder, with the snapshot to write to: its objects and its index; where the
 * folder is in no repository, the snapshot is one. */
struct view {
    struct git git;
    char *repository, *index, *objects;
};

static void view_open(struct view *view, const struct tree *tree,
                      const struct side_request *request)
{
    const char *copy = tree->snapshot.folder;
    *view = (struct view){
        .git = git_in(tree->top, request),
        .repository = text_format("%s/.git", copy),
        .index = text_format("%s/.git/index", copy),
        .objects = text_format("%s/.git/objects", copy),
    };
    view->git.index = view->index;
    view->git.objects = view->objects;
    if (tree->repository == NULL) {
        view->git.repository = view->repository;
        view->git.worktree = tree->top;
    }
}

static void view_close(struct view *view)
{
    free(view->repository);
    free(view->index);
    free(view->objects);
}

/* With the user's index git need not read what it knows to be as it was. */
static void begin_with_index(const struct view *view, const struct tree *tree,
                             const struct side_request *request)
{
    struct git git = git_in(tree->top, request);
    int result;
    if (tree->repository == NULL)
        return;
    char *index = git_line(
        &git, GIT_WORDS("rev-parse", "--path-format=absolute", "--git-path", "index"), &result);
    if (index != NULL && copy_file(index, view->index) < 0)
        unlink(view->index); /* without it, it takes longer */
    free(index);
}

/* A repository inside that is no submodule, as another working tree may be, is none of the folder's
 * files; git would take it for one, and says so. */
static int leave_out_embedded(const struct view *view, const char *said,
                              const struct side_request *request)
{
    static const char mark[] = "warning: adding embedded git repository: ";
    int result = 0;
    for (const char *at = said; result == 0 && (at = strstr(at, mark)) != NULL;) {
        at += strlen(mark);
        char *name = text_format("%.*s", (int)strcspn(at, "\n"), at);
        result = git_run(&view->git, NULL, GIT_WORDS("update-index", "--force-remove", "--", name));
        char *sentence =
            text_format("%s: %s is a repository of its own: it is not copied", request->role, name);
        side_says(request, sentence);
        free(sentence);
        free(name);
    }
    return result;
}

static enum side_end add_all(const struct view *view, const struct side_request *request,
                             char **error)
{
    struct command_output output;
    enum side_end end = SIDE_FOUND;
    int result = git_run(&view->git, &output, GIT_WORDS("add", "--all", "."));
    if (result == 0)
        result = leave_out_embedded(view, output.err, request);
    if (result != 0)
        end = fail(result, output.err, cannot_read, request, error);
    command_output_release(&output);
    return end;
}

/* All that git still finds changed is within a submodule, or has changed while it was read. */
static enum side_end refuse_changes(const struct view *view, const struct side_request *request,
                                    char **error)
{
    int result;
    char *name =
        git_line(&view->git,
                 GIT_WORDS("diff-files", "--name-only", "--ignore-submodules=untracked"), &result);
    enum side_end end = SIDE_FOUND;
    if (name == NULL) {
        end = fail(result, NULL, cannot_read, request, error);
    } else if (*name != '\0') {
        text_error(
            error,
            "%s: %s in %s changed while it was copied, or is a submodule with changes of its "
            "own: commit them in it, because submodules are copied by their commits",
            request->role, name, view->git.folder);
        end = SIDE_UNAVAILABLE;
    }
    free(name);
    return end;
}

/* tree->hash: of what the folder has now. */
static enum side_end take_files(struct tree *tree, const struct side_request *request, char **error)
{
    struct view view;
    int result = 0;
    view_open(&view, tree, request);
    begin_with_index(&view, tree, request);
    enum side_end end = add_all(&view, request, error);
    if (end == SIDE_FOUND)
        end = refuse_changes(&view, request, error);
    if (end == SIDE_FOUND) {
        tree->hash = git_line(&view.git, GIT_WORDS("write-tree"), &result);
        if (tree->hash == NULL)
            end = fail(result, NULL, cannot_read, request, error);
    }
    view_close(&view);
    return end;
}

/* A repository without a commit has no HEAD. Files that are the commit's are the commit. */
static void compare_with_commit(struct tree *tree, const struct side_request *request)
{
    struct git git = git_in(tree->top, request);
    int result;
    tree->commit =
        git_line(&git, GIT_WORDS("rev-parse", "--verify", "--quiet", "HEAD^{commit}"), &result);
    char *hash =
        git_line(&git, GIT_WORDS("rev-parse", "--verify", "--quiet", "HEAD^{tree}"), &result);
    if (tree->commit != NULL && hash != NULL && strcmp(hash, tree->hash) == 0) {
        free(tree->hash);
        tree->hash = NULL;
        place_close(&tree->snapshot);
    }
    free(hash);
}

enum side_end tree_of_folder(struct tree *tree, const char *folder, const char *work,
                             const struct side_request *request, char **error)
{
    *tree = (struct tree){0};
    enum side_end end = find_top(tree, folder, request, error);
    if (end != SIDE_FOUND)
        return end;
    char *name = text_format("snapshot-%d", (int)getpid());
    end = place_claim(&tree->snapshot, work, name, "", request, error);
    free(name);
    if (end == SIDE_FOUND)
        end = copy_begin(tree->snapshot.folder, tree->repository, request, error);
    if (end == SIDE_FOUND)
        end = take_files(tree, request, error);
    if (end == SIDE_FOUND && tree->repository != NULL)
        compare_with_commit(tree, request);
    return end;
}

const char *tree_key(const struct tree *tree)
{
    return tree->hash ? tree->hash : tree->commit;
}

static char *first_line_of(const char *path)
{
    char *line = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "re");
    ssize_t len = file != NULL ? getline(&line, &size, file) : -1;
    if (file != NULL)
        fclose(file);
    if (len >= 0)
        return line;
    free(line);
    return xstrdup("");
}

char *tree_makefile(const struct tree *tree, const struct side_request *request)
{
    struct git git = git_in(tree->top, request);
    int result;
    if (tree->hash != NULL) {
        char *path = text_format("%s/Makefile", tree->top);
        char *line = first_line_of(path);
        free(path);
        return line;
    }
    char *name = text_format("%s:Makefile", tree->commit);
    char *line = git_line(&git, GIT_WORDS("cat-file", "blob", name), &result);
    free(name);
    return line ? line : xstrdup("");
}

enum side_end tree_copy(struct tree *tree, const struct place *place,
                        const struct side_request *request, char **error)
{
    enum side_end end = SIDE_FOUND;
    if (tree->hash == NULL) {
        end = copy_begin(place->folder, tree->repository, request, error);
    } else if (rename(tree->snapshot.folder, place->folder) != 0) {
        text_error(error, "%s: %s cannot be made: %s", request->role, place->folder,
                   strerror(errno));
        end = SIDE_UNAVAILABLE;
    }
    if (end == SIDE_FOUND)
        end = copy_check_out(place->folder, tree->commit, tree->hash, request, error);
    if (end == SIDE_FOUND)
        end = copy_submodules(place->folder, tree->top, request, error);
    return end;
}

void tree_release(struct tree *tree)
{
    place_close(&tree->snapshot);
    free(tree->top);
    free(tree->repository);
    free(tree->commit);
    free(tree->hash);
    *tree = (struct tree){0};
}
