/* Courses made by hand, one for each verdict and for its edges: what
 * is told of them, and how small a growth would have shown. How often
 * chance misleads the verdict is in test_flatness_chances.c. */
#include "tests/flatness_room.h"

#include <stdbool.h>
#include <string.h>

static void each_shape_has_its_name(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        shape *at;
        enum flatness_kind kind;
    } table[] = {
        {"a constant is flat", constant, FLATNESS_FLAT},
        {"so is nothing at all", zero, FLATNESS_FLAT},
        {"a few pages back and forth are flat", ragged, FLATNESS_FLAT},
        {"a leak grows", leak, FLATNESS_GROWING},
        {"growth below the least is none", leak_of_a_page_a_part, FLATNESS_FLAT},
        {"what quickens grows", leak_that_quickens, FLATNESS_GROWING},
        {"a sawtooth does not hide a leak", leak_below_a_sawtooth, FLATNESS_GROWING},
        {"nor does a spike when the load begins", leak_after_a_spike, FLATNESS_GROWING},
        {"shrinking is no growth, and not flat", shrinking, FLATNESS_STEP},
        {"a sawtooth", sawtooth, FLATNESS_SAWTOOTH},
        {"one as long as a part", sawtooth_of_an_eighth, FLATNESS_SAWTOOTH},
        {"one a little longer", sawtooth_a_little_longer_than_an_eighth, FLATNESS_SAWTOOTH},
        {"one that falls back once", slow_sawtooth, FLATNESS_SAWTOOTH},
        {"one below the least is flat", small_sawtooth, FLATNESS_FLAT},
        {"a hump rises and falls back", hump, FLATNESS_SAWTOOTH},
        {"a single spike is the peak's matter", spike, FLATNESS_FLAT},
        {"so is a single dip", dip, FLATNESS_FLAT},
        {"a part without growth is one too many", leak_that_pauses, FLATNESS_STEP},
        {"a step", step, FLATNESS_STEP},
        {"a step before the first part is over shows in no trough but the first",
         step_in_the_first_part, FLATNESS_STEP},
        {"a step within the last part lifts no trough", step_in_the_last_part, FLATNESS_FLAT},
        {"a step where the last part begins", step_at_the_last_part, FLATNESS_STEP},
        {"a step down", step_down, FLATNESS_STEP},
        {"many steps are not a leak while a part has none", six_steps, FLATNESS_STEP},
        {"a leak with one large jump is not called so", leak_with_a_jump, FLATNESS_STEP},
        {"a warm-up that is over early", saturating, FLATNESS_STEP},
        {"a warm-up that is not over but slows down", slowly_saturating, FLATNESS_STEP},
        {"a warm-up that never ends but slows down", logarithmic, FLATNESS_STEP},
        {"a cache that is full before the end", full_at_two_thirds, FLATNESS_STEP},
        {"one that is full only just before it cannot be told from a leak",
         full_just_before_the_end, FLATNESS_GROWING},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct flatness flatness = judged_shape(table[i].at, STRETCHES);
        if (flatness.kind != table[i].kind)
            fail_msg("%s: got %s, expected %s", table[i].sentence, flatness_name(flatness.kind),
                     flatness_name(table[i].kind));
        assert_null(flatness.why);
        near(flatness.needed_s, 0, 0);
        assert_int_equal(flatness.so_far, flatness.kind == FLATNESS_GROWING);
        assert_true(flatness.smallest >= FLATNESS_LEAST_MEMORY_BYTES * (1 - 1e-9));
    }
}

