/* Hundreds of differences become a few sentences, and nothing gets lost but names. */
#include "check/differences.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static void put_together_by_finding(void **state)
{
    (void)state;
    static const char *const said[] = {
        "a, whole: expected status 400, got 404",
        "one, whole: other header fields: Connection",
        "a, split at every CRLF: expected status 400, got 404",
        "b, whole: expected status 400, got 404",
        "c, whole, 2 workers: sending failed; got \"x\"",
        "d, whole: sending failed; got \"y\"",
        "c, byte by byte: expected status 400, got 404",
        "d, whole: expected status 400, got 404",
        "e, whole: expected status 400, got 404",
    };
    static const char *const expected[] = {
        "expected status 400, got 404: a, b, c and 2 more cases",
        "sending failed: c, d",
        "other header fields: Connection: one",
    };
    struct strings differences = {0}, grouped = {0};

    for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
        strings_add(&differences, said[i]);
    differences_group(&grouped, &differences);
    assert_int_equal(grouped.count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < grouped.count; i++)
        assert_string_equal(grouped.items[i], expected[i]);
    strings_release(&differences);
    strings_release(&grouped);
}

static void one_more_case_is_no_plural(void **state)
{
    (void)state;
    struct strings differences = {0}, grouped = {0};
    static const char *const said[] = {"a, whole: x", "b, whole: x", "c, whole: x", "d, whole: x"};

    for (size_t i = 0; i < 4; i++)
        strings_add(&differences, said[i]);
    differences_group(&grouped, &differences);
    assert_string_equal(grouped.items[0], "x: a, b, c and 1 more case");
    strings_release(&differences);
    strings_release(&grouped);
}

static void waits_of_about_the_same_time_are_one(void **state)
{
    (void)state;
    struct strings differences = {0}, grouped = {0};
    static const char *const said[] = {
        "a, whole: nothing within 4000 ms", "b, whole: nothing within 4059 ms",
        "c, whole: nothing within 12000 ms", "d, whole: 403 ms and 1234567 bytes"};

    for (size_t i = 0; i < 4; i++)
        strings_add(&differences, said[i]);
    differences_group(&grouped, &differences);
    assert_int_equal(grouped.count, 3);
    assert_string_equal(grouped.items[0], "nothing within about 4 s: a, b");
    assert_string_equal(grouped.items[1], "403 ms and 1234567 bytes: d");
    assert_string_equal(grouped.items[2], "nothing within about 12 s: c");
    strings_release(&differences);
    strings_release(&grouped);
}

static void nothing_is_nothing(void **state)
{
    (void)state;
    struct strings differences = {0}, grouped = {0};

    differences_group(&grouped, &differences);
    assert_int_equal(grouped.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_together_by_finding),
        cmocka_unit_test(one_more_case_is_no_plural),
        cmocka_unit_test(waits_of_about_the_same_time_are_one),
        cmocka_unit_test(nothing_is_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("differences", tests, NULL, NULL);
}
