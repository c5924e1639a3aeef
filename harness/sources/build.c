/* Building a copy; see build.h. */
#include "sources/build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/strings.h"
#include "sources/command.h"

enum { TAIL_LINES = 10, TAIL_BYTES = 8 << 10 };

/* Every Makefile of this suite begins so. */
static const char mark[] = "# Backbench: one Makefile";
static const char prefix[] = "server-", relinked_folder[] = "relinked/";

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *bare_name(const char *path)
{
    const char *name = file_name(path);
    bool has_more = strncmp(name, prefix, strlen(prefix)) == 0 && name[strlen(prefix)] != '\0';
    return has_more ? name + strlen(prefix) : name;
}

char *recipe_name(const char *path)
{
    return xstrdup(bare_name(path));
}

/* Is it a path to a file that can be nowhere but below the folder it is said in? */
static bool is_below(const char *path)
{
    if (*path == '/' || *file_name(path) == '\0')
        return false;
    for (const char *part = path; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return false;
    }
    return true;
}

static char *make_command(const char *target)
{
    char *word = text_for_shell(target), *command = text_format("make %s", word);
    free(word);
    return command;
}

static void choose_own(struct recipe *recipe, const struct side_request *request)
{
    const char *server = request->server ? request->server : "epoll";
    recipe->server = strchr(server, '/') ? xstrdup(server)
                                         : text_format("build/bin/server-%s", bare_name(server));
    recipe->relinked = text_format("%.*s%s%s", (int)(file_name(recipe->server) - recipe->server),
                                   recipe->server, relinked_folder, file_name(recipe->server));
    if (request->build != NULL) {
        recipe->command = xstrdup(request->build);
    } else {
        recipe->command = make_command(recipe->server);
        recipe->relink = make_command(recipe->relinked);
    }
}

enum side_end recipe_choose(struct recipe *recipe, const char *makefile,
                            const struct side_request *request, char **error)
{
    *recipe = (struct recipe){0};
    bool is_own = strncmp(makefile, mark, strlen(mark)) == 0;
    if (request->server == NULL && !is_own) {
        text_error(error,
                   "%s: which executable the build makes has to be said: --server PATH, below the "
                   "folder that is built; --build COMMAND says how, if not by make",
                   request->role);
        return SIDE_UNKNOWN;
    }
    if (request->server != NULL && !is_below(request->server)) {
        text_error(error,
                   "%s: --server %s is no path of an executable below the copy that is built; one "
                   "that is there already is named instead of a revision",
                   request->role, request->server);
        return SIDE_UNKNOWN;
    }
    if (is_own) {
        choose_own(recipe, request);
    } else {
        recipe->server = xstrdup(request->server);
        recipe->command = xstrdup(request->build ? request->build : "make");
    }
    recipe->name = recipe_name(recipe->server);
    return SIDE_FOUND;
}

void recipe_release(struct recipe *recipe)
{
    free(recipe->command);
    free(recipe->relink);
    free(recipe->server);
    free(recipe->relinked);
    free(recipe->name);
    *recipe = (struct recipe){0};
}

/* Both outputs into one pipe, in the order in which they are written. */
static int run_in(const struct place *place, const char *command, int log_fd,
                  const volatile bool *interrupted)
{
    char *script = text_format("exec 2>&1\n%s", command);
    const char *argv[] = {"sh", "-c", script, NULL};
    int result = command_run(
        &(struct command){
            .argv = argv, .folder = place->folder, .log_fd = log_fd, .interrupted = interrupted},
        NULL);
    free(script);
    return result;
}

/* Where the last lines of a text begin; it ends with a line break, or is taken to. */
static const char *last_lines(const char *text, size_t len)
{
    const char *at = text + len;
    if (at > text && at[-1] == '\n')
        at--;
    for (unsigned lines = 0; at > text; at--)
        if (at[-1] == '\n' && ++lines == TAIL_LINES)
            break;
    return at;
}

/* What would steer a terminal is shown, not done. */
static void disarm(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < ' ' && *text != '\n' && *text != '\t')
            *text = '?';
}

/* Its last lines, each set in and ended; "" of an empty one. The caller frees. */
static char *tail_of(const char *log)
{
    char bytes[TAIL_BYTES + 1], *text = NULL;
    size_t size = 0, len = 0;
    FILE *file = fopen(log, "re"), *out = open_memstream(&text, &size);
    if (file != NULL) {
        if (fseek(file, -TAIL_BYTES, SEEK_END) != 0)
            rewind(file);
        len = fread(bytes, 1, TAIL_BYTES, file);
        fclose(file);
    }
    bytes[len] = '\0';
    disarm(bytes);
    for (const char *line = last_lines(bytes, strlen(bytes)); *line != '\0';) {
        size_t width = strcspn(line, "\n");
        fprintf(out, "    %.*s\n", (int)width, line);
        line += width + (line[width] == '\n');
    }
    fclose(out);
    return text;
}

static enum side_end say_failed(const struct place *place, const char *command, const char *label,
                                int result, const struct side_request *request, char **error)
{
    char *tail = tail_of(place->log);
    text_error(error,
               "%s: %s does not build: `%s` ended with exit status %d%s%s    the whole log: %s",
               request->role, label, command, result, *tail ? ", and at last said\n" : "\n", tail,
               place->log);
    free(tail);
    return SIDE_UNBUILT;
}

static enum side_end run_logged(const struct place *place, const struct recipe *recipe, int log_fd,
                                const char *label, const struct side_request *request, char **error)
{
    char *sentence = text_format("building %s: %s", label, recipe->command);
    side_says(request, sentence);
    free(sentence);
    int result = run_in(place, recipe->command, log_fd, request->interrupted), relinked = 0;
    if (result == 0 && recipe->relink != NULL)
        relinked = run_in(place, recipe->relink, log_fd, request->interrupted);
    if (result == -EINTR || relinked == -EINTR) {
        unlink(place->log);
        return SIDE_INTERRUPTED;
    }
    if (result < 0) {
        text_error(error, "%s: sh cannot be started: %s", request->role, strerror(-result));
        return SIDE_UNAVAILABLE;
    }
    return result == 0 ? SIDE_FOUND
                       : say_failed(place, recipe->command, label, result, request, error);
}

enum side_end build_run(const struct place *place, const struct recipe *recipe, const char *label,
                        const struct side_request *request, char **error)
{
    int log_fd = open(place->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (log_fd < 0) {
        text_error(error, "%s: %s cannot be written: %s", request->role, place->log,
                   strerror(errno));
        return SIDE_UNAVAILABLE;
    }
    enum side_end end = run_logged(place, recipe, log_fd, label, request, error);
    close(log_fd);
    return end;
}

enum side_end build_find(struct side *side, const struct place *place, const struct recipe *recipe,
                         const struct side_request *request, char **error)
{
    char *path = text_format("%s/%s", place->folder, recipe->server);
    side->path = program_find(path);
    free(path);
    if (side->path == NULL) {
        text_error(
            error,
            "%s: %s was built by `%s`, which made no executable %s: --server says which it "
            "makes; what it said is in %s, what it made in %s%s",
            request->role, side->label, recipe->command, recipe->server, place->log, place->folder,
            place->was_there ? ", which was there already: without it, it is built anew" : "");
        return SIDE_UNBUILT;
    }
    if (recipe->relinked != NULL) {
        path = text_format("%s/%s", place->folder, recipe->relinked);
        side->relinked = program_find(path);
        free(path);
    }
    side->name = xstrdup(recipe->name);
    return SIDE_FOUND;
}
