/* What the marks of rounds say of memory, and of which rounds. */
#include "tests/consistency_room.h"

/* Of the longer round that its memory is judged by; but the peak is the highest of both. */
static void levels_are_of_the_round_that_is_judged_and_the_peak_of_all(void **state)
{
    (void)state;
    static const double first_mib[] = {2, 4, 5, 9, 6, 6, 4.4, 7},
                        longer_mib[] = {2, 3, 5, 9, 7.5, 6, 3.6, 12};
    for (size_t higher = 0; higher < 2; higher++) {
        begin();
        add(&leaks, 1);
        add(&leaks, 4);
        put_pss(&s.result.rounds[0], first_mib);
        put_pss(&s.result.rounds[1], longer_mib);
        s.result.rounds[higher].phase_marks->items[3].peak_bytes = (int64_t)MIB_OF(400);
        summarise();
        assert_ptr_equal(row(0)->judged, &s.result.rounds[1]);
        assert_ptr_not_equal(row(0)->judged, row(0)->round);
        near(row(0)->start_bytes, MIB_OF(3), 1);
        near(row(0)->end_bytes, MIB_OF(12), 1);
        near(row(0)->burst_return, 1.5, 1e-6);
        near(row(0)->close_return, 1.2, 1e-6);
        near(row(0)->close_kept_bytes, MIB_OF(.6), 2);
        near(row(0)->peak_bytes, MIB_OF(400), 1);
        assert_true(row(0)->peak_bytes >= verdict(0, CONSISTENCY_MEMORY)->peak);
        summary_release(&summary);
        result_release(&s.result);
    }
    begin();
}

static void the_peak_is_of_all_rounds_that_count(void **state)
{
    (void)state;
    begin();
    for (size_t i = 0; i < 3; i++)
        add(&flat, 1)->phase_marks->items[3].peak_bytes = (int64_t)MIB_OF(10 + (double)i * 5);
    outcome_add(&s.result.rounds[2].outcome, REASON_DIED, "by the test");
    s.result.rounds[1].phase_marks->items[3].peak_bytes = (int64_t)MIB_OF(8);
    summarise();
    assert_ptr_equal(row(0)->round, &s.result.rounds[1]);
    near(row(0)->peak_bytes, MIB_OF(10), 1);
}

/* Only where the server is alone in one are they in its marks. */
static void what_is_charged_to_its_group_is_told(void **state)
{
    (void)state;
    begin();
    struct phase_marks *marks = add(&flat, 1)->phase_marks;
    summarise();
    assert_true(isnan(row(0)->cgroup_start_bytes) && isnan(row(0)->cgroup_kernel_bytes));
    summary_release(&summary);
    for (size_t i = 0; i < marks->count; i++) {
        marks->items[i].cgroup_bytes = (int64_t)(10 + i);
        marks->items[i].cgroup_kernel_bytes = (int64_t)i;
    }
    summarise();
    near(row(0)->cgroup_start_bytes, 11, 0);
    near(row(0)->cgroup_end_bytes, 17, 0);
    near(row(0)->cgroup_kernel_bytes, 7, 0);
}

/* A kill leaves the marks of the phases that were over, Ctrl-C one more, of that moment; also in
 * the last phase. Without either of them some may be missing, too. */
static void what_did_not_go_through_all_phases_has_no_end(void **state)
{
    (void)state;
    static const struct {
        size_t marks;
        bool is_cut, has_end;
    } cases[] = {{2, true, false}, {3, true, false},  {7, true, false},
                 {8, true, false}, {7, false, false}, {8, false, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        struct round *round = add(&flat, 1);
        put_pss(round, (const double[]){3, 4, 9, 9, 9, 9, 9, 9});
        round->phase_marks->items[cases[i].marks - 1].cgroup_bytes = 77;
        round->phase_marks->items[cases[i].marks - 1].cgroup_kernel_bytes = 7;
        round->phase_marks->count = cases[i].marks;
        if (cases[i].is_cut)
            synthetic_interrupt(round, 25);
        summarise();
        near(row(0)->start_bytes, MIB_OF(4), 0);
        assert_int_equal(!isnan(row(0)->end_bytes), cases[i].has_end);
        assert_int_equal(!isnan(row(0)->cgroup_end_bytes), cases[i].has_end);
        assert_int_equal(!isnan(row(0)->cgroup_kernel_bytes), cases[i].has_end);
        release(NULL);
    }
    begin();
}

/* Ctrl-C half a second into what follows the burst, or into
 * the closed phase, or just before it is over. */
static void what_had_no_time_to_come_back_is_not_told(void **state)
{
    (void)state;
    static const struct {
        unsigned cut_at_s;
        size_t marks;
        int64_t cut_at_ns;
        bool burst, close;
    } cases[] = {
        {34, 5, 34500000000, false, false},
        {64, 5, 63900000000, true, false},
        {69, 7, 69500000000, true, false},
        {74, 7, 73900000000, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin();
        struct round *round = add(&flat, 1);
        round->phase_marks->count = cases[i].marks;
        round->phase_marks->items[cases[i].marks - 1].at_ns = cases[i].cut_at_ns;
        synthetic_interrupt(round, cases[i].cut_at_s);
        summarise();
        assert_int_equal(!isnan(row(0)->burst_return), cases[i].burst);
        assert_int_equal(!isnan(row(0)->close_return), cases[i].close);
        assert_int_equal(!isnan(row(0)->descriptors.burst.kept), cases[i].burst);
        assert_int_equal(!isnan(row(0)->descriptors.close.kept), cases[i].close);
        release(NULL);
    }
    begin();
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
    /* 8000, 8200 and 8100 at the ends of loads; 3000, 3300 and
     * 3200; the rests moved it by 100 and by -150 */
    near(row(0)->kernel_bytes, 8100 - 3200, 0);
    near(row(0)->kernel_spread_bytes, 150, 0);
    assert_true(isnan(row(1)->kernel_bytes));
}

/* In no counter of the system, as in what a connection costs:
 * a server whose threads come with its load. */
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

/* What a ceiling on io_uring keeps in its rings is what is
 * looked for in uring. In whichever order they are. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(levels_are_of_the_round_that_is_judged_and_the_peak_of_all),
        CASE(the_peak_is_of_all_rounds_that_count),
        CASE(what_is_charged_to_its_group_is_told),
        CASE(what_did_not_go_through_all_phases_has_no_end),
        CASE(what_had_no_time_to_come_back_is_not_told),
        CASE(levels_and_returns_are_read_at_the_ends_of_phases),
        CASE(without_marks_there_are_no_levels_but_the_peak_that_was_seen),
        CASE(the_kernels_share_is_what_a_ceiling_does_not_take),
        CASE(what_threads_keep_to_send_from_is_the_kernels),
        CASE(a_ceiling_that_went_through_something_else_says_nothing),
        CASE(uring_is_held_against_the_plain_ceiling_too),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency's memory", tests, NULL, NULL);
}
