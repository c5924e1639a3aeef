/* One round from JSON. */
#include "data/result_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/histogram_v2.h"
#include "data/json_take.h"

static uint32_t take_u32(struct taking *taking, const json_t *object, const char *key)
{
    return (uint32_t)take_count(taking, object, key, UINT32_MAX);
}

/* The index of an arm by the id that stands under key. */
static int take_arm_index(struct taking *taking, const struct result *result, const json_t *object,
                          const char *key)
{
    char *id = take_needed_text(taking, object, key);
    int index = result_find_arm(result, id);

    if (index < 0)
        take_fail(taking, "arm \"%s\" is not in the header", id);
    free(id);
    return index < 0 ? 0 : index;
}

static uint32_t take_workload_index(struct taking *taking, const struct result *result,
                                    const json_t *object)
{
    char *name = take_needed_text(taking, object, "name");
    int index = result_find_workload(result, name);

    if (index < 0)
        take_fail(taking, "workload \"%s\" is not in the header", name);
    free(name);
    return index < 0 ? 0 : (uint32_t)index;
}

static enum round_role take_role(struct taking *taking, const json_t *paired)
{
    char *name = take_needed_text(taking, paired, "role");
    enum round_role role = ROLE_SUBJECT;

    if (strcmp(name, round_role_names[ROLE_REFERENCE]) == 0)
        role = ROLE_REFERENCE;
    else if (strcmp(name, round_role_names[ROLE_SUBJECT]) != 0)
        take_fail(taking, "role \"%s\" is unknown", name);
    free(name);
    return role;
}

static enum load_kind take_load_kind(struct taking *taking, const json_t *load)
{
    char *name = take_text(taking, load, "kind");
    enum load_kind kind = LOAD_CLOSED;

    if (name && strcmp(name, load_kind_names[LOAD_OPEN]) == 0)
        kind = LOAD_OPEN;
    else if (name && strcmp(name, load_kind_names[LOAD_CLOSED]) != 0)
        take_fail(taking, "load.kind \"%s\" is unknown", name);
    free(name);
    return kind;
}

static void take_load(struct taking *taking, struct round *round, const json_t *load)
{
    round->load_kind = take_load_kind(taking, load);
    round->connections = take_u32(taking, load, "connections");
    round->threads = take_u32(taking, load, "threads");
    round->idle_connections = take_u32(taking, load, "idle_connections");
    round->rate_rps = take_u32(taking, load, "rate_rps");
    if (round->load_kind == LOAD_OPEN)
        round->load_seed = take_count(taking, load, "seed", RESULT_SEED_LIMIT - 1);
}

/* Before schema 1.2 a round had its arm's. */
static uint32_t take_workers(struct taking *taking, const struct result *result,
                             const struct round *round, const json_t *line)
{
    if (json_object_get(line, "workers"))
        return take_u32(taking, line, "workers");
    return round->arm < result->arm_count ? result->arms[round->arm].workers : 0;
}

/* What the round measured, and with whom. */
static void take_place(struct taking *taking, const struct result *result, struct round *round,
                       const json_t *line)
{
    const json_t *paired = take_object(taking, line, "paired");

    round->attempt = take_u32(taking, line, "attempt");
    round->arm = (uint32_t)take_arm_index(taking, result, take_object(taking, line, "arm"), "id");
    round->workload = take_workload_index(taking, result, take_object(taking, line, "workload"));
    if (paired) {
        round->role = take_role(taking, paired);
        round->with = take_arm_index(taking, result, paired, "with");
    }
    take_load(taking, round, take_object(taking, line, "load"));
    round->block = take_u32(taking, line, "block");
    round->position = take_u32(taking, line, "position");
    round->cpus = take_text(taking, line, "cpus");
    round->upstream_cpus = take_text(taking, line, "upstream_cpus");
    round->glance = take_bool(taking, line, "glance");
    round->scale = take_bool(taking, line, "scale");
    round->probe = take_bool(taking, line, "probe");
    round->workers = take_workers(taking, result, round, line);
    round->warmup_s = take_u32(taking, line, "warmup_s");
    round->window_s = take_u32(taking, line, "window_s");
}

