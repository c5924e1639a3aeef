/* Verdicts over time as JSON: all measures of all servers. */
#include "present/consistency.h"

#include <math.h>

#include "analyse/words.h"
#include "present/attribution_json.h"

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Names come from outside; what is not UTF-8 becomes null, never a broken document. */
static json_t *text(const char *value)
{
    json_t *string = value ? json_string(value) : NULL;
    return string ? string : json_null();
}

static json_t *round_json(const struct round *round)
{
    return round ? json_integer(round->number) : json_null();
}

static json_t *measure_json(const struct flatness *flatness)
{
    json_t *json = json_object(), *parts = json_array();
    for (size_t i = 0; i < FLATNESS_PARTS; i++)
        json_array_append_new(parts, number(flatness->parts[i]));
    json_object_set_new(json, "verdict", text(flatness_name(flatness->kind)));
    json_object_set_new(json, "so_far", json_boolean(flatness->so_far));
    json_object_set_new(json, "why", text(flatness->why));
    json_object_set_new(json, "needed_s",
                        number(flatness->needed_s > 0 ? flatness->needed_s : NAN));
    json_object_set_new(json, "start", number(flatness->start));
    json_object_set_new(json, "end", number(flatness->end));
    json_object_set_new(json, "drift", number(flatness->drift));
    json_object_set_new(json, "drift_per_request", number(flatness->drift_per_request));
    json_object_set_new(json, "peak", number(flatness->peak));
    json_object_set_new(json, "median", number(flatness->median));
    json_object_set_new(json, "peak_ratio", number(flatness->peak_ratio));
    json_object_set_new(json, "robust_cv", number(flatness->robust_cv));
    json_object_set_new(json, "smallest", number(flatness->smallest));
    json_object_set_new(json, "smallest_per_request", number(flatness->smallest_per_request));
    json_object_set_new(json, "parts", parts);
    return json;
}

static json_t *spread_json(const struct spread *spread)
{
    return json_pack("{s:o, s:o, s:o, s:I, s:b}", "median", number(spread->median), "low",
                     number(spread->low), "high", number(spread->high), "n", (json_int_t)spread->n,
                     "is_interval", spread->is_interval);
}

/* Bytes a connection; which of them are the server's own, and which the system's, is in the names. */
static json_t *stairs_json(const struct stairs_side *side)
{
    if (side->used + side->lost == 0)
        return json_null();
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:I, s:b, s:I, s:I, s:o}", "server_pss_bytes",
                     spread_json(&side->user), "server_page_tables_bytes",
                     spread_json(&side->tables), "system_kernel_beyond_ceiling_bytes",
                     spread_json(&side->kernel), "system_kernel_spread_bytes",
                     number(side->kernel_spread), "server_pss_kept_bytes", spread_json(&side->kept),
                     "largest_count", (json_int_t)side->largest, "is_cut", side->is_cut,
                     "rounds_used", (json_int_t)side->used, "rounds_discarded",
                     (json_int_t)side->lost, "why", text(side->why ? side->why->detail : NULL));
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
    json_object_set_new(json, "arm", text(result->arms[row->arm].id));
    json_object_set_new(json, "round", round_json(row->round));
    json_object_set_new(json, "longer_round", round_json(row->longer));
    json_object_set_new(json, "judged_round", round_json(row->judged));
    json_object_set_new(json, "rounds_used", json_integer(row->used));
    json_object_set_new(json, "rounds_discarded", json_integer(row->lost));
    json_object_set_new(json, "why", text(row->why ? row->why->detail : NULL));
    json_object_set_new(json, "rate_rps", number(row->rate_rps));
    json_object_set_new(json, "load_s", number(row->load_s));
    json_object_set_new(json, "requests_count", number(row->requests));
    json_object_set_new(json, "measures", measures);
    json_object_set_new(json, "bytes_a_day", number(row->bytes_a_day));
    json_object_set_new(json, "pss_start_bytes", number(row->start_bytes));
    json_object_set_new(json, "rss_peak_bytes", number(row->peak_bytes));
    json_object_set_new(json, "pss_end_bytes", number(row->end_bytes));
    json_object_set_new(json, "burst_return", number(row->burst_return));
    json_object_set_new(json, "burst_kept_bytes", number(row->burst_kept_bytes));
    json_object_set_new(json, "close_return", number(row->close_return));
    json_object_set_new(json, "close_kept_bytes", number(row->close_kept_bytes));
    json_object_set_new(json, "connection_bytes", number(row->connection_bytes));
    json_object_set_new(json, "idle_connection", stairs_json(&row->stairs[STAIRS_IDLE]));
    json_object_set_new(json, "active_connection", stairs_json(&row->stairs[STAIRS_ACTIVE]));
    json_object_set_new(json, "kernel_bytes", number(row->kernel_bytes));
    json_object_set_new(json, "kernel_spread_bytes", number(row->kernel_spread_bytes));
    json_object_set_new(json, "p99_worst_ratio", number(row->p99_worst_ratio));
    json_object_set_new(json, "attribution", attribution_json(&row->attribution));
    json_object_set_new(json, "sentence", text(sentence));
    return json;
}

json_t *consistency_json(const struct result *result, const struct consistency *consistency)
{
    json_t *servers = json_array();
    for (size_t i = 0; i < consistency->count; i++)
        json_array_append_new(
            servers, row_json(result, &consistency->rows[i], consistency->sentences.items[i]));
    return json_pack("{s:o, s:o}", "workload", text(words_workload(result, consistency->workload)),
                     "servers", servers);
}
