/* A result's lines from JSON: the header and what else describes a run. Rounds are round_decode's.
 */
#include "data/result_json.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "data/json_take.h"

static unsigned take_unsigned(struct taking *taking, const json_t *object, const char *key)
{
    return (unsigned)take_count(taking, object, key, UINT_MAX);
}

static void take_facts(struct taking *taking, struct result *result, const json_t *facts)
{
    json_t *object = (json_t *)facts; /* an iterator only reads, but jansson wants it so */

    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const char *key = json_object_iter_key(at);
        const json_t *value = json_object_iter_value(at);
        if (json_is_string(value) || json_is_null(value))
            result_add_fact(result, key, json_string_value(value));
        else
            take_fail(taking, "fact %s is not a text", key);
    }
}

static void take_host(struct taking *taking, struct result *result, const json_t *host)
{
    result->host_name = take_text(taking, host, "name");
    result->host_fingerprint = take_text(taking, host, "fingerprint");
    take_facts(taking, result, take_object(taking, host, "facts"));
}

static void take_round_set(struct taking *taking, struct round_set *set, const json_t *object)
{
    take_strings(taking, object, "workloads", &set->workloads);
    set->blocks = take_unsigned(taking, object, "blocks");
    set->warmup_s = take_unsigned(taking, object, "warmup_s");
    set->window_s = take_unsigned(taking, object, "window_s");
}

void result_take_levels(struct taking *taking, struct levels *levels, const json_t *object,
                        const char *key)
{
    const json_t *array = take_array(taking, object, key);

    if (json_array_size(array) > LEVELS_MOST)
        take_fail(taking, "%s holds more than %d numbers", key, LEVELS_MOST);
    for (size_t i = 0; i < json_array_size(array) && i < LEVELS_MOST; i++) {
        json_int_t number = json_integer_value(json_array_get(array, i));
        if (number <= 0 || number > UINT_MAX)
            take_fail(taking, "%s holds what is no number above 0", key);
        levels->items[levels->count++] = (unsigned)number;
    }
}

static void take_scale(struct taking *taking, struct scale_set *scale, const json_t *object)
{
    take_round_set(taking, &scale->set, object);
    scale->curve_blocks = take_unsigned(taking, object, "curve_blocks");
    result_take_levels(taking, &scale->connections, object, "connections");
    scale->base = take_unsigned(taking, object, "base");
    scale->idle = take_unsigned(taking, object, "idle");
    result_take_levels(taking, &scale->workers, object, "workers");
    scale->max_connections = take_unsigned(taking, object, "max_connections");
}

static void take_paced(struct taking *taking, struct paced_set *paced, const json_t *object)
{
    take_round_set(taking, &paced->set, object);
    paced->rate_rps = take_unsigned(taking, object, "rate_rps");
}

/* No rates: auto. */
static void take_curve(struct taking *taking, struct curve_set *curve, const json_t *object)
{
    const json_t *rates = take_array(taking, object, "rates_rps");

    take_round_set(taking, &curve->set, object);
    curve->skipped = take_unsigned(taking, object, "skipped_count");
    if (json_array_size(rates) > RATES_MOST)
        take_fail(taking, "rates_rps holds more than %d rates", RATES_MOST);
    for (size_t i = 0; i < json_array_size(rates) && i < RATES_MOST; i++) {
        json_int_t rate = json_integer_value(json_array_get(rates, i));
        if (rate <= 0 || rate > UINT32_MAX)
            take_fail(taking, "rates_rps holds what is no rate");
        curve->rates.items[curve->rates.count++] = (uint32_t)rate;
    }
}

static void take_slo(struct taking *taking, struct slo_set *set, const json_t *object)
{
    const json_t *objectives = take_array(taking, object, "objectives");

    take_round_set(taking, &set->set, object);
    if (json_array_size(objectives) > SLOS_MOST)
        take_fail(taking, "objectives holds more than %d", SLOS_MOST);
    for (size_t i = 0; i < json_array_size(objectives) && i < SLOS_MOST; i++) {
        const json_t *item = json_array_get(objectives, i);
        double p = json_number_value(json_object_get(item, "p"));
        json_int_t limit_ns = json_integer_value(json_object_get(item, "limit_ns"));
        if (!(p > 0 && p < 1) || limit_ns <= 0)
            take_fail(taking, "objectives holds what is none");
        set->slos[set->slo_count++] = (struct slo){.p = p, .limit_ns = limit_ns};
    }
}

static void take_phase_set(struct taking *taking, struct phase_set *set, const json_t *object)
{
    take_round_set(taking, &set->set, object);
    set->rate_rps = take_unsigned(taking, object, "rate_rps");
    result_take_phases_list(taking, &set->phases, object);
    set->soak = take_bool(taking, object, "soak");
    set->requests_per_connection = take_unsigned(taking, object, "requests_per_connection");
    set->memory_only = take_bool(taking, object, "memory_only");
    set->explain = take_bool(taking, object, "explain");
}

