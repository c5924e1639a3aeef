/* What an experiment asks for, whether its parts fit each
 * other, and its end; see experiment_whole.h. */
#include "data/experiment_whole.h"

#include <stdlib.h>

enum { IDLE_HOLD_S = 30 }; /* with opening and looking at them, still below a minute */

static bool holds(const struct levels *levels, unsigned number)
{
    for (size_t i = 0; i < levels->count; i++)
        if (levels->items[i] == number)
            return true;
    return false;
}

/* The numbers of [scale] must fit each other. */
static int check_scale(const struct experiment *experiment, char **error)
{
    const struct scale_set *scale = &experiment->scale;
    const struct levels *connections = &scale->connections;

    if (connections->count == 0)
        return text_error(error, "%s: [scale] names workloads and no connections",
                          experiment->path);
    if (!holds(connections, scale->base))
        return text_error(error,
                          "%s: [scale] base = %u is not one of its connections: there would be "
                          "nothing to compare with",
                          experiment->path, scale->base);
    if (scale->idle > 0 && scale->set.warmup_s + scale->set.window_s > IDLE_HOLD_S)
        return text_error(
            error,
            "%s: [scale] holds idle connections for a warm-up and a window of %u s in "
            "all; at most %u, because servers close what is idle for a minute",
            experiment->path, scale->set.warmup_s + scale->set.window_s, IDLE_HOLD_S);
    unsigned most = connections->items[connections->count - 1];
    if (most < scale->base + scale->idle)
        most = scale->base + scale->idle;
    if (most > scale->max_connections)
        return text_error(
            error, "%s: [scale] opens %u connections, which max_connections = %u does not allow",
            experiment->path, most, scale->max_connections);
    return 0;
}

bool scale_is_asked(const struct scale_set *scale)
{
    return scale->set.workloads.count > 0;
}

bool paced_is_asked(const struct paced_set *paced)
{
    return paced->set.workloads.count > 0;
}

bool curve_is_asked(const struct curve_set *curve)
{
    return curve->set.workloads.count > 0;
}

bool slo_is_asked(const struct slo_set *slo)
{
    return slo->set.workloads.count > 0;
}

bool phases_are_asked(const struct phase_set *phases)
{
    return phases->set.workloads.count > 0;
}

bool stairs_are_asked(const struct stairs_set *stairs)
{
    return stairs->set.workloads.count > 0;
}

/* Of all kinds of rounds in which a server is compared with the reference. */
static size_t workloads_compared(const struct experiment *experiment)
{
    return experiment->paired.workloads.count + experiment->solo.workloads.count +
           experiment->glance.workloads.count + experiment->paced.set.workloads.count;
}

static size_t workloads_alone(const struct experiment *experiment)
{
    return experiment->curve.set.workloads.count + experiment->slo.set.workloads.count +
           experiment->phases.set.workloads.count + experiment->stairs.set.workloads.count +
           experiment->scale.set.workloads.count;
}

bool experiment_is_empty(const struct experiment *experiment)
{
    return workloads_compared(experiment) + workloads_alone(experiment) == 0;
}

bool experiment_is_without_reference(const struct experiment *experiment)
{
    return workloads_alone(experiment) > 0 && workloads_compared(experiment) == 0;
}

static int check_slo(const struct experiment *experiment, char **error)
{
    if (experiment->slo.slo_count > 0)
        return 0;
    return text_error(error,
                      "%s: [slo] names workloads and no objectives: write objectives = p99=5ms",
                      experiment->path);
}

/* A soak that was cut off goes on with the load that is left: of several nobody could say which. */
static int check_phases(const struct experiment *experiment, char **error)
{
    const struct phases *phases = &experiment->phases.phases;
    size_t loads = 0;
    for (size_t i = 0; i < phases->count; i++)
        loads += phases->items[i].kind == PHASE_LOAD;
    if (phases->count == 0)
        return text_error(error,
                          "%s: [phases] names workloads and no phases: write phases = idle 2s, "
                          "load 60s, close 5s, load 60s",
                          experiment->path);
    if (experiment->phases.soak && loads != 1)
        return text_error(error,
                          "%s: a soak has one load, so that one that was cut off can be gone on "
                          "with, and here are %zu: write phases = idle 30s, load 1h, idle 30s, or "
                          "soak = no",
                          experiment->path, loads);
    return 0;
}

/* A slope needs two numbers, of which none at all is one. */
static int check_stairs(const struct experiment *experiment, char **error)
{
    if (experiment->stairs.connections.count > 0)
        return 0;
    return text_error(error,
                      "%s: [connections] names workloads and no levels: write levels = 64 256 1024 "
                      "4096",
                      experiment->path);
}

int experiment_check_whole(const struct experiment *experiment, char **error)
{
    if (!experiment->summary)
        return text_error(error, "%s: [experiment] says no summary", experiment->path);
    if (experiment_is_empty(experiment))
        return text_error(
            error,
            "%s: none of [paired], [solo], [glance], [paced], [latency], [slo], "
            "[phases], [connections], [scale] names workloads: there is nothing to measure",
            experiment->path);
    if (slo_is_asked(&experiment->slo) && check_slo(experiment, error) < 0)
        return -1;
    if (phases_are_asked(&experiment->phases) && check_phases(experiment, error) < 0)
        return -1;
    if (stairs_are_asked(&experiment->stairs) && check_stairs(experiment, error) < 0)
        return -1;
    return scale_is_asked(&experiment->scale) ? check_scale(experiment, error) : 0;
}

void experiment_release(struct experiment *experiment)
{
    struct strings *const lists[] = {
        &experiment->servers,
        &experiment->ceilings,
        &experiment->self_check,
        &experiment->paired.workloads,
        &experiment->solo.workloads,
        &experiment->glance.workloads,
        &experiment->paced.set.workloads,
        &experiment->curve.set.workloads,
        &experiment->slo.set.workloads,
        &experiment->phases.set.workloads,
        &experiment->stairs.set.workloads,
        &experiment->scale.set.workloads,
    };

    free(experiment->name);
    free(experiment->path);
    free(experiment->summary);
    free(experiment->reference);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        strings_release(lists[i]);
    *experiment = (struct experiment){0};
}
