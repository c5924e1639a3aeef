/* The summary as JSON: the same figures as the tables, in base units, null for what is not known.
 */
#include "present/present.h"

#include <jansson.h>
#include <stdlib.h>

#include "analyse/words.h"
#include "data/json_put.h"
#include "present/at_rate.h"
#include "present/connections.h"
#include "present/consistency.h"
#include "present/latency.h"

static json_t *estimate_json(const struct estimate *estimate)
{
    return json_pack("{s:o, s:o, s:o, s:I, s:o}", "value", real_json(estimate->value), "low",
                     real_json(estimate->low), "high", real_json(estimate->high), "blocks",
                     (json_int_t)estimate->n, "robust_sd_ln", real_json(estimate->robust_sd));
}

static json_t *spread_json(const struct spread *spread)
{
    return json_pack("{s:o, s:o, s:o, s:I, s:b}", "median", real_json(spread->median), "low",
                     real_json(spread->low), "high", real_json(spread->high), "rounds",
                     (json_int_t)spread->n, "is_interval", spread->is_interval);
}

static json_t *row_json(const struct result *result, const struct table *table,
                        const struct row *row)
{
    static const char *const kinds[] = {"ranked", "roof", "glance", "invalid", "excluded"};
    char *why = words_why(result, table, row);
    json_t *json = json_object();
    json_object_set_new(json, "arm", text_json(words_arm(result, row)));
    json_object_set_new(json, "kind", json_string(kinds[row->kind]));
    json_object_set_new(json, "outcome", json_string(outcome_name(row->outcome)));
    json_object_set_new(json, "why", *why ? text_json(why) : json_null());
    json_object_set_new(json, "tier", row->tier ? json_integer(row->tier) : json_null());
    json_object_set_new(json, "external", json_boolean(result->arms[row->arm].server.external));
    json_object_set_new(json, "reference", json_boolean(row->reference));
    json_object_set_new(json, "near_next", json_boolean(row->near_next));
    json_object_set_new(json, "cost_ratio", estimate_json(&row->cost_ratio));
    json_object_set_new(json, "cost_ns", real_json(row->cost_ns));
    json_object_set_new(json, "cost_solo", json_boolean(row->cost_solo));
    json_object_set_new(json, "per_core_rps", real_json(row->per_core_rps));
    json_object_set_new(json, "upstream_cpu_ns", real_json(row->upstream_ns));
    json_object_set_new(json, "throughput_rps", spread_json(&row->throughput_rps));
    json_object_set_new(json, "throughput_is_bound", json_boolean(row->throughput_censored));
    json_object_set_new(json, "roof_share", estimate_json(&row->roof_share));
    json_object_set_new(json, "closed_loop_response_p50_ns", spread_json(&row->response_p50_ns));
    json_object_set_new(json, "closed_loop_response_p99_ns", spread_json(&row->response_p99_ns));
    json_object_set_new(json, "rss_start_bytes", real_json(row->rss_start_bytes));
    json_object_set_new(json, "rss_peak_bytes", real_json(row->rss_peak_bytes));
    json_object_set_new(json, "rss_end_bytes", real_json(row->rss_end_bytes));
    json_object_set_new(json, "pss_bytes", spread_json(&row->pss_bytes));
    json_object_set_new(json, "rounds_used", json_integer(row->rounds_used));
    json_object_set_new(json, "rounds_discarded", json_integer(row->rounds_discarded));
    free(why);
    return json;
}

static json_t *table_json(const struct result *result, const struct table *table)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < table->count; i++)
        json_array_append_new(rows, row_json(result, table, &table->rows[i]));
    const char *upstream = result->workloads[table->workload].workload.upstream;
    return json_pack("{s:o, s:o, s:b, s:b, s:o}", "workload",
                     text_json(words_workload(result, table->workload)), "upstream",
                     upstream ? text_json(upstream) : json_null(), "ranked", table->ranked,
                     "discards_unequal", table->discards_unequal, "rows", rows);
}