static void take_stairs_set(struct taking *taking, struct stairs_set *set, const json_t *object)
{
    take_round_set(taking, &set->set, object);
    result_take_levels(taking, &set->connections, object, "levels");
}

static void take_experiment(struct taking *taking, struct experiment *experiment,
                            const json_t *object)
{
    experiment->name = take_needed_text(taking, object, "name");
    experiment->path = take_text(taking, object, "path");
    experiment->summary = take_text(taking, object, "summary");
    experiment->reference = take_text(taking, object, "reference");
    take_strings(taking, object, "servers", &experiment->servers);
    experiment->workers = take_unsigned(taking, object, "workers");
    experiment->connections_per_worker = take_unsigned(taking, object, "connections_per_worker");
    take_round_set(taking, &experiment->paired, take_object(taking, object, "paired"));
    take_round_set(taking, &experiment->solo, take_object(taking, object, "solo"));
    take_round_set(taking, &experiment->glance, take_object(taking, object, "glance"));
    take_paced(taking, &experiment->paced, take_object(taking, object, "paced"));
    take_curve(taking, &experiment->curve, take_object(taking, object, "latency"));
    take_slo(taking, &experiment->slo, take_object(taking, object, "slo"));
    take_phase_set(taking, &experiment->phases, take_object(taking, object, "phases"));
    take_stairs_set(taking, &experiment->stairs, take_object(taking, object, "connections"));
    take_scale(taking, &experiment->scale, take_object(taking, object, "scale"));
    take_strings(taking, object, "ceilings", &experiment->ceilings);
    take_strings(taking, object, "self_check", &experiment->self_check);
}

static void take_server(struct taking *taking, struct server_info *server, const json_t *object)
{
    server->name = take_needed_text(taking, object, "name");
    server->path = take_text(taking, object, "path");
    server->model = take_text(taking, object, "model");
    server->summary = take_text(taking, object, "summary");
    server->language = take_text(taking, object, "language");
    server->workers_meaning = take_text(taking, object, "workers_meaning");
    take_strings(taking, object, "differs", &server->differs);
    take_strings(taking, object, "diverges", &server->diverges);
    take_strings(taking, object, "routes", &server->routes);
    take_strings(taking, object, "libraries", &server->libraries);
    server->described = take_bool(taking, object, "described");
    server->ceiling = take_bool(taking, object, "ceiling");
    server->own_core = take_bool(taking, object, "own_core");
    server->own_app = take_bool(taking, object, "own_app");
    server->external = take_bool(taking, object, "external");
    server->homepage = take_text(taking, object, "homepage");
    server->program = take_text(taking, object, "program");
}

static void take_skipped(struct taking *taking, struct arm *arm, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *item = json_array_get(array, i);
        char *workload = take_needed_text(taking, item, "workload");
        char *reason = take_needed_text(taking, item, "reason");
        strings_add(&arm->skipped_workloads, workload);
        strings_add(&arm->skipped_reasons, reason);
        free(workload);
        free(reason);
    }
}

/* Into the arm of the same id, or a new one. */
static void take_arm(struct taking *taking, struct result *result, const json_t *object)
{
    char *id = take_needed_text(taking, object, "id");
    int known = result_find_arm(result, id);
    struct arm *arm = known >= 0 ? &result->arms[known] : result_add_arm(result, id);

    arm_release(arm);
    arm->id = id;
    take_server(taking, &arm->server, take_object(taking, object, "server"));
    arm->server.variant = take_text(taking, object, "variant");
    take_strings(taking, object, "argv", &arm->argv);
    arm->workers = take_unsigned(taking, object, "workers");
    arm->cpus = take_text(taking, object, "cpus");
    arm->sha256 = take_text(taking, object, "sha256");
    arm->self_check = take_bool(taking, object, "self_check");
    arm->excluded = take_text(taking, object, "excluded");
    arm->excluded_is_failure = take_bool(taking, object, "excluded_is_failure");
    take_strings(taking, object, "differences", &arm->differences);
    arm->divergences = take_unsigned(taking, object, "divergences");
    take_skipped(taking, arm, take_array(taking, object, "skipped"));
    arm->failed_workload = take_bool(taking, object, "failed_workload");
}

static enum workload_class take_class(struct taking *taking, const json_t *object)
{
    char *name = take_text(taking, object, "class");
    enum workload_class found = WORKLOAD_PLAIN;

    while (name && found <= WORKLOAD_STATEFUL && strcmp(workload_class_name(found), name) != 0)
        found++;
    if (found > WORKLOAD_STATEFUL) {
        take_fail(taking, "class \"%s\" is unknown", name);
        found = WORKLOAD_PLAIN;
    }
    free(name);
    return found;
}

static void take_upstream(struct taking *taking, struct result_workload *item, const json_t *object)
{
    if (!object)
        return;
    item->workload.upstream = take_needed_text(taking, object, "server");
    item->upstream_path = take_text(taking, object, "path");
    item->upstream_sha256 = take_text(taking, object, "sha256");
}

