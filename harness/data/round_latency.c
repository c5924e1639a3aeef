/* Of a round's JSON what only servers alone at a rate have, most
 * of it only latency curves and searches: both directions. */
#include "data/result_json.h"

#include <stdlib.h>

#include "data/json_put.h"
#include "data/json_take.h"

/* ---- writing ---- */

static void put_number(json_t *object, json_t *missing, const struct round *round, const char *key,
                       const char *field, int64_t number)
{
    json_put(object, key, number_json(number));
    if (number == MISSING)
        result_put_missing(missing, round, field);
}

static json_t *trial_json(const struct round *round, json_t *missing)
{
    const struct slo_count *trial = &round->trial;
    json_t *object = json_object();

    json_put(object, "p", json_real(trial->slo.p));
    json_put_count(object, "limit_ns", (uint64_t)trial->slo.limit_ns);
    json_put(object, "confirms", json_boolean(trial->confirms));
    put_number(object, missing, round, "n_count", "trial.n_count", trial->n_count);
    put_number(object, missing, round, "missed_count", "trial.missed_count", trial->missed_count);
    put_number(object, missing, round, "disturbed_count", "trial.disturbed_count",
               trial->disturbed_count);
    put_number(object, missing, round, "disturbed_missed_count", "trial.disturbed_missed_count",
               trial->disturbed_missed_count);
    return object;
}

static json_t *series_json(const struct latency_series *series)
{
    json_t *object = json_object();

    json_put_count(object, "interval_ns", (uint64_t)series->interval_ns);
    for (size_t i = 0; i < LATENCY_ARRAYS; i++) {
        int64_t *const *numbers =
            latency_array_of((struct latency_series *)series, &latency_arrays[i]);
        json_t *array = json_array();
        for (size_t k = 0; k < series->count; k++)
            json_array_append_new(array, number_json((*numbers)[k]));
        json_put(object, latency_arrays[i].key, array);
    }
    return object;
}

void result_put_latency(json_t *line, json_t *missing, const struct round *round)
{
    if (!round_keeps_latency(round))
        return;
    if (!round_has_phases(round)) {
        json_put(line, "curve", json_boolean(round->curve));
        json_put(line, "trial", round->trial.slo.p > 0 ? trial_json(round, missing) : json_null());
    }
    if (round->latency.count == 0)
        result_put_missing(missing, round, "latency_series");
    json_put(line, "latency_series",
             round->latency.count > 0 ? series_json(&round->latency) : json_null());
}

/* ---- reading ---- */

static int64_t take_possible(struct taking *taking, const json_t *object, const char *key)
{
    int64_t value = take_number(taking, object, key);

    if (!result_is_possible(value))
        take_fail(taking, "%s is %lld, which no run can give", key, (long long)value);
    return value;
}

static void take_trial(struct taking *taking, struct slo_count *trial, const json_t *object)
{
    double p = json_number_value(json_object_get(object, "p"));

    if (!(p > 0 && p < 1))
        take_fail(taking, "trial.p is no number between 0 and 1");
    trial->slo.p = p;
    trial->slo.limit_ns = (int64_t)take_count(taking, object, "limit_ns", RESULT_LARGEST);
    if (trial->slo.limit_ns == 0)
        take_fail(taking, "trial.limit_ns is no limit");
    trial->confirms = take_bool(taking, object, "confirms");
    trial->n_count = take_possible(taking, object, "n_count");
    trial->missed_count = take_possible(taking, object, "missed_count");
    trial->disturbed_count = take_possible(taking, object, "disturbed_count");
    trial->disturbed_missed_count = take_possible(taking, object, "disturbed_missed_count");
}

static int64_t take_element(struct taking *taking, const json_t *array, size_t index,
                            const char *key)
{
    const json_t *item = json_array_get(array, index);

    if (json_is_null(item))
        return MISSING;
    if (!json_is_integer(item) || json_integer_value(item) < 0 ||
        json_integer_value(item) > RESULT_LARGEST)
        take_fail(taking, "latency_series.%s[%zu] is nothing that a run can give", key, index);
    return json_integer_value(item);
}

static void take_series(struct taking *taking, struct latency_series *series, const json_t *object)
{
    series->interval_ns = (int64_t)take_count(taking, object, "interval_ns", RESULT_LARGEST);
    series->count = json_array_size(take_array(taking, object, latency_arrays[0].key));
    for (size_t i = 0; i < LATENCY_ARRAYS; i++) {
        const char *key = latency_arrays[i].key;
        const json_t *array = take_array(taking, object, key);
        int64_t *numbers = xcalloc(series->count + 1, sizeof *numbers);
        if (json_array_size(array) != series->count)
            take_fail(taking, "latency_series.%s is not as long as latency_series.n_count", key);
        for (size_t k = 0; k < series->count && k < json_array_size(array); k++)
            numbers[k] = take_element(taking, array, k, key);
        *latency_array_of(series, &latency_arrays[i]) = numbers;
    }
    if (series->count == 0 || series->interval_ns == 0)
        take_fail(taking, "latency_series holds nothing");
}

void result_take_latency(struct taking *taking, struct round *round, const json_t *line)
{
    const json_t *trial = take_object(taking, line, "trial"),
                 *series = take_object(taking, line, "latency_series");

    round->curve = take_bool(taking, line, "curve");
    if (trial)
        take_trial(taking, &round->trial, trial);
    if (series)
        take_series(taking, &round->latency, series);
}