static void the_figures_of_a_leak_are_those_it_was_made_of(void **state)
{
    (void)state;
    struct flatness flatness = judged_shape(leak, STRETCHES);
    for (size_t i = 0; i < FLATNESS_PARTS; i++)
        near(flatness.parts[i], 4 * MIB + MIB * (double)i / 8, 1e-3);
    near(flatness.start, 4 * MIB, 1e-3);
    near(flatness.end, 4 * MIB + MIB * 7 / 8, 1e-3);
    near(flatness.drift, MIB * 7 / 8, 1e-3);
    near(flatness.drift_per_request, MIB / (RATE_RPS * STRETCHES), 1e-9);
    near(flatness.peak, 4 * MIB + MIB * 127 / 128, 1e-3);
    near(flatness.median, 4 * MIB + MIB * 127 / 256, 1e-3);
    near(flatness.peak_ratio, flatness.peak / flatness.median, 1e-12);
    near(flatness.robust_cv, 1.4826 * MIB / 4 / flatness.median, 1e-3);
    near(flatness.smallest, 128 * KIB, 1e-3); /* an even rise tells nothing of noise */
    near(flatness.smallest_per_request, 128 * KIB / (RATE_RPS * STRETCHES * 7 / 8), 1e-9);
}

static void lows_make_the_troughs_and_highs_the_peak(void **state)
{
    (void)state;
    double low[STRETCHES], high[STRETCHES];
    for (size_t i = 0; i < STRETCHES; i++) {
        low[i] = 4 * MIB;
        high[i] = 6 * MIB;
    }
    low[50] = 3 * MIB;
    high[70] = 9 * MIB;
    struct flatness_course course = course_of(low, high, STRETCHES);
    struct flatness flatness;
    flatness_find(&flatness, &course);
    assert_int_equal(flatness.kind, FLATNESS_SAWTOOTH); /* within each stretch */
    near(flatness.parts[3], 3 * MIB, 0);
    near(flatness.parts[4], 4 * MIB, 0);
    near(flatness.peak, 9 * MIB, 0);
    near(flatness.peak_ratio, 2.25, 1e-12);
    near(flatness.robust_cv, 0, 0);
}

static void what_has_no_median_has_no_ratio_to_it(void **state)
{
    (void)state;
    struct flatness flatness = judged_shape(zero, STRETCHES);
    assert_true(isnan(flatness.peak_ratio) && isnan(flatness.robust_cv));
    near(flatness.drift_per_request, 0, 0);
}

/* To shapes whose troughs are where parts begin: then a steady
 * drift lifts these by just as much. */
static struct flatness judged_with_drift(shape *at, double drift)
{
    double values[STRETCHES];
    for (size_t i = 0; i < STRETCHES; i++)
        values[i] = at((double)i / STRETCHES) + drift / 7 * (double)i / (STRETCHES / 8.);
    return judged(values, STRETCHES);
}

static void the_smallest_growth_is_the_smallest_that_is_called_so(void **state)
{
    (void)state;
    static shape *const shapes[] = {
        constant,  step,       step_in_the_first_part, leak_with_a_jump,   leak,
        six_steps, saturating, slowly_saturating,      full_at_two_thirds, leak_that_pauses};
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct flatness alone = judged_shape(shapes[i], STRETCHES);
        for (int more = 0; more < 2; more++) {
            double drift = alone.smallest * (more ? 1.001 : .999) - alone.drift;
            struct flatness with = judged_with_drift(shapes[i], drift);
            if ((with.kind == FLATNESS_GROWING) != more)
                fail_msg("shape %zu with %s than the smallest: %s", i, more ? "more" : "less",
                         flatness_name(with.kind));
            near(with.smallest, alone.smallest, alone.smallest * 2e-3);
        }
    }
}

