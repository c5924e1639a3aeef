/* By when the generator says that it opened its window, course
 * and marks are put to where they were read. */
#include "measure/round_phased.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "data/explanation.h"
#include "data/mark_parts.h"
#include "data/phases.h"
#include "data/strings.h"
#include "measure/clock.h"

static const int64_t OPENED_NS = 5000 * NS_PER_S;

static int64_t *numbers(size_t count)
{
    int64_t *all = xcalloc(count, sizeof(*all));
    for (size_t i = 0; i < count; i++)
        all[i] = (int64_t)i;
    return all;
}

/* Each stretch holds its own number. */
static void put_course(struct course *course, unsigned interval_s, size_t count)
{
    *course = (struct course){.count = count,
                              .interval_ns = interval_s * NS_PER_S,
                              .rss_low_bytes = numbers(count),
                              .rss_high_bytes = numbers(count),
                              .cpu_server_ns = numbers(count),
                              .descriptors = numbers(count),
                              .threads = numbers(count)};
}

/* Read a tenth of a second before each phase seemed to end. */
static void put_marks(struct round *round)
{
    int64_t end_ns = 0;
    struct phase_marks *marks = xcalloc(1, sizeof(*marks));
    for (size_t i = 0; i <= round->phases.count; i++) {
        struct phase_mark *mark = &marks->items[marks->count++];
        if (i > 0)
            end_ns += round->phases.items[i - 1].duration_s * NS_PER_S;
        phase_mark_init(mark);
        mark->at_ns = i > 0 ? end_ns - NS_PER_S / 10 : 0;
        mark->pss_bytes = 1000;
        mark->kernel_slab_bytes = 1000;
        mark->peak_bytes = 2000;
    }
    round->phase_marks = marks;
    round->explanation = xcalloc(1, sizeof(*round->explanation));
    explanation_init(round->explanation);
    round->explanation->count = marks->count;
    for (size_t i = 0; i < marks->count; i++)
        round->explanation->kinds[i][MEMORY_HEAP].rss_bytes = 500;
}

static void make(struct round *round, const char *phases, unsigned interval_s, size_t count)
{
    char *error = NULL;
    round_init(round);
    if (phases_read(&round->phases, phases, &error) < 0)
        fail_msg("%s", error);
    round->window_s = phases_seconds(&round->phases);
    put_course(&round->course, interval_s, count);
    put_marks(round);
}

static void settle(struct round *round, double late_s)
{
    struct measurement *m = xcalloc(1, sizeof(*m));
    m->rounds = round;
    m->phase_watch.start_ns = OPENED_NS;
    round_phased_settle(m, OPENED_NS + (int64_t)(late_s * 1e9));
    free(m);
}

/* Of "idle 2s, load 30s, burst 2s, load 30s", 64 s of it, read for three seconds more. */
static const struct {
    double late_s;
    size_t read, count;
    int64_t first;
    const char *lost; /* of the marks at the ends of phases */
} cases[] = {
    {0, 67, 64, 0, "...."},    {0.03, 67, 64, 0, "...."},  {0.99, 67, 64, 0, "...."},
    {1.5, 67, 64, 1, "...."},  {2.8, 67, 64, 2, "x.x."},   {2.8, 60, 58, 2, "x.x."},
    {5.2, 67, 62, 5, "x.x."},  {32.5, 67, 35, 32, "xxxx"}, {66.9, 67, 1, 66, "xxxx"},
    {-0.2, 67, 64, 0, "xxxx"},
};

static void a_course_begins_where_the_window_opened(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct round round;
        char lost[PHASES_MOST + 1] = "";
        make(&round, "idle 2s, load 30s, burst 2s, load 30s", 1, cases[i].read);
        settle(&round, cases[i].late_s);
        for (size_t k = 1; k < round.phase_marks->count; k++)
            strcat(lost, round.phase_marks->items[k].pss_bytes == MISSING ? "x" : ".");
        if (round.course.count != cases[i].count ||
            round.course.rss_low_bytes[0] != cases[i].first || strcmp(lost, cases[i].lost) != 0)
            fail_msg("%.2f s late: %zu stretches from %lld on, marks %s", cases[i].late_s,
                     round.course.count, (long long)round.course.rss_low_bytes[0], lost);
        for (size_t k = 0; k < round.course.count; k++) {
            assert_int_equal(round.course.rss_high_bytes[k], cases[i].first + (int64_t)k);
            assert_int_equal(round.course.threads[k], cases[i].first + (int64_t)k);
        }
        round_release(&round);
    }
}

