#include "cmd/announce.h"

#include <stdio.h>

#include <jansson.h>

#include "cmd/progress.h"

void announce(const struct result *result, const struct schedule *schedule)
{
    char time[32];
    fprintf(stderr, "%s: %zu server%s, %zu workload%s, %zu rounds, about %s (seed %llu)\n",
            result->experiment.name, result->arm_count, result->arm_count == 1 ? "" : "s",
            result->workload_count, result->workload_count == 1 ? "" : "s", schedule->count,
            duration_text(time, sizeof(time), schedule_seconds(schedule)),
            (unsigned long long)result->seed);
    for (size_t i = 0; i < result->arm_count; i++)
        if (result->arms[i].excluded)
            fprintf(stderr, "  %s is not measured: %s\n", result->arms[i].id,
                    result->arms[i].excluded);
    for (size_t i = 0; i < result->notes.count; i++)
        fprintf(stderr, "  note: %s\n", result->notes.items[i]);
    for (size_t i = 0; i < result->warnings.count; i++)
        fprintf(stderr, "  warning: %s\n", result->warnings.items[i]);
}

static json_t *plan_json(const struct result *result, const struct round_plan *plan)
{
    json_t *arms = json_array();
    for (unsigned i = 0; i < plan->arm_count; i++)
        json_array_append_new(arms, json_string(result->arms[plan->arms[i]].id));
    json_t *round = json_pack("{s:i, s:i, s:f, s:o, s:s}", "number", (int)plan->number, "block",
                              (int)plan->block, "seconds", schedule_round_seconds(plan), "arms",
                              arms, "workload", result->workloads[plan->workload].workload.name);
    if (plan->probe)
        json_object_set_new(round, "probe", json_true());
    if (plan->paced)
        json_object_set_new(round, "rate_rps",
                            plan->rate_rps ? json_integer(plan->rate_rps) : json_null());
    if (plan->scale) {
        json_object_set_new(round, "connections", json_integer(plan->connections));
        json_object_set_new(round, "idle_connections", json_integer(plan->idle_connections));
        json_object_set_new(round, "workers", json_integer(plan->workers));
    }
    return round;
}

void print_schedule_json(const struct result *result, const struct schedule *schedule)
{
    json_t *rounds = json_array();
    for (size_t i = 0; i < schedule->count; i++)
        json_array_append_new(rounds, plan_json(result, &schedule->plans[i]));
    json_t *root = json_pack("{s:s, s:I, s:f, s:o}", "experiment", result->experiment.name, "seed",
                             (json_int_t)result->seed, "seconds", schedule_seconds(schedule),
                             "rounds", rounds);
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}

void print_schedule(const struct result *result, const struct schedule *schedule)
{
    puts("round  block  seconds  what");
    for (size_t i = 0; i < schedule->count; i++) {
        const struct round_plan *plan = &schedule->plans[i];
        const char *workload = result->workloads[plan->workload].workload.name;
        char at[PLAN_LEVEL_SIZE];
        printf("%5u  %5u  %7.1f  %s%s%s on %s%s\n", plan->number, plan->block + 1,
               schedule_round_seconds(plan), result->arms[plan->arms[0]].id,
               plan->arm_count > 1 ? " beside " : " alone",
               plan->arm_count > 1 ? result->arms[plan->arms[1]].id : "", workload,
               plan_level(at, plan));
    }
}
