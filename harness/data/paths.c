/*
 * Where things are, and what is there. The binary finds its data from its own place: in a build
 * tree it climbs from build/[san-.../]bin to the folder that holds workloads/ and
 * harness/experiments/; installed as PREFIX/bin/backbench it looks below PREFIX/share and
 * PREFIX/libexec.
 */
#include "data/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_folder(const char *parent, const char *name)
{
    char *path = text_format("%s/%s", parent, name);
    struct stat status;
    bool found = stat(path, &status) == 0 && S_ISDIR(status.st_mode);

    free(path);
    return found;
}

/* Cuts the last component off; false when only the root is left. */
static bool climb(char *folder)
{
    char *slash = strrchr(folder, '/');

    if (!slash || slash == folder)
        return false;
    *slash = '\0';
    return true;
}

static bool is_source_tree(const char *folder)
{
    return is_folder(folder, "workloads") && is_folder(folder, "harness/experiments");
}

static void paths_in_source(struct paths *paths, const char *binaries, const char *root)
{
    *paths = (struct paths){
        .programs = xstrdup(binaries),
        .servers = xstrdup(binaries),
        .external = text_format("%s/servers/external", root),
        .workloads = text_format("%s/workloads", root),
        .experiments = text_format("%s/harness/experiments", root),
        .conformance = text_format("%s/servers/tests/conformance", root),
        .report = text_format("%s/report", root),
        .lua = text_format("%s/harness/measure", root),
    };
}

static void paths_installed(struct paths *paths, const char *prefix)
{
    *paths = (struct paths){
        .programs = text_format("%s/bin", prefix),
        .servers = text_format("%s/libexec/backbench", prefix),
        .external = text_format("%s/share/backbench/external", prefix),
        .workloads = text_format("%s/share/backbench/workloads", prefix),
        .experiments = text_format("%s/share/backbench/experiments", prefix),
        .conformance = text_format("%s/share/backbench/conformance", prefix),
        .report = text_format("%s/share/backbench/report", prefix),
        .lua = text_format("%s/share/backbench/lua", prefix),
    };
}

/* The installed place is looked at first: somebody may install into a folder inside a source tree.
 */
int paths_find_from(struct paths *paths, const char *binary, char **error)
{
    char *binaries = xstrdup(binary), *folder = NULL;
    int found = 0;

    *paths = (struct paths){0};
    climb(binaries);
    folder = xstrdup(binaries);
    climb(folder);
    if (is_folder(folder, "share/backbench/workloads")) {
        paths_installed(paths, folder);
        goto out;
    }
    while (!is_source_tree(folder))
        if (!climb(folder)) {
            found = text_error(error,
                               "the data of %s is neither in a source tree above it nor in "
                               "../share/backbench: run it from where it was built or installed",
                               binary);
            goto out;
        }
    paths_in_source(paths, binaries, folder);
out:
    free(folder);
    free(binaries);
    return found;
}