static void a_mark_of_another_phase_has_its_reason_and_no_figure_but_the_peak(void **state)
{
    (void)state;
    struct round round;
    make(&round, "idle 2s, load 30s", 1, 35);
    settle(&round, 2.5);
    const struct phase_mark *marks = round.phase_marks->items;
    assert_int_equal(marks[0].pss_bytes, 1000); /* of before the first connection, as ever */
    assert_int_equal(marks[1].pss_bytes, MISSING);
    assert_int_equal(marks[1].kernel_slab_bytes, MISSING);
    assert_int_equal(marks[1].peak_bytes,
                     2000); /* since the mark before, whichever phase that is */
    assert_null(round_why_missing(&round, "phase_marks.peak_bytes"));
    assert_int_equal(marks[1].at_ns, 0);
    assert_int_equal(marks[2].pss_bytes, 1000);
    assert_int_equal(marks[2].at_ns, 29400 * NS_PER_MS);
    assert_int_equal(round.explanation->kinds[1][MEMORY_HEAP].rss_bytes, MISSING);
    assert_int_equal(round.explanation->kinds[2][MEMORY_HEAP].rss_bytes, 500);
    assert_string_equal(round_why_missing(&round, "phase_marks.pss_bytes"),
                        "a mark was read 0.60 s before its phase");
    assert_non_null(round_why_missing(&round, "explanation.kinds"));
    round_release(&round);
}

static void a_mark_that_is_read_too_late_is_none_of_its_phase(void **state)
{
    (void)state;
    struct round round;
    make(&round, "load 3s, idle 2s", 1, 5);
    round.phase_marks->items[1].at_ns = 3200 * NS_PER_MS;
    settle(&round, 0);
    assert_int_equal(round.phase_marks->items[1].pss_bytes, MISSING);
    assert_int_equal(round.phase_marks->items[2].pss_bytes, 1000);
    assert_string_equal(round_why_missing(&round, "phase_marks.pss_bytes"),
                        "a mark was read 0.20 s after its phase");
    round_release(&round);
}

/* Of 4 s each. 5 s late leaves one second to err by, within
 * what is not judged of a phase; 7 s leaves three. */
static void a_long_stretch_at_a_border_is_of_no_phase(void **state)
{
    (void)state;
    struct round round;
    make(&round, "idle 30s, load 3600s, idle 30s", 4, 915);
    settle(&round, 5);
    assert_int_equal(round.course.rss_low_bytes[8], 9); /* from 32 s on */
    assert_null(round_why_missing(&round, "course.rss_low_bytes"));
    round_release(&round);
    make(&round, "idle 30s, load 3600s, idle 30s", 4, 915);
    settle(&round, 7);
    assert_int_equal(round.course.count, 914);
    assert_int_equal(round.course.rss_low_bytes[0], MISSING);
    assert_int_equal(round.course.rss_low_bytes[7], 8);
    assert_int_equal(round.course.rss_low_bytes[8], MISSING);
    assert_int_equal(round.course.threads[8], MISSING);
    assert_int_equal(round.course.rss_low_bytes[9], 10);
    assert_int_equal(round.course.rss_low_bytes[908], MISSING); /* from 3,632 s on */
    assert_string_equal(round_why_missing(&round, "course.rss_low_bytes"),
                        "a stretch at the border of two phases was read 3.0 s too early");
    round_release(&round);
}

/* Behind the window a stretch is begun and hardly ever over;
 * before it there may be one that was not read. */
static void what_lacks_outside_of_the_window_is_no_gap_in_it(void **state)
{
    (void)state;
    static const struct {
        size_t lacking;
        bool is_told;
    } table[] = {{0, false}, {1, true}, {3, true}, {4, false}};
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct round round;
        make(&round, "load 3s", 1, 5);
        round.course.threads[table[i].lacking] = MISSING;
        round_note_missing(&round, "course.threads_count", "it was not read");
        settle(&round, 1.2);
        assert_int_equal(round.course.count, 3);
        print_message("# stretch %zu\n", table[i].lacking);
        assert_true((round_why_missing(&round, "course.threads_count") != NULL) ==
                    table[i].is_told);
        round_release(&round);
    }
}

static void of_a_window_that_was_never_read_there_is_no_course(void **state)
{
    (void)state;
    struct round round;
    for (size_t read = 0; read <= 5; read += 5) {
        make(&round, "load 3s", 1, read);
        settle(&round, 5.5);
        assert_int_equal(round.course.count, 0);
        assert_non_null(round_why_missing(&round, "course"));
        assert_string_equal(round_why_missing(&round, "course"),
                            "the generator opened its window 5.5 s later than it could have");
        round_release(&round);
    }
    make(&round, "load 3s", 1, 0);
    settle(&round, 0.1);
    assert_string_equal(round_why_missing(&round, "course"), "nothing was read in its window");
    round_release(&round);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_course_begins_where_the_window_opened),
        cmocka_unit_test(a_mark_of_another_phase_has_its_reason_and_no_figure_but_the_peak),
        cmocka_unit_test(a_mark_that_is_read_too_late_is_none_of_its_phase),
        cmocka_unit_test(a_long_stretch_at_a_border_is_of_no_phase),
        cmocka_unit_test(what_lacks_outside_of_the_window_is_no_gap_in_it),
        cmocka_unit_test(of_a_window_that_was_never_read_there_is_no_course),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("phased settle", tests, NULL, NULL);
}
