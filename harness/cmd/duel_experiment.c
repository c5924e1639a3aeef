#include "cmd/duel_experiment.h"

#include <stdlib.h>

#include "analyse/duel_read.h"
#include "cmd/cmd.h"
#include "cmd/names.h"
#include "measure/duel_plan.h"

enum { WORKERS = 1, CONNECTIONS = 64 /* under wrk, as in bench */ };

static int check_workloads(const struct strings *workloads, const struct paths *paths)
{
    struct strings known = {0};
    char *error = NULL;
    int code = catalog_workloads(paths, &known, &error) < 0
                   ? fail_with(EXIT_ENVIRONMENT, error)
                   : names_check("workload", workloads, &known);
    strings_release(&known);
    return code;
}

/* The phases that `run consistency` has, which a verdict on memory needs. */
static int take_phases(struct experiment *experiment, const struct paths *paths)
{
    struct experiment consistency;
    char *error = NULL, *path = text_format("%s/consistency.ini", paths->experiments);
    int code =
        experiment_read(&consistency, path, &error) < 0 ? fail_with(EXIT_ENVIRONMENT, error) : 0;
    if (!code) {
        struct strings *workloads = &experiment->phases.set.workloads;
        experiment->phases = consistency.phases;
        experiment->phases.set.workloads = (struct strings){0};
        experiment->phases.memory_only = true;
        strings_copy(workloads, &experiment->paced.set.workloads);
    }
    experiment_release(&consistency);
    free(path);
    return code;
}

static unsigned most(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

int duel_experiment(struct result *result, const struct paths *paths,
                    const struct duel_options *options)
{
    struct experiment *experiment = &result->experiment;
    struct paced_set *paced = &experiment->paced;
    unsigned blocks = most(LOOKS_LAST, most(options->blocks.pairs, options->blocks.witness));
    *experiment = (struct experiment){
        .name = xstrdup(DUEL_EXPERIMENT),
        .summary = xstrdup("a head against a base, side by side"),
        .reference = xstrdup(DUEL_BASE),
        .workers = WORKERS,
        .connections_per_worker = CONNECTIONS,
        .paced = {.set = {.blocks = blocks, .warmup_s = DUEL_WARMUP_S, .window_s = DUEL_WINDOW_S},
                  .rate_rps = options->rate_rps},
    };
    strings_copy(&paced->set.workloads, &options->workloads);
    strings_copy(&experiment->self_check, &options->workloads);
    strings_copy(&experiment->ceilings, &options->workloads);
    int code = check_workloads(&options->workloads, paths);
    if (!code && options->gating.gate.gates[METRIC_CONSISTENCY])
        code = take_phases(experiment, paths);
    return code ? code : select_workloads(result, paths);
}
