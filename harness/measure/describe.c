/* See describe.h: one short process is asked; what takes too long or starts to serve is ended. */
#include "measure/describe.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "data/strings.h"
#include "measure/clock.h"
#include "measure/process.h"
#include "measure/process_tree.h"

enum { WAIT_SLICE_MS = 20, DESCRIBE_TIMEOUT_MS = 5000, DESCRIBE_BYTES = 16384 };

/* What path --describe prints, and whether it ended with 0 in time without claiming to be `ready`.
 */
static bool read_description(const char *path, char *text, size_t size)
{
    struct process process;
    const char *argv[] = {path, "--describe", NULL};
    if (process_start(&process, &(struct process_options){.argv = argv}) != 0)
        return false;
    int64_t deadline_ns = monotonic_ns() + DESCRIBE_TIMEOUT_MS * NS_PER_MS;
    size_t len = 0, nothing = 0;
    int status = -1;
    bool serves = false, ended = false;
    while (!ended && !serves && monotonic_ns() < deadline_ns) {
        struct pollfd fd = {process.out_fd, POLLIN, 0};
        poll(&fd, 1, WAIT_SLICE_MS);
        ended = process_ended(process.pid, &status);
        if (!process_drain(process.out_fd, text, size - 1, &len) && !ended)
            sleep_until_ns(monotonic_ns() + NS_PER_MS);
        process_drain(process.err_fd, text, 0, &nothing);
        text[len] = '\0';
        serves = strncmp(text, "ready ", strlen("ready ")) == 0;
    }
    process_kill_tree(process.pid, &status);
    close(process.out_fd);
    close(process.err_fd);
    return ended && !serves && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Takes the lines of a description. 0, or -1 with a sentence. */
static int take_description(struct server_info *info, char *text, char *error, size_t size)
{
    char *rest = text;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        if (line[0] != '\0' && server_info_line(info, line) != 0) {
            snprintf(error, size, "%s --describe: unknown line \"%.80s\"", info->path, line);
            return -1;
        }
    return 0;
}

int server_describe(struct server_info *info, const char *name, const char *path, char *error,
                    size_t size)
{
    server_info_init(info, name, path);
    if (access(path, X_OK) != 0) {
        snprintf(error, size, "%s: %s", path, strerror(errno));
        return -1;
    }
    char text[DESCRIBE_BYTES];
    if (!read_description(path, text, sizeof(text)))
        return 0;
    info->described = true;
    return take_description(info, text, error, size);
}

/* What stands in the file; and what only this machine knows, above all which version it has. */
static int describe_external(struct server_info *info, const char *ini, char *error, size_t size)
{
    char text[DESCRIBE_BYTES], *sentence = NULL;
    if (server_ini_read(info, ini, &sentence) != 0) {
        snprintf(error, size, "%s", sentence);
        free(sentence);
        return -1;
    }
    if (info->missing != NULL || !read_description(info->path, text, sizeof(text)))
        return 0;
    return take_description(info, text, error, size);
}

int server_find(struct server_info *info, const struct paths *paths, const char *name, char *error,
                size_t size)
{
    char *ini = catalog_server_ini(paths, name);
    char *path = text_format("%s/server-%s", paths->servers, name);
    int result = ini != NULL ? describe_external(info, ini, error, size)
                             : server_describe(info, name, path, error, size);
    free(path);
    free(ini);
    return result;
}
