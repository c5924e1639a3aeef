#include "cmd/select_arms.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyse/memory.h"
#include "cmd/cmd.h"
#include "cmd/names.h"
#include "measure/describe.h"
#include "measure/host.h"

/* "none": only those that are given by their path. */
static bool is_none(const struct strings *servers)
{
    return servers->count == 1 && strcmp(servers->items[0], "none") == 0;
}

static int check_server_names(const struct strings *names, const struct strings *known)
{
    for (size_t i = 0; i < names->count; i++)
        if (strchr(names->items[i], '/'))
            return fail(EXIT_USAGE, "--servers takes names; a path goes with --server %s",
                        names->items[i]);
    return is_none(names) ? 0 : names_check("server", names, known);
}

static struct arm *add_arm(struct result *result)
{
    result->arms = xreallocarray(result->arms, result->arm_count + 1, sizeof(*result->arms));
    struct arm *arm = &result->arms[result->arm_count++];
    memset(arm, 0, sizeof(*arm));
    return arm;
}

static void set_arguments(struct arm *arm, const struct experiment *experiment)
{
    char workers[16];
    snprintf(workers, sizeof(workers), "%u", experiment->workers);
    const char *const words[] = {arm->server.path, "--address", "127.0.0.1", "--port", "0",
                                 "--workers",      workers};
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        strings_add(&arm->argv, words[i]);
    if (scale_is_asked(&experiment->scale)) {
        char most[16];
        snprintf(most, sizeof(most), "%u", experiment->scale.max_connections);
        strings_add(&arm->argv, "--max-connections");
        strings_add(&arm->argv, most);
    }
    arm->workers = experiment->workers;
}

/* A server that cannot even describe itself stays in the result, excluded
 * with its reason; so does one that is not installed, which is nobody's
 * failure. error: what describing it said, NULL if it went well. */
static struct arm *settle_arm(struct result *result, struct arm *arm, const char *id,
                              const char *error)
{
    const struct server_info *server = &arm->server;
    arm->excluded = xstrdup(error ? error : server->missing);
    arm->excluded_is_failure = error != NULL;
    arm->id = xstrdup(id);
    arm->sha256 = file_sha256(server->program ? server->program : server->path);
    set_arguments(arm, &result->experiment);
    return arm;
}

struct arm *arm_describe(struct result *result, const char *id, const char *name, const char *path)
{
    struct arm *arm = add_arm(result);
    char error[400];
    bool described = server_describe(&arm->server, name, path, error, sizeof(error)) == 0;
    return settle_arm(result, arm, id, described ? NULL : error);
}

struct arm *arm_find(struct result *result, const struct paths *paths, const char *id,
                     const char *name)
{
    struct arm *arm = add_arm(result);
    char error[400];
    bool found = server_find(&arm->server, paths, name, error, sizeof(error)) == 0;
    return settle_arm(result, arm, id, found ? NULL : error);
}

/* What a server of the user's own is called: by its file, and
 * by a number where that name is taken. */
static char *free_id(const struct result *result, const char *name)
{
    char *id = xstrdup(name);
    for (unsigned number = 2; result_find_arm(result, id) >= 0; number++) {
        free(id);
        id = text_format("%s-%u", name, number);
    }
    return id;
}

static int add_own_servers(struct result *result, const struct strings *own)
{
    for (size_t i = 0; i < own->count; i++) {
        char path[4096];
        struct stat status;
        if (!realpath(own->items[i], path) || access(path, X_OK) < 0)
            return fail(EXIT_USAGE, "--server %s: %m; give the path of an executable",
                        own->items[i]);
        if (stat(path, &status) < 0 || !S_ISREG(status.st_mode))
            return fail(EXIT_USAGE, "--server %s: not a file; give the path of an executable",
                        own->items[i]);
        char copy[4096];
        snprintf(copy, sizeof(copy), "%s", path);
        char *id = free_id(result, basename(copy));
        struct arm *arm = arm_describe(result, id, id, path);
        arm->server.external = !server_info_is_ours(&arm->server);
        free(id);
    }
    return 0;
}

