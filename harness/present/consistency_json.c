/* Verdicts over time as JSON: all measures of all servers. */
#include "present/consistency.h"

#include <math.h>

#include "analyse/words.h"
#include "data/json_put.h"
#include "present/attribution_json.h"
#include "present/connections.h"

static json_t *round_json(const struct round *round)
{
    return round ? json_integer(round->number) : json_null();
}

static json_t *measure_json(const struct flatness *flatness)
{
    json_t *json = json_object(), *parts = json_array();
    for (size_t i = 0; i < FLATNESS_PARTS; i++)
        json_array_append_new(parts, real_json(flatness->parts[i]));
    json_object_set_new(json, "verdict", text_json(flatness_name(flatness->kind)));
    json_object_set_new(json, "so_far", json_boolean(flatness->so_far));
    json_object_set_new(json, "slows", json_boolean(flatness->slows));
    json_object_set_new(json, "why", text_json(flatness->why));
    json_object_set_new(json, "needed_s",
                        real_json(flatness->needed_s > 0 ? flatness->needed_s : NAN));
    json_object_set_new(json, "start", real_json(flatness->start));
    json_object_set_new(json, "end", real_json(flatness->end));
    json_object_set_new(json, "drift", real_json(flatness->drift));
    json_object_set_new(json, "drift_per_request", real_json(flatness->drift_per_request));
    json_object_set_new(json, "last_rise", real_json(flatness->last_rise));
    json_object_set_new(json, "peak", real_json(flatness->peak));
    json_object_set_new(json, "median", real_json(flatness->median));
    json_object_set_new(json, "peak_ratio", real_json(flatness->peak_ratio));
    json_object_set_new(json, "robust_cv", real_json(flatness->robust_cv));
    json_object_set_new(json, "smallest", real_json(flatness->smallest));
    json_object_set_new(json, "smallest_per_request", real_json(flatness->smallest_per_request));
    json_object_set_new(json, "parts", parts);
    return json;
}

static json_t *count_json(const struct consistency_count *count)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "peak", real_json(count->peak), "burst_return",
                     real_json(count->burst.ratio), "burst_kept", real_json(count->burst.kept),
                     "close_return", real_json(count->close.ratio), "close_kept",
                     real_json(count->close.kept));
}

static json_t *row_json(const struct result *result, const struct consistency_row *row,
                        const char *sentence)
{
    static const char *const keys[CONSISTENCY_MEASURES] = {
        [CONSISTENCY_MEMORY] = "rss_bytes",
        [CONSISTENCY_COST] = "cost_ns",
        [CONSISTENCY_P50] = "p50_ns",
        [CONSISTENCY_P99] = "p99_ns",
        [CONSISTENCY_DESCRIPTORS] = "descriptors_count",
        [CONSISTENCY_THREADS] = "threads_count",
    };
    json_t *json = json_object(), *measures = json_object();
    for (size_t i = 0; i < CONSISTENCY_MEASURES; i++)
        json_object_set_new(measures, keys[i], measure_json(&row->measures[i]));
    json_object_set_new(json, "arm", text_json(result->arms[row->arm].id));
    json_object_set_new(json, "round", round_json(row->round));
    json_object_set_new(json, "longer_round", round_json(row->longer));
    json_object_set_new(json, "judged_round", round_json(row->judged));
    json_object_set_new(json, "rounds_used", json_integer(row->used));
    json_object_set_new(json, "rounds_discarded", json_integer(row->lost));
    json_object_set_new(json, "why", text_json(row->why ? row->why->detail : row->why_no_course));
    json_object_set_new(json, "rate_rps", real_json(row->rate_rps));
    json_object_set_new(json, "load_s", real_json(row->load_s));
    json_object_set_new(json, "requests_count", real_json(row->requests));
    json_object_set_new(json, "measures", measures);
    json_object_set_new(json, "bytes_a_day", real_json(row->bytes_a_day));
    json_object_set_new(json, "pss_start_bytes", real_json(row->start_bytes));
    json_object_set_new(json, "rss_peak_bytes", real_json(row->peak_bytes));
    json_object_set_new(json, "pss_end_bytes", real_json(row->end_bytes));
    json_object_set_new(json, "burst_return", real_json(row->burst_return));
    json_object_set_new(json, "burst_kept_bytes", real_json(row->burst_kept_bytes));
    json_object_set_new(json, "close_return", real_json(row->close_return));
    json_object_set_new(json, "close_kept_bytes", real_json(row->close_kept_bytes));
    json_object_set_new(json, "descriptors_count", count_json(&row->descriptors));
    json_object_set_new(json, "threads_count", count_json(&row->threads));
    json_object_set_new(json, "cgroup_start_bytes", real_json(row->cgroup_start_bytes));
    json_object_set_new(json, "cgroup_end_bytes", real_json(row->cgroup_end_bytes));
    json_object_set_new(json, "cgroup_kernel_bytes", real_json(row->cgroup_kernel_bytes));
    json_object_set_new(json, "connection_bytes", real_json(row->connection_bytes));
    json_object_set_new(json, "idle_connection", connection_json(&row->stairs[STAIRS_IDLE]));
    json_object_set_new(json, "active_connection", connection_json(&row->stairs[STAIRS_ACTIVE]));
    json_object_set_new(json, "kernel_bytes", real_json(row->kernel_bytes));
    json_object_set_new(json, "kernel_spread_bytes", real_json(row->kernel_spread_bytes));
    json_object_set_new(json, "p99_worst_ratio", real_json(row->p99_worst_ratio));
    json_object_set_new(json, "attribution", attribution_json(&row->attribution));
    json_object_set_new(json, "sentence", text_json(sentence));
    return json;
}

json_t *consistency_json(const struct result *result, const struct consistency *consistency)
{
    json_t *servers = json_array();
    for (size_t i = 0; i < consistency->count; i++)
        json_array_append_new(
            servers, row_json(result, &consistency->rows[i], consistency->sentences.items[i]));
    return json_pack("{s:o, s:o}", "workload",
                     text_json(words_workload(result, consistency->workload)), "servers", servers);
}
