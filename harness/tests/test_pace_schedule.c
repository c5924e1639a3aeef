/* The text form of a schedule, read and refused. Its arrivals
 * are looked at in test_pace_arrivals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "data/strings.h"
#include "pace/schedule.h"
#include "pace/units.h"

static const int64_t SECOND = 1000000000;

static void assert_segment_equal(const struct segment *a, const struct segment *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(a->from_rps == b->from_rps && a->to_rps == b->to_rps);
    assert_true(a->start_ns == b->start_ns && a->duration_ns == b->duration_ns);
}

static void every_kind_of_segment_is_read(void **state)
{
    (void)state;
    static const struct segment wanted[] = {
        {SEGMENT_POISSON, 5000, 5000, 0, 10 * SECOND},
        {SEGMENT_RAMP, 5000, 20000, 10 * SECOND, 30 * SECOND},
        {SEGMENT_BURST, 40000, 40000, 40 * SECOND, SECOND},
        {SEGMENT_IDLE, 0, 0, 41 * SECOND, 5 * SECOND},
        {SEGMENT_CLOSE, 0, 0, 46 * SECOND, 2 * SECOND},
        {SEGMENT_CONSTANT, 1000, 1000, 48 * SECOND, SECOND / 4},
        {SEGMENT_RAMP, 0, 1500000, 48 * SECOND + SECOND / 4, 60 * SECOND},
        {SEGMENT_RAMP, .5, 0, 108 * SECOND + SECOND / 4, SECOND},
    };
    struct schedule schedule;
    char *error = NULL;

    assert_int_equal(schedule_read(&schedule,
                                   "poisson:5k:10s,ramp:5k-20k:30s,burst:40k:1s,idle:5s,close:2s,"
                                   "constant:1k:250ms,ramp:0-1.5M:1m,ramp:0.5-0:1",
                                   &error),
                     0);
    assert_null(error);
    assert_int_equal(schedule.count, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < schedule.count; i++)
        assert_segment_equal(&schedule.segments[i], &wanted[i]);
    assert_true(schedule.duration_ns == 109 * SECOND + SECOND / 4);
    assert_true(schedule.highest_rps == 1.5e6);
    double expected = 50000 + 375000 + 40000 + 250 * (1 + 1. / 997) + 45e6 + .25;
    assert_true(schedule.expected_requests > expected - .001 &&
                schedule.expected_requests < expected + .001);
    schedule_clear(&schedule);
    assert_int_equal(schedule.count, 0);
}

static void names_are_those_that_are_read(void **state)
{
    (void)state;
    for (enum segment_kind kind = 0; kind < SEGMENT_KINDS; kind++) {
        bool sends = segment_sends(kind);
        const char *rates = kind == SEGMENT_RAMP ? ":1k-2k" : sends ? ":1k" : "";
        char *text = text_format("%s%s:1s,poisson:1k:1s", segment_name(kind), rates);
        struct schedule schedule;
        char *error = NULL;
        assert_int_equal(schedule_read(&schedule, text, &error), 0);
        assert_int_equal(schedule.segments[0].kind, kind);
        assert_int_equal(schedule.segments[0].from_rps > 0, sends);
        schedule_clear(&schedule);
        free(text);
    }
}

#define RATES ": try 500, 20k or 1.5M"
#define TIMES ": try 250ms, 30s or 2m"

static void what_is_no_schedule_is_told_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {"", "the schedule is empty: try poisson:5k:10s"},
        {",", "segment 1 \"\": nothing is there: leave out the comma beside it"},
        {"poisson:5k:1s,", "segment 2 \"\": nothing is there: leave out the comma beside it"},
        {"poisson:5k:1s,,idle:1s",
         "segment 2 \"\": nothing is there: leave out the comma beside it"},
        {"poisson:5k:1s, idle:1s", "segment 2 \" idle:1s\": a blank is in it: leave it out"},
        {"poisson:5k:1s\n", "segment 1 \"poisson:5k:1s\\x0a\": a blank is in it: leave it out"},
        {"poison:5k:10s", "segment 1 \"poison:5k:10s\": \"poison\" is no kind of segment: did you "
                          "mean \"poisson\"?"},
        {"Poisson:5k:10s", "segment 1 \"Poisson:5k:10s\": \"Poisson\" is no kind of segment: did "
                           "you mean \"poisson\"?"},
        {"idle:1s,rampp:1k-2k:3s", "segment 2 \"rampp:1k-2k:3s\": \"rampp\" is no kind of segment: "
                                   "did you mean \"ramp\"?"},
        {"5k:10s", "segment 1 \"5k:10s\": \"5k\" is no kind of segment: known are poisson, ramp, "
                   "burst, constant, idle, close"},
        {":5k:10s", "segment 1 \":5k:10s\": \"\" is no kind of segment: known are poisson, ramp, "
                    "burst, constant, idle, close"},
        {"poisson", "segment 1 \"poisson\": it is written poisson:RATE:DURATION, as in "
                    "poisson:5k:10s"},
        {"poisson:5k", "segment 1 \"poisson:5k\": it is written poisson:RATE:DURATION, as in "
                       "poisson:5k:10s"},
        {"burst:5k:1s:", "segment 1 \"burst:5k:1s:\": it is written burst:RATE:DURATION, as in "
                         "burst:40k:1s"},
        {"idle:5k:10s", "segment 1 \"idle:5k:10s\": it is written idle:DURATION, as in idle:5s"},
        {"close:1:2:3:4:5", "segment 1 \"close:1:2:3:4:5\": it is written close:DURATION, as in "
                            "close:2s"},
        {"ramp:5k-20k", "segment 1 \"ramp:5k-20k\": it is written ramp:RATE-RATE:DURATION, as in "
                        "ramp:5k-20k:30s"},
        {"ramp:5k:30s", "segment 1 \"ramp:5k:30s\": it goes from one rate to another, as in "
                        "ramp:5k-20k:30s"},
        {"ramp:0-0:30s", "segment 1 \"ramp:0-0:30s\": one of its rates must be above 0, as in "
                         "ramp:0-20k:30s"},
        {"ramp:-5k:30s", "segment 1 \"ramp:-5k:30s\": rate \"\": nothing is there" RATES},
        {"ramp:5k-:30s", "segment 1 \"ramp:5k-:30s\": rate \"\": nothing is there" RATES},
        {"ramp:00-5k:30s", "segment 1 \"ramp:00-5k:30s\": rate \"00\": it must be above 0" RATES},
        {"constant:5k-20k:10s", "segment 1 \"constant:5k-20k:10s\": only a ramp goes from one rate "
                                "to another, as in ramp:5k-20k:30s"},
        {"poisson:-5k:10s", "segment 1 \"poisson:-5k:10s\": rate \"-5k\": it must be above 0 and "
                            "have no sign" RATES},
        {"poisson:0:10s", "segment 1 \"poisson:0:10s\": rate \"0\": it must be above 0" RATES},
        {"poisson::10s", "segment 1 \"poisson::10s\": rate \"\": nothing is there" RATES},
        {"poisson:5k:", "segment 1 \"poisson:5k:\": duration \"\": nothing is there" TIMES},
        {"idle:0", "segment 1 \"idle:0\": duration \"0\": it must be above 0" TIMES},
        {"idle:5s,close:2s",
         "the schedule sends nothing: add a segment that does, such as poisson:5k:10s"},
        {"poisson:0.5:1s",
         "fewer than one request is to be expected: raise the rate or the duration"},
        {"poisson:1:6d,idle:1d,idle:1us",
         "the schedule lasts longer than 7d: shorten segment 3, or leave it out"},
        {"poisson:5k:99999999999999999999999999999999999999999999999999999s,idle:1s",
         "segment 1 \"poisson:5k:9999999999999999999999999999999999999999999999999...\": duration "
         "\"99999999999999999999999999999999999999999999999999999s\": it has too many "
         "digits" TIMES},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct schedule schedule;
        char *error = NULL;
        assert_int_equal(schedule_read(&schedule, table[i].text, &error), -1);
        assert_string_equal(error, table[i].error);
        free(error);
        schedule_clear(&schedule);
    }
}

/* count segments of the text, separated by commas; the caller frees. */
static char *repeated(const char *text, size_t count)
{
    char *all = xcalloc(count * (strlen(text) + 1) + 1, 1), *end = all;

    for (size_t i = 0; i < count; i++)
        end = stpcpy(stpcpy(end, i ? "," : ""), text);
    return all;
}

