#include "cmd/select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/latency.h"
#include "cmd/names.h"
#include "cmd/scale.h"
#include "cmd/select_arms.h"
#include "cmd/soak.h"
#include "measure/describe.h"
#include "measure/host.h"

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
        code = names_unknown("experiment", name, &known);
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
    int code = names_check("workload in this experiment called", wanted, &measured);
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

/* The catalog's server that a workload wants behind those measured. That it cannot run here ends
 * the run before hours are spent on rounds without it. */
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

int select_workloads(struct result *result, const struct paths *paths)
{
    int code = read_workloads(result, paths);
    return code ? code : find_upstreams(result, paths);
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

/* Options that this experiment has no use for. */
static int refuse_idle_options(const struct experiment *asked, const struct selection *selection)
{
    if (selection->blocks && !asked->paired.workloads.count && !paced_is_asked(&asked->paced) &&
        !scale_is_asked(&asked->scale) && !stairs_are_asked(&asked->stairs) &&
        !curve_is_asked(&asked->curve))
        return fail(EXIT_USAGE, "--blocks: nothing of this run has blocks to choose");
    if (selection->explain && !phases_are_asked(&asked->phases))
        return fail(EXIT_USAGE,
                    "--explain: %s has no phases in which memory could grow; consistency has",
                    asked->name);
    if (selection->connections && scale_is_asked(&asked->scale))
        return fail(EXIT_USAGE, "--connections: %s names the numbers it measures at in its file",
                    asked->name);
    if (selection->reference && experiment_is_without_reference(asked))
        return fail(EXIT_USAGE, "--reference: %s takes no ratios, so nothing is a reference there",
                    asked->name);
    if (selection->connections && !scale_is_asked(&asked->scale) &&
        experiment_is_without_reference(asked))
        return fail(EXIT_USAGE, "--connections: the rates and objectives of %s decide how many",
                    asked->name);
    return 0;
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
    if (!code)
        code = refuse_idle_options(&result->experiment, selection);
    if (!code)
        code = scale_fit_files(result, paths);
    if (!code)
        code = scale_fit_stairs(result, paths);
    if (!code)
        code = select_workloads(result, paths);
    return code ? code : select_arms(result, paths, selection);
}