static json_t *point_json(const struct scale_point *point)
{
    json_t *json = json_object();
    json_object_set_new(json, "connections", json_integer(point->connections));
    json_object_set_new(json, "idle_connections", json_integer(point->idle));
    json_object_set_new(json, "workers", json_integer(point->workers));
    json_object_set_new(json, "cost_ns", spread_json(&point->cost_ns));
    json_object_set_new(json, "cost_ratio", spread_json(&point->ratio));
    json_object_set_new(json, "throughput_rps", spread_json(&point->throughput_rps));
    json_object_set_new(json, "throughput_is_bound", json_boolean(point->censored));
    json_object_set_new(json, "user_bytes", real_json(point->user_bytes));
    json_object_set_new(json, "kernel_bytes", real_json(point->kernel_bytes));
    json_object_set_new(json, "rounds_used", json_integer((json_int_t)point->used));
    json_object_set_new(json, "rounds_discarded", json_integer((json_int_t)point->lost));
    json_object_set_new(json, "why", text_json(point->why ? point->why->detail : NULL));
    return json;
}

static json_t *scale_json(const struct result *result, const struct scale *scale)
{
    json_t *curves = json_array();
    for (size_t c = 0; c < scale->curve_count; c++) {
        const struct scale_curve *curve = &scale->curves[c];
        json_t *points = json_array();
        for (size_t i = 0; i < scale->count; i++)
            json_array_append_new(points, point_json(&curve->points[i]));
        json_array_append_new(
            curves,
            json_pack("{s:o, s:o, s:o, s:o, s:o}", "arm", text_json(result->arms[curve->arm].id),
                      "points", points, "user_bytes_per_connection", real_json(curve->user_slope),
                      "kernel_bytes_per_connection", real_json(curve->kernel_slope), "sentence",
                      text_json(scale->sentences.items[c])));
    }
    return json_pack("{s:o, s:o}", "workload", text_json(words_workload(result, scale->workload)),
                     "curves", curves);
}

void present_json(FILE *out, const struct result *result, const struct summary *summary)
{
    static const char *const states[] = {"absent", "too short", "agrees", "differs"};
    json_t *tables = json_array(), *json = json_object();
    for (size_t t = 0; t < summary->count; t++)
        json_array_append_new(tables, table_json(result, &summary->tables[t]));
    json_object_set_new(json, "headline", text_json(summary->headline));
    json_object_set_new(json, "experiment", text_json(result->experiment.name));
    json_object_set_new(json, "reference", text_json(result->experiment.reference));
    json_object_set_new(json, "directory", text_json(result->directory));
    json_object_set_new(json, "tables", tables);
    json_t *scales = json_array();
    for (size_t i = 0; i < summary->scale_count; i++)
        json_array_append_new(scales, scale_json(result, &summary->scales[i]));
    json_object_set_new(json, "scales", scales);
    json_t *at_rates = json_array();
    for (size_t i = 0; i < summary->at_rate_count; i++)
        json_array_append_new(at_rates, at_rate_json(result, &summary->at_rates[i], estimate_json));
    json_object_set_new(json, "at_rates", at_rates);
    json_t *latencies = json_array();
    for (size_t i = 0; i < summary->latency_count; i++)
        json_array_append_new(latencies, latency_json(result, &summary->latencies[i], spread_json));
    json_object_set_new(json, "latencies", latencies);
    json_t *consistencies = json_array();
    for (size_t i = 0; i < summary->consistency_count; i++)
        json_array_append_new(consistencies, consistency_json(result, &summary->consistencies[i]));
    json_object_set_new(json, "consistencies", consistencies);
    json_t *connections = json_array();
    for (size_t i = 0; i < summary->stairs_count; i++)
        json_array_append_new(connections, connections_json(result, &summary->stairs[i]));
    json_object_set_new(json, "connections", connections);
    json_object_set_new(json, "self_check",
                        json_pack("{s:s, s:o}", "state", states[summary->self_check], "ratio",
                                  estimate_json(&summary->self_check_ratio)));
    json_object_set_new(json, "solo_sd_ln", real_json(summary->solo_sd));
    json_object_set_new(json, "paired_sd_ln", real_json(summary->paired_sd));
    json_object_set_new(json, "findings", strings_json(&summary->findings));
    json_object_set_new(json, "cautions", strings_json(&summary->cautions));
    json_object_set_new(json, "exit_code", json_integer(summary->exit_code));
    json_dumpf(json, out, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    putc('\n', out);
    json_decref(json);
}
