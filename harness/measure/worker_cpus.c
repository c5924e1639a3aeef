#include "measure/worker_cpus.h"

#include <stdlib.h>

static unsigned physical_cores(const struct topology *topology)
{
    unsigned count = 0;
    for (unsigned i = 0; i < topology->count; i++) {
        unsigned before = 0;
        while (before < i && topology->core[before] != topology->core[i])
            before++;
        count += before == i;
    }
    return count;
}

void worker_levels(struct levels *levels, const struct topology *topology)
{
    unsigned most = physical_cores(topology) / 2;
    *levels = (struct levels){0};
    levels->items[levels->count++] = 1;
    for (unsigned workers = 2; workers <= most && levels->count < LEVELS_MOST; workers *= 2)
        levels->items[levels->count++] = workers;
}

void worker_cpus_choose(struct worker_cpus *cpus, const struct levels *levels,
                        const struct topology *topology, const struct placement *placement)
{
    *cpus = (struct worker_cpus){0};
    for (size_t i = 0; i < levels->count; i++) {
        struct placement own;
        char *error = NULL;
        placement_choose(&own, topology, levels->items[i], NULL, NULL, &error);
        cpus->workers[cpus->count] = levels->items[i];
        CPU_AND(&cpus->server[cpus->count], &own.server, &placement->server);
        if (CPU_COUNT(&cpus->server[cpus->count]) == 0) /* lists of the user's own */
            cpus->server[cpus->count] = placement->server;
        cpus->count++;
        placement_release(&own);
        free(error);
    }
}

const cpu_set_t *worker_cpus_of(const struct worker_cpus *cpus, const struct placement *placement,
                                unsigned workers)
{
    for (size_t i = 0; cpus != NULL && i < cpus->count; i++)
        if (cpus->workers[i] == workers)
            return &cpus->server[i];
    return &placement->server;
}