int paths_find(struct paths *paths, char **error)
{
    char binary[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", binary, sizeof binary - 1);

    *paths = (struct paths){0};
    if (len < 0)
        return text_error(error, "/proc/self/exe cannot be read (%s): is /proc mounted?",
                          strerror(errno));
    binary[len] = '\0';
    return paths_find_from(paths, binary, error);
}

void paths_release(struct paths *paths)
{
    free(paths->programs);
    free(paths->servers);
    free(paths->external);
    free(paths->workloads);
    free(paths->experiments);
    free(paths->conformance);
    free(paths->report);
    free(paths->lua);
    *paths = (struct paths){0};
}

/* The name without prefix and suffix, or NULL if the entry is not of that form; the caller frees.
 */
static char *bare_name(const char *entry, const char *prefix, const char *suffix)
{
    size_t len = strlen(entry), before = strlen(prefix), after = strlen(suffix);

    if (len <= before + after || strncmp(entry, prefix, before) != 0 ||
        strcmp(entry + len - after, suffix) != 0)
        return NULL;
    return strndup(entry + before, len - before - after);
}

static int list_folder(struct strings *names, const char *folder, const char *prefix,
                       const char *suffix, char **error)
{
    DIR *directory = opendir(folder);

    if (!directory)
        return text_error(error, "%s cannot be opened: %s", folder, strerror(errno));
    for (struct dirent *entry; (entry = readdir(directory));) {
        char *name = bare_name(entry->d_name, prefix, suffix);
        if (name)
            strings_add(names, name);
        free(name);
    }
    closedir(directory);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(struct strings *names, int (*order)(const void *, const void *))
{
    if (names->count)
        qsort(names->items, names->count, sizeof *names->items, order);
}

int catalog_workloads(const struct paths *paths, struct strings *names, char **error)
{
    int status = list_folder(names, paths->workloads, "", ".lua", error);

    sort(names, by_name);
    return status;
}

int catalog_experiments(const struct paths *paths, struct strings *names, char **error)
{
    int status = list_folder(names, paths->experiments, "", ".ini", error);

    sort(names, by_name);
    return status;
}

/* From the simplest model to the most involved; then what is not known; ceilings, which are no
 * models, last. */
static unsigned complexity(const char *name)
{
    static const char *const known[] = {"thread", "pool", "epoll",     "uring",
                                        "uv",     "mhd",  "mhd-thread"};
    enum { KNOWN = sizeof known / sizeof *known };

    for (unsigned i = 0; i < KNOWN; i++)
        if (strcmp(known[i], name) == 0)
            return i;
    return strncmp(name, "ceiling", strlen("ceiling")) == 0 ? KNOWN + 1 : KNOWN;
}

static int by_complexity(const void *a, const void *b)
{
    unsigned left = complexity(*(char *const *)a), right = complexity(*(char *const *)b);

    return left != right ? (left > right) - (left < right) : by_name(a, b);
}

static bool is_built(const struct paths *paths, const char *name)
{
    char *path = text_format("%s/server-%s", paths->servers, name);
    bool executable = access(path, X_OK) == 0;

    free(path);
    return executable;
}

char *catalog_server_ini(const struct paths *paths, const char *name)
{
    char *path = NULL;

    if (paths->external && !is_built(paths, name))
        path = text_format("%s/%s/server.ini", paths->external, name);
    if (path && access(path, F_OK) == 0)
        return path;
    free(path);
    return NULL;
}

/* A tree without external servers has no folder for them. */
static int list_external(const struct paths *paths, struct strings *names, char **error)
{
    struct strings all = {0};
    int status = 0;

    if (paths->external && access(paths->external, F_OK) == 0)
        status = list_folder(&all, paths->external, "", "", error);
    for (size_t i = 0; i < all.count; i++) {
        char *ini = all.items[i][0] == '.' ? NULL : catalog_server_ini(paths, all.items[i]);
        if (ini)
            strings_add(names, all.items[i]);
        free(ini);
    }
    strings_release(&all);
    return status;
}

int catalog_servers(const struct paths *paths, struct strings *names, char **error)
{
    struct strings all = {0};
    int status = list_folder(&all, paths->servers, "server-", "", error);

    for (size_t i = 0; i < all.count; i++)
        if (is_built(paths, all.items[i]))
            strings_add(names, all.items[i]);
    strings_release(&all);
    if (status == 0)
        status = list_external(paths, names, error);
    sort(names, by_complexity);
    return status;
}

static bool is_program(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

/* The first in a list of folders as PATH is one. */
static char *find_along(const char *folders, const char *name)
{
    for (const char *part = folders;; part++) {
        size_t len = strcspn(part, ":");
        char *file = len ? text_format("%.*s/%s", (int)len, part, name) : text_format("./%s", name);
        if (is_program(file))
            return file;
        free(file);
        part += len;
        if (!*part)
            return NULL;
    }
}

char *program_find(const char *name)
{
    const char *path = getenv("PATH");

    if (strchr(name, '/') || !*name)
        return is_program(name) ? xstrdup(name) : NULL;
    return find_along(path ? path : "/bin:/usr/bin", name);
}

char *program_find_service(const char *name)
{
    char *found = program_find(name);

    return found || strchr(name, '/') ? found : find_along("/usr/local/sbin:/usr/sbin:/sbin", name);
}
