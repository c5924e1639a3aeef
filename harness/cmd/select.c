#include "cmd/select.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/latency.h"
#include "cmd/scale.h"
#include "cmd/soak.h"
#include "measure/host.h"
#include "measure/describe.h"

static int unknown(const char *what, const char *name, const struct strings *known)
{
    char *hint = text_suggest((const char *const *)known->items, known->count, name);
    fail(EXIT_USAGE, "no %s \"%s\": %s", what, name, hint);
    free(hint);
    return EXIT_USAGE;
}

static int check_names(const char *what, const struct strings *names, const struct strings *known)
{
    for (size_t i = 0; i < names->count; i++)
        if (!strings_contain(known, names->items[i]))
            return unknown(what, names->items[i], known);
    return 0;
}

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
    return is_none(names) ? 0 : check_names("server", names, known);
}

static int read_experiment(struct experiment *experiment, const struct paths *paths,
                           const char *name)
{
    char *error = NULL;
    if (strchr(name, '/') || strstr(name, ".ini"))
        return experiment_read(experiment, name, &error) < 0 ? fail_with(EXIT_USAGE, error) : 0;
    struct strings known = {0};
    if (catalog_experiments(paths, &known, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    int code = 0;
    if (!strings_contain(&known, name)) {
        code = unknown("experiment", name, &known);
    } else {
        char *path = text_format("%s/%s.ini", paths->experiments, name);
        code = experiment_read(experiment, path, &error) < 0 ? fail_with(EXIT_USAGE, error) : 0;
        free(path);
    }
    strings_release(&known);
    return code;
}

static int check_experiment(const struct experiment *experiment, const struct paths *paths)
{
    struct strings known = {0};
    char *error = NULL;
    if (catalog_workloads(paths, &known, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    int code = experiment_check(experiment, &known, &error) < 0 ? fail_with(EXIT_USAGE, error) : 0;
    strings_release(&known);
    return code;
}

static void keep_only(struct strings *list, const struct strings *wanted)
{
    struct strings kept = {0};
    for (size_t i = 0; i < list->count; i++)
        if (strings_contain(wanted, list->items[i]))
            strings_add(&kept, list->items[i]);
    strings_release(list);
    *list = kept;
}

static void union_of(struct strings *all, const struct strings *more)
{
    for (size_t i = 0; i < more->count; i++)
        if (!strings_contain(all, more->items[i]))
            strings_add(all, more->items[i]);
}

static void measured_workloads(struct strings *all, const struct experiment *experiment)
{
    union_of(all, &experiment->paired.workloads);
    union_of(all, &experiment->solo.workloads);
    union_of(all, &experiment->glance.workloads);
    union_of(all, &experiment->paced.set.workloads);
    union_of(all, &experiment->curve.set.workloads);
    union_of(all, &experiment->slo.set.workloads);
    union_of(all, &experiment->phases.set.workloads);
    union_of(all, &experiment->stairs.set.workloads);
    union_of(all, &experiment->scale.set.workloads);
}

/* A workload that exists but is not part of the experiment is refused too: its rounds are not
 * defined. */
static int narrow_workloads(struct experiment *experiment, const struct strings *wanted)
{
    struct strings measured = {0};
    measured_workloads(&measured, experiment);
    int code = check_names("workload in this experiment called", wanted, &measured);
    strings_release(&measured);
    if (code || !wanted->count)
        return code;
    keep_only(&experiment->paired.workloads, wanted);
    keep_only(&experiment->solo.workloads, wanted);
    keep_only(&experiment->glance.workloads, wanted);
    keep_only(&experiment->paced.set.workloads, wanted);
    keep_only(&experiment->curve.set.workloads, wanted);
    keep_only(&experiment->slo.set.workloads, wanted);
    keep_only(&experiment->phases.set.workloads, wanted);
    keep_only(&experiment->stairs.set.workloads, wanted);
    keep_only(&experiment->scale.set.workloads, wanted);
    return 0;
}

static int read_workloads(struct result *result, const struct paths *paths)
{
    struct strings names = {0};
    measured_workloads(&names, &result->experiment);
    result->workloads = xcalloc(names.count + 1, sizeof(*result->workloads));
    int code = 0;
    for (size_t i = 0; i < names.count && !code; i++) {
        char *error = NULL;
        char *path = text_format("%s/%s.lua", paths->workloads, names.items[i]);
        if (workload_read(&result->workloads[i].workload, path, &error) < 0)
            code = fail_with(EXIT_USAGE, error);
        else
            result->workload_count++;
        free(path);
    }
    strings_release(&names);
    return code;
}

/* The catalog's server that a workload wants behind those measured. That it cannot run here ends the run before hours are
 * spent on rounds without it. */
static int find_upstream(struct result_workload *item, const struct paths *paths,
                         const struct strings *known)
{
    const struct workload *workload = &item->workload;
    struct server_info info;
    char error[400];
    if (!strings_contain(known, workload->upstream)) {
        char *hint =
            text_suggest((const char *const *)known->items, known->count, workload->upstream);
        fail(EXIT_USAGE, "%s: upstream: no server \"%s\": %s", workload->path, workload->upstream,
             hint);
        free(hint);
        return EXIT_USAGE;
    }
    int code = 0;
    if (server_find(&info, paths, workload->upstream, error, sizeof(error)) != 0)
        code = fail(EXIT_ENVIRONMENT, "the upstream of %s: %s", workload->name, error);
    else if (info.missing)
        code = fail(EXIT_ENVIRONMENT, "the upstream of %s: %s", workload->name, info.missing);
    if (!code) {
        item->upstream_path = xstrdup(info.path);
        item->upstream_sha256 = file_sha256(info.program ? info.program : info.path);
        item->upstream_start_timeout_s = info.start_timeout_s;
    }
    server_info_release(&info);
    return code;
}

static int find_upstreams(struct result *result, const struct paths *paths)
{
    struct strings known = {0};
    char *error = NULL;
    if (catalog_servers(paths, &known, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    int code = 0;
    for (size_t i = 0; i < result->workload_count && !code; i++)
        if (result->workloads[i].workload.upstream)
            code = find_upstream(&result->workloads[i], paths, &known);
    strings_release(&known);
    return code;
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

/* A server that cannot even describe itself stays in the result, excluded with its reason; so does one that is not
 * installed, which is nobody's failure. error: what describing it said, NULL if it went well. */
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

static struct arm *describe_arm(struct result *result, const char *name, const char *path)
{
    struct arm *arm = add_arm(result);
    char error[400];
    bool described = server_describe(&arm->server, name, path, error, sizeof(error)) == 0;
    return settle_arm(result, arm, name, described ? NULL : error);
}

static void find_arm(struct result *result, const struct paths *paths, const char *name)
{
    struct arm *arm = add_arm(result);
    char error[400];
    bool found = server_find(&arm->server, paths, name, error, sizeof(error)) == 0;
    settle_arm(result, arm, name, found ? NULL : error);
}

/* What a server of the user's own is called: by its file, and by a number where that name is taken. */
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
        struct arm *arm = describe_arm(result, id, path);
        arm->server.external = !server_info_is_ours(&arm->server);
        free(id);
    }
    return 0;
}

/* The self-check's second copy of the reference: linked in another object order where we have it
 * so, else the same file. */
static void add_self_check(struct result *result, const struct paths *paths)
{
    int reference = result_find_arm(result, result->experiment.reference);
    if (reference < 0 || !result->experiment.self_check.count)
        return;
    char *relinked =
        text_format("%s/relinked/server-%s", paths->servers, result->experiment.reference);
    bool has_relinked = access(relinked, X_OK) == 0;
    char *path = xstrdup(has_relinked ? relinked : result->arms[reference].server.path);
    struct arm *arm = describe_arm(result, result->experiment.reference, path);
    free(arm->id);
    arm->id = text_format("%s'", result->experiment.reference);
    free(arm->server.variant);
    arm->server.variant = xstrdup(has_relinked ? "linked in another object order"
                                               : "second process of the same binary");
    arm->self_check = true;
    free(path);
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
            code = unknown("server to be the reference called", reference, &known);
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

static int add_arms(struct result *result, const struct paths *paths,
                    const struct selection *selection)
{
    struct strings chosen = {0};
    int code = choose_servers(&chosen, result, paths, selection);
    for (size_t i = 0; i < chosen.count && !code; i++)
        find_arm(result, paths, chosen.items[i]);
    strings_release(&chosen);
    if (!code)
        code = add_own_servers(result, &selection->paths);
    if (!code && result->arm_count == 0)
        code = fail(EXIT_USAGE, "no server is left to measure: give yours with --server PATH");
    if (!code)
        add_self_check(result, paths);
    return code;
}

static void override(struct experiment *experiment, const struct selection *selection)
{
    if (selection->reference) {
        free(experiment->reference);
        experiment->reference = xstrdup(selection->reference);
    }
    if (selection->blocks)
        experiment->paired.blocks = experiment->paced.set.blocks = experiment->curve.set.blocks =
            experiment->scale.set.blocks = experiment->stairs.set.blocks = selection->blocks;
    if (selection->workers) {
        experiment->workers = selection->workers;
        experiment->scale.workers = (struct levels){{selection->workers}, 1};
    }
    if (selection->connections)
        experiment->connections_per_worker = selection->connections;
    experiment->phases.explain = selection->explain;
}

int select_all(struct result *result, const struct paths *paths, const char *experiment,
               const struct selection *selection)
{
    int code = read_experiment(&result->experiment, paths, experiment);
    if (!code)
        code = check_experiment(&result->experiment, paths);
    if (code)
        return code;
    override(&result->experiment, selection);
    code = latency_choose(&result->experiment, selection);
    if (!code)
        code = soak_choose(&result->experiment, selection);
    if (!code)
        code = narrow_workloads(&result->experiment, &selection->workloads);
    const struct experiment *asked = &result->experiment;
    if (!code && selection->blocks && !asked->paired.workloads.count &&
        !paced_is_asked(&asked->paced) && !scale_is_asked(&asked->scale) &&
        !stairs_are_asked(&asked->stairs) && !curve_is_asked(&asked->curve))
        code = fail(EXIT_USAGE, "--blocks: nothing of this run has blocks to choose");
    if (!code && selection->explain && !phases_are_asked(&asked->phases))
        code = fail(EXIT_USAGE,
                    "--explain: %s has no phases in which memory could grow; consistency has",
                    asked->name);
    if (!code && selection->connections && scale_is_asked(&asked->scale))
        code = fail(EXIT_USAGE, "--connections: %s names the numbers it measures at in its file",
                    asked->name);
    if (!code && selection->reference && experiment_is_without_reference(asked))
        code = fail(EXIT_USAGE, "--reference: %s takes no ratios, so nothing is a reference there",
                    asked->name);
    if (!code && selection->connections && !scale_is_asked(&asked->scale) &&
        experiment_is_without_reference(asked))
        code = fail(EXIT_USAGE, "--connections: the rates and objectives of %s decide how many",
                    asked->name);
    if (!code)
        code = scale_fit_files(result, paths);
    if (!code)
        code = scale_fit_stairs(result, paths);
    if (!code)
        code = read_workloads(result, paths);
    if (!code)
        code = find_upstreams(result, paths);
    return code ? code : add_arms(result, paths, selection);
}
