/* Latency against rate for programs: every point of a curve,
 * and every way in which a search can end. */
#include <jansson.h>

#include "present/latency.h"
#include "tests/present_ends.h"
#include "tests/synthetic_curves.h"

static const json_t *member(const json_t *json, const char *array, size_t index)
{
    const json_t *item = json_array_get(json_object_get(json, array), index);
    assert_non_null(item);
    return item;
}

static void is_rate(const json_t *object, const char *key, uint32_t rate_rps)
{
    const json_t *value = json_object_get(object, key);
    assert_non_null(value);
    if (rate_rps == 0)
        assert_true(json_is_null(value));
    else
        assert_int_equal(json_integer_value(value), rate_rps);
}

static json_t *summary_json(void)
{
    json_error_t error;
    char *text = capture(write_json);
    json_t *json = json_loads(text, 0, &error);
    if (!json)
        fail_msg("%s", error.text);
    free(text);
    return json;
}

static void every_point_has_its_rate_and_its_percentiles(void **state)
{
    (void)state;
    enum { THREAD = 2 };
    synthetic_curves(&s, 6, 4);
    summarise();
    json_t *json = summary_json();
    const json_t *latency = member(json, "latencies", 0);
    const json_t *thread = member(latency, "curves", THREAD), *point = member(thread, "points", 4);
    is_rate(latency, "common_rps", 50000);
    assert_string_equal(json_string_value(json_object_get(thread, "arm")), "thread");
    is_rate(thread, "failed_rps", 100000);
    is_rate(thread, "best_rps", 50000);
    is_rate(point, "rate_rps", 20000);
    assert_float_equal(
        json_number_value(json_object_get(json_object_get(point, "p99_ns"), "median")),
        summary.latencies[0].curves[THREAD].points[4].p_ns[LATENCY_P99].median, 1);
    assert_int_equal(json_array_size(json_object_get(latency, "sentences")), 4);
    json_decref(json);
}

static void where_a_server_failed_there_is_a_reason_and_no_number(void **state)
{
    (void)state;
    enum { THREAD = 2 };
    synthetic_curves(&s, 6, 4);
    summarise();
    json_t *json = summary_json();
    const json_t *thread = member(member(json, "latencies", 0), "curves", THREAD);
    const json_t *last = member(thread, "points", 6);
    assert_true(json_is_true(json_object_get(last, "failed")));
    assert_true(json_is_null(json_object_get(json_object_get(last, "p99_ns"), "median")));
    assert_string_equal(json_string_value(json_object_get(last, "why_no_p99")),
                        "the server failed here");
    assert_string_equal(json_string_value(json_object_get(last, "why_no_cost")),
                        "the server failed here");
    json_decref(json);
}

/* How a search ended stands beside its rates; only two ends have an answer. */
static void every_end_of_a_search_has_a_name(void **state)
{
    (void)state;
    struct latency latency = latency_of_ends();
    json_t *json = latency_json(&s.result, &latency, NULL);
    for (size_t i = 0; i < ENDS; i++) {
        const struct capacity *found = &ends[i].found;
        const json_t *limit = member(member(json, "objectives", 0), "limits", i);
        bool is_answer = found->end == CAPACITY_FOUND || found->end == CAPACITY_AT_LEAST;
        assert_string_equal(json_string_value(json_object_get(limit, "end")), ends[i].name);
        is_rate(limit, "rate_rps", is_answer ? found->rate_rps : 0);
        is_rate(limit, "passed_rps", found->passed_rps);
        is_rate(limit, "failed_rps", found->failed_rps);
        assert_int_equal(json_is_true(json_object_get(limit, "late")), found->is_late);
        assert_int_equal(json_integer_value(json_object_get(limit, "trials")), found->trials_count);
    }
    json_decref(json);
    latency_release(&latency);
    result_release(&s.result);
}

static void a_search_of_a_run_is_told(void **state)
{
    (void)state;
    enum { THREAD = 2 };
    synthetic_curves(&s, 3, 4);
    synthetic_searches(&s, 4);
    summarise();
    json_t *json = summary_json();
    const json_t *latency = member(json, "latencies", 0);
    const json_t *limit = member(member(latency, "objectives", 0), "limits", THREAD);
    assert_string_equal(json_string_value(json_object_get(limit, "end")), "found");
    is_rate(limit, "rate_rps", 90819);
    is_rate(limit, "failed_rps", 93150);
    assert_int_equal(json_array_size(json_object_get(latency, "sentences")), 12);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(every_point_has_its_rate_and_its_percentiles, release),
        cmocka_unit_test_teardown(where_a_server_failed_there_is_a_reason_and_no_number, release),
        cmocka_unit_test(every_end_of_a_search_has_a_name),
        cmocka_unit_test_teardown(a_search_of_a_run_is_told, release),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("latency json", tests, NULL, NULL);
}
