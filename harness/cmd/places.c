#include "cmd/places.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/scale.h"

static int choose(struct places *places, struct result *result, const struct run_options *options)
{
    unsigned workers;
    struct topology topology;
    char *error = NULL;
    if (topology_read(&topology) < 0)
        return fail(EXIT_ENVIRONMENT, "cannot read which CPUs there are: %m");
    scale_settle_workers(result, &topology);
    workers = scale_most_workers(&result->experiment);
    if (placement_choose(&places->plain, &topology, workers, options->server_cpus,
                         options->load_cpus, &error) < 0 ||
        placement_choose_upstream(&places->upstream, &topology, workers, options->server_cpus,
                                  options->load_cpus, &error) < 0)
        return fail_with(EXIT_USAGE, error);
    worker_cpus_choose(&places->workers, &result->experiment.scale.workers, &topology,
                       &places->plain);
    return 0;
}

static const char *cpus_word(const char *list)
{
    return strpbrk(list, ",-") ? "CPUs" : "CPU";
}

static void note_partner(struct result *result, const struct placement *placement)
{
    char *partner = placement_text(&placement->partner);
    char *note = text_format("in pairs one server runs on %s %s, the other on %s; they change "
                             "places from block to block",
                             cpus_word(result->server_cpus), result->server_cpus, partner);
    strings_add(&result->notes, note);
    free(note);
    free(partner);
}

static void note_upstream(struct result *result, const struct placement *placement)
{
    char *upstream = placement_text(&placement->upstream), *load = placement_text(&placement->load);
    char *note = text_format(placement->upstream_shared
                                 ? "where another server stands behind those measured, it shares "
                                   "%s %s with the generator: throughput is only a bound there"
                                 : "where another server stands behind those measured, it has %s "
                                   "%s and the generator %s",
                             cpus_word(upstream), upstream, load);
    strings_add(&result->notes, note);
    free(note);
    free(upstream);
    free(load);
}

static bool any_upstream(const struct result *result)
{
    for (size_t i = 0; i < result->workload_count; i++)
        if (result->workloads[i].workload.upstream)
            return true;
    return false;
}

int places_settle(struct places *places, struct result *result, const struct run_options *options)
{
    const struct placement *placement = &places->plain;
    int code = choose(places, result, options);
    if (code)
        return code;
    result->server_cpus = placement_text(&placement->server);
    result->load_cpus = placement_text(&placement->load);
    if (CPU_COUNT(&placement->partner) > 0)
        note_partner(result, placement);
    if (any_upstream(result))
        note_upstream(result, &places->upstream);
    for (size_t i = 0; i < result->arm_count; i++)
        result->arms[i].cpus = xstrdup(result->server_cpus);
    return 0;
}

void places_release(struct places *places)
{
    placement_release(&places->plain);
    placement_release(&places->upstream);
}
