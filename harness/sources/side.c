/*
 * What a word means, and what it takes to get an executable of it; see side.h. A word that says
 * where something is, is looked for there; any other is looked for in the catalog and among the
 * revisions, and must be in one of them only.
 */
#include "sources/side.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/host.h"
#include "sources/build.h"
#include "sources/git.h"
#include "sources/place.h"
#include "sources/revision.h"
#include "sources/tree.h"

enum { HASH_SHOWN = 12, COMMAND_SHOWN = 8 };

void side_says(const struct side_request *request, const char *sentence)
{
    if (request->says != NULL)
        request->says(request->argument, sentence);
}

/* "main (1a2b3c4d5e6f)"; of a word that is nothing but the first digits of it, the digits. */
static char *label_of(const char *name, const char *hash)
{
    if (strncmp(hash, name, strlen(name)) == 0)
        return text_format("%.*s", HASH_SHOWN, hash);
    return text_format("%s (%.*s)", name, HASH_SHOWN, hash);
}

/* What a place is of, as its file says it. */
static char *contents_of(const struct tree *tree, const struct recipe *recipe)
{
    return text_format("%s %s\nbuilt by %s\n", tree->hash ? "tree" : "commit", tree_key(tree),
                       recipe->command);
}

static char *place_name(const struct tree *tree, const struct recipe *recipe)
{
    char *hash = bytes_sha256(recipe->command, strlen(recipe->command));
    char *name = text_format("%.*s-%.*s", HASH_SHOWN, tree_key(tree), COMMAND_SHOWN, hash);
    free(hash);
    return name;
}

static enum side_end make_whole(struct place *place, struct tree *tree, const struct recipe *recipe,
                                const struct side *side, const char *contents,
                                const struct side_request *request, char **error)
{
    enum side_end end = tree_copy(tree, place, request, error);
    if (end == SIDE_FOUND)
        end = build_run(place, recipe, side->label, request, error);
    int result = end == SIDE_FOUND ? place_finish(place, contents) : 0;
    if (result == 0)
        return end;
    text_error(error, "%s: %s cannot be written to: %s", request->role, place->folder,
               strerror(-result));
    return SIDE_UNAVAILABLE;
}

static enum side_end find_built(struct side *side, struct tree *tree, const struct recipe *recipe,
                                const char *work, const struct side_request *request, char **error)
{
    struct place place;
    char *name = place_name(tree, recipe), *contents = contents_of(tree, recipe);
    enum side_end end = place_claim(&place, work, name, contents, request, error);
    if (end == SIDE_FOUND && place.is_ours)
        end = make_whole(&place, tree, recipe, side, contents, request, error);
    if (end == SIDE_FOUND)
        end = build_find(side, &place, recipe, request, error);
    place_close(&place);
    free(contents);
    free(name);
    return end;
}

static enum side_end find_in_tree(struct side *side, struct tree *tree, const char *name,
                                  const char *work, const struct side_request *request,
                                  char **error)
{
    struct recipe recipe;
    char *makefile = tree_makefile(tree, request);
    side->kind = SIDE_TREE;
    side->label = label_of(name, tree_key(tree));
    side->revision = xstrdup(tree->commit ? tree->commit : tree->hash);
    enum side_end end = recipe_choose(&recipe, makefile, request, error);
    if (end == SIDE_FOUND)
        end = find_built(side, tree, &recipe, work, request, error);
    recipe_release(&recipe);
    free(makefile);
    return end;
}

static enum side_end find_revision(struct side *side, const struct revision *revision,
                                   const struct side_request *request, char **error)
{
    struct tree tree = {0};
    char *work;
    if (revision->elsewhere) {
        char *sentence = text_format("%s: there is no %s here, so it is %s", request->role,
                                     request->word, revision->name);
        side_says(request, sentence);
        free(sentence);
    }
    enum side_end end = place_prepare(&work, request, error);
    if (end == SIDE_FOUND)
        end = tree_of_commit(&tree, revision->commit, request, error);
    if (end == SIDE_FOUND)
        end = find_in_tree(side, &tree, revision->name, work, request, error);
    tree_release(&tree);
    free(work);
    return end;
}

/* Is it the working tree that revisions are understood in, when nothing else is said? */
static bool is_the_current(const struct tree *tree, const struct side_request *request)
{
    struct git git = {.folder = request->repo ? request->repo : ".",
                      .interrupted = request->interrupted};
    int result;
    char *top = git_line(&git, GIT_WORDS("rev-parse", "--show-toplevel"), &result);
    bool is = top != NULL && strcmp(top, tree->top) == 0;
    free(top);
    return is;
}

/* "HEAD", "HEAD+dirty"; of another folder than the current
 * one, or one without a commit, its own name. */
static char *name_of_files(const struct tree *tree, const struct side_request *request)
{
    const char *slash = strrchr(tree->top, '/'), *own = slash && slash[1] ? slash + 1 : tree->top;
    if (tree->commit == NULL)
        return xstrdup(own);
    return text_format("%s%s", is_the_current(tree, request) ? "HEAD" : own,
                       tree->hash ? "+dirty" : "");
}

static enum side_end find_folder(struct side *side, const char *folder,
                                 const struct side_request *request, char **error)
{
    struct tree tree = {0};
    char *work;
    enum side_end end = place_prepare(&work, request, error);
    if (end == SIDE_FOUND)
        end = tree_of_folder(&tree, folder, work, request, error);
    if (end == SIDE_FOUND) {
        char *name = name_of_files(&tree, request);
        end = find_in_tree(side, &tree, name, work, request, error);
        free(name);
    }
    tree_release(&tree);
    free(work);
    return end;
}

