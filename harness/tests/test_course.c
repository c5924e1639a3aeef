/* A course keeps what was read, stretch by stretch, says MISSING
 * where it was not, and stays small however long it takes. */
#include "measure/course.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { SECOND = 1000000000, TENTH = 100000000, MILLI = 1000000, FEW = 8 };

static struct course_taking taking;

static void begin(size_t most)
{
    course_open(&taking, SECOND, most);
}

static void read_at(int64_t at_ns, int64_t rss, int64_t cpu, int64_t count)
{
    struct course_reading reading = {.at_ns = at_ns,
                                     .rss_bytes = rss,
                                     .has_cpu = true,
                                     .cpu_ns = cpu,
                                     .came_since_ns = MISSING,
                                     .descriptors = count,
                                     .threads = count * 10};
    course_add(&taking, &reading);
}

/* Ten readings a second at a steady load of half a CPU, from
 * `from` to `to`, the last one just past its edge. */
static void read_steadily(int from_s, int to_s, int64_t rss)
{
    for (int64_t at = (int64_t)from_s * SECOND + TENTH; at <= (int64_t)to_s * SECOND; at += TENTH)
        read_at(at + MILLI, rss, (at + MILLI) / 2, at / SECOND);
}

static struct course end(void)
{
    return course_take(&taking);
}

static void done(struct course *course)
{
    free(course->rss_low_bytes);
    free(course->rss_high_bytes);
    free(course->cpu_server_ns);
    free(course->descriptors);
    free(course->threads);
    course_close(&taking);
}

static void each_stretch_has_its_lowest_and_highest_reading(void **state)
{
    (void)state;
    static const int64_t rss[] = {50, 20, 90, 60, 61, 62};
    begin(FEW);
    for (int i = 0; i < 6; i++)
        read_at((i + 1) * INT64_C(300) * MILLI, rss[i], 0, 0);
    struct course course = end();
    assert_int_equal(course.count, 2);
    assert_int_equal(course.interval_ns, SECOND);
    assert_int_equal(course.rss_low_bytes[0], 20);
    assert_int_equal(course.rss_high_bytes[0], 90);
    assert_int_equal(course.rss_low_bytes[1], 60);
    assert_int_equal(course.rss_high_bytes[1], 62);
    done(&course);
}

static void a_steady_load_uses_the_same_in_each_stretch_whenever_it_was_read(void **state)
{
    (void)state;
    begin(FEW);
    int64_t at = -50 * MILLI;
    for (int i = 0; at < 4 * (int64_t)SECOND + 90 * MILLI;
         i++, at += (80 + i * 7 % 41) * (int64_t)MILLI)
        read_at(at, 1, SECOND + at / 4, 1);
    struct course course = end();
    assert_true(course.count >= 4);
    for (int i = 0; i < 4; i++)
        assert_in_range(course.cpu_server_ns[i], SECOND / 4 - 10, SECOND / 4 + 10);
    assert_null(course_why(&taking, COURSE_RSS));
    done(&course);
}

static void what_is_counted_at_an_edge_is_of_the_stretch_that_it_ends(void **state)
{
    (void)state;
    begin(FEW);
    read_at(0, 1, 0, 99);
    read_steadily(0, 3, 1);
    struct course course = end();
    assert_int_equal(course.count, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(course.descriptors[i], i + 1);
        assert_int_equal(course.threads[i], 10 * (i + 1));
    }
    assert_null(course_why(&taking, COURSE_CPU));
    done(&course);
}

/* Else the trough of a load's first second would be what was there before it. */
static void a_reading_just_past_an_edge_belongs_to_what_it_ends(void **state)
{
    (void)state;
    begin(FEW);
    read_steadily(0, 1, 10);
    read_at(SECOND + 200 * (int64_t)MILLI, 77, SECOND, 0);
    struct course course = end();
    assert_int_equal(course.rss_high_bytes[0], 10);
    assert_int_equal(course.rss_low_bytes[1], 77);
    done(&course);
    begin(FEW);
    read_at(900 * (int64_t)MILLI, 10, 0, 0);
    read_at(SECOND + 200 * (int64_t)MILLI, 77, 0,
            5); /* late: it says nothing of the second before */
    course = end();
    assert_int_equal(course.rss_high_bytes[0], 10);
    assert_int_equal(course.rss_low_bytes[1], 77);
    assert_int_equal(course.descriptors[0], 5);
    done(&course);
}

