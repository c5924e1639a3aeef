#include "cmd/pacing.h"

#include "cmd/cmd.h"

bool pacing_is_needed(const struct experiment *experiment)
{
    return paced_is_asked(&experiment->paced) || curve_is_asked(&experiment->curve) ||
           slo_is_asked(&experiment->slo) || phases_are_asked(&experiment->phases);
}

/* pace spins: on the CPU of a server it would measure itself. */
int pacing_leave_out(struct result *result, const struct placement *placement)
{
    static const char why[] = "rounds at a rate are left out: their generator never sleeps and "
                              "needs a CPU of its own; allow "
                              "two CPUs (as with taskset -c 0,1) to have them";
    struct experiment *experiment = &result->experiment;
    if (!placement->shared || !pacing_is_needed(experiment))
        return 0;
    strings_release(&experiment->paced.set.workloads);
    strings_release(&experiment->curve.set.workloads);
    strings_release(&experiment->slo.set.workloads);
    strings_release(&experiment->phases.set.workloads);
    strings_add(&result->notes, why);
    if (experiment_is_empty(experiment))
        return fail(EXIT_ENVIRONMENT, "nothing is left to measure: %s", why);
    return 0;
}
