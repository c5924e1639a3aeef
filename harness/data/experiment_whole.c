/* What an experiment asks for, and whether its parts fit each other; see experiment_whole.h. */
#include "data/experiment_whole.h"

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

/* Of all kinds of rounds but those of a sweep. */
static size_t workloads_named(const struct experiment *experiment)
{
    return experiment->paired.workloads.count + experiment->solo.workloads.count +
           experiment->glance.workloads.count + experiment->paced.set.workloads.count;
}

bool experiment_only_sweeps(const struct experiment *experiment)
{
    return scale_is_asked(&experiment->scale) && workloads_named(experiment) == 0;
}

int experiment_check_whole(const struct experiment *experiment, char **error)
{
    if (!experiment->summary)
        return text_error(error, "%s: [experiment] says no summary", experiment->path);
    if (workloads_named(experiment) + experiment->scale.set.workloads.count == 0)
        return text_error(error,
                          "%s: none of [paired], [solo], [glance], [paced], [scale] names "
                          "workloads: there is nothing to measure",
                          experiment->path);
    return scale_is_asked(&experiment->scale) ? check_scale(experiment, error) : 0;
}
