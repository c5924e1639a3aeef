/* A result's lines as JSON: the header and what else describes a run; result.json is all of it.
 * Rounds are round_encode's. */
#include "data/result_json.h"

#include <assert.h>

#include "data/json_put.h"

static json_t *facts_json(const struct result *result)
{
    json_t *facts = json_object();

    for (size_t i = 0; i < result->fact_count; i++)
        json_put_text(facts, result->facts[i].key, result->facts[i].value);
    return facts;
}

static json_t *round_set_json(const struct round_set *set)
{
    json_t *object = json_object();

    json_put(object, "workloads", strings_json(&set->workloads));
    json_put_count(object, "blocks", set->blocks);
    json_put_count(object, "warmup_s", set->warmup_s);
    json_put_count(object, "window_s", set->window_s);
    return object;
}

json_t *result_levels_json(const struct levels *levels)
{
    json_t *array = json_array();

    for (size_t i = 0; i < levels->count; i++)
        json_array_append_new(array, json_integer(levels->items[i]));
    return array;
}

/* null: it was not asked for. */
static json_t *scale_json(const struct scale_set *scale)
{
    if (!scale_is_asked(scale))
        return json_null();
    json_t *object = round_set_json(&scale->set);

    json_put_count(object, "curve_blocks", scale->curve_blocks);
    json_put(object, "connections", result_levels_json(&scale->connections));
    json_put_count(object, "base", scale->base);
    json_put_count(object, "idle", scale->idle);
    json_put(object, "workers", result_levels_json(&scale->workers));
    json_put_count(object, "max_connections", scale->max_connections);
    return object;
}

/* rate_rps null: chosen by a look at each server. */
static json_t *paced_json(const struct paced_set *paced)
{
    if (!paced_is_asked(paced))
        return json_null();
    json_t *object = round_set_json(&paced->set);

    json_put(object, "rate_rps", number_json(paced->rate_rps ? paced->rate_rps : MISSING));
    return object;
}

/* rates null: chosen by a look at each server. */
static json_t *curve_json(const struct curve_set *curve)
{
    if (!curve_is_asked(curve))
        return json_null();
    json_t *object = round_set_json(&curve->set), *rates = json_array();

    for (size_t i = 0; i < curve->rates.count; i++)
        json_array_append_new(rates, json_integer(curve->rates.items[i]));
    json_put(object, "rates_rps", curve->rates.count ? json_incref(rates) : json_null());
    json_decref(rates);
    json_put_count(object, "skipped_count", curve->skipped);
    return object;
}

static json_t *slo_json(const struct slo_set *slo)
{
    if (!slo_is_asked(slo))
        return json_null();
    json_t *object = round_set_json(&slo->set), *objectives = json_array();

    for (size_t i = 0; i < slo->slo_count; i++)
        json_array_append_new(objectives, json_pack("{s:f, s:I}", "p", slo->slos[i].p, "limit_ns",
                                                    (json_int_t)slo->slos[i].limit_ns));
    json_put(object, "objectives", objectives);
    return object;
}

/* rate_rps null: chosen by a look at each server. */
static json_t *phase_set_json(const struct phase_set *set)
{
    if (!phases_are_asked(set))
        return json_null();
    json_t *object = round_set_json(&set->set);

    json_put(object, "rate_rps", number_json(set->rate_rps ? set->rate_rps : MISSING));
    json_put(object, "phases", result_phases_json(&set->phases, true));
    json_put(object, "soak", json_boolean(set->soak));
    if (set->requests_per_connection > 0)
        json_put(object, "requests_per_connection", number_json(set->requests_per_connection));
    if (set->memory_only)
        json_put(object, "memory_only", json_true());
    if (set->explain)
        json_put(object, "explain", json_true());
    return object;
}

static json_t *stairs_set_json(const struct stairs_set *set)
{
    if (!stairs_are_asked(set))
        return json_null();
    json_t *object = round_set_json(&set->set);

    json_put(object, "levels", result_levels_json(&set->connections));
    return object;
}

