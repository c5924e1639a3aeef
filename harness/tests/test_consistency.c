/* Which round is told of a server, and its verdicts. */
#include "tests/consistency_room.h"

static void each_habit_has_its_verdict(void **state)
{
    (void)state;
    static const struct habit_case {
        enum habit habit;
        double amount;
        enum flatness_kind kind;
    } cases[] = {
        {HABIT_FLAT, 0, FLATNESS_FLAT},
        {HABIT_LEAKS, 1, FLATNESS_GROWING},
        {HABIT_SWINGS, MIB_OF(2), FLATNESS_SAWTOOTH},
        {HABIT_STEPS, MIB_OF(2), FLATNESS_STEP},
    };
    synthetic_consistency_init(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct habitual server = flat;
        server.habit = cases[i].habit;
        server.amount = cases[i].amount;
        char *id = text_format("server-%zu", i);
        synthetic_phases_round(&s, synthetic_arm(&s, id), &server, 1);
        free(id);
    }
    summarise();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        is_verdict(i, CONSISTENCY_MEMORY, cases[i].kind);
        is_verdict(i, CONSISTENCY_COST, FLATNESS_FLAT);
        is_verdict(i, CONSISTENCY_P50, FLATNESS_FLAT);
        is_verdict(i, CONSISTENCY_P99, FLATNESS_FLAT);
        is_verdict(i, CONSISTENCY_DESCRIPTORS, FLATNESS_FLAT);
        is_verdict(i, CONSISTENCY_THREADS, FLATNESS_FLAT);
        assert_true(verdict(i, CONSISTENCY_MEMORY)->smallest_per_request > 0);
        assert_true(verdict(i, CONSISTENCY_MEMORY)->smallest_per_request < 2.5);
    }
}

/* From one second to the next, 64 more; what rests do is not seen. */
static void descriptors_that_are_never_closed_grow(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    for (size_t i = 0; i < round->course.count; i++)
        round->course.descriptors[i] = (int64_t)(72 + 64 * i);
    summarise();
    is_verdict(0, CONSISTENCY_DESCRIPTORS, FLATNESS_GROWING);
    assert_true(verdict(0, CONSISTENCY_DESCRIPTORS)->so_far);
    is_verdict(0, CONSISTENCY_MEMORY, FLATNESS_FLAT);
}

static void the_load_is_that_of_the_round_that_is_judged(void **state)
{
    (void)state;
    begin();
    add(&flat, 1);
    summarise();
    near(row(0)->load_s, 104, 0);
    near(row(0)->rate_rps, CONSISTENCY_RPS, 0);
    near(row(0)->requests, CONSISTENCY_RPS * (28 + 28 + 48.), 1);
    assert_true(isnan(row(0)->bytes_a_day));
    assert_ptr_equal(row(0)->judged, &s.result.rounds[0]);
}

static void growth_is_so_far_until_a_longer_round_confirms_it(void **state)
{
    (void)state;
    begin();
    add(&leaks, 1);
    summarise();
    is_verdict(0, CONSISTENCY_MEMORY, FLATNESS_GROWING);
    assert_true(verdict(0, CONSISTENCY_MEMORY)->so_far);
    near(row(0)->bytes_a_day, 86400. * CONSISTENCY_RPS, .03 * 86400 * CONSISTENCY_RPS);
    summary_release(&summary);
    add(&leaks, 4);
    summarise();
    is_verdict(0, CONSISTENCY_MEMORY, FLATNESS_GROWING);
    assert_false(verdict(0, CONSISTENCY_MEMORY)->so_far);
    near(row(0)->bytes_a_day, 86400. * CONSISTENCY_RPS, .03 * 86400 * CONSISTENCY_RPS);
    assert_ptr_equal(row(0)->round, &s.result.rounds[0]);
    assert_ptr_equal(row(0)->judged, &s.result.rounds[1]);
    near(row(0)->load_s, 4 * 110 - 6, 0);
    assert_false(row(0)->disagrees);
}

static void growth_that_a_longer_round_does_not_see_is_none(void **state)
{
    (void)state;
    begin();
    add(&leaks, 1);
    add(&flat, 4);
    summarise();
    is_verdict(0, CONSISTENCY_MEMORY, FLATNESS_FLAT);
    assert_ptr_equal(row(0)->judged, &s.result.rounds[1]);
    assert_true(isnan(row(0)->bytes_a_day));
    assert_false(row(0)->disagrees);
}

