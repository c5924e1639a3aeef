/* What a longer course makes of one that grew. */
#include "tests/flatness_room.h"

#include <stdbool.h>

static struct flatness judged_leak(double times, size_t count)
{
    double values[MOST];
    for (size_t i = 0; i < count; i++)
        values[i] = 4 * MIB + times * MIB * (double)i / (double)count;
    return judged(values, count);
}

static void a_longer_course_confirms_or_takes_back(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        shape *first, *longer;
        enum flatness_kind kind;
        bool is_longer; /* whose figures are told */
        bool slows;
    } table[] = {
        {"a leak", leak, leak_for_longer, FLATNESS_GROWING, true, false},
        {"a cache that is full by then", full_just_before_the_end, full_in_the_longer_course,
         FLATNESS_STEP, true, false},
        {"a leak that something filled beside at first", leak_that_was_quicker_at_first,
         leak_of_four_fifths_for_longer, FLATNESS_GROWING, true, false},
        {"growth that slows down", leak, leak_that_slows_down, FLATNESS_STEP, true, true},
        {"a slow sawtooth", leak, slow_sawtooth, FLATNESS_SAWTOOTH, true, false},
        {"chance", leak, constant, FLATNESS_FLAT, true, false},
        {"what did not grow needs no confirming", constant, leak_for_longer, FLATNESS_FLAT, false,
         false},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct flatness flatness = judged_shape(table[i].first, STRETCHES);
        struct flatness longer = judged_shape(table[i].longer, 4 * STRETCHES), first = flatness;
        flatness_confirm(&flatness, &longer);
        if (flatness.kind != table[i].kind)
            fail_msg("%s: %s", table[i].sentence, flatness_name(flatness.kind));
        near(flatness.drift, (table[i].is_longer ? &longer : &first)->drift, 0);
        assert_false(flatness.so_far);
        assert_int_equal(flatness.slows, table[i].slows);
    }
}

/* A first course that grew by 4 bytes a request, and a longer
 * one that grew by less than .75 of it, and straight. */
static void what_goes_on_growing_is_never_below_what_could_be_seen(void **state)
{
    (void)state;
    struct flatness first = judged_shape(leak, STRETCHES),
                    longer = judged_shape(leak_that_slows_down, 4 * STRETCHES), flatness = first;
    assert_int_equal(longer.kind, FLATNESS_GROWING);
    assert_true(longer.smallest_per_request < longer.drift_per_request / 5);
    flatness_confirm(&flatness, &longer);
    double lacks = .75 * first.drift_per_request - longer.drift_per_request;
    assert_true(lacks > 0);
    near(flatness.smallest_per_request, longer.drift_per_request + 4 * lacks,
         first.drift_per_request / 1e6);
    near(flatness.smallest / flatness.drift,
         flatness.smallest_per_request / flatness.drift_per_request, 1e-9);
    assert_true(flatness.smallest > flatness.drift);
    near(flatness.last_rise, longer.end - longer.parts[FLATNESS_PARTS - 2], 0);
    assert_true(flatness.last_rise > 0);
}

/* Just that much more in both courses would have been confirmed, and a little less would not. */
static void a_leak_beside_a_fill_is_seen_from_the_size_that_is_told(void **state)
{
    (void)state;
    struct flatness first = judged_shape(leak, STRETCHES),
                    longer = judged_shape(leak_that_slows_down, 4 * STRETCHES), told = first;
    flatness_confirm(&told, &longer);
    double more = told.smallest_per_request - longer.drift_per_request;
    for (int i = -1; i <= 1; i += 2) {
        double times_first = 1 + more * (1 + .01 * i) / first.drift_per_request,
               times_longer = 1 + more * (1 + .01 * i) / longer.drift_per_request;
        struct flatness one = judged_leak(times_first, STRETCHES),
                        other = judged_leak(2.8 * times_longer, 4 * STRETCHES);
        flatness_confirm(&one, &other);
        assert_int_equal(one.kind, i > 0 ? FLATNESS_GROWING : FLATNESS_STEP);
    }
}

static void a_longer_course_that_could_not_be_read_leaves_it_grown_so_far(void **state)
{
    (void)state;
    struct flatness flatness = judged_shape(leak, STRETCHES), longer = judged_shape(leak, 50);
    flatness_confirm(&flatness, &longer);
    assert_int_equal(flatness.kind, FLATNESS_GROWING);
    assert_true(flatness.so_far);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_longer_course_confirms_or_takes_back),
        cmocka_unit_test(what_goes_on_growing_is_never_below_what_could_be_seen),
        cmocka_unit_test(a_leak_beside_a_fill_is_seen_from_the_size_that_is_told),
        cmocka_unit_test(a_longer_course_that_could_not_be_read_leaves_it_grown_so_far),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("flatness confirmed", tests, NULL, NULL);
}