static void take_workload(struct taking *taking, struct result_workload *item, const json_t *object)
{
    struct workload *workload = &item->workload;
    const json_t *expect = take_object(taking, object, "expect");

    workload->name = take_needed_text(taking, object, "name");
    workload->path = take_text(taking, object, "path");
    workload->summary = take_text(taking, object, "summary");
    workload->isolates = take_text(taking, object, "isolates");
    workload->route = take_text(taking, object, "route");
    workload->class = take_class(taking, object);
    workload->expect_status = take_unsigned(taking, expect, "status");
    workload->expect_type = take_text(taking, expect, "type");
    workload->expect_body = take_text(taking, expect, "body");
    workload->expect_sha256 = take_text(taking, expect, "body_sha256");
    take_upstream(taking, item, take_object(taking, object, "upstream"));
    workload->wait_ms = take_unsigned(taking, object, "wait_ms");
    workload->keys = take_unsigned(taking, object, "keys_count");
    workload->warm_requests = take_unsigned(taking, object, "warm_requests_count");
    item->requests_hash = take_text(taking, object, "requests_hash");
}

static void take_lists(struct taking *taking, struct result *result, const json_t *header)
{
    const json_t *arms = take_array(taking, header, "arms");
    const json_t *workloads = take_array(taking, header, "workloads");

    for (size_t i = 0; i < json_array_size(arms); i++)
        take_arm(taking, result, json_array_get(arms, i));
    for (size_t i = 0; i < json_array_size(workloads); i++)
        take_workload(taking, result_add_workload(result), json_array_get(workloads, i));
    take_strings(taking, header, "notes", &result->notes);
    take_strings(taking, header, "warnings", &result->warnings);
}

/* A newer major may mean something else by the same words, so nothing else is read of it. */
static int take_version(struct taking *taking, struct result *result, const json_t *header)
{
    const json_t *version = take_object(taking, header, "schema_version");
    int64_t major = take_number(taking, version, "major"),
            minor = take_number(taking, version, "minor");

    if (major == MISSING || minor == MISSING)
        take_fail(taking, "there is no schema_version: this is no result of backbench");
    else if (major > RESULT_SCHEMA_MAJOR)
        take_fail(taking,
                  "its schema %lld.%lld is newer than the %d.%d that this backbench reads: "
                  "read it with a newer backbench",
                  (long long)major, (long long)minor, RESULT_SCHEMA_MAJOR, RESULT_SCHEMA_MINOR);
    result->schema_major = (int)major;
    result->schema_minor = (int)minor;
    return taking->error ? -1 : 0;
}

int result_take_header(struct result *result, const json_t *header, char **error)
{
    struct taking taking = {.where = "header"};

    if (take_version(&taking, result, header))
        return take_result(&taking, error);
    const json_t *suite = take_object(&taking, header, "suite");
    const json_t *placement = take_object(&taking, header, "placement");
    result->suite_version = take_text(&taking, suite, "version");
    result->revision = take_text(&taking, suite, "revision");
    result->started_utc = take_text(&taking, header, "started_utc");
    result->finished_utc = take_text(&taking, header, "finished_utc");
    take_host(&taking, result, take_object(&taking, header, "host"));
    result->generator = take_text(&taking, header, "generator");
    take_strings(&taking, header, "argv", &result->argv);
    take_experiment(&taking, &result->experiment, take_object(&taking, header, "experiment"));
    result->seed = take_count(&taking, header, "seed", RESULT_SEED_LIMIT - 1);
    result->server_cpus = take_text(&taking, placement, "server_cpus");
    result->load_cpus = take_text(&taking, placement, "load_cpus");
    take_lists(&taking, result, header);
    return take_result(&taking, error);
}

static int take_arm_line(struct result *result, const json_t *line, char **error)
{
    struct taking taking = {.where = "arm"};

    take_arm(&taking, result, take_object(&taking, line, "arm"));
    return take_result(&taking, error);
}

/* The end repeats notes and warnings because a run adds to those of its header. */
static int take_end(struct result *result, const json_t *line, char **error)
{
    struct taking taking = {.where = "end"};

    free(result->finished_utc);
    result->finished_utc = take_text(&taking, line, "finished_utc");
    strings_release(&result->notes);
    strings_release(&result->warnings);
    take_strings(&taking, line, "notes", &result->notes);
    take_strings(&taking, line, "warnings", &result->warnings);
    return take_result(&taking, error);
}

int result_take_line(struct result *result, const json_t *line, char **error)
{
    const char *type = json_string_value(json_object_get(line, "type"));

    if (!type)
        return text_error(error, "there is no type");
    if (strcmp(type, "header") == 0)
        return text_error(error,
                          "a second header: these are two runs, give each a file of its own");
    if (strcmp(type, "round") == 0)
        return result_take_round(result, line, error);
    if (strcmp(type, "arm") == 0)
        return take_arm_line(result, line, error);
    if (strcmp(type, "count") == 0)
        return result_take_count(result, line, error);
    if (strcmp(type, "end") == 0)
        return take_end(result, line, error);
    return 0;
}
