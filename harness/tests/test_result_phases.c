/* What a result keeps of rounds that went through phases: read back,
 * absent elsewhere, damaged, and how long a line of it gets. */
#include "changed_run.h"

#include "cmd/soak.h"
#include "data/mark_parts.h"

static void phases_courses_and_marks_come_back(void **state)
{
    (void)state;
    char *directory = write_run(folder), *error = NULL;
    struct result result;

    assert_int_equal(result_load(&result, directory, &error), 0);
    const struct round *round = &result.rounds[8];
    assert_true(round_has_phases(round) && round->confirms_growth);
    assert_true(round_keeps_latency(round) && !round->curve && round->trial.slo.p == 0);
    assert_int_equal(round->phases.count, 4);
    assert_int_equal(round->phases.items[2].kind, PHASE_BURST);
    assert_int_equal(round->phases.items[2].rate_rps, 2000);
    assert_int_equal(round->phases.items[3].duration_s, 3);
    assert_int_equal(round->phases.items[3].rate_rps, 0);
    const struct course *course = &round->course;
    assert_int_equal(course->count, 2);
    assert_true(course->interval_ns == 4500000000);
    assert_int_equal(course->rss_low_bytes[1], 2101248);
    assert_int_equal(course->rss_high_bytes[1], 2105344);
    assert_int_equal(course->cpu_server_ns[1], MISSING);
    assert_int_equal(course->descriptors[0], 12);
    assert_null(course->threads);
    assert_string_equal(round_why_missing(round, "course.cpu_server_ns"), "a process ended");
    assert_string_equal(round_why_missing(round, "course.threads_count"), "stat was not read");
    const struct phase_marks *marks = round->phase_marks;
    assert_int_equal(marks->count, 2);
    assert_true(marks->items[1].at_ns == 1000000000);
    assert_int_equal(marks->items[1].pss_bytes, 2097152);
    assert_int_equal(marks->items[1].kernel_stacks_bytes, 1064960);
    assert_int_equal(marks->items[0].cgroup_kernel_bytes, MISSING);
    assert_string_equal(round_why_missing(round, "phase_marks.cgroup_bytes"),
                        "it is not alone in its group");
    assert_int_equal(round->latency.n[0], 60);
    const struct phase_set *set = &result.experiment.phases;
    assert_true(phases_are_asked(set));
    assert_int_equal(set->set.blocks, 2);
    assert_int_equal(set->rate_rps, 1000);
    assert_int_equal(set->phases.count, 4);
    assert_true(set->phases.items[1].times == 1 && set->phases.items[1].rate_rps == 0);
    assert_true(set->phases.items[2].times == 0 && set->phases.items[2].rate_rps == 2000);
    result_release(&result);
    free(directory);
}

/* Each phase as the generator was asked for it. */
static void the_segments_of_its_load_are_its_phases(void **state)
{
    (void)state;
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);

    assert_non_null(strstr(
        text,
        "\"segments\":[{\"kind\":\"idle\",\"from_rps\":0,\"to_rps\":0,\"start_ns\":0,"
        "\"duration_ns\":1000000000},{\"kind\":\"poisson\",\"from_rps\":1000,\"to_rps\":1000,"
        "\"start_ns\":1000000000,\"duration_ns\":4000000000},{\"kind\":\"burst\",\"from_rps\":"
        "2000,\"to_rps\":2000,\"start_ns\":5000000000,\"duration_ns\":1000000000},{\"kind\":"
        "\"close\",\"from_rps\":0,\"to_rps\":0,\"start_ns\":6000000000,\"duration_ns\":"
        "3000000000}]"));
    free(text);
    free(path);
    free(directory);
}

/* The keys are of these rounds alone. */
static void other_rounds_say_nothing_of_phases(void **state)
{
    (void)state;
    static const char *const keys[] = {"\"confirms_growth\":", "\"course\":", "\"phase_marks\":"};
    char *directory = write_run(folder), *path = rounds_of(directory), *text = read_file(path);

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        unsigned count = 0;
        for (const char *at = text; (at = strstr(at, keys[i])); at++)
            count++;
        print_message("# %s\n", keys[i]);
        assert_int_equal(count, 1);
    }
    free(text);
    free(path);
    free(directory);
}

