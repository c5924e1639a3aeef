#include "cmd/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void numbers_are_plain_decimals_within_their_range(void **state)
{
    static const struct {
        const char *text;
        uint64_t low, high;
        bool accepted;
        uint64_t number;
    } cases[] = {
        {"1", 1, 9, true, 1},
        {"9", 1, 9, true, 9},
        {"18446744073709551615", 0, UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", 0, UINT64_MAX, false, 0},
        {"0", 1, 9, false, 0},
        {"10", 1, 9, false, 0},
        {"", 0, 9, false, 0},
        {"-1", 0, 9, false, 0},
        {"+1", 0, 9, false, 0},
        {" 1", 0, 9, false, 0},
        {"1 ", 0, 9, false, 0},
        {"1k", 0, 9, false, 0},
        {"0x1", 0, 9, false, 0},
        {"nan", 0, 9, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        uint64_t number = 0;
        print_message("# %s\n", cases[i].text);
        assert_int_equal(parse_number(cases[i].text, cases[i].low, cases[i].high, &number),
                         cases[i].accepted);
        assert_true(!cases[i].accepted || number == cases[i].number);
    }
}

static void durations_take_the_units_people_write(void **state)
{
    static const struct {
        const char *text;
        double seconds; /* 0: refused */
    } cases[] = {
        {"90", 90},     {"90s", 90},     {"10m", 600},    {"10min", 600},
        {"1h", 3600},   {"1.5h", 5400},  {"0.5s", 0.5},   {"720h", 720 * 3600.0},
        {"721h", 0},    {"0", 0},        {"0s", 0},       {"", 0},
        {"m", 0},       {"10x", 0},      {"10 m", 0},     {"-1m", 0},
        {"1e400", 0},   {"inf", 0},      {"nan", 0},      {"0x10", 0},
        {"6m40s", 400}, {"1h30m", 5400}, {"720h0m1s", 0}, {"30m1h", 0},
        {"0h0m", 0},    {"1h30", 0},     {"1.5h30m", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        double seconds = 0;
        print_message("# %s\n", cases[i].text);
        assert_int_equal(parse_duration(cases[i].text, &seconds), cases[i].seconds > 0);
        assert_true(seconds == cases[i].seconds);
    }
}

static void whole_durations_have_units_in_their_order(void **state)
{
    static const struct {
        const char *text;
        bool accepted;
        unsigned seconds;
    } cases[] = {
        {"10m", true, 600},          {"24h", true, 86400},   {"1h30m", true, 5400},
        {"600s", true, 600},         {"1h0m5s", true, 3605}, {"0h", true, 0},
        {"99999h", true, 359996400}, {"", false, 0},         {"90", false, 0},
        {"1.5h", false, 0},          {"1h30", false, 0},     {"30m1h", false, 0},
        {"1h1h", false, 0},          {"h", false, 0},        {"-1h", false, 0},
        {" 1h", false, 0},           {"1h ", false, 0},      {"1d", false, 0},
        {"100000h", false, 0},       {"10min", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        unsigned seconds = 0;
        print_message("# %s\n", cases[i].text);
        assert_int_equal(parse_whole_duration(cases[i].text, &seconds), cases[i].accepted);
        assert_int_equal(seconds, cases[i].seconds);
    }
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_plain_decimals_within_their_range),
        cmocka_unit_test(durations_take_the_units_people_write),
        cmocka_unit_test(whole_durations_have_units_in_their_order),
    };
    return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
