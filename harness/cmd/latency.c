#include "cmd/latency.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "data/slo.h"

static int choose_slo(struct slo_set *set, const struct experiment *experiment, const char *text)
{
    char *error = NULL;
    if (!slo_is_asked(set))
        return fail(EXIT_USAGE,
                    "--slo: %s searches for no highest rate; backbench run latency does",
                    experiment->name);
    if (slos_read(set->slos, &set->slo_count, text, &error) == 0)
        return 0;
    fail(EXIT_USAGE, "--slo: %s", error);
    free(error);
    return EXIT_USAGE;
}

static int no_such_part(const struct experiment *experiment, const char *only)
{
    bool curves = strcmp(only, "curves") == 0;
    if (!curves && strcmp(only, "rates") != 0)
        return fail(EXIT_USAGE, "--only %s: give curves or rates", only);
    if (curves && !curve_is_asked(&experiment->curve))
        return fail(EXIT_USAGE,
                    "--only curves: %s draws no latency curves; backbench run latency does",
                    experiment->name);
    if (!curves && !slo_is_asked(&experiment->slo))
        return fail(EXIT_USAGE,
                    "--only rates: %s searches for no highest rate; backbench run latency does",
                    experiment->name);
    return 0;
}

/* All other parts go. */
static int choose_part(struct experiment *experiment, const char *only)
{
    struct strings *const others[] = {
        &experiment->paired.workloads,     &experiment->solo.workloads,
        &experiment->glance.workloads,     &experiment->paced.set.workloads,
        &experiment->phases.set.workloads, &experiment->stairs.set.workloads,
        &experiment->scale.set.workloads};
    int code = no_such_part(experiment, only);
    if (code)
        return code;
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        strings_release(others[i]);
    strings_release(strcmp(only, "curves") == 0 ? &experiment->slo.set.workloads
                                                : &experiment->curve.set.workloads);
    return 0;
}

int latency_choose(struct experiment *experiment, const struct selection *selection)
{
    int code = 0;
    if (selection->only)
        code = choose_part(experiment, selection->only);
    if (!code && selection->slo && selection->only && strcmp(selection->only, "curves") == 0)
        return fail(EXIT_USAGE, "--slo: --only curves searches for no highest rate");
    if (!code && selection->slo)
        code = choose_slo(&experiment->slo, experiment, selection->slo);
    return code;
}
