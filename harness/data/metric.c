/* See metric.h; docs/method.md says where the margins come from. */
#include "data/metric.h"

#include <string.h>

#include "data/strings.h"

static const struct metric_info infos[METRICS] = {
    [METRIC_COST] = {"cost", "CPU per request", UNIT_TIME, false, .01, true, METRIC_COST, true},
    [METRIC_P50] = {"p50", "p50", UNIT_TIME, false, .02, true, METRIC_P50, true},
    [METRIC_P99] = {"p99", "p99", UNIT_TIME, false, .05, true, METRIC_P99, true},
    [METRIC_MEMORY] = {"memory", "memory it has allocated under load", UNIT_BYTES, false, .02, true,
                       METRIC_MEMORY, true},
    [METRIC_SATURATED] = {"saturated", "CPU per request at saturation", UNIT_TIME, false, .02, true,
                          METRIC_SATURATED, true},
    [METRIC_THROUGHPUT] = {"throughput", "throughput", UNIT_RATE, true, .02, false,
                           METRIC_THROUGHPUT, true},
    [METRIC_P99_SOLO] = {"p99-solo", "p99 of each server alone", UNIT_TIME, false, .05, true,
                         METRIC_P99, false},
    [METRIC_MEMORY_IDLE] = {"memory-idle", "memory it has allocated after the load", UNIT_BYTES,
                            false, .02, true, METRIC_MEMORY, false},
    [METRIC_INSTRUCTIONS] = {"instructions", "instructions per request", UNIT_COUNT, false, .01,
                             true, METRIC_INSTRUCTIONS, false},
    [METRIC_CONSISTENCY] = {"consistency", "memory over time", UNIT_BYTES, false, .02, false,
                            METRIC_CONSISTENCY, false},
};

const struct metric_info *metric_info(enum metric metric)
{
    return &infos[metric];
}

int metric_find(const char *name)
{
    for (int i = 0; i < METRICS; i++)
        if (strcmp(infos[i].name, name) == 0)
            return i;
    return -1;
}

char *metric_suggest(const char *name)
{
    const char *names[METRICS];

    for (int i = 0; i < METRICS; i++)
        names[i] = infos[i].name;
    return text_suggest(names, METRICS, name);
}