static json_t *experiment_json(const struct experiment *experiment)
{
    json_t *object = json_object();

    json_put_text(object, "name", experiment->name);
    json_put_text(object, "path", experiment->path);
    json_put_text(object, "summary", experiment->summary);
    json_put_text(object, "reference", experiment->reference);
    json_put(object, "servers", strings_json(&experiment->servers));
    json_put_count(object, "workers", experiment->workers);
    json_put_count(object, "connections_per_worker", experiment->connections_per_worker);
    json_put(object, "paired", round_set_json(&experiment->paired));
    json_put(object, "solo", round_set_json(&experiment->solo));
    json_put(object, "glance", round_set_json(&experiment->glance));
    json_put(object, "paced", paced_json(&experiment->paced));
    json_put(object, "latency", curve_json(&experiment->curve));
    json_put(object, "slo", slo_json(&experiment->slo));
    json_put(object, "phases", phase_set_json(&experiment->phases));
    json_put(object, "connections", stairs_set_json(&experiment->stairs));
    json_put(object, "scale", scale_json(&experiment->scale));
    json_put(object, "ceilings", strings_json(&experiment->ceilings));
    json_put(object, "self_check", strings_json(&experiment->self_check));
    return object;
}

static json_t *server_json(const struct server_info *server)
{
    json_t *object = json_object();

    json_put_text(object, "name", server->name);
    json_put_text(object, "path", server->path);
    json_put_text(object, "model", server->model);
    json_put_text(object, "summary", server->summary);
    json_put_text(object, "language", server->language);
    json_put_text(object, "workers_meaning", server->workers_meaning);
    json_put(object, "differs", strings_json(&server->differs));
    json_put(object, "diverges", strings_json(&server->diverges));
    json_put(object, "routes", strings_json(&server->routes));
    json_put(object, "libraries", strings_json(&server->libraries));
    json_put(object, "described", json_boolean(server->described));
    json_put(object, "ceiling", json_boolean(server->ceiling));
    json_put(object, "own_core", json_boolean(server->own_core));
    json_put(object, "own_app", json_boolean(server->own_app));
    json_put(object, "external", json_boolean(server->external));
    json_put_text(object, "homepage", server->homepage);
    json_put_text(object, "program", server->program);
    return object;
}

json_t *result_arm_essentials(const struct arm *arm)
{
    json_t *object = json_object();

    json_put_text(object, "id", arm->id);
    json_put_text(object, "server", arm->server.name);
    json_put_text(object, "variant", arm->server.variant);
    json_put(object, "argv", strings_json(&arm->argv));
    json_put_count(object, "workers", arm->workers);
    json_put_text(object, "cpus", arm->cpus);
    return object;
}

/* Which workloads are not measured on this arm, and why. */
static json_t *skipped_json(const struct arm *arm)
{
    json_t *array = json_array();

    assert(arm->skipped_workloads.count == arm->skipped_reasons.count);
    for (size_t i = 0; i < arm->skipped_workloads.count; i++)
        json_array_append_new(array, json_pack("{s:o, s:o}", "workload",
                                               text_json(arm->skipped_workloads.items[i]), "reason",
                                               text_json(arm->skipped_reasons.items[i])));
    return array;
}

static json_t *arm_json(const struct arm *arm)
{
    json_t *object = result_arm_essentials(arm);

    json_put(object, "server", server_json(&arm->server));
    json_put_text(object, "sha256", arm->sha256);
    json_put(object, "self_check", json_boolean(arm->self_check));
    json_put_text(object, "excluded", arm->excluded);
    json_put(object, "excluded_is_failure", json_boolean(arm->excluded_is_failure));
    json_put(object, "differences", strings_json(&arm->differences));
    json_put_count(object, "divergences", arm->divergences);
    json_put(object, "skipped", skipped_json(arm));
    json_put(object, "failed_workload", json_boolean(arm->failed_workload));
    return object;
}

/* What stands behind the servers, or null. */
static json_t *upstream_json(const struct result_workload *item)
{
    json_t *object = json_object();

    if (!item->workload.upstream) {
        json_decref(object);
        return json_null();
    }
    json_put_text(object, "server", item->workload.upstream);
    json_put_text(object, "path", item->upstream_path);
    json_put_text(object, "sha256", item->upstream_sha256);
    return object;
}