static void too_short_is_undecided_with_the_time_it_takes(void **state)
{
    (void)state;
    static const struct {
        shape *at;
        size_t count;
        double interval_s;
        enum flatness_kind kind;
        const char *why;
        double needed_s;
    } table[] = {
        {constant, 99, 1, FLATNESS_UNDECIDED, "less than 100 s of load could be judged", 100},
        {constant, 100, 1, FLATNESS_FLAT, NULL, 0},
        {constant, 1000, .1, FLATNESS_FLAT, NULL, 0},
        {sawtooth, 50, 1, FLATNESS_UNDECIDED, "less than 100 s of load could be judged", 100},
        {leak, 99, 1, FLATNESS_UNDECIDED,
         "it grew so far, but less than 100 s of load could be judged", 100},
        {constant, 1, 1, FLATNESS_UNDECIDED, "less than 100 s of load could be judged", 100},
        {constant, 9, 11, FLATNESS_UNDECIDED, "less than 100 s of load could be judged", 176},
        {constant, 15, 10, FLATNESS_UNDECIDED, "it was read too seldom", 160},
        {constant, 16, 10, FLATNESS_FLAT, NULL, 0},
        {constant, 0, 1, FLATNESS_UNDECIDED, "nothing of it could be read", 100},
        {constant, 120, 0, FLATNESS_UNDECIDED, "nothing of it could be read", 100},
        {constant, 120, NAN, FLATNESS_UNDECIDED, "nothing of it could be read", 100},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        double values[MOST];
        for (size_t at = 0; at < table[i].count; at++)
            values[at] = table[i].at((double)at / (double)table[i].count);
        struct flatness_course course = course_of(values, values, table[i].count);
        course.interval_s = table[i].interval_s;
        struct flatness flatness;
        flatness_find(&flatness, &course);
        assert_int_equal(flatness.kind, table[i].kind);
        near(flatness.needed_s, table[i].needed_s, 1e-9);
        assert_false(flatness.so_far && flatness.kind == FLATNESS_UNDECIDED);
        if (table[i].why != NULL)
            assert_string_equal(flatness.why, table[i].why);
        assert_int_equal(isnan(flatness.smallest), table[i].why != NULL);
    }
}

static void what_was_not_read_is_no_zero_and_too_many_holes_undecide(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        size_t from, to, every; /* stretches that are not read */
        double value;
        enum flatness_kind kind;
    } table[] = {
        {"a stretch", 60, 61, 1, NAN, FLATNESS_FLAT},
        {"two on end are more than a tenth of a part", 60, 62, 1, NAN, FLATNESS_UNDECIDED},
        {"a few here and there", 0, 128, 11, NAN, FLATNESS_FLAT},
        {"every second", 0, 128, 2, NAN, FLATNESS_UNDECIDED},
        {"a part", 30, 45, 1, NAN, FLATNESS_UNDECIDED},
        {"the end", 126, 128, 1, NAN, FLATNESS_UNDECIDED},
        {"an infinite value is none", 60, 62, 1, INFINITY, FLATNESS_UNDECIDED},
        {"all", 0, 128, 1, NAN, FLATNESS_UNDECIDED},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        double low[STRETCHES], high[STRETCHES];
        for (size_t at = 0; at < STRETCHES; at++)
            low[at] = high[at] = 4 * MIB;
        for (size_t at = table[i].from; at < table[i].to; at += table[i].every)
            (at % 2 ? low : high)[at] = table[i].value; /* either alone makes it unread */
        struct flatness_course course = course_of(low, high, STRETCHES);
        struct flatness flatness;
        flatness_find(&flatness, &course);
        if (flatness.kind != table[i].kind)
            fail_msg("%s: %s", table[i].sentence, flatness_name(flatness.kind));
        if (flatness.kind == FLATNESS_UNDECIDED)
            near(flatness.needed_s, STRETCHES, 0); /* as long again */
    }
}

static void where_nobody_was_answered_there_was_no_load(void **state)
{
    (void)state;
    static const double requests[] = {0, -1, NAN};
    double values[STRETCHES] = {0};
    for (size_t i = 0; i < 3; i++) {
        struct flatness_course course = course_of(values, values, STRETCHES);
        course.requests = requests[i];
        struct flatness flatness;
        flatness_find(&flatness, &course);
        assert_int_equal(flatness.kind, FLATNESS_UNDECIDED);
        assert_string_equal(flatness.why, "no request was answered");
    }
}