static void a_stretch_without_a_reading_is_missing_and_so_is_cpu_beside_it(void **state)
{
    (void)state;
    begin(FEW);
    read_at(0, 10, 0, 0);
    read_steadily(0, 1, 10);
    read_at(3 * (int64_t)SECOND + 500 * MILLI, 30, 2 * (int64_t)SECOND, 7);
    read_steadily(4, 6, 40);
    struct course course = end();
    assert_int_equal(course.count, 6);
    assert_int_equal(course.rss_low_bytes[0], 10);
    assert_true(course.rss_low_bytes[1] == MISSING && course.rss_high_bytes[2] == MISSING);
    assert_true(course.descriptors[1] == MISSING && course.threads[1] == MISSING);
    assert_int_equal(course.descriptors[2], 7);
    assert_int_equal(course.rss_low_bytes[3], 30);
    assert_true(course.cpu_server_ns[0] != MISSING && course.cpu_server_ns[5] != MISSING);
    for (int i = 1; i < 4; i++)
        assert_true(course.cpu_server_ns[i] == MISSING);
    for (int part = 0; part < COURSE_PARTS; part++)
        assert_string_equal(course_why(&taking, (enum course_part)part),
                            "nothing was read for longer than a stretch");
    done(&course);
}

static void what_fails_is_missing_with_its_reason_and_the_others_stand(void **state)
{
    (void)state;
    begin(FEW);
    read_steadily(0, 1, 10);
    struct course_reading blind = {.at_ns = SECOND + 500 * (int64_t)MILLI,
                                   .rss_bytes = MISSING,
                                   .has_cpu = true,
                                   .cpu_ns = MISSING,
                                   .came_since_ns = MISSING,
                                   .descriptors = MISSING,
                                   .threads = 3,
                                   .why = {"no statm", "no clock", "no fd", ""}};
    course_add(&taking, &blind);
    blind.at_ns = 2 * (int64_t)SECOND + MILLI;
    course_add(&taking, &blind);
    struct course course = end();
    assert_int_equal(course.rss_low_bytes[0], 10);
    assert_true(course.rss_low_bytes[1] == MISSING && course.cpu_server_ns[1] == MISSING);
    assert_true(course.descriptors[1] == MISSING);
    assert_int_equal(course.threads[1], 3);
    assert_string_equal(course_why(&taking, COURSE_RSS), "no statm");
    assert_string_equal(course_why(&taking, COURSE_DESCRIPTORS), "no fd");
    assert_null(course_why(&taking, COURSE_THREADS));
    done(&course);
}

/* Its last moments are in no clock, so that the stretch in which
 * it was has no cost; the memory of the others is known. */
static void a_process_that_ends_costs_the_cpu_of_its_stretch(void **state)
{
    (void)state;
    begin(FEW);
    read_at(0, 10, 0, 0);
    read_steadily(0, 1, 10);
    struct course_reading gone = {.at_ns = SECOND + 350 * (int64_t)MILLI,
                                  .rss_bytes = 6,
                                  .has_cpu = true,
                                  .cpu_ns = SECOND / 2 + 1,
                                  .went = true,
                                  .came_since_ns = MISSING};
    course_add(&taking, &gone);
    for (int64_t at = SECOND + 400 * (int64_t)MILLI; at <= 3 * (int64_t)SECOND; at += TENTH)
        read_at(at + MILLI, 6, at, 1);
    struct course course = end();
    assert_int_equal(course.count, 3);
    assert_in_range(course.cpu_server_ns[0], SECOND / 2 - 10, SECOND / 2 + 10);
    assert_true(course.cpu_server_ns[1] == MISSING && course.cpu_server_ns[2] != MISSING);
    assert_int_equal(course.rss_low_bytes[1], 6);
    assert_int_equal(course.descriptors[1], 1);
    assert_string_equal(course_why(&taking, COURSE_CPU),
                        "a process of the server ended: what it used last is not known");
    assert_null(course_why(&taking, COURSE_RSS));
    done(&course);
}

