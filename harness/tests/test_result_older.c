/* Results of older minors of the schema: those that were stored, and what they did not know yet. */
#include "changed_run.h"

/* As they were written by the code of their time: stored, not made. */
static void results_of_every_older_minor_are_read(void **state)
{
    (void)state;
    for (int minor = 0; minor < RESULT_SCHEMA_MINOR; minor++) {
        char *name = text_format("harness/tests/stored/schema-1.%d.jsonl", minor);
        char *path = tree_path(name), *error = NULL;
        struct result result;
        if (result_load(&result, path, &error))
            fail_msg("%s", error);
        assert_int_equal(result.schema_minor, minor);
        assert_int_equal(result.arm_count, 3);
        assert_in_range(result.round_count, 3, 9);
        const struct round *round = &result.rounds[0];
        assert_int_equal(round->response.count, 2);
        assert_int_equal(round->response.total, round->requests_count);
        assert_int_equal(histogram_quantile_ns(&round->response, .9), 1000);
        assert_int_equal(histogram_quantile_ns(&round->response, 1), 5003);
        assert_true(round->corrected);
        assert_string_equal(round_why_missing(&result.rounds[2], "hist"),
                            "no ready line within 5 s");
        result_release(&result);
        free(path);
        free(name);
    }
}

/* Before schema 1.3 a histogram was a list of bins. */
static void bins_that_cannot_be_are_said(void **state)
{
    (void)state;
    static const char *const no_bin = "round 1: hist.bins holds what is no [index, count]";
    static const struct {
        const char *from, *to, *error;
    } table[] = {
        {"[1000,90]", "[1000,9223372036854775807]", no_bin},
        {"[1000,90]", "[1000,0]", no_bin},
        {"[1000,90]", "[1000]", no_bin},
        {"[1000,90]", "[99999,90]", no_bin},
        {"[1000,90]", "[55296,90]", no_bin}, /* of 2^63 ns, which V2 cannot hold */
        {"\"layout\":\"hdr_3_digits_1_ns\"", "\"layout\":\"linear\"",
         "round 1: hist.layout \"linear\" is not hdr_3_digits_1_ns"},
        {"\"layout\":\"hdr_3_digits_1_ns\",", "", "round 1: there is no layout"},
        {"\"bins\":[[1000,90],", "\"bins\":7,\"x\":[", "round 1: bins is not an array"},
    };
    char *stored = tree_path("harness/tests/stored/schema-1.2.jsonl"), *text = read_file(stored);
    char *path = rounds_of(folder);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *changed = replace(text, table[i].from, table[i].to);
        expect_refusal(path, changed, table[i].error);
        free(changed);
    }
    free(path);
    free(text);
    free(stored);
}

/* Schema 1.1 knew neither sweeps nor rounds with other workers than their arm's. */
static void what_is_older_has_no_sweep_and_its_arms_workers(void **state)
{
    (void)state;
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);
    char *workers = replace(text, "\"scale\":true,\"workers\":2,", "");
    char *idle = replace(workers, "\"idle_connections\":10000,", "");
    char *older = replace(idle, "\"octets_in_count\":38000,", ""), *error = NULL;
    struct result result;

    write_file(path, older, strlen(older));
    if (result_load(&result, path, &error))
        fail_msg("%s", error);
    assert_false(result.rounds[2].scale);
    assert_int_equal(result.rounds[2].idle_connections, 0);
    assert_int_equal(result.rounds[2].workers, 1);
    assert_int_equal(result.rounds[0].octets_in, MISSING);
    result_release(&result);
    free(older);
    free(idle);
    free(workers);
    free(text);
    free(path);
    free(directory);
}

/* As a run of schema 1.1 wrote it: no key of what stands behind the servers. */
static void what_an_older_minor_did_not_write_is_missing(void **state)
{
    (void)state;
    static const char *const keys[] = {"upstream_cpus", "cpu_upstream_ns", "cpu_upstream_window_ns",
                                       "upstream_opens_count"};
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);
    struct result result;
    char *error = NULL;

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        for (char *at; (at = strstr(text, keys[i]));)
            memset(at, 'x', strlen(keys[i])); /* a key that nobody knows */
    write_file(path, text, strlen(text));
    if (result_load(&result, path, &error))
        fail_msg("%s", error);
    for (size_t i = 0; i < result.round_count; i++) {
        assert_null(result.rounds[i].upstream_cpus);
        assert_int_equal(result.rounds[i].cpu_upstream_ns, MISSING);
        assert_int_equal(result.rounds[i].upstream_opens, MISSING);
    }
    result_release(&result);
    free(text);
    free(path);
    free(directory);
}

/* Schema 1.3 knew neither curves nor searches. */
static void what_is_older_has_no_curves_and_no_searches(void **state)
{
    (void)state;
    char *path = tree_path("harness/tests/stored/schema-1.3.jsonl"), *error = NULL;
    struct result result;

    if (result_load(&result, path, &error))
        fail_msg("%s", error);
    assert_false(curve_is_asked(&result.experiment.curve));
    assert_false(slo_is_asked(&result.experiment.slo));
    for (size_t i = 0; i < result.round_count; i++) {
        assert_false(round_keeps_latency(&result.rounds[i]));
        assert_int_equal(result.rounds[i].latency.count, 0);
        assert_int_equal(result.rounds[i].trial.n_count, MISSING);
    }
    result_release(&result);
    free(path);
}

/* Schema 1.4 knew no phases. */
static void what_is_older_has_no_phases(void **state)
{
    (void)state;
    char *path = tree_path("harness/tests/stored/schema-1.4.jsonl"), *error = NULL;
    struct result result;

    if (result_load(&result, path, &error))
        fail_msg("%s", error);
    assert_false(phases_are_asked(&result.experiment.phases));
    assert_true(result.rounds[6].curve && result.rounds[7].trial.confirms);
    for (size_t i = 0; i < result.round_count; i++) {
        assert_false(round_has_phases(&result.rounds[i]));
        assert_int_equal(result.rounds[i].course.count, 0);
        assert_null(result.rounds[i].phase_marks);
    }
    result_release(&result);
    free(path);
}

/* Schema 1.5 knew no counts, and not what a server has allocated. */
static void what_is_older_has_no_counts(void **state)
{
    (void)state;
    char *path = tree_path("harness/tests/stored/schema-1.5.jsonl"), *error = NULL;
    struct result result;

    if (result_load(&result, path, &error))
        fail_msg("%s", error);
    assert_int_equal(result.count_count, 0);
    assert_null(result_find_count(&result, 1, 0));
    for (size_t i = 0; i < result.round_count; i++) {
        assert_int_equal(result.rounds[i].memory.anon_bytes, MISSING);
        assert_int_equal(result.rounds[i].memory.idle_anon_bytes, MISSING);
        assert_null(round_why_missing(&result.rounds[i], "memory.anon_bytes"));
    }
    assert_int_equal(result.rounds[3].memory.uss_bytes, 1040384);
    result_release(&result);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_of_every_older_minor_are_read),
        IN_FOLDER(bins_that_cannot_be_are_said),
        IN_FOLDER(what_is_older_has_no_sweep_and_its_arms_workers),
        cmocka_unit_test(what_is_older_has_no_curves_and_no_searches),
        cmocka_unit_test(what_is_older_has_no_phases),
        cmocka_unit_test(what_is_older_has_no_counts),
        IN_FOLDER(what_an_older_minor_did_not_write_is_missing),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("result_older", tests, NULL, NULL);
}
