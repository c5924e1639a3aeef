/* See cgroup.h. */
#include "measure/cgroup.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/result.h"
#include "measure/process_tree.h"
#include "measure/procfile.h"

enum { FILE_BYTES = 16384 };

static char *read_file(const struct cgroup *cgroup, const char *name, char text[FILE_BYTES])
{
    return procfile_read_once(text, FILE_BYTES, "%s/%s", cgroup->path, name);
}

/* The number behind "key " at the start of a line, as flat keyed files have it; -1. */
static int64_t keyed_value(const char *text, const char *key)
{
    size_t len = strlen(key);
    for (const char *line = text; line != NULL;
         line = (line = strchr(line, '\n')) ? line + 1 : NULL)
        if (strncmp(line, key, len) == 0 && line[len] == ' ')
            return strtoll(line + len + 1, NULL, 10);
    return -1;
}

/* The line "0::/PATH" of /proc/PID/cgroup is v2's: cgroups(7). */
static bool find_path(struct cgroup *cgroup, const char *mount, pid_t pid)
{
    char text[FILE_BYTES];
    const char *line = procfile_read_once(text, sizeof(text), "/proc/%d/cgroup", (int)pid);
    if (line == NULL)
        return false;
    line = strncmp(line, "0::", 3) == 0 ? line : strstr(line, "\n0::");
    if (line == NULL)
        return false;
    line = strchr(line, '/');
    if (line == NULL)
        return false;
    int len = snprintf(cgroup->path, sizeof(cgroup->path), "%s%.*s", mount,
                       (int)strcspn(line, "\n"), line);
    return len < (int)sizeof(cgroup->path);
}

/* Are they all in it, and nobody else? */
static bool is_alone(const struct cgroup *cgroup, const pid_t *pids, size_t count)
{
    char text[FILE_BYTES];
    size_t members = 0;
    if (read_file(cgroup, "cgroup.procs", text) == NULL)
        return false;
    for (char *line = text, *end; *line != '\0'; line = end + (*end == '\n')) {
        pid_t pid = (pid_t)strtol(line, &end, 10);
        if (end == line || !process_holds(pids, count, pid))
            return false;
        members++;
    }
    return members == count;
}

static bool has_groups_below(const struct cgroup *cgroup)
{
    char text[FILE_BYTES];
    return read_file(cgroup, "cgroup.stat", text) != NULL &&
           keyed_value(text, "nr_descendants") > 0;
}

static const char *why_not(struct cgroup *cgroup, const char *mount, const pid_t *pids,
                           size_t count)
{
    char path[sizeof(cgroup->path)];
    snprintf(path, sizeof(path), "%s/cgroup.controllers", mount);
    if (access(path, F_OK) != 0)
        return "no cgroup v2 is mounted at";
    if (count == 0 || !find_path(cgroup, mount, pids[0]))
        return "no cgroup of the server is known below";
    snprintf(path, sizeof(path), "%.*s/memory.current", (int)sizeof(path) - 20, cgroup->path);
    if (access(path, R_OK) != 0)
        return "the server's cgroup does not account for memory:";
    if (!is_alone(cgroup, pids, count) || has_groups_below(cgroup))
        return "the server is not alone in its cgroup";
    return NULL;
}

void cgroup_find(struct cgroup *cgroup, const char *mount, const pid_t *pids, size_t count)
{
    *cgroup = (struct cgroup){0};
    const char *why = why_not(cgroup, mount, pids, count);
    if (why == NULL)
        return;
    snprintf(cgroup->why, sizeof(cgroup->why), "%s %.80s", why,
             cgroup->path[0] != '\0' ? cgroup->path : mount);
    cgroup->path[0] = '\0';
}

/* `kernel` is the whole from Linux 5.18 on, but for sockets;
 * before that, the sum of what is told apart. */
static int64_t kernel_bytes(const char *text)
{
    static const char *const parts[] = {"kernel_stack", "pagetables", "percpu", "slab"};
    int64_t sum = keyed_value(text, "kernel"), sock = keyed_value(text, "sock");
    if (sum < 0) {
        sum = 0;
        for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
            sum += keyed_value(text, parts[i]) > 0 ? keyed_value(text, parts[i]) : 0;
    }
    return sock < 0 ? MISSING : sum + sock;
}

void cgroup_read(const struct cgroup *cgroup, int64_t *bytes, int64_t *kernel)
{
    char text[FILE_BYTES];
    *bytes = *kernel = MISSING;
    if (cgroup->path[0] == '\0')
        return;
    if (read_file(cgroup, "memory.current", text) != NULL)
        *bytes = strtoll(text, NULL, 10);
    if (read_file(cgroup, "memory.stat", text) != NULL)
        *kernel = kernel_bytes(text);
}