static void take_times(struct taking *taking, struct round *round, const json_t *line)
{
    char *started = take_text(taking, line, "started_utc");

    snprintf(round->started_utc, sizeof round->started_utc, "%s", started ? started : "");
    free(started);
    round->monotonic_ns = (int64_t)take_count(taking, line, "monotonic_ns", RESULT_LARGEST);
}

static enum outcome_kind take_kind(struct taking *taking, const json_t *outcome)
{
    char *name = take_needed_text(taking, outcome, "kind");
    enum outcome_kind kind = OUTCOME_VALID;

    while (kind <= OUTCOME_INVALID && strcmp(outcome_name(kind), name) != 0)
        kind++;
    if (kind > OUTCOME_INVALID) {
        take_fail(taking, "outcome \"%s\" is unknown", name);
        kind = OUTCOME_INVALID;
    }
    free(name);
    return kind;
}

/* A code of a newer minor schema has no place here; the outcome's kind, which the file says, stands
 * without it. */
static void take_reason(struct taking *taking, struct outcome *outcome, const json_t *object)
{
    char *name = take_needed_text(taking, object, "code"),
         *detail = take_text(taking, object, "detail");

    for (enum reason_code code = 0; code < REASON_CODES; code++)
        if (strcmp(reason_name(code), name) == 0)
            outcome_add(outcome, code, "%s", detail ? detail : "");
    free(name);
    free(detail);
}

static void take_outcome(struct taking *taking, struct outcome *outcome, const json_t *object)
{
    const json_t *reasons = take_array(taking, object, "reasons");

    for (size_t i = 0; i < json_array_size(reasons); i++)
        take_reason(taking, outcome, json_array_get(reasons, i));
    outcome->kind = take_kind(taking, object);
}

static void take_numbers(struct taking *taking, struct round *round, const json_t *line)
{
    for (size_t i = 0; i < ROUND_NUMBERS; i++) {
        const struct round_number *number = &round_numbers[i];
        const json_t *place = number->group ? take_object(taking, line, number->group) : line;
        int64_t value = take_number(taking, place, number->key);
        if (!result_is_possible(value))
            take_fail(taking, "%s is %lld, which no run can give", number->key, (long long)value);
        *round_number_of(round, number) = value;
    }
}

/* The text under key must be this one. */
static void take_constant(struct taking *taking, const json_t *hist, const char *key,
                          const char *constant)
{
    char *text = take_needed_text(taking, hist, key);

    if (strcmp(text, constant) != 0)
        take_fail(taking, "hist.%s \"%s\" is not %s", key, text, constant);
    free(text);
}

static void take_bin(struct taking *taking, struct histogram *histogram, const json_t *bin)
{
    const json_t *index = json_array_get(bin, 0), *count = json_array_get(bin, 1);
    bool whole = json_is_integer(index) && json_is_integer(count);

    if (whole && json_integer_value(index) >= 0 &&
        json_integer_value(index) < HISTOGRAM_V2_INDEXES && json_integer_value(count) > 0 &&
        json_integer_value(count) <= RESULT_LARGEST / HISTOGRAM_INDEXES)
        histogram_add_bin(histogram, (uint32_t)json_integer_value(index),
                          (uint64_t)json_integer_value(count));
    else
        take_fail(taking, "hist.bins holds what is no [index, count]");
}

/* Before schema 1.3 the bins stood there as a list. */
static void take_bins(struct taking *taking, struct histogram *histogram, const json_t *hist)
{
    const json_t *bins = take_array(taking, hist, "bins");

    take_constant(taking, hist, "layout", RESULT_HIST_LAYOUT);
    for (size_t i = 0; i < json_array_size(bins); i++)
        take_bin(taking, histogram, json_array_get(bins, i));
}

static void take_base64(struct taking *taking, struct histogram *histogram, const json_t *hist)
{
    char *base64 = take_needed_text(taking, hist, "base64"), *error = NULL;

    take_constant(taking, hist, "format", RESULT_HIST_FORMAT);
    take_constant(taking, hist, "unit", RESULT_HIST_UNIT);
    if (histogram_v2_decode(histogram, base64, strlen(base64), &error))
        take_fail(taking, "hist.base64 cannot be read: %s", error);
    if (histogram->total > RESULT_LARGEST)
        take_fail(taking, "hist.base64 holds %llu values, which no run can give",
                  (unsigned long long)histogram->total);
    free(error);
    free(base64);
}