static void a_longer_round_that_says_nothing_confirms_nothing(void **state)
{
    (void)state;
    begin();
    add(&leaks, 1);
    synthetic_interrupt(add(&leaks, 4), 50);
    summarise();
    is_verdict(0, CONSISTENCY_MEMORY, FLATNESS_GROWING);
    assert_true(verdict(0, CONSISTENCY_MEMORY)->so_far);
    assert_ptr_equal(row(0)->judged, &s.result.rounds[0]);
}

/* Nine tenths of four times 104 s of load are 375 s: of 118,
 * 118 and 198 s, which begin at 4, 126 and 256 s. */
static void a_longer_round_that_ended_early_neither_confirms_nor_refutes(void **state)
{
    (void)state;
    static const struct {
        const struct habitual *longer;
        unsigned cut_at_s;
        bool decides;
    } cases[] = {
        {&leaks, 165, false}, {&leaks, 394, false}, {&leaks, 395, true},
        {&flat, 165, false},  {&flat, 394, false},  {&flat, 395, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        add(&leaks, 1);
        synthetic_interrupt(add(cases[i].longer, 4), cases[i].cut_at_s);
        summarise();
        assert_ptr_equal(row(0)->judged, &s.result.rounds[cases[i].decides]);
        assert_int_equal(row(0)->longer_is_short, !cases[i].decides);
        is_verdict(0, CONSISTENCY_MEMORY,
                   cases[i].decides && cases[i].longer == &flat ? FLATNESS_FLAT : FLATNESS_GROWING);
        assert_int_equal(verdict(0, CONSISTENCY_MEMORY)->so_far, !cases[i].decides);
        near(row(0)->load_s, cases[i].decides ? 375 : 104, 0);
        release(NULL);
    }
    begin();
}

static void too_short_a_load_is_undecided(void **state)
{
    (void)state;
    begin();
    synthetic_interrupt(add(&flat, 1), 61);
    summarise();
    is_verdict(0, CONSISTENCY_MEMORY, FLATNESS_UNDECIDED);
    near(row(0)->load_s, 28 + 25, 0);
    assert_false(consistency_has_numbers(made()));
    assert_int_equal(summary.exit_code, 3);
}

static void who_asks_for_memory_only_is_told_no_times(void **state)
{
    (void)state;
    static const enum consistency_measure times[] = {CONSISTENCY_COST, CONSISTENCY_P50,
                                                     CONSISTENCY_P99};
    begin();
    add(&leaks, 1);
    s.result.experiment.phases.memory_only = true;
    summarise();
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        is_verdict(0, times[i], FLATNESS_UNDECIDED);
        assert_string_equal(verdict(0, times[i])->why, "the experiment asks for memory only");
    }
    assert_true(isnan(row(0)->p99_worst_ratio));
    is_verdict(0, CONSISTENCY_MEMORY, FLATNESS_GROWING);
    is_verdict(0, CONSISTENCY_DESCRIPTORS, FLATNESS_FLAT);
    is_verdict(0, CONSISTENCY_THREADS, FLATNESS_FLAT);
}

static const struct use_case {
    enum reason_code code;
    bool used;
} uses[] = {
    {REASON_NOISY, true},       {REASON_SENT_LATE, true},   {REASON_GEN_LATE, true},
    {REASON_INTERFERED, true},  {REASON_INTERRUPTED, true}, {REASON_NOT_STOPPED, true},
    {REASON_OVERLOADED, false}, {REASON_ERRORS, false},     {REASON_DIED, false},
    {REASON_HUNG, false},       {REASON_PORTS, false},      {REASON_LOAD_FAILED, false},
    {REASON_UPSTREAM, false},
};

static void a_round_counts_while_its_requests_were_sent_and_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        begin();
        outcome_add(&add(&flat, 1)->outcome, uses[i].code, "by the test");
        summarise();
        if ((row(0)->round != NULL) != uses[i].used)
            fail_msg("a round with %s is %s", reason_name(uses[i].code),
                     uses[i].used ? "not used" : "used");
        if (!uses[i].used)
            assert_int_equal(row(0)->why->code, uses[i].code);
        assert_int_equal(row(0)->used, uses[i].used);
        assert_int_equal(row(0)->lost, !uses[i].used);
        release(NULL);
    }
    begin();
}