/* Of descriptors, and of anything else whose least is a share of its median. */
static void other_measures_have_a_least_of_their_own(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        double base, growth, least, least_share;
        enum flatness_kind kind;
    } table[] = {
        {"three descriptors a part", 70, 24, FLATNESS_LEAST_DESCRIPTORS, 0, FLATNESS_GROWING},
        {"one descriptor a part is within what is opened late", 70, 8, FLATNESS_LEAST_DESCRIPTORS,
         0, FLATNESS_FLAT},
        {"three threads a part", 4, 24, FLATNESS_LEAST_THREADS, 0, FLATNESS_GROWING},
        {"a tenth more CPU per request", 4600, 460, 0, FLATNESS_LEAST_COST_SHARE, FLATNESS_GROWING},
        {"a 25th more", 4600, 184, 0, FLATNESS_LEAST_COST_SHARE, FLATNESS_FLAT},
        {"p99 by a fifth", 900e3, 180e3, 0, FLATNESS_LEAST_P99_SHARE, FLATNESS_FLAT},
        {"p99 by a half", 900e3, 450e3, 0, FLATNESS_LEAST_P99_SHARE, FLATNESS_GROWING},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        double values[STRETCHES];
        for (size_t at = 0; at < STRETCHES; at++)
            values[at] = table[i].base + floor(table[i].growth * (double)at / STRETCHES);
        struct flatness_course course = course_of(values, values, STRETCHES);
        course.least = table[i].least;
        course.least_share = table[i].least_share;
        struct flatness flatness;
        flatness_find(&flatness, &course);
        if (flatness.kind != table[i].kind)
            fail_msg("%s: %s", table[i].sentence, flatness_name(flatness.kind));
    }
}

static void percentiles_may_scatter_without_being_called_a_sawtooth(void **state)
{
    (void)state;
    double values[STRETCHES];
    for (size_t i = 0; i < STRETCHES; i++)
        values[i] = 900e3 + 10e3 * (double)(i * i * 31 % 40);
    struct flatness_course course = course_of(values, values, STRETCHES);
    course.least = 0;
    course.least_share = FLATNESS_LEAST_P99_SHARE;
    struct flatness flatness;
    flatness_find(&flatness, &course);
    assert_int_equal(flatness.kind, FLATNESS_SAWTOOTH);
    course.swing_share = FLATNESS_SWING_P99_SHARE;
    flatness_find(&flatness, &course);
    assert_int_equal(flatness.kind, FLATNESS_FLAT);
}

static void every_kind_has_a_name(void **state)
{
    (void)state;
    static const char *const names[] = {"FLAT", "SAWTOOTH", "STEP", "GROWING", "UNDECIDED"};
    for (int kind = FLATNESS_FLAT; kind <= FLATNESS_UNDECIDED; kind++)
        assert_string_equal(flatness_name((enum flatness_kind)kind), names[kind]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_shape_has_its_name),
        cmocka_unit_test(the_figures_of_a_leak_are_those_it_was_made_of),
        cmocka_unit_test(lows_make_the_troughs_and_highs_the_peak),
        cmocka_unit_test(what_has_no_median_has_no_ratio_to_it),
        cmocka_unit_test(the_smallest_growth_is_the_smallest_that_is_called_so),
        cmocka_unit_test(too_short_is_undecided_with_the_time_it_takes),
        cmocka_unit_test(what_was_not_read_is_no_zero_and_too_many_holes_undecide),
        cmocka_unit_test(where_nobody_was_answered_there_was_no_load),
        cmocka_unit_test(other_measures_have_a_least_of_their_own),
        cmocka_unit_test(percentiles_may_scatter_without_being_called_a_sawtooth),
        cmocka_unit_test(every_kind_has_a_name),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("flatness", tests, NULL, NULL);
}
