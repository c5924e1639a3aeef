/* Numbers for people: as many digits as they carry, and a unit that fits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "pace/quantity.h"

static void times_have_three_digits_and_a_unit(void **state)
{
    (void)state;
    static const struct {
        double ns;
        const char *text, *ascii;
    } table[] = {
        {0, "0", "0"},
        {1, "1 ns", "1 ns"},
        {312, "312 ns", "312 ns"},
        {999.4, "999 ns", "999 ns"},
        {999.6, "1.00 µs", "1.00 us"},
        {1234, "1.23 µs", "1.23 us"},
        {9996, "10.0 µs", "10.0 us"},
        {42100, "42.1 µs", "42.1 us"},
        {99960, "100 µs", "100 us"},
        {999600, "1.00 ms", "1.00 ms"},
        {12.34e6, "12.3 ms", "12.3 ms"},
        {1.5e9, "1.50 s", "1.50 s"},
        {123e9, "123 s", "123 s"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[QUANTITY_SIZE];
        assert_string_equal(quantity_time(text, table[i].ns, true), table[i].text);
        assert_string_equal(quantity_time(text, table[i].ns, false), table[i].ascii);
    }
}

static void durations_are_as_people_say_them(void **state)
{
    (void)state;
    static const struct {
        double s;
        const char *text;
    } table[] = {
        {.25, "250 ms"}, {1, "1 s"},           {3.2, "3.2 s"},
        {30, "30 s"},    {120, "2 min"},       {3600, "60 min"},
        {7200, "2 h"},   {4 * 86400., "96 h"}, {5 * 86400., "5 days"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[QUANTITY_SIZE];
        assert_string_equal(quantity_seconds(text, table[i].s * 1e9), table[i].text);
    }
}

static void counts_are_grouped(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        const char *text;
    } table[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {50021, "50,021"},
                 {100000, "100,000"},
                 {1234567, "1,234,567"},
                 {UINT64_MAX, "18,446,744,073,709,551,615"}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[QUANTITY_SIZE];
        assert_string_equal(quantity_count(text, table[i].n), table[i].text);
    }
    char text[QUANTITY_SIZE];
    assert_string_equal(quantity_rate(text, 4999.6), "5,000/s");
    assert_string_equal(quantity_rate(text, 1.5), "1.5/s");
}

/* All is all, and nothing is nothing: what is near is not rounded there. */
static void shares_keep_the_digits_that_count(void **state)
{
    (void)state;
    static const struct {
        double share;
        const char *text;
    } table[] = {
        {0, "0 %"},         {1e-6, "< 0.01 %"},     {.0005, "0.05 %"}, {.004, "0.4 %"},
        {.03, "3.0 %"},     {.614, "61 %"},         {.985, "98 %"},    {.9925, "99.2 %"},
        {.9996, "99.96 %"}, {.999999, "> 99.99 %"}, {1, "100 %"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char text[QUANTITY_SIZE];
        assert_string_equal(quantity_share(text, table[i].share), table[i].text);
    }
}

static void percentiles_have_their_usual_names(void **state)
{
    (void)state;
    char text[QUANTITY_SIZE];
    assert_string_equal(quantity_percentile(text, .5), "p50");
    assert_string_equal(quantity_percentile(text, .99), "p99");
    assert_string_equal(quantity_percentile(text, .999), "p99.9");
    assert_string_equal(quantity_percentile(text, .99999), "p99.999");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_have_three_digits_and_a_unit),
        cmocka_unit_test(durations_are_as_people_say_them),
        cmocka_unit_test(counts_are_grouped),
        cmocka_unit_test(shares_keep_the_digits_that_count),
        cmocka_unit_test(percentiles_have_their_usual_names),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_quantity", tests, NULL, NULL);
}
