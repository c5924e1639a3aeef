/* Latency against rate as JSON: all points and all ends of searches. */
#include "present/latency.h"

#include <assert.h>
#include <math.h>

#include "analyse/words.h"
#include "data/json_put.h"
#include "present/latency_grid.h"

/* 0 stands for none in the structures, and would be taken for a rate here. */
static json_t *rate(uint32_t rate_rps)
{
    return rate_rps > 0 ? json_integer(rate_rps) : json_null();
}

static json_t *point_json(const struct latency_point *point,
                          json_t *(*spread)(const struct spread *))
{
    static const char *const keys[] = {"p50_ns", "p99_ns", "p999_ns"};
    static const char *const whys[] = {"why_no_p50", "why_no_p99", "why_no_p999"};
    json_t *json = json_object();
    json_object_set_new(json, "rate_rps", json_integer(point->rate_rps));
    json_object_set_new(json, "answered_rps", real_json(point->answered_rps));
    json_object_set_new(json, "requests_count", json_integer((json_int_t)point->merged.total));
    for (size_t i = 0; i < LATENCY_PERCENTILES; i++) {
        json_object_set_new(json, keys[i], spread(&point->p_ns[i]));
        json_object_set_new(json, whys[i],
                            isnan(point->p_ns[i].median) ? text_json(point->why[i]) : json_null());
    }
    json_object_set_new(json, "trusted_p", real_json(point->trusted_p));
    json_object_set_new(json, "cost_ns", spread(&point->cost_ns));
    json_object_set_new(json, "why_no_cost", text_json(point->why_cost));
    json_object_set_new(json, "rounds_used", json_integer(point->used));
    json_object_set_new(json, "rounds_discarded", json_integer(point->lost));
    json_object_set_new(json, "why", text_json(point->why_lost ? point->why_lost->detail : NULL));
    json_object_set_new(json, "failed", json_boolean(point->failed));
    json_object_set_new(json, "late", json_boolean(point->late));
    return json;
}

static json_t *curve_json(const struct result *result, const struct latency_curve *curve,
                          json_t *(*spread)(const struct spread *))
{
    json_t *points = json_array();
    for (size_t i = 0; i < curve->count; i++)
        json_array_append_new(points, point_json(&curve->points[i], spread));
    return json_pack("{s:o, s:o, s:o, s:b, s:o}", "arm", text_json(result->arms[curve->arm].id),
                     "best_rps", rate(curve->best_rps), "failed_rps", rate(curve->knee_rps),
                     "is_bound", curve->is_bound, "points", points);
}

/* A switch and not a table: the compiler names an end that is missing here. */
static const char *end_name(enum capacity_end end)
{
    switch (end) {
    case CAPACITY_GOES_ON:
        return "unfinished";
    case CAPACITY_FOUND:
        return "found";
    case CAPACITY_AT_LEAST:
        return "at least";
    case CAPACITY_NONE:
        return "none";
    case CAPACITY_TOO_FEW:
        return "too few";
    case CAPACITY_UNDECIDED:
        return "undecided";
    case CAPACITY_UNSTEADY:
        return "unsteady";
    }
    assert(!"an end of a search has no name");
    return NULL;
}

/* An answer is the rate of two ends only; the others have what passed and what failed. */
static json_t *limit_json(const struct result *result, const struct latency_limit *limit)
{
    const struct capacity *found = &limit->found;
    bool is_rate = found->end == CAPACITY_FOUND || found->end == CAPACITY_AT_LEAST;
    json_t *json = json_object();
    json_object_set_new(json, "arm", text_json(result->arms[limit->arm].id));
    json_object_set_new(json, "end", json_string(end_name(found->end)));
    json_object_set_new(json, "rate_rps", is_rate ? rate(found->rate_rps) : json_null());
    json_object_set_new(json, "passed_rps", rate(found->passed_rps));
    json_object_set_new(json, "failed_rps", rate(found->failed_rps));
    json_object_set_new(json, "late", json_boolean(found->is_late));
    json_object_set_new(json, "trials", json_integer(found->trials_count));
    return json;
}

static json_t *objective_json(const struct result *result, const struct latency *latency,
                              size_t which)
{
    const struct slo *slo = &latency->slos[which];
    json_t *limits = json_array();
    for (size_t i = 0; i < latency->limit_arms; i++)
        json_array_append_new(
            limits, limit_json(result, &latency->limits[which * latency->limit_arms + i]));
    return json_pack("{s:f, s:I, s:o}", "p", slo->p, "limit_ns", (json_int_t)slo->limit_ns,
                     "limits", limits);
}

json_t *latency_json(const struct result *result, const struct latency *latency,
                     json_t *(*spread)(const struct spread *))
{
    json_t *curves = json_array(), *objectives = json_array(), *sentences = json_array();
    for (size_t i = 0; i < latency->curve_count; i++)
        json_array_append_new(curves, curve_json(result, &latency->curves[i], spread));
    for (size_t i = 0; i < latency->slo_count; i++)
        json_array_append_new(objectives, objective_json(result, latency, i));
    for (size_t i = 0; i < latency->sentences.count; i++)
        json_array_append_new(sentences, text_json(latency->sentences.items[i]));
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "workload",
                     text_json(words_workload(result, latency->workload)), "common_rps",
                     rate(latency->common_rps), "curves", curves, "objectives", objectives,
                     "sentences", sentences);
}