static enum side_end find_executable(struct side *side, const struct side_request *request,
                                     char **error)
{
    char path[PATH_MAX], *program = program_find(request->word);
    if (program == NULL || realpath(program, path) == NULL) {
        free(program);
        text_error(
            error,
            "%s: %s is no folder, and no file that can be executed: chmod +x, if it is a server",
            request->role, request->word);
        return SIDE_UNKNOWN;
    }
    free(program);
    side->kind = SIDE_EXECUTABLE;
    side->label = xstrdup(request->word);
    side->path = xstrdup(path);
    side->name = recipe_name(request->word);
    return SIDE_FOUND;
}

/* The file that the catalog starts under this name. The caller frees. */
static char *path_in_catalog(const struct side_request *request)
{
    struct server_info info = {0};
    char *error = NULL, *ini = catalog_server_ini(request->paths, request->word);
    if (ini == NULL)
        return text_format("%s/server-%s", request->paths->servers, request->word);
    server_ini_read(&info, ini, &error);
    char *path = xstrdup(info.path ? info.path : ini);
    server_info_release(&info);
    free(error);
    free(ini);
    return path;
}

static enum side_end refuse_both(const struct revision *revision,
                                 const struct side_request *request, char **error)
{
    char *path = path_in_catalog(request);
    text_error(error,
               "%s: \"%s\" is a server of the catalog, and a revision here too: write %s for the "
               "revision, %s for the server",
               request->role, request->word, revision->full_name, path);
    free(path);
    return SIDE_UNKNOWN;
}

static void name_server(struct side *side, const char *name)
{
    side->kind = SIDE_CATALOG;
    side->label = xstrdup(name);
    side->name = xstrdup(name);
}

/* What the word is: the side's name is set if it is a server's, else revision is it, to be released
 * in any case. A branch that is only origin's does not stand in a server's way, nor does it that
 * git cannot be asked. */
static enum side_end look_up(struct side *side, struct revision *revision,
                             const struct side_request *request, char **error)
{
    struct strings servers = {0};
    char *no_catalog = NULL, *no_revision = NULL;
    if (request->paths != NULL && catalog_servers(request->paths, &servers, &no_catalog) < 0)
        free(no_catalog); /* then there are no such servers */
    bool is_server = strings_contain(&servers, request->word);
    enum side_end end = revision_find(revision, request, &servers, &no_revision);
    if (is_server && end == SIDE_FOUND && !revision->elsewhere) {
        end = refuse_both(revision, request, error);
    } else if (is_server && end != SIDE_INTERRUPTED) {
        name_server(side, request->word);
        end = SIDE_FOUND;
    } else {
        *error = no_revision;
        no_revision = NULL;
    }
    free(no_revision);
    strings_release(&servers);
    return end;
}

static enum side_end find_by_name(struct side *side, const struct side_request *request,
                                  char **error)
{
    struct revision revision;
    enum side_end end = look_up(side, &revision, request, error);
    if (end == SIDE_FOUND && side->name == NULL)
        end = find_revision(side, &revision, request, error);
    revision_release(&revision);
    return end;
}

static enum side_end refuse_impossible(const struct side_request *request, char **error)
{
    struct stat status;
    const char *word = request->word;
    if (request->repo != NULL && (stat(request->repo, &status) != 0 || !S_ISDIR(status.st_mode))) {
        text_error(error, "%s: --repo %s is no folder", request->role, request->repo);
        return SIDE_UNKNOWN;
    }
    if (word != NULL && (*word == '\0' || *word == '-')) {
        text_error(error,
                   "%s: \"%s\" is no name: give a revision, a folder, an executable or a "
                   "server of the catalog",
                   request->role, word);
        return SIDE_UNKNOWN;
    }
    return SIDE_FOUND;
}

static bool is_path(const char *word)
{
    bool says_where =
        strchr(word, '/') != NULL || strcmp(word, ".") == 0 || strcmp(word, "..") == 0;
    return says_where && access(word, F_OK) == 0;
}

enum side_end side_check(const struct side_request *request, char **error)
{
    struct side side = {0};
    struct revision revision;
    *error = NULL;
    enum side_end end = refuse_impossible(request, error);
    if (end != SIDE_FOUND || request->word == NULL || is_path(request->word))
        return end;
    end = look_up(&side, &revision, request, error);
    revision_release(&revision);
    side_release(&side);
    return end;
}

enum side_end side_find(struct side *side, const struct side_request *request, char **error)
{
    struct stat status;
    const char *word = request->word;
    *side = (struct side){0};
    *error = NULL;
    enum side_end end = refuse_impossible(request, error);
    if (end != SIDE_FOUND)
        return end;
    if (word == NULL)
        return find_folder(side, request->repo ? request->repo : ".", request, error);
    if (!is_path(word))
        return find_by_name(side, request, error);
    return stat(word, &status) == 0 && S_ISDIR(status.st_mode)
               ? find_folder(side, word, request, error)
               : find_executable(side, request, error);
}

void side_release(struct side *side)
{
    free(side->label);
    free(side->revision);
    free(side->path);
    free(side->relinked);
    free(side->name);
    *side = (struct side){0};
}
