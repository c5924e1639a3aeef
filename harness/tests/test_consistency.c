/* Which round is told of a server, its verdicts, and what its marks say of memory. */
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

/* Marks: before all, then the ends of idle, load, burst, load, idle, close, load. */
static void levels_and_returns_are_read_at_the_ends_of_phases(void **state)
{
    (void)state;
    static const double mib[] = {2, 4, 5, 9, 6, 6, 4.4, 7};
    begin();
    struct round *round = add(&flat, 1);
    put_pss(round, mib);
    round->phase_marks->items[3].peak_bytes = (int64_t)MIB_OF(11);
    summarise();
    near(row(0)->start_bytes, MIB_OF(4), 1);
    near(row(0)->peak_bytes, MIB_OF(11), 1);
    near(row(0)->end_bytes, MIB_OF(7), 1);
    near(row(0)->burst_return, 6 / 5., 1e-6);
    near(row(0)->burst_kept_bytes, MIB_OF(1), 2);
    near(row(0)->close_return, 1.1, 1e-6);
    near(row(0)->close_kept_bytes, MIB_OF(.4), 2);
}

static void without_marks_there_are_no_levels_but_the_peak_that_was_seen(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    free(round->phase_marks);
    round->phase_marks = NULL;
    round->course.rss_high_bytes[50] = (int64_t)MIB_OF(8);
    summarise();
    near(row(0)->peak_bytes, MIB_OF(8), 1);
    assert_true(isnan(row(0)->start_bytes) && isnan(row(0)->end_bytes));
    assert_true(isnan(row(0)->burst_return) && isnan(row(0)->close_return));
    assert_true(isnan(row(0)->kernel_bytes));
    is_verdict(0, CONSISTENCY_MEMORY, FLATNESS_FLAT);
}

static void put_kernel(struct round *round, const int64_t slab[])
{
    for (size_t i = 0; i < round->phase_marks->count; i++)
        round->phase_marks->items[i].kernel_slab_bytes = slab[i];
}

static const int64_t of_server[] = {1000, 5000, 9000, 9900, 9200, 9300, 1500, 9100},
                     of_ceiling[] = {2000, 4000, 5000, 9000, 5300, 5150, 2500, 5200};

static void the_kernels_share_is_what_a_ceiling_does_not_take(void **state)
{
    (void)state;
    begin();
    put_kernel(add(&flat, 1), of_server);
    size_t ceiling = synthetic_arm(&s, "ceiling");
    put_kernel(synthetic_phases_round(&s, ceiling, &flat, 1), of_ceiling);
    summarise();
    /* 8000, 8200 and 8100 at the ends of loads; 3000, 3300 and 3200; the rests moved it by 100 and by -150 */
    near(row(0)->kernel_bytes, 8100 - 3200, 0);
    near(row(0)->kernel_spread_bytes, 150, 0);
    assert_true(isnan(row(1)->kernel_bytes));
}

/* In no counter of the system, as in what a connection costs: a server whose threads come with its load. */
static void what_threads_keep_to_send_from_is_the_kernels(void **state)
{
    (void)state;
    begin();
    struct round *round = add(&flat, 1);
    put_kernel(round, of_server);
    put_kernel(synthetic_phases_round(&s, synthetic_arm(&s, "ceiling"), &flat, 1), of_ceiling);
    round = &s.result.rounds[0]; /* it has moved */
    for (size_t i = 1; i < round->phase_marks->count; i++)
        if (round->phases.items[i - 1].kind == PHASE_LOAD)
            round->phase_marks->items[i].threads += 64;
    summarise();
    near(row(0)->kernel_bytes, 64 * 32768 + 8100 - 3200, 0);
}

static void a_ceiling_that_went_through_something_else_says_nothing(void **state)
{
    (void)state;
    begin();
    put_kernel(add(&flat, 1), of_server);
    size_t ceiling = synthetic_arm(&s, "ceiling");
    struct round *round = synthetic_phases_round(&s, ceiling, &flat, 1);
    put_kernel(round, of_ceiling);
    round->connections++;
    summarise();
    assert_true(isnan(row(0)->kernel_bytes));
    summary_release(&summary);
    round->connections--;
    round->phase_marks->items[2].kernel_sockets_bytes = MISSING;
    summarise();
    assert_true(isnan(row(0)->kernel_bytes)); /* two loads are too few */
}

static void add_kernel_of(const char *id, const int64_t slab[])
{
    put_kernel(synthetic_phases_round(&s, synthetic_arm(&s, id), &flat, 1), slab);
}

/* What a ceiling on io_uring keeps in its rings is what is looked for in uring. In whichever order they are. */
static void uring_is_held_against_the_plain_ceiling_too(void **state)
{
    (void)state;
    for (int plain_first = 0; plain_first < 2; plain_first++) {
        synthetic_consistency_init(&s);
        add_kernel_of("uring", of_server);
        if (plain_first)
            add_kernel_of("ceiling", of_ceiling);
        add_kernel_of("ceiling-uring", of_server);
        if (!plain_first)
            add_kernel_of("ceiling", of_ceiling);
        summarise();
        near(row(0)->kernel_bytes, 8100 - 3200, 0);
        release(NULL);
    }
    begin();
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
        CASE(too_short_a_load_is_undecided),
        CASE(who_asks_for_memory_only_is_told_no_times),
        CASE(a_round_counts_while_its_requests_were_sent_and_answered),
        CASE(the_last_of_several_rounds_is_told_and_that_they_differ),
        CASE(a_whole_round_goes_before_one_that_was_cut_off),
        CASE(a_longer_round_belongs_to_the_one_that_grew),
        CASE(a_repeat_replaces_what_it_repeats_and_a_longer_round_nothing),
        CASE(a_longer_round_alone_is_told),
        CASE(a_part_that_was_not_kept_is_undecided),
        CASE(levels_and_returns_are_read_at_the_ends_of_phases),
        CASE(without_marks_there_are_no_levels_but_the_peak_that_was_seen),
        CASE(the_kernels_share_is_what_a_ceiling_does_not_take),
        CASE(what_threads_keep_to_send_from_is_the_kernels),
        CASE(a_ceiling_that_went_through_something_else_says_nothing),
        CASE(uring_is_held_against_the_plain_ceiling_too),
        CASE(a_run_without_phases_has_no_such_part),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency", tests, NULL, NULL);
}
