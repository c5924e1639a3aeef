/* One round as JSON, each of its nulls with a reason. */
#include "data/result_json.h"

#include <assert.h>
#include <stdlib.h>

#include "data/histogram_v2.h"
#include "data/json_put.h"

static json_t *outcome_json(const struct outcome *outcome)
{
    json_t *reasons = json_array();

    for (unsigned i = 0; i < outcome->count; i++) {
        const struct reason *reason = &outcome->reasons[i];
        json_array_append_new(reasons,
                              json_pack("{s:s, s:s, s:b, s:o}", "code", reason_name(reason->code),
                                        "kind", outcome_name(reason_kind(reason->code)), "external",
                                        reason_is_external(reason->code), "detail",
                                        text_json(reason->detail)));
    }
    return json_pack("{s:s, s:o}", "kind", outcome_name(outcome->kind), "reasons", reasons);
}

static json_t *hist_json(const struct round *round)
{
    if (round->response.count == 0)
        return json_null();

    char *base64 = histogram_v2_encode(&round->response);
    json_t *hist = json_pack("{s:b, s:s, s:s, s:s}", "corrected", round->corrected, "format",
                             RESULT_HIST_FORMAT, "unit", RESULT_HIST_UNIT, "base64", base64);
    if (round->load_kind == LOAD_OPEN)
        json_put(hist, "trusted_p", json_real(round->trusted_p));
    free(base64);
    return hist;
}

static json_t *numbers_json(const int64_t *numbers, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, number_json(numbers[i]));
    return array;
}

/* An array that was not kept at all is null. */
static json_t *series_json(const struct series *series)
{
    if (series->count == 0)
        return json_null();

    json_t *object = json_object();
    for (size_t i = 0; i < SERIES_ARRAYS; i++) {
        const int64_t *numbers = *series_array_of((struct series *)series, &series_arrays[i]);
        json_put(object, series_arrays[i].key,
                 numbers ? numbers_json(numbers, series->count) : json_null());
    }
    return object;
}

/* What to say of a null nobody gave a reason for. */
static const char *default_reason(const struct round *round)
{
    const struct outcome *outcome = &round->outcome;

    for (unsigned i = 0; i < outcome->count; i++)
        if (reason_kind(outcome->reasons[i].code) == OUTCOME_INVALID)
            return outcome->reasons[i].detail;
    if (round_has_stairs(round))
        return "where connections are counted up only memory is read";
    return "not recorded";
}

void result_put_missing(json_t *missing, const struct round *round, const char *field)
{
    const char *reason = round_why_missing(round, field);

    json_put_text(missing, field, reason ? reason : default_reason(round));
}

/* Each null of the round by its name, and why. */
static json_t *missing_json(const struct round *round)
{
    json_t *missing = json_object();

    for (size_t i = 0; i < ROUND_NUMBERS; i++)
        if (*round_number_of((struct round *)round, &round_numbers[i]) == MISSING)
            result_put_missing(missing, round, round_numbers[i].field);
    if (round->response.count == 0)
        result_put_missing(missing, round, "hist");
    if (round->series.count == 0)
        result_put_missing(missing, round, "series");
    for (size_t i = 0; round->series.count && i < SERIES_ARRAYS; i++)
        if (!*series_array_of((struct series *)&round->series, &series_arrays[i]))
            result_put_missing(missing, round, series_arrays[i].field);
    return missing;
}

static void put_numbers(json_t *object, const struct round *round)
{
    for (size_t i = 0; i < ROUND_NUMBERS; i++) {
        const struct round_number *number = &round_numbers[i];
        json_t *place = object;
        if (number->group && !json_object_get(object, number->group))
            json_put(object, number->group, json_object());
        if (number->group)
            place = json_object_get(object, number->group);
        json_put(place, number->key, number_json(*round_number_of((struct round *)round, number)));
    }
}

/* The seed of a closed loop is the run's: it chose the order of the rounds, the load itself draws
 * nothing. */
static json_t *closed_load_json(const struct result *result, const struct round *round)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:n, s:I, s:n}", "kind", load_kind_names[LOAD_CLOSED],
                     "connections", (json_int_t)round->connections, "idle_connections",
                     (json_int_t)round->idle_connections, "threads", (json_int_t)round->threads,
                     "rate_rps", "seed", (json_int_t)result->seed, "segments");
}

/* One segment, the window, or one for each phase of it; what came before it is the warm-up. Of a
 * pair each arm has so many connections, and the rate is that of both. */
static json_t *open_load_json(const struct round *round)
{
    struct phases alike = {.count = 1};
    alike.items[0] = (struct phase){PHASE_LOAD, round->window_s, round->rate_rps, 0};
    json_t *segments = result_segments_json(round_has_phases(round) ? &round->phases : &alike);
    return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "kind", load_kind_names[LOAD_OPEN],
                     "connections", (json_int_t)round->connections, "idle_connections",
                     (json_int_t)round->idle_connections, "threads", (json_int_t)round->threads,
                     "rate_rps", (json_int_t)round->rate_rps, "seed", (json_int_t)round->load_seed,
                     "segments", segments);
}

static json_t *load_json(const struct result *result, const struct round *round)
{
    return round->load_kind == LOAD_OPEN ? open_load_json(round) : closed_load_json(result, round);
}

static json_t *paired_json(const struct result *result, const struct round *round)
{
    if (round->role == ROLE_SOLO)
        return json_null();
    return json_pack("{s:o, s:s}", "with", text_json(result->arms[round->with].id), "role",
                     round_role_names[round->role]);
}

static json_t *round_workload_json(const struct result_workload *item)
{
    return json_pack("{s:o, s:o}", "name", text_json(item->workload.name), "requests_hash",
                     text_json(item->requests_hash));
}

json_t *result_round_json(const struct result *result, const struct round *round)
{
    json_t *line = json_object(), *missing = missing_json(round);

    assert(round->arm < result->arm_count && round->workload < result->workload_count);
    json_put_text(line, "type", "round");
    json_put_count(line, "number", round->number);
    json_put_count(line, "attempt", round->attempt);
    json_put(line, "arm", result_arm_essentials(&result->arms[round->arm]));
    json_put(line, "workload", round_workload_json(&result->workloads[round->workload]));
    json_put(line, "load", load_json(result, round));
    json_put_count(line, "block", round->block);
    json_put_count(line, "position", round->position);
    json_put_text(line, "cpus", round->cpus);
    json_put_text(line, "upstream_cpus", round->upstream_cpus);
    json_put(line, "paired", paired_json(result, round));
    json_put(line, "glance", json_boolean(round->glance));
    json_put(line, "probe", json_boolean(round->probe));
    json_put(line, "scale", json_boolean(round->scale));
    json_put_count(line, "workers", round->workers);
    json_put_count(line, "warmup_s", round->warmup_s);
    json_put_count(line, "window_s", round->window_s);
    json_put_text(line, "started_utc", round->started_utc);
    json_put_count(line, "monotonic_ns", (uint64_t)round->monotonic_ns);
    json_put(line, "outcome", outcome_json(&round->outcome));
    put_numbers(line, round);
    json_put(line, "hist", hist_json(round));
    if (round->load_kind == LOAD_OPEN && round->response.count == 0)
        json_put(line, "trusted_p", json_real(round->trusted_p)); /* else it stands in hist */
    json_put(line, "series", series_json(&round->series));
    result_put_latency(line, missing, round);
    result_put_phases(line, missing, round);
    result_put_stairs(line, missing, round);
    json_put(line, "missing", missing);
    return line;
}
