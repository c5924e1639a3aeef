/* A trial as JSON: what is missing is null and says why, numbers are numbers, keys keep their
 * order. Whether the whole is what results/pace.schema.json says is judged by test_pace_schema.sh,
 * to which `--write FOLDER` gives it. */
#include <jansson.h>

#include "data/strings.h"
#include "pace/trial_json.h"
#include "tests/pace_trials.h"

static json_t *json_of(const char *name)
{
    for (size_t i = 0; i < PACE_TRIALS; i++) {
        if (strcmp(pace_trials[i].name, name) != 0)
            continue;
        pace_trial_make(i);
        json_t *json = trial_json(&room_trial, &setting);
        room_release();
        return json;
    }
    fail_msg("there is no trial \"%s\"", name);
    return NULL;
}

static json_t *target_of(const json_t *json, size_t i)
{
    return json_array_get(json_object_get(json, "targets"), i);
}

static void a_valid_trial_has_its_percentiles(void **state)
{
    (void)state;
    json_t *json = json_of("valid"),
           *p99 = json_array_get(json_object_get(target_of(json, 0), "percentiles"), 2);
    assert_true(json_real_value(json_object_get(p99, "p")) == .99);
    assert_in_range(json_integer_value(json_object_get(p99, "value_ns")), 70000, 80000);
    assert_true(json_integer_value(json_object_get(p99, "low_ns")) <=
                json_integer_value(json_object_get(p99, "high_ns")));
    assert_true(json_is_null(json_object_get(p99, "reason")));
    assert_int_equal(json_integer_value(json_object_get(json, "exit_code")), 0);
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(target_of(json, 0), "slo"), "limit_ns")),
        5000000);
    json_decref(json);
}

static void a_number_that_failed_is_null_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *trial;
        size_t rung;
        const char *reason;
    } table[] = {
        {"valid", 3, "only 50 requests were slower, 100 are needed: a run of 20 s"},
        {"late", 2, "the generator was late: not measurable here"},
        {"late-in-the-tail", 3, "the generator was late"},
        {"overloaded", 0, "the outcome is OVERLOADED"},
        {"errors", 0, "the outcome is ERRORS"},
        {"refused", 0, "the window did not open"},
        {"interrupted-before", 0, "the window did not open"},
        {"interfered", 0, "the outcome is INTERFERED"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        json_t *json = json_of(table[i].trial);
        json_t *rung =
            json_array_get(json_object_get(target_of(json, 0), "percentiles"), table[i].rung);
        const char *reason = json_string_value(json_object_get(rung, "reason"));
        if (!json_is_null(json_object_get(rung, "value_ns")) || !reason ||
            !strstr(reason, table[i].reason))
            fail_msg("%s, rung %zu: %s", table[i].trial, table[i].rung,
                     reason ? reason : "no reason");
        json_decref(json);
    }
}

static void assert_nulls_are_told(const char *trial, json_t *object)
{
    json_t *missing = json_object_get(object, "missing"), *value;
    const char *key;
    json_object_foreach(object, key, value) if (json_is_null(value) &&
                                                !json_is_string(json_object_get(missing, key)))
        fail_msg("%s: %s is null without a reason", trial, key);
    json_object_foreach(missing, key, value) if (!json_is_null(json_object_get(object, key)))
        fail_msg("%s: %s is not missing", trial, key);
}

/* A null in a target, in a part of it, or in a ratio has its reason in missing beside it. */
static void every_null_says_why(void **state)
{
    (void)state;
    for (size_t i = 0; i < PACE_TRIALS; i++) {
        static const char *const parts[] = {"wait", "lateness", "service"};
        const char *name = pace_trials[i].name;
        json_t *json = json_of(name);
        assert_nulls_are_told(name, json);
        json_t *ratios = json_object_get(json, "ratios");
        for (void *at = json_object_iter(ratios); at; at = json_object_iter_next(ratios, at))
            assert_nulls_are_told(name, json_object_iter_value(at));
        for (size_t t = 0; t < json_array_size(json_object_get(json, "targets")); t++) {
            json_t *target = target_of(json, t), *split = json_object_get(target, "split");
            assert_nulls_are_told(name, target);
            for (size_t p = 0; json_is_object(split) && p < 3; p++)
                assert_nulls_are_told(name, json_object_get(split, parts[p]));
            if (json_is_object(json_object_get(target, "series")))
                assert_nulls_are_told(name, json_object_get(target, "series"));
        }
        json_decref(json);
    }
}

static void what_never_began_has_no_time(void **state)
{
    (void)state;
    static const char *const names[] = {"refused", "silent", "overloaded-before",
                                        "interrupted-before"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *json = json_of(names[i]);
        assert_true(json_is_null(json_object_get(json, "started_utc")));
        assert_true(json_is_null(json_object_get(json, "start_monotonic_ns")));
        assert_true(json_is_null(json_object_get(target_of(json, 0), "asked_rps")));
        assert_true(json_is_null(json_object_get(target_of(json, 0), "answered_rps")));
        assert_int_equal(json_integer_value(json_object_get(json, "measured_ns")), 0);
        json_decref(json);
    }
}