/* of: the histogram, or a round without one. Of a closed loop nothing is said. */
static double take_trusted(struct taking *taking, const json_t *of)
{
    const json_t *trusted = json_object_get(of, "trusted_p");
    double p = json_number_value(trusted);

    if (!trusted)
        return 1;
    if (!json_is_number(trusted) || !(p >= 0 && p <= 1))
        take_fail(taking, "trusted_p is no number from 0 to 1");
    return p;
}

static void take_hist(struct taking *taking, struct round *round, const json_t *hist)
{
    if (!hist)
        return;
    round->corrected = take_bool(taking, hist, "corrected");
    round->trusted_p = take_trusted(taking, hist);
    if (json_object_get(hist, "bins"))
        take_bins(taking, &round->response, hist);
    else
        take_base64(taking, &round->response, hist);
}

static int64_t *take_numbers_array(struct taking *taking, const json_t *series, const char *key,
                                   size_t count)
{
    const json_t *array = take_array(taking, series, key);

    if (!array)
        return NULL;
    if (json_array_size(array) != count) {
        take_fail(taking, "series.%s is not as long as series.t_ns", key);
        return NULL;
    }
    int64_t *numbers = xcalloc(count, sizeof *numbers);
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(array, i);
        if (!json_is_integer(item) && !json_is_null(item))
            take_fail(taking, "series.%s[%zu] is not a whole number", key, i);
        numbers[i] = json_is_integer(item) ? json_integer_value(item) : MISSING;
        if (!result_is_possible(numbers[i]))
            take_fail(taking, "series.%s[%zu] is %lld, which no run can give", key, i,
                      (long long)numbers[i]);
    }
    return numbers;
}

static void take_series(struct taking *taking, struct series *series, const json_t *object)
{
    series->count = json_array_size(take_array(taking, object, "t_ns"));
    for (size_t i = 0; object && i < SERIES_ARRAYS; i++)
        *series_array_of(series, &series_arrays[i]) =
            take_numbers_array(taking, object, series_arrays[i].key, series->count);
}

/* A field of a newer minor schema is none of ours. */
static void take_missing(struct taking *taking, struct round *round, const json_t *missing)
{
    json_t *object = (json_t *)missing; /* an iterator only reads, but jansson wants it so */

    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const char *field = json_object_iter_key(at);
        const char *reason = json_string_value(json_object_iter_value(at));
        if (!reason)
            take_fail(taking, "missing.%s is not a text", field);
        else if (round_field_name(field))
            round_note_missing(round, field, "%s", reason);
    }
}

/* The same round twice would count twice: two files put together, or one that was edited. */
static bool is_known(const struct result *result, const struct round *round)
{
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *known = &result->rounds[i];
        if (known->number == round->number && known->attempt == round->attempt &&
            known->arm == round->arm)
            return true;
    }
    return false;
}

int result_take_round(struct result *result, const json_t *line, char **error)
{
    char where[32];
    struct taking taking = {.where = where};
    struct round round;

    round_init(&round);
    snprintf(where, sizeof where, "round");
    round.number = take_u32(&taking, line, "number");
    snprintf(where, sizeof where, "round %u", round.number);
    take_place(&taking, result, &round, line);
    take_times(&taking, &round, line);
    take_outcome(&taking, &round.outcome, take_object(&taking, line, "outcome"));
    take_numbers(&taking, &round, line);
    round.trusted_p = take_trusted(&taking, line); /* of one without a histogram */
    take_hist(&taking, &round, take_object(&taking, line, "hist"));
    take_series(&taking, &round.series, take_object(&taking, line, "series"));
    result_take_latency(&taking, &round, line);
    result_take_phases(&taking, &round, line);
    result_take_stairs(&taking, &round, line);
    take_missing(&taking, &round, take_object(&taking, line, "missing"));
    if (is_known(result, &round))
        take_fail(&taking, "it is there twice");
    if (take_result(&taking, error)) {
        round_release(&round);
        return -1;
    }
    result_add_round(result, &round);
    return 0;
}