static void processes_found_late_cost_all_that_was_read_since_they_may_have_come(void **state)
{
    (void)state;
    begin(FEW);
    read_at(0, 10, 0, 0);
    read_steadily(0, 3, 10);
    struct course_reading found = {.at_ns = 4 * (int64_t)SECOND + MILLI,
                                   .rss_bytes = 50,
                                   .has_cpu = true,
                                   .cpu_ns = 4 * (int64_t)SECOND,
                                   .came_since_ns = 2 * (int64_t)SECOND + MILLI,
                                   .descriptors = 8,
                                   .threads = 80};
    read_at(3 * (int64_t)SECOND + 500 * MILLI, 10, 2 * (int64_t)SECOND, 0);
    course_add(&taking, &found);
    for (int64_t at = 4 * (int64_t)SECOND + TENTH; at <= 6 * (int64_t)SECOND; at += TENTH)
        read_at(at + MILLI, 50, at, 9);
    struct course course = end();
    assert_int_equal(course.count, 6);
    assert_true(course.rss_low_bytes[1] == 10 && course.cpu_server_ns[1] != MISSING);
    assert_true(course.rss_low_bytes[2] == MISSING && course.cpu_server_ns[2] == MISSING);
    assert_true(course.descriptors[2] == MISSING && course.cpu_server_ns[3] == MISSING);
    assert_int_equal(course.rss_low_bytes[3], 50); /* the reading that ends it is of all */
    assert_int_equal(course.descriptors[3], 8);
    assert_int_equal(course.rss_low_bytes[4], 50);
    for (int i = 4; i < 6; i++) /* what those used before is in no stretch after it */
        assert_in_range(course.cpu_server_ns[i], SECOND - 2 * MILLI, SECOND + 2 * MILLI);
    assert_non_null(course_why(&taking, COURSE_RSS));
    done(&course);
}

static void two_stretches_become_one_when_there_are_most(void **state)
{
    (void)state;
    begin(4);
    read_at(0, 1, 0, 0);
    for (int s = 0; s < 7; s++)
        read_steadily(s, s + 1, 100 + s);
    struct course course = end();
    assert_int_equal(course.interval_ns, 2 * (int64_t)SECOND);
    assert_int_equal(course.count, 4);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(course.rss_low_bytes[i], i == 0 ? 1 : 100 + 2 * i);
        assert_int_equal(course.rss_high_bytes[i], 101 + 2 * i);
        assert_in_range(course.cpu_server_ns[i], SECOND - 10, SECOND + 10);
        assert_int_equal(course.descriptors[i], 2 * i + 2);
    }
    assert_int_equal(course.rss_low_bytes[3], 106); /* it is not over */
    assert_true(course.cpu_server_ns[3] == MISSING && course.threads[3] == MISSING);
    assert_string_equal(course_why(&taking, COURSE_CPU), "the window ended before the stretch did");
    done(&course);
}

static void a_missing_half_leaves_the_others_memory_and_no_cpu(void **state)
{
    (void)state;
    begin(2);
    read_at(0, 1, 0, 0);
    read_steadily(0, 1, 5);
    read_at(2 * (int64_t)SECOND + 500 * MILLI, 8, SECOND, 3);
    struct course course = end();
    assert_int_equal(course.interval_ns, 2 * (int64_t)SECOND);
    assert_int_equal(course.count, 2);
    assert_int_equal(course.rss_low_bytes[0], 1);
    assert_int_equal(course.rss_high_bytes[0], 5);
    assert_true(course.cpu_server_ns[0] == MISSING);
    assert_int_equal(course.rss_low_bytes[1], 8);
    done(&course);
}

/* Where connections close at an edge, the load before it keeps its trough. */
static void a_longer_stretch_is_ended_by_one_reading_too(void **state)
{
    (void)state;
    begin(4);
    read_at(0, 10, 0, 0);
    for (int s = 0; s < 6; s++)
        read_steadily(s, s + 1, 10);
    read_at(6 * (int64_t)SECOND + 40 * MILLI, 3, 0, 0);
    read_at(6 * (int64_t)SECOND + 90 * MILLI, 3, 0, 0);
    struct course course = end();
    assert_int_equal(course.interval_ns, 2 * (int64_t)SECOND);
    assert_int_equal(course.rss_low_bytes[2], 10);
    assert_int_equal(course.rss_high_bytes[3], 3);
    done(&course);
}

