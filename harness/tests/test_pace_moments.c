/* When arrivals are due, to the nanosecond: in order, the same for the same seed, independent of
 * what came before, and as exact after a week as at once. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "schedule_room.h"

enum { SEEDS = 5 };

/* Arrivals in order, each inside its segment, segments one after the other. */
static void check_order(const struct schedule *schedule, uint64_t seed)
{
    struct arrivals arrivals;
    struct arrival arrival, before = {0};

    arrivals_init(&arrivals, schedule, seed);
    while (arrivals_next(&arrivals, &arrival)) {
        const struct segment *segment = &schedule->segments[arrival.segment];
        assert_true(arrival.segment >= before.segment && arrival.segment < schedule->count);
        assert_true(arrival.due_ns >= before.due_ns);
        assert_true(arrival.due_ns >= segment->start_ns);
        assert_true(arrival.due_ns < segment->start_ns + segment->duration_ns);
        before = arrival;
    }
    assert_false(arrivals_next(&arrivals, &arrival));
}

static void arrivals_are_in_order_and_inside_their_segments(void **state)
{
    (void)state;
    static const char *const table[] = {
        poisson_kinds,
        "poisson:10M:20ms,ramp:0-10M:20ms,ramp:10M-0:20ms,constant:10M:20ms,ramp:10M-9M:20ms",
        "ramp:0-0.001:7d",
        "ramp:10000000-0.001:1us,poisson:10M:1us,ramp:0.001-10000000:1us",
        "idle:1s,poisson:1:1s,close:1s,idle:1s,burst:1k:1s,close:1s",
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct schedule schedule = read_schedule(table[i]);
        for (uint64_t seed = 0; seed < SEEDS; seed++)
            check_order(&schedule, seed);
        schedule_clear(&schedule);
    }
}

/* Where a moment needs all digits that a double has, rounding could take one back before the last,
 * or out of its segment: the end of a week at the highest rates, seen a thousand times. */
static void rounding_breaks_no_order(void **state)
{
    (void)state;
    static const char *const table[] = {"poisson:9.7M:7d", "constant:9.7M:7d", "ramp:0.001-10M:7d",
                                        "ramp:10M-0:7d",   "ramp:9M-10M:7d",   "ramp:10M-1M:7d"};

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct schedule schedule = read_schedule(table[i]);
        for (uint64_t seed = 0; seed < 1000; seed++) {
            struct arrivals arrivals;
            struct arrival arrival;
            int64_t before_ns = 0;
            arrivals_init(&arrivals, &schedule, seed);
            arrivals.unit = schedule.expected_requests - 100;
            while (arrivals_next(&arrivals, &arrival)) {
                assert_true(arrival.due_ns >= before_ns);
                assert_true(arrival.due_ns < schedule.duration_ns);
                before_ns = arrival.due_ns;
            }
            assert_true(before_ns > schedule.duration_ns / 10 * 9);
        }
        schedule_clear(&schedule);
    }
}

static bool are_equal(const struct sample *a, const struct sample *b)
{
    return a->n == b->n && memcmp(a->at_s, b->at_s, a->n * sizeof *a->at_s) == 0;
}

static void a_seed_decides_everything(void **state)
{
    (void)state;
    struct schedule schedule = read_schedule("poisson:1k:1s,constant:1k:1s,ramp:0-2k:1s");

    for (size_t i = 0; i < schedule.count; i++) {
        struct sample one = draw(&schedule, 1, i), again = draw(&schedule, 1, i);
        struct sample other = draw(&schedule, 2, i);
        assert_true(are_equal(&one, &again));
        assert_false(are_equal(&one, &other));
        free(one.at_s);
        free(again.at_s);
        free(other.at_s);
    }
    schedule_clear(&schedule);
}

/* The same third segment behind others: a nanosecond's
 * rounding apart, because its start is taken off again. */
static void a_segment_does_not_depend_on_those_before_it(void **state)
{
    (void)state;
    static const char *const before[] = {"poisson:1k:1s,idle:1s", "poisson:50k:1s,idle:1s",
                                         "idle:3s,close:12345us", "constant:7:10s,ramp:0-9k:2s"};
    struct schedule first = read_schedule("poisson:1k:1s,idle:1s,ramp:1k-5k:2s");
    struct sample wanted = draw(&first, 9, 2);

    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        char *text = text_format("%s,ramp:1k-5k:2s", before[i]);
        struct schedule schedule = read_schedule(text);
        struct sample sample = draw(&schedule, 9, 2);
        assert_true(are_equal(&sample, &wanted));
        free(sample.at_s);
        schedule_clear(&schedule);
        free(text);
    }
    free(wanted.at_s);
    schedule_clear(&first);
}

static void segments_of_the_same_form_differ(void **state)
{
    (void)state;
    struct schedule schedule = read_schedule("poisson:1k:1s,poisson:1k:1s");
    struct sample first = draw(&schedule, 1, 0), second = draw(&schedule, 1, 1);

    assert_false(are_equal(&first, &second));
    free(first.at_s);
    free(second.at_s);
    schedule_clear(&schedule);
}

/* Once a second for a week, each is where arithmetic without rounding has it. */
static void even_gaps_stay_even_for_a_week(void **state)
{
    (void)state;
    struct schedule schedule = read_schedule("constant:1:7d");
    struct sample sample = {.at_s = NULL};
    struct arrivals arrivals;
    struct arrival arrival;
    int64_t first_ns = 0;

    arrivals_init(&arrivals, &schedule, 1);
    for (; arrivals_next(&arrivals, &arrival); sample.n++) {
        if (sample.n == 0)
            first_ns = arrival.due_ns;
        long double gaps_ns = (long double)sample.n * 1e9L * 997 / 998;
        assert_true(fabsl((long double)(arrival.due_ns - first_ns) - gaps_ns) < 1.5L);
    }
    assert_true(sample.n > 604800);
    schedule_clear(&schedule);
}

/* Two segments' clocks with the same random numbers, one of which has run
 * for six days at the highest rate: a million arrivals later they are still
 * as far apart. Summed plainly, they would have drifted by tens of ns. */
static void a_clock_that_ran_for_days_is_as_exact_as_a_new_one(void **state)
{
    (void)state;
    struct schedule schedule = read_schedule("poisson:10M:7d");
    struct arrivals young, old;
    struct arrival a, b;

    arrivals_init(&young, &schedule, 1);
    old = young;
    old.unit = 6 * 86400 * 10e6;
    for (unsigned i = 0; i < 1000000; i++) {
        assert_true(arrivals_next(&young, &a) && arrivals_next(&old, &b));
        int64_t apart_ns = b.due_ns - a.due_ns - INT64_C(6) * 86400 * 1000000000;
        assert_true(apart_ns >= -2 && apart_ns <= 2);
    }
    schedule_clear(&schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrivals_are_in_order_and_inside_their_segments),
        cmocka_unit_test(rounding_breaks_no_order),
        cmocka_unit_test(a_seed_decides_everything),
        cmocka_unit_test(a_segment_does_not_depend_on_those_before_it),
        cmocka_unit_test(segments_of_the_same_form_differ),
        cmocka_unit_test(even_gaps_stay_even_for_a_week),
        cmocka_unit_test(a_clock_that_ran_for_days_is_as_exact_as_a_new_one),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_moments", tests, NULL, NULL);
}