static void the_last_of_several_rounds_is_told_and_that_they_differ(void **state)
{
    (void)state;
    begin();
    add(&flat, 1);
    add(&flat, 1);
    summarise();
    assert_ptr_equal(row(0)->round, &s.result.rounds[1]);
    assert_false(row(0)->disagrees);
    summary_release(&summary);
    add(&leaks, 1);
    summarise();
    assert_ptr_equal(row(0)->round, &s.result.rounds[2]);
    assert_true(row(0)->disagrees);
    assert_int_equal(row(0)->used, 3);
}

static void a_whole_round_goes_before_one_that_was_cut_off(void **state)
{
    (void)state;
    begin();
    add(&flat, 1);
    synthetic_interrupt(add(&flat, 1), 70);
    summarise();
    assert_ptr_equal(row(0)->round, &s.result.rounds[0]);
    is_verdict(0, CONSISTENCY_MEMORY, FLATNESS_FLAT);
    assert_false(row(0)->disagrees);
}

/* The planned round that made somebody ask for a longer one, not one after it that did not grow. */
static void a_longer_round_belongs_to_the_one_that_grew(void **state)
{
    (void)state;
    begin();
    add(&leaks, 1);
    add(&leaks, 4);
    add(&flat, 1);
    summarise();
    assert_ptr_equal(row(0)->round, &s.result.rounds[0]);
    assert_ptr_equal(row(0)->judged, &s.result.rounds[1]);
    is_verdict(0, CONSISTENCY_MEMORY, FLATNESS_GROWING);
    assert_true(row(0)->disagrees);
}

static void a_repeat_replaces_what_it_repeats_and_a_longer_round_nothing(void **state)
{
    (void)state;
    begin();
    outcome_add(&add(&leaks, 1)->outcome, REASON_PORTS, "a leftover connection");
    add(&leaks, 1)->attempt = 1;
    add(&leaks, 4)->attempt = 1;
    summarise();
    assert_ptr_equal(row(0)->round, &s.result.rounds[1]);
    assert_ptr_equal(row(0)->longer, &s.result.rounds[2]);
    assert_int_equal(row(0)->lost, 0);
}

static void a_longer_round_alone_is_told(void **state)
{
    (void)state;
    begin();
    outcome_add(&add(&leaks, 1)->outcome, REASON_ERRORS, "wrong answers");
    add(&leaks, 4);
    summarise();
    assert_ptr_equal(row(0)->round, &s.result.rounds[1]);
    assert_null(row(0)->longer);
    assert_true(verdict(0, CONSISTENCY_MEMORY)->so_far);
}

/* A record may hold none of a part. */
static void a_part_that_was_not_kept_is_undecided(void **state)
{
    (void)state;
    begin();
    struct course *course = &add(&flat, 1)->course;
    int64_t **parts[] = {&course->rss_low_bytes, &course->rss_high_bytes, &course->cpu_server_ns,
                         &course->descriptors, &course->threads};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        free(*parts[i]);
        *parts[i] = NULL;
    }
    summarise();
    for (int measure = 0; measure < CONSISTENCY_MEASURES; measure++)
        is_verdict(0, (enum consistency_measure)measure,
                   measure == CONSISTENCY_P50 || measure == CONSISTENCY_P99 ? FLATNESS_FLAT
                                                                            : FLATNESS_UNDECIDED);
}

static void a_run_without_phases_has_no_such_part(void **state)
{
    (void)state;
    synthetic_bench(&s, 6);
    summarise();
    assert_int_equal(summary.consistency_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(each_habit_has_its_verdict),
        CASE(descriptors_that_are_never_closed_grow),
        CASE(the_load_is_that_of_the_round_that_is_judged),
        CASE(growth_is_so_far_until_a_longer_round_confirms_it),
        CASE(growth_that_a_longer_round_does_not_see_is_none),
        CASE(a_longer_round_that_says_nothing_confirms_nothing),
        CASE(a_longer_round_that_ended_early_neither_confirms_nor_refutes),
        CASE(too_short_a_load_is_undecided),
        CASE(who_asks_for_memory_only_is_told_no_times),
        CASE(a_round_counts_while_its_requests_were_sent_and_answered),
        CASE(the_last_of_several_rounds_is_told_and_that_they_differ),
        CASE(a_whole_round_goes_before_one_that_was_cut_off),
        CASE(a_longer_round_belongs_to_the_one_that_grew),
        CASE(a_repeat_replaces_what_it_repeats_and_a_longer_round_nothing),
        CASE(a_longer_round_alone_is_told),
        CASE(a_part_that_was_not_kept_is_undecided),
        CASE(a_run_without_phases_has_no_such_part),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency", tests, NULL, NULL);
}