static json_t *workload_json(const struct result_workload *item)
{
    const struct workload *workload = &item->workload;
    json_t *object = json_object(), *expect = json_object();

    json_put_text(object, "name", workload->name);
    json_put_text(object, "path", workload->path);
    json_put_text(object, "summary", workload->summary);
    json_put_text(object, "isolates", workload->isolates);
    json_put_text(object, "route", workload->route);
    json_put_text(object, "class", workload_class_name(workload->class));
    json_put_count(expect, "status", workload->expect_status);
    json_put_text(expect, "type", workload->expect_type);
    json_put_text(expect, "body", workload->expect_body);
    json_put_text(expect, "body_sha256", workload->expect_sha256);
    json_put(object, "expect", expect);
    json_put(object, "upstream", upstream_json(item));
    json_put(object, "wait_ms", number_json(workload->wait_ms ? workload->wait_ms : MISSING));
    json_put(object, "keys_count", number_json(workload->keys ? workload->keys : MISSING));
    json_put_count(object, "warm_requests_count", workload->warm_requests);
    json_put_text(object, "requests_hash", item->requests_hash);
    return object;
}

static json_t *arms_json(const struct result *result)
{
    json_t *array = json_array();

    for (size_t i = 0; i < result->arm_count; i++)
        json_array_append_new(array, arm_json(&result->arms[i]));
    return array;
}

static json_t *workloads_json(const struct result *result)
{
    json_t *array = json_array();

    for (size_t i = 0; i < result->workload_count; i++)
        json_array_append_new(array, workload_json(&result->workloads[i]));
    return array;
}

json_t *result_header_json(const struct result *result)
{
    json_t *header = json_object();

    json_put_text(header, "type", "header");
    json_put(header, "schema_version",
             json_pack("{s:i, s:i}", "major", result->schema_major, "minor", result->schema_minor));
    json_put(header, "suite",
             json_pack("{s:s, s:o, s:o}", "name", "backbench", "version",
                       text_json(result->suite_version), "revision", text_json(result->revision)));
    json_put_text(header, "started_utc", result->started_utc);
    json_put(header, "host",
             json_pack("{s:o, s:o, s:o}", "name", text_json(result->host_name), "fingerprint",
                       text_json(result->host_fingerprint), "facts", facts_json(result)));
    json_put_text(header, "generator", result->generator);
    json_put(header, "argv", strings_json(&result->argv));
    json_put(header, "experiment", experiment_json(&result->experiment));
    json_put_count(header, "seed", result->seed);
    json_put(header, "placement",
             json_pack("{s:o, s:o}", "server_cpus", text_json(result->server_cpus), "load_cpus",
                       text_json(result->load_cpus)));
    json_put(header, "arms", arms_json(result));
    json_put(header, "workloads", workloads_json(result));
    json_put(header, "notes", strings_json(&result->notes));
    json_put(header, "warnings", strings_json(&result->warnings));
    return header;
}

json_t *result_arm_json(const struct arm *arm)
{
    return json_pack("{s:s, s:o}", "type", "arm", "arm", arm_json(arm));
}

json_t *result_end_json(const struct result *result)
{
    json_t *line = json_object();

    json_put_text(line, "type", "end");
    json_put_text(line, "finished_utc", result->finished_utc);
    json_put_count(line, "rounds_count", result->round_count);
    json_put(line, "notes", strings_json(&result->notes));
    json_put(line, "warnings", strings_json(&result->warnings));
    return line;
}

json_t *result_whole_json(const struct result *result)
{
    json_t *whole = result_header_json(result), *rounds = json_array();

    json_put_text(whole, "type", "result");
    json_put_text(whole, "finished_utc", result->finished_utc);
    for (size_t i = 0; i < result->round_count; i++)
        json_array_append_new(rounds, result_round_json(result, &result->rounds[i]));
    json_put(whole, "rounds", rounds);
    if (result->count_count > 0)
        json_put(whole, "counts", result_counts_json(result));
    return whole;
}