void arm_copy(struct result *result, size_t reference, const char *relinked)
{
    char *id = text_format("%s'", result->arms[reference].id),
         *name = xstrdup(result->arms[reference].server.name),
         *path = xstrdup(relinked ? relinked : result->arms[reference].server.path);
    struct arm *arm = arm_describe(result, id, name, path);
    free(arm->server.variant);
    arm->server.variant =
        xstrdup(relinked ? "linked in another object order" : "second process of the same binary");
    arm->self_check = true;
    free(id);
    free(name);
    free(path);
}

static void add_self_check(struct result *result, const struct paths *paths)
{
    int reference = result_find_arm(result, result->experiment.reference);
    if (reference < 0 || !result->experiment.self_check.count)
        return;
    char *relinked =
        text_format("%s/relinked/server-%s", paths->servers, result->experiment.reference);
    arm_copy(result, (size_t)reference, access(relinked, X_OK) == 0 ? relinked : NULL);
    free(relinked);
}

static int choose_servers(struct strings *chosen, struct result *result, const struct paths *paths,
                          const struct selection *selection)
{
    struct strings known = {0};
    char *error = NULL;
    if (catalog_servers(paths, &known, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    const struct strings *wanted =
        selection->servers.count ? &selection->servers : &result->experiment.servers;
    int code = check_server_names(wanted, &known);
    for (size_t i = 0; i < known.count && !code; i++)
        if (!wanted->count || strings_contain(wanted, known.items[i]))
            strings_add(chosen, known.items[i]);
    const char *reference = result->experiment.reference;
    if (!code && !experiment_is_without_reference(&result->experiment) &&
        !strings_contain(chosen, reference)) {
        if (!strings_contain(&known, reference)) {
            code = names_unknown("server to be the reference called", reference, &known);
        } else {
            strings_add(chosen, reference);
            char *note = text_format(
                "%s was added: it is the reference every ratio is taken against", reference);
            strings_add(&result->notes, note);
            free(note);
        }
    }
    strings_release(&known);
    return code;
}

/* Does it measure what the kernel keeps, where a ceiling's part could be taken away? */
static bool wants_ceiling(const struct experiment *experiment)
{
    for (size_t i = 0; i < experiment->ceilings.count; i++) {
        const char *workload = experiment->ceilings.items[i];
        if (strings_contain(&experiment->stairs.set.workloads, workload) ||
            strings_contain(&experiment->phases.set.workloads, workload))
            return true;
    }
    return false;
}

/* Servers may have been chosen in no knowledge of it. */
static void note_missing_ceiling(struct result *result, const struct strings *chosen)
{
    if (!wants_ceiling(&result->experiment) || memory_ceiling(result) >= 0)
        return;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fputs("the kernel's share of memory is not told, as that takes a ceiling beside the servers: "
          "to have it, --servers ",
          out);
    for (size_t i = 0; i < chosen->count; i++)
        fprintf(out, "%s,", chosen->items[i]);
    fputs("ceiling", out);
    fclose(out);
    strings_add(&result->notes, text);
    free(text);
}

int select_arms(struct result *result, const struct paths *paths, const struct selection *selection)
{
    struct strings chosen = {0};
    int code = choose_servers(&chosen, result, paths, selection);
    for (size_t i = 0; i < chosen.count && !code; i++)
        arm_find(result, paths, chosen.items[i], chosen.items[i]);
    if (!code)
        code = add_own_servers(result, &selection->paths);
    if (!code && result->arm_count > 0)
        note_missing_ceiling(result, &chosen);
    strings_release(&chosen);
    if (!code && result->arm_count == 0)
        code = fail(EXIT_USAGE, "no server is left to measure: give yours with --server PATH");
    if (!code)
        add_self_check(result, paths);
    return code;
}