static void the_word_is_the_one_that_people_see(void **state)
{
    (void)state;
    static const struct {
        const char *trial, *word;
    } table[] = {
        {"valid", "VALID"},    {"refused", "REFUSED"},   {"silent", "HUNG"},
        {"died", "DIED"},      {"late", "GEN_LATE"},     {"overloaded-before", "OVERLOADED"},
        {"closing", "ERRORS"}, {"behind", "OVERLOADED"}, {"left-out", "SENT_LATE"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        json_t *json = json_of(table[i].trial);
        json_t *outcome = json_object_get(target_of(json, 0), "outcome");
        assert_string_equal(json_string_value(json_object_get(outcome, "word")), table[i].word);
        json_decref(json);
    }
}

static void the_outcome_comes_before_any_number_of_a_target(void **state)
{
    (void)state;
    static const char *const first[] = {"url", "address", "connections_count", "outcome"};
    json_t *json = json_of("duet"), *target = target_of(json, 1);
    void *at = json_object_iter(target);
    for (size_t i = 0; i < sizeof first / sizeof *first;
         i++, at = json_object_iter_next(target, at))
        assert_string_equal(json_object_iter_key(at), first[i]);
    json_decref(json);
}

static void a_duet_has_ratios_of_b_over_a(void **state)
{
    (void)state;
    json_t *json = json_of("duet"), *ratios = json_object_get(json, "ratios");
    double p50 = json_real_value(json_object_get(json_object_get(ratios, "p50"), "value"));
    double cost =
        json_real_value(json_object_get(json_object_get(ratios, "cpu_per_request"), "value"));
    assert_true(p50 > 1.03 && p50 < 1.04);
    assert_true(cost > 1.04 && cost < 1.05);
    json_decref(json);
    json = json_of("duet-with-errors");
    ratios = json_object_get(json, "ratios");
    assert_true(json_is_null(json_object_get(json_object_get(ratios, "p50"), "value")));
    assert_true(json_is_null(json_object_get(json_object_get(ratios, "cpu_per_request"), "value")));
    json_decref(json);
    json = json_of("valid");
    assert_true(json_is_null(json_object_get(json, "ratios")));
    json_decref(json);
}

static void a_ratio_that_is_none_says_why_and_of_which_server(void **state)
{
    (void)state;
    static const struct {
        const char *trial, *ratio, *key, *reason;
    } table[] = {
        {"duet", "cpu_per_request", "low", "one run has no interval"},
        {"duet-short", "p50", "value", NULL},
        {"duet-short", "p99", "value", "A: only 40 requests were slower"},
        {"duet-short", "p99", "high", "A: only 40 requests were slower"},
        {"duet-short", "cpu_per_request", "value", "A: no process was named"},
        {"duet-late", "p50", "value", "A: the generator was late"},
        {"duet-late", "cpu_per_request", "value", "A: the generator was late"},
        {"duet-with-errors", "p50", "value", "B: the outcome is ERRORS"},
        {"duet-with-errors", "cpu_per_request", "value", "B: the outcome is ERRORS"},
        {"tiny-duet", "p50", "value", "A: "},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        json_t *json = json_of(table[i].trial), *ratios = json_object_get(json, "ratios"),
               *missing = json_object_get(json_object_get(ratios, table[i].ratio), "missing");
        const char *reason = json_string_value(json_object_get(missing, table[i].key));
        bool is_right = table[i].reason ? reason && strstr(reason, table[i].reason) : !reason;
        if (!is_right)
            fail_msg("%s, %s of %s: %s", table[i].trial, table[i].key, table[i].ratio,
                     reason ? reason : "no reason");
        json_decref(json);
    }
}

static void a_warning_is_told(void **state)
{
    (void)state;
    json_t *json = json_of("duet-short"), *warnings = json_object_get(json, "warnings");
    assert_int_equal(json_array_size(warnings), 1);
    assert_non_null(strstr(json_string_value(json_array_get(warnings, 0)), "--pid 1: it holds no"));
    json_decref(json);
    json = json_of("duet");
    assert_int_equal(json_array_size(json_object_get(json, "warnings")), 0);
    json_decref(json);
}

static int write_all(const char *folder)
{
    for (size_t i = 0; i < PACE_TRIALS; i++) {
        char *path = text_format("%s/%s.json", folder, pace_trials[i].name);
        json_t *json = json_of(pace_trials[i].name);
        if (json_dump_file(json, path, 0) != 0)
            return 1;
        json_decref(json);
        free(path);
    }
    schedule_clear(&room_schedule);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_valid_trial_has_its_percentiles),
        cmocka_unit_test(a_number_that_failed_is_null_with_its_reason),
        cmocka_unit_test(every_null_says_why),
        cmocka_unit_test(what_never_began_has_no_time),
        cmocka_unit_test(the_word_is_the_one_that_people_see),
        cmocka_unit_test(the_outcome_comes_before_any_number_of_a_target),
        cmocka_unit_test(a_duet_has_ratios_of_b_over_a),
        cmocka_unit_test(a_ratio_that_is_none_says_why_and_of_which_server),
        cmocka_unit_test(a_warning_is_told),
    };

    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return write_all(argv[2]);
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int status = cmocka_run_group_tests_name("pace_json", tests, NULL, NULL);
    schedule_clear(&room_schedule);
    return status;
}
