/* Whether what a server counts, descriptors and threads, comes
 * back: figures, and words where it does not. */
#include "tests/consistency_room.h"

/* Marks: before all, then the ends of idle, load, burst, load, idle, close, load. */
enum { MARKS = 8 };

static void put(struct round *round, const int64_t descriptors[MARKS], const int64_t threads[MARKS])
{
    assert_int_equal(round->phase_marks->count, MARKS);
    for (size_t i = 0; i < MARKS; i++) {
        round->phase_marks->items[i].descriptors = descriptors[i];
        round->phase_marks->items[i].threads = threads[i];
    }
}

static const char *said(void)
{
    return made()->sentences.items[0];
}

static void what_came_back_is_one_and_needs_no_word(void **state)
{
    (void)state;
    static const int64_t descriptors[] = {8, 72, 72, 90, 72, 72, 8, 72},
                         threads[] = {1, 65, 65, 65, 65, 65, 1, 65};
    begin();
    put(add(&flat, 1), descriptors, threads);
    summarise();
    near(row(0)->descriptors.peak, 90, 0);
    near(row(0)->descriptors.burst.ratio, 1, 0);
    near(row(0)->descriptors.close.ratio, 1, 0);
    near(row(0)->threads.close.kept, 0, 0);
    says_not(&made()->sentences, "After ");
}

/* One that leaks a descriptor with each connection is told at once, long before it grows. */
static void what_did_not_come_back_is_said(void **state)
{
    (void)state;
    static const int64_t descriptors[] = {8, 72, 80, 99, 96, 96, 40, 104},
                         threads[] = {4, 4, 4, 4, 4, 4, 3, 4};
    begin();
    put(add(&flat, 1), descriptors, threads);
    summarise();
    near(row(0)->descriptors.peak, 104, 0);
    near(row(0)->descriptors.burst.ratio, 1.2, 1e-9);
    near(row(0)->descriptors.burst.kept, 16, 0);
    near(row(0)->descriptors.close.ratio, 5, 0);
    near(row(0)->descriptors.close.kept, 32, 0);
    near(row(0)->threads.close.kept, -1, 0);
    assert_non_null(strstr(said(), " After the burst it had 16 descriptors more than before it. "
                                   "After all connections were closed it had 32 descriptors more "
                                   "than before the first. After all connections were closed it "
                                   "had 1 thread fewer than before the first."));
}

static void what_was_not_counted_is_not_said(void **state)
{
    (void)state;
    static const int64_t descriptors[] = {MISSING, 72, MISSING, 90, 80, 80, 9, 81},
                         threads[] = {1, 1, 1, 1, MISSING, 1, MISSING, 1};
    begin();
    put(add(&flat, 1), descriptors, threads);
    summarise();
    assert_true(isnan(row(0)->descriptors.burst.ratio) && isnan(row(0)->threads.burst.ratio));
    assert_true(isnan(row(0)->descriptors.close.ratio) && isnan(row(0)->threads.close.ratio));
    says_not(&made()->sentences, "After ");
}

/* There they would be the connections' own. */
static void a_burst_that_opens_the_connections_is_not_asked(void **state)
{
    (void)state;
    static const char *const phases[] = {
        "burst 2s, load 110s",
        "load 55s, close 2s, burst 2s, load 55s",
        "load 55s, close 2s, idle 2s, burst 2s, load 55s",
    };
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        char *error = NULL;
        begin();
        assert_int_equal(phases_read(&s.result.experiment.phases.phases, phases[i], &error), 0);
        add(&flat, 1);
        summarise();
        assert_true(isnan(row(0)->descriptors.burst.ratio));
        summary_release(&summary);
        result_release(&s.result);
    }
    begin();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_came_back_is_one_and_needs_no_word),
        CASE(what_did_not_come_back_is_said),
        CASE(what_was_not_counted_is_not_said),
        CASE(a_burst_that_opens_the_connections_is_not_asked),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("consistency's counts", tests, NULL, NULL);
}
