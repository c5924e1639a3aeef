/* Which figures of a trial may be shown: what was refused as a
 * percentile is no mean, no ratio and no file either. */
#include "pace/trust.h"

#include "data/strings.h"
#include "pace/duet.h"
#include "pace/hdr_file.h"
#include "pace/trial_json.h"
#include "tests/own_folder.h"
#include "tests/pace_trials.h"

static void each_figure_needs_its_part_of_the_distribution(void **state)
{
    (void)state;
    static const struct {
        double trusted_p;
        bool p50, p99, mean, most, cost, distribution, done;
    } table[] = {
        {1, true, true, true, true, true, true, true},
        {.999, true, true, true, false, true, true, false},
        {.99, true, true, true, false, true, true, false},
        {.9, true, false, false, false, true, true, false},
        {.5, true, false, false, false, true, true, false},
        {0, false, false, false, false, false, false, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct trial trial = {
            .trusted_p = table[i].trusted_p, .target_count = 1, .has_window = true};
        const char *why;
        assert_int_equal(trust_percentile(&trial, 0, .5), table[i].p50);
        assert_int_equal(trust_percentile(&trial, 0, .99), table[i].p99);
        assert_int_equal(trust_mean(&trial, 0), table[i].mean);
        assert_int_equal(trust_most(&trial, 0), table[i].most);
        assert_int_equal(trust_cost(&trial, 0), table[i].cost);
        assert_int_equal(trust_distribution(&trial, 0), table[i].distribution);
        assert_int_equal(trust_done(&trial, &why), table[i].done);
        assert_int_equal(why == NULL, table[i].done);
    }
}

static void an_invalid_outcome_has_none(void **state)
{
    (void)state;
    struct trial trial = {.trusted_p = 1, .target_count = 2, .has_window = true};
    const char *why;
    outcome_add(&trial.outcome[1], REASON_INTERFERED, "somebody else ran");
    assert_true(trust_mean(&trial, 0) && trust_distribution(&trial, 0));
    assert_false(trust_percentile(&trial, 1, .5) || trust_mean(&trial, 1) ||
                 trust_most(&trial, 1) || trust_cost(&trial, 1) || trust_distribution(&trial, 1));
    assert_false(trust_done(&trial, &why));
}

static void an_interrupt_before_the_window_leaves_nothing_to_believe(void **state)
{
    (void)state;
    struct trial trial = {.trusted_p = 1, .target_count = 1, .end = TRIAL_INTERRUPTED};
    const char *why;
    outcome_add(&trial.outcome[0], REASON_INTERRUPTED, "it was interrupted");
    assert_false(trust_percentile(&trial, 0, .5) || trust_mean(&trial, 0) ||
                 trust_distribution(&trial, 0) || trust_done(&trial, &why));
    trial.has_window = true;
    assert_true(trust_percentile(&trial, 0, .5) && trust_done(&trial, &why));
}

static void a_duet_that_pace_was_late_for_has_no_ratio_and_no_means(void **state)
{
    (void)state;
    make_duet_late();
    assert_true(room_trial.trusted_p == 0);
    assert_true(isnan(duet_percentile(&room_trial, .5).value));
    assert_true(isnan(duet_cost(&room_trial)));
    json_t *json = trial_json(&room_trial, &setting);
    for (size_t t = 0; t < 2; t++) {
        const json_t *target = json_array_get(json_object_get(json, "targets"), t),
                     *split = json_object_get(target, "split"),
                     *service = json_object_get(split, "service"),
                     *lateness = json_object_get(split, "lateness"),
                     *series = json_object_get(target, "series");
        assert_true(json_is_null(json_object_get(target, "histograms")));
        assert_true(json_is_null(json_object_get(target, "mean_ns")));
        assert_true(json_is_null(json_object_get(service, "p50_ns")));
        assert_true(json_is_null(json_object_get(service, "mean_ns")));
        assert_true(json_is_null(json_object_get(series, "p50_ns")));
        assert_true(json_is_integer(json_object_get(lateness, "p99_ns")));
        assert_string_equal(
            json_string_value(json_object_get(json_object_get(service, "missing"), "mean_ns")),
            "the generator was late");
    }
    json_decref(json);
    room_release();
}

/* What the file of that name holds after the trial was written to it; the caller frees. */
static char *written(const char *name, enum hdr_form form)
{
    char *path = text_format("%s/%s", folder, name), *error = NULL;
    char *text = xcalloc(1 << 20, 1);
    struct hdr_file hdr;
    assert_int_equal(hdr_file_open(&hdr, path, form, &error), 0);
    assert_int_equal(hdr_file_write(&hdr, &room_trial, &error), 0);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, (1 << 20) - 1, file)] = '\0';
    fclose(file);
    free(path);
    return text;
}

static void files_end_or_say_where_pace_was_late(void **state)
{
    (void)state;
    make_tail();
    assert_true(room_trial.trusted_p == .99);
    char *text = written("x.hgrm", HDR_HGRM);
    assert_non_null(strstr(text, " 0.9875"));
    assert_null(strstr(text, " 0.990"));
    assert_null(strstr(text, " 1.0000"));
    assert_null(strstr(text, "Max"));
    assert_non_null(strstr(text, "#[Cut at 0.99, Total count = "));
    free(text);
    text = written("x.hlog", HDR_HLOG);
    assert_non_null(strstr(text, "which was late: believe percentiles up to p99]\n"));
    free(text);
    room_release();
    make_valid();
    text = written("x.hgrm", HDR_HGRM);
    assert_non_null(strstr(text, " 1.0000"));
    assert_non_null(strstr(text, "Max"));
    free(text);
    room_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_figure_needs_its_part_of_the_distribution),
        cmocka_unit_test(an_invalid_outcome_has_none),
        cmocka_unit_test(an_interrupt_before_the_window_leaves_nothing_to_believe),
        cmocka_unit_test(a_duet_that_pace_was_late_for_has_no_ratio_and_no_means),
        IN_FOLDER(files_end_or_say_where_pace_was_late),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    int status = cmocka_run_group_tests_name("pace_trust", tests, NULL, NULL);
    schedule_clear(&room_schedule);
    return status;
}
