/* See experiment_keys.h. */
#include "data/experiment_keys.h"

#include <string.h>

enum {
    WORKERS_MOST = 1024,
    CONNECTIONS_MOST = 65536,
    BLOCKS_MOST = 1000,
    WARMUP_MOST_S = 600,
    WINDOW_MOST_S = 3600,
    IDLE_MOST = 1000000,
    PER_CONNECTION_MOST = 1000000000,
    STAIRS_WINDOW_MOST_S = 10,
};

const struct experiment_key experiment_keys[] = {
#define AT(member) offsetof(struct experiment, member)
    {"experiment", "summary", KIND_TEXT, AT(summary), 0, 0},
    {"experiment", "reference", KIND_WORD, AT(reference), 0, 0},
    {"experiment", "servers", KIND_LIST, AT(servers), 0, 0},
    {"experiment", "workers", KIND_NUMBER, AT(workers), 1, WORKERS_MOST},
    {"experiment", "connections", KIND_NUMBER, AT(connections_per_worker), 1, CONNECTIONS_MOST},
    {"experiment", "ceilings", KIND_LIST, AT(ceilings), 0, 0},
    {"experiment", "self_check", KIND_LIST, AT(self_check), 0, 0},
    {"paired", "workloads", KIND_LIST, AT(paired.workloads), 0, 0},
    {"paired", "blocks", KIND_NUMBER, AT(paired.blocks), 1, BLOCKS_MOST},
    {"paired", "warmup_s", KIND_NUMBER, AT(paired.warmup_s), 0, WARMUP_MOST_S},
    {"paired", "window_s", KIND_NUMBER, AT(paired.window_s), 1, WINDOW_MOST_S},
    {"solo", "workloads", KIND_LIST, AT(solo.workloads), 0, 0},
    {"solo", "blocks", KIND_NUMBER, AT(solo.blocks), 1, BLOCKS_MOST},
    {"solo", "warmup_s", KIND_NUMBER, AT(solo.warmup_s), 0, WARMUP_MOST_S},
    {"solo", "window_s", KIND_NUMBER, AT(solo.window_s), 1, WINDOW_MOST_S},
    {"glance", "workloads", KIND_LIST, AT(glance.workloads), 0, 0},
    {"glance", "blocks", KIND_NUMBER, AT(glance.blocks), 1, BLOCKS_MOST},
    {"glance", "warmup_s", KIND_NUMBER, AT(glance.warmup_s), 0, WARMUP_MOST_S},
    {"glance", "window_s", KIND_NUMBER, AT(glance.window_s), 1, WINDOW_MOST_S},
    {"paced", "workloads", KIND_LIST, AT(paced.set.workloads), 0, 0},
    {"paced", "blocks", KIND_NUMBER, AT(paced.set.blocks), 1, BLOCKS_MOST},
    {"paced", "warmup_s", KIND_NUMBER, AT(paced.set.warmup_s), 0, WARMUP_MOST_S},
    {"paced", "window_s", KIND_NUMBER, AT(paced.set.window_s), 1, WINDOW_MOST_S},
    {"paced", "rate_rps", KIND_NUMBER_OR_AUTO, AT(paced.rate_rps), 1, RATE_MOST_RPS},
    {"latency", "workloads", KIND_LIST, AT(curve.set.workloads), 0, 0},
    {"latency", "blocks", KIND_NUMBER, AT(curve.set.blocks), 1, BLOCKS_MOST},
    {"latency", "warmup_s", KIND_NUMBER, AT(curve.set.warmup_s), 0, WARMUP_MOST_S},
    {"latency", "window_s", KIND_NUMBER, AT(curve.set.window_s), 1, WINDOW_MOST_S},
    {"latency", "rates", KIND_RATES_OR_AUTO, AT(curve.rates), 1, RATE_MOST_RPS},
    {"slo", "workloads", KIND_LIST, AT(slo.set.workloads), 0, 0},
    {"slo", "blocks", KIND_NUMBER, AT(slo.set.blocks), 1, BLOCKS_MOST},
    {"slo", "warmup_s", KIND_NUMBER, AT(slo.set.warmup_s), 0, WARMUP_MOST_S},
    {"slo", "window_s", KIND_NUMBER, AT(slo.set.window_s), 1, WINDOW_MOST_S},
    {"slo", "objectives", KIND_SLOS, AT(slo), 0, 0},
    {"phases", "workloads", KIND_LIST, AT(phases.set.workloads), 0, 0},
    {"phases", "blocks", KIND_NUMBER, AT(phases.set.blocks), 1, BLOCKS_MOST},
    {"phases", "warmup_s", KIND_NUMBER, AT(phases.set.warmup_s), 0, WARMUP_MOST_S},
    {"phases", "phases", KIND_PHASES, AT(phases.phases), 0, 0},
    {"phases", "rate_rps", KIND_NUMBER_OR_AUTO, AT(phases.rate_rps), 1, RATE_MOST_RPS},
    {"phases", "requests_per_connection", KIND_NUMBER, AT(phases.requests_per_connection), 1,
     PER_CONNECTION_MOST},
    {"phases", "soak", KIND_YES_OR_NO, AT(phases.soak), 0, 0},
    {"phases", "memory_only", KIND_YES_OR_NO, AT(phases.memory_only), 0, 0},
    {"connections", "workloads", KIND_LIST, AT(stairs.set.workloads), 0, 0},
    {"connections", "blocks", KIND_NUMBER, AT(stairs.set.blocks), 1, BLOCKS_MOST},
    {"connections", "window_s", KIND_NUMBER, AT(stairs.set.window_s), 1, STAIRS_WINDOW_MOST_S},
    {"connections", "levels", KIND_LEVELS, AT(stairs.connections), 1, CONNECTIONS_MOST},
    {"scale", "workloads", KIND_LIST, AT(scale.set.workloads), 0, 0},
    {"scale", "blocks", KIND_NUMBER, AT(scale.set.blocks), 1, BLOCKS_MOST},
    {"scale", "curve_blocks", KIND_NUMBER, AT(scale.curve_blocks), 1, BLOCKS_MOST},
    {"scale", "warmup_s", KIND_NUMBER, AT(scale.set.warmup_s), 0, WARMUP_MOST_S},
    {"scale", "window_s", KIND_NUMBER, AT(scale.set.window_s), 1, WINDOW_MOST_S},
    {"scale", "connections", KIND_LEVELS, AT(scale.connections), 1, CONNECTIONS_MOST},
    {"scale", "base", KIND_NUMBER, AT(scale.base), 1, CONNECTIONS_MOST},
    {"scale", "idle", KIND_NUMBER, AT(scale.idle), 0, IDLE_MOST},
    {"scale", "workers", KIND_LEVELS_OR_AUTO, AT(scale.workers), 1, WORKERS_MOST},
    {"scale", "max_connections", KIND_NUMBER, AT(scale.max_connections), 1, IDLE_MOST},
#undef AT
};
_Static_assert(sizeof experiment_keys / sizeof *experiment_keys == EXPERIMENT_KEYS,
               "each key has its line");

const char *const experiment_sections[EXPERIMENT_SECTIONS] = {
    "experiment", "paired", "solo",   "glance",      "paced",
    "latency",    "slo",    "phases", "connections", "scale"};

bool experiment_is_section(const char *name)
{
    for (unsigned i = 0; i < EXPERIMENT_SECTIONS; i++)
        if (strcmp(experiment_sections[i], name) == 0)
            return true;
    return false;
}

const struct experiment_key *experiment_key_find(const char *section, const char *name)
{
    for (unsigned i = 0; i < EXPERIMENT_KEYS; i++)
        if (strcmp(experiment_keys[i].section, section) == 0 &&
            strcmp(experiment_keys[i].name, name) == 0)
            return &experiment_keys[i];
    return NULL;
}
