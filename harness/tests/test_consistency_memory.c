/* Of which rounds the levels of memory are that a row tells. */
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

/* As a kill leaves it in the first load: what was read before that load is where it began, and no end. */
static void what_was_cut_off_before_any_load_had_its_mark_has_no_end(void **state)
{
    (void)state;
    for (size_t marks = 2; marks <= 3; marks++) {
        begin();
        struct round *round = add(&flat, 1);
        put_pss(round, (const double[]){3, 4, 9, 9, 9, 9, 9, 9});
        round->phase_marks->items[marks - 1].cgroup_bytes = 77;
        round->phase_marks->count = marks;
        synthetic_interrupt(round, 25);
        summarise();
        near(row(0)->start_bytes, MIB_OF(4), 0);
        assert_true(isnan(row(0)->end_bytes) == (marks == 2));
        assert_true(isnan(row(0)->cgroup_end_bytes) == (marks == 2));
        release(NULL);
    }
    begin();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(levels_are_of_the_round_that_is_judged_and_the_peak_of_all,
                                  release),
        cmocka_unit_test_teardown(the_peak_is_of_all_rounds_that_count, release),
        cmocka_unit_test_teardown(what_is_charged_to_its_group_is_told, release),
        cmocka_unit_test_teardown(what_was_cut_off_before_any_load_had_its_mark_has_no_end,
                                  release),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency's memory", tests, NULL, NULL);
}