static void what_no_run_gives_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *error;
    } table[] = {
        {"{\"kind\":\"burst\",\"duration_s\":1,\"rate_rps\":2000}",
         "{\"kind\":\"bust\",\"duration_s\":1,\"rate_rps\":2000}",
         "round 7: \"bust\" is no kind of phase"},
        {"{\"kind\":\"burst\",\"duration_s\":1,\"rate_rps\":2000}",
         "{\"kind\":\"burst\",\"duration_s\":0,\"rate_rps\":2000}",
         "round 7: a phase lasts no time"},
        {"\"confirms_growth\":true", "\"confirms_growth\":1",
         "round 7: confirms_growth is neither true nor false"},
        {"\"interval_ns\":4500000000,\"rss", "\"interval_ns\":0,\"rss",
         "round 7: course holds nothing"},
        {"\"rss_high_bytes\":[2101248,2105344]", "\"rss_high_bytes\":[2101248]",
         "round 7: course.rss_high_bytes is not as long as course.rss_low_bytes"},
        {"\"rss_high_bytes\":[2101248,2105344]", "\"rss_high_bytes\":[2101248,-1]",
         "round 7: course.rss_high_bytes[1] is nothing that a run can give"},
        {"\"rss_high_bytes\":[2101248,2105344]", "\"rss_high_bytes\":[2101248,\"1\"]",
         "round 7: course.rss_high_bytes[1] is nothing that a run can give"},
        {"\"pss_bytes\":2093056,\"uss", "\"pss_bytes\":-2093056,\"uss",
         "round 7: phase_marks.pss_bytes is -2093056, which no run can give"},
        {"\"phase_marks\":[{", "\"phase_marks\":[{},{},{},{},{",
         "round 7: phase_marks are more than the 5 that there can be"},
        {"{\"kind\":\"load\",\"duration_s\":1,\"rate_rps\":null,\"times\":1.0}",
         "{\"kind\":\"lode\",\"duration_s\":1,\"rate_rps\":null,\"times\":1.0}",
         "header: \"lode\" is no kind of phase"},
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

/* An array of numbers as large as they get. */
static int64_t *large(size_t count)
{
    int64_t *array = xcalloc(count, sizeof *array);

    for (size_t i = 0; i < count; i++)
        array[i] = INT64_C(1) << 40;
    return array;
}

/* Of an hour or a day, in as many phases as there may be: a course and a latency are no longer than
 * they may be, whatever was measured. */
static void a_line_of_the_longest_round_stays_bounded(void **state)
{
    (void)state;
    enum { INTERVALS = 600 /* that pace keeps at most */ };
    struct result result;
    struct round round;
    make_header(&result);
    make_phased_round(&round);
    course_release(&round.course);
    latency_series_release(&round.latency);
    round.course = (struct course){COURSE_MOST,        3000000000,         large(COURSE_MOST),
                                   large(COURSE_MOST), large(COURSE_MOST), large(COURSE_MOST),
                                   large(COURSE_MOST)};
    round.latency = (struct latency_series){INTERVALS,        6000000000,       large(INTERVALS),
                                            large(INTERVALS), large(INTERVALS), large(INTERVALS),
                                            large(INTERVALS)};
    round.phase_marks->count = 0;
    for (round.phases.count = 0; round.phases.count < PHASES_MOST; round.phases.count++) {
        round.phases.items[round.phases.count] = (struct phase){PHASE_LOAD, 2700, 1000, 0};
        put_mark(round.phase_marks, INT64_C(86400000000000), INT64_C(1) << 40);
    }
    put_mark(round.phase_marks, INT64_C(86400000000000), INT64_C(1) << 40);
    json_t *line = result_round_json(&result, &round);
    char *text = json_dumps(line, RESULT_JSON_FORM);
    print_message("# %zu bytes\n", strlen(text));
    assert_in_range(strlen(text), SOAK_ROUND_BYTES / 4, SOAK_ROUND_BYTES);
    free(text);
    json_decref(line);
    round_release(&round);
    result_release(&result);
}

/* Who was late or disturbed cannot tell times; who failed can tell nothing. */
static void lateness_and_others_spoil_times_and_not_memory(void **state)
{
    (void)state;
    static const struct {
        enum reason_code codes[2]; /* REASON_CODES: none */
        bool has;
    } table[] = {
        {{REASON_CODES, REASON_CODES}, true},        {{REASON_NOISY, REASON_CODES}, true},
        {{REASON_GEN_LATE, REASON_CODES}, true},     {{REASON_INTERFERED, REASON_GEN_LATE}, true},
        {{REASON_INTERFERED, REASON_ERRORS}, false}, {{REASON_OVERLOADED, REASON_CODES}, false},
        {{REASON_DIED, REASON_CODES}, false},        {{REASON_PORTS, REASON_CODES}, false},
        {{REASON_INTERRUPTED, REASON_CODES}, false},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct round round;
        round_init(&round);
        for (size_t k = 0; k < 2; k++)
            if (table[i].codes[k] != REASON_CODES)
                outcome_add(&round.outcome, table[i].codes[k], "made up");
        print_message("# case %zu\n", i);
        assert_true(round_has_resources(&round) == table[i].has);
        round_release(&round);
    }
}

static void what_was_asked_for_stands_in_the_header(void **state)
{
    (void)state;
    char *directory = write_run(folder), *error = NULL;
    struct result result, again;
    assert_int_equal(result_load(&result, directory, &error), 0);
    for (int is_asked = 0; is_asked < 2; is_asked++) {
        result.experiment.phases.memory_only = is_asked;
        result.experiment.phases.requests_per_connection = is_asked ? 100 : 0;
        json_t *header = result_header_json(&result);
        result_init(&again);
        assert_int_equal(result_take_header(&again, header, &error), 0);
        assert_true(again.experiment.phases.memory_only == is_asked);
        assert_int_equal(again.experiment.phases.requests_per_connection, is_asked ? 100 : 0);
        json_decref(header);
        result_release(&again);
    }
    result_release(&result);
    free(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(phases_courses_and_marks_come_back),
        IN_FOLDER(the_segments_of_its_load_are_its_phases),
        IN_FOLDER(other_rounds_say_nothing_of_phases),
        IN_FOLDER(what_no_run_gives_is_refused),
        IN_FOLDER(what_was_asked_for_stands_in_the_header),
        cmocka_unit_test(a_line_of_the_longest_round_stays_bounded),
        cmocka_unit_test(lateness_and_others_spoil_times_and_not_memory),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("result_phases", tests, NULL, NULL);
}