/* As a worker that is waited for: its parent is asked at the edge. */
static void an_end_that_is_told_at_an_edge_costs_one_stretch(void **state)
{
    (void)state;
    begin(FEW);
    read_at(0, 10, 0, 0);
    read_steadily(0, 1, 10);
    struct course_reading told = {.at_ns = 2 * (int64_t)SECOND + MILLI,
                                  .rss_bytes = 6,
                                  .has_cpu = true,
                                  .cpu_ns = (2 * (int64_t)SECOND + MILLI) / 2,
                                  .went = true,
                                  .came_since_ns = MISSING};
    course_add(&taking, &told);
    read_steadily(2, 3, 6);
    struct course course = end();
    assert_true(course.cpu_server_ns[0] != MISSING && course.cpu_server_ns[1] == MISSING);
    assert_in_range(course.cpu_server_ns[2], SECOND / 2 - MILLI, SECOND / 2 + MILLI);
    done(&course);
}

/* Five hours at ten readings a second. */
static void hours_take_no_more_room_than_minutes(void **state)
{
    (void)state;
    begin(COURSE_MOST);
    read_at(0, 1, 0, 0);
    read_steadily(0, 5 * 3600, 3);
    struct course course = end();
    assert_int_equal(course.interval_ns, 16 * (int64_t)SECOND);
    assert_int_equal(course.count, 5 * 3600 / 16);
    for (size_t i = 0; i < course.count; i++) {
        assert_int_equal(course.rss_low_bytes[i], i == 0 ? 1 : 3);
        assert_in_range(course.cpu_server_ns[i], 8 * (int64_t)SECOND - 100,
                        8 * (int64_t)SECOND + 100);
        assert_int_equal(course.descriptors[i], 16 * (i + 1));
    }
    done(&course);
}

/* The dearer reading may be made at the edges alone; those between them are of memory. */
static void cpu_need_not_be_in_every_reading(void **state)
{
    (void)state;
    begin(FEW);
    read_at(-30 * MILLI, 1, 1000, 0);
    for (int64_t at = TENTH; at <= 3 * (int64_t)SECOND; at += TENTH) {
        bool is_edge = at % SECOND == 0;
        struct course_reading reading = {.at_ns = at + MILLI,
                                         .rss_bytes = at,
                                         .has_cpu = is_edge,
                                         .cpu_ns = is_edge ? 1000 + (at + 31 * MILLI) / 2 : 0,
                                         .came_since_ns = MISSING};
        course_add(&taking, &reading);
    }
    struct course course = end();
    assert_int_equal(course.count, 3);
    for (int i = 0; i < 3; i++)
        assert_in_range(course.cpu_server_ns[i], SECOND / 2 - 10, SECOND / 2 + 10);
    assert_int_equal(course.rss_high_bytes[2], 3 * (int64_t)SECOND);
    done(&course);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stretch_has_its_lowest_and_highest_reading),
        cmocka_unit_test(a_steady_load_uses_the_same_in_each_stretch_whenever_it_was_read),
        cmocka_unit_test(cpu_need_not_be_in_every_reading),
        cmocka_unit_test(what_is_counted_at_an_edge_is_of_the_stretch_that_it_ends),
        cmocka_unit_test(a_reading_just_past_an_edge_belongs_to_what_it_ends),
        cmocka_unit_test(a_stretch_without_a_reading_is_missing_and_so_is_cpu_beside_it),
        cmocka_unit_test(what_fails_is_missing_with_its_reason_and_the_others_stand),
        cmocka_unit_test(a_process_that_ends_costs_the_cpu_of_its_stretch),
        cmocka_unit_test(processes_found_late_cost_all_that_was_read_since_they_may_have_come),
        cmocka_unit_test(two_stretches_become_one_when_there_are_most),
        cmocka_unit_test(a_missing_half_leaves_the_others_memory_and_no_cpu),
        cmocka_unit_test(a_longer_stretch_is_ended_by_one_reading_too),
        cmocka_unit_test(an_end_that_is_told_at_an_edge_costs_one_stretch),
        cmocka_unit_test(hours_take_no_more_room_than_minutes),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("course", tests, NULL, NULL);
}
