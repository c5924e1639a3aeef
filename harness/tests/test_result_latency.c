/* What a result keeps of latency curves and of searches: read
 * back, absent where it does not apply, and damaged. */
#include "changed_run.h"

static void curves_and_trials_come_back(void **state)
{
    (void)state;
    char *directory = write_run(folder), *error = NULL;
    struct result result;

    assert_int_equal(result_load(&result, directory, &error), 0);
    const struct round *curve = &result.rounds[6], *trial = &result.rounds[7];
    assert_true(curve->curve && !trial->curve);
    assert_true(curve->trial.slo.p == 0 && curve->role == ROLE_SOLO);
    assert_int_equal(curve->latency.count, 2);
    assert_true(curve->latency.interval_ns == 1500000000);
    assert_int_equal(curve->latency.n[1], 50);
    assert_int_equal(curve->latency.p90_ns[1], 5003);
    assert_int_equal(curve->latency.max_ns[0], MISSING);
    assert_true(trial->trial.slo.p == .99 && trial->trial.confirms);
    assert_int_equal(trial->trial.slo.limit_ns, 5000000);
    assert_int_equal(trial->trial.n_count, 6000);
    assert_int_equal(trial->trial.missed_count, MISSING);
    assert_string_equal(round_why_missing(trial, "trial.missed_count"),
                        "more was asked than it answers");
    assert_int_equal(trial->latency.count, 0);
    assert_string_equal(round_why_missing(trial, "latency_series"),
                        "more was asked than it answers");
    assert_null(round_why_missing(&result.rounds[0], "latency_series"));
    const struct curve_set *curves = &result.experiment.curve;
    assert_true(curve_is_asked(curves));
    assert_int_equal(curves->set.window_s, 3);
    assert_int_equal(curves->rates.count, 2);
    assert_int_equal(curves->skipped, 1);
    assert_int_equal(curves->rates.items[1], 2000);
    const struct slo_set *slo = &result.experiment.slo;
    assert_true(slo_is_asked(slo));
    assert_int_equal(slo->set.blocks, 3);
    assert_int_equal(slo->slo_count, 2);
    assert_true(slo->slos[1].p == .999);
    assert_int_equal(slo->slos[1].limit_ns, 20000000);
    result_release(&result);
    free(directory);
}

/* The keys are of these rounds alone. */
static void other_rounds_say_nothing_of_them(void **state)
{
    (void)state;
    static const char *const keys[] = {"\"curve\":", "\"trial\":", "\"latency_series\":{"};
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        unsigned count = 0;
        for (const char *at = text; (at = strstr(at, keys[i])); at++)
            count++;
        print_message("# %s\n", keys[i]);
        assert_int_equal(count, 2); /* the series, too, of phases instead of the trial */
    }
    assert_null(strstr(strstr(text, "\"number\":1,"), "\"latency\""));
    free(text);
    free(path);
    free(directory);
}

/* Whether its pair still gives a ratio hangs on it. */
static void a_round_without_a_histogram_says_from_where_on_it_was_late(void **state)
{
    (void)state;
    struct result result, again;
    struct journal journal;
    struct round round;
    char *error = NULL;
    result_init(&result);
    make_header(&result);
    make_paced_round(&round, 1, -1, ROLE_SOLO);
    histogram_release(&round.response);
    round.trusted_p = .25;
    round_note_missing(&round, "hist", "the generator was late");
    assert_int_equal(journal_open(&journal, folder, &result, &error), 0);
    assert_int_equal(journal_add(&journal, &result, &round, 1, &error), 0);
    assert_int_equal(journal_close(&journal, &result, &error), 0);
    assert_int_equal(result_load(&again, result.directory, &error), 0);
    assert_true(again.rounds[0].trusted_p == .25);
    round_release(&round);
    result_release(&again);
    result_release(&result);
}

static void what_no_run_gives_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *error;
    } table[] = {
        {"\"curve\":true", "\"curve\":1", "round 5: curve is neither true nor false"},
        {"\"interval_ns\":1500000000", "\"interval_ns\":0",
         "round 5: latency_series holds nothing"},
        {"\"n_count\":[50,50]", "\"n_count\":[]",
         "round 5: latency_series.p50_ns is not as long as latency_series.n_count"},
        {"\"n_count\":[50,50]", "\"n_count\":[50,-1]",
         "round 5: latency_series.n_count[1] is nothing that a run can give"},
        {"\"p50_ns\":[1000,1000]", "\"p50_ns\":[1000,\"1\"]",
         "round 5: latency_series.p50_ns[1] is nothing that a run can give"},
        {"\"p50_ns\":[1000,1000]", "\"p50_ns\":[1000]",
         "round 5: latency_series.p50_ns is not as long as latency_series.n_count"},
        {"\"max_ns\":[null,null]", "\"max_ns\":null",
         "round 5: latency_series.max_ns is not as long as latency_series.n_count"},
        {"\"p\":0.99,\"limit_ns\":5000000,\"confirms\"",
         "\"p\":99,\"limit_ns\":5000000,\"confirms\"",
         "round 6: trial.p is no number between 0 and 1"},
        {"\"p\":0.99,\"limit_ns\":5000000,\"confirms\"", "\"p\":0.99,\"limit_ns\":0,\"confirms\"",
         "round 6: trial.limit_ns is no limit"},
        {"\"n_count\":6000", "\"n_count\":-6000",
         "round 6: n_count is -6000, which no run can give"},
        {"\"rates_rps\":[1000,2000]", "\"rates_rps\":[0]",
         "header: rates_rps holds what is no rate"},
        {"\"objectives\":[{\"p\":0.99,", "\"objectives\":[{\"p\":1.5,",
         "header: objectives holds what is none"},
    };
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *changed = replace(text, table[i].from, table[i].to);
        print_message("# %s\n", table[i].to);
        expect_refusal(path, changed, table[i].error);
        free(changed);
    }
    free(text);
    free(path);
    free(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(curves_and_trials_come_back),
        IN_FOLDER(other_rounds_say_nothing_of_them),
        IN_FOLDER(a_round_without_a_histogram_says_from_where_on_it_was_late),
        IN_FOLDER(what_no_run_gives_is_refused),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("result_latency", tests, NULL, NULL);
}