static void as_many_segments_as_promised_are_read_and_not_one_more(void **state)
{
    (void)state;
    struct schedule schedule;
    char *most = repeated("burst:1k:1s", SEGMENTS_MOST), *error = NULL;
    char *more = repeated("burst:1k:1s", SEGMENTS_MOST + 1);

    assert_int_equal(schedule_read(&schedule, most, &error), 0);
    assert_int_equal(schedule.count, SEGMENTS_MOST);
    assert_true(schedule.duration_ns == SEGMENTS_MOST * SECOND);
    schedule_clear(&schedule);
    assert_int_equal(schedule_read(&schedule, more, &error), -1);
    assert_string_equal(error, "the schedule has more than 256 segments: leave some out");
    schedule_clear(&schedule);
    free(error);
    free(most);
    free(more);
}

static void a_week_is_read(void **state)
{
    (void)state;
    struct schedule schedule;
    char *error = NULL;

    assert_int_equal(schedule_read(&schedule, "poisson:10M:6d,idle:1d", &error), 0);
    assert_true(schedule.duration_ns == UNITS_DURATION_MOST);
    assert_true(schedule.expected_requests == 10e6 * 6 * 86400);
    schedule_clear(&schedule);
}

static void the_simple_one_is_the_text_with_one_segment(void **state)
{
    (void)state;
    struct schedule simple, text;
    struct arrivals one, other;
    struct arrival a, b;
    char *error = NULL;
    unsigned count = 0;

    schedule_simple(&simple, 20000, SECOND / 2);
    assert_int_equal(schedule_read(&text, "poisson:20k:500ms", &error), 0);
    assert_int_equal(simple.count, 1);
    assert_segment_equal(&simple.segments[0], &text.segments[0]);
    assert_true(simple.duration_ns == text.duration_ns && simple.highest_rps == text.highest_rps &&
                simple.expected_requests == text.expected_requests);
    arrivals_init(&one, &simple, 11);
    arrivals_init(&other, &text, 11);
    for (; arrivals_next(&one, &a); count++) {
        assert_true(arrivals_next(&other, &b));
        assert_true(a.due_ns == b.due_ns && a.segment == b.segment);
    }
    assert_false(arrivals_next(&other, &b));
    assert_true(count > 9000);
    schedule_clear(&simple);
    schedule_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_segment_is_read),
        cmocka_unit_test(names_are_those_that_are_read),
        cmocka_unit_test(what_is_no_schedule_is_told_in_a_sentence),
        cmocka_unit_test(as_many_segments_as_promised_are_read_and_not_one_more),
        cmocka_unit_test(a_week_is_read),
        cmocka_unit_test(the_simple_one_is_the_text_with_one_segment),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_schedule", tests, NULL, NULL);
}
