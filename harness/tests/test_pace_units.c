/* Rates, durations, and the sentence for whatever else somebody types; and how that is quoted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "pace/quote.h"
#include "pace/units.h"

static void rates_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double rate_rps;
    } table[] = {
        {"1", 1},
        {"500", 500},
        {"20k", 20000},
        {"20K", 20000},
        {"1.5M", 1.5e6},
        {"0.5", .5},
        {"0.001", .001},
        {"10M", 10e6},
        {"2.25k", 2250},
        {"007", 7},
        {"10000k", 10e6},
        {"0.001k", 1},
        {"0.1", .1},
        {"12345.678", 12345.678},
        {"000000000000000000000000000001", 1},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double rate_rps = 0;
        char *error = NULL;
        assert_int_equal(units_rate(&rate_rps, table[i].text, strlen(table[i].text), &error), 0);
        assert_null(error);
        assert_true(rate_rps == table[i].rate_rps);
    }
}

static void durations_are_read_to_the_nanosecond(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t duration_ns;
    } table[] = {
        {"30", 30000000000},
        {"30s", 30000000000},
        {"250ms", 250000000},
        {"500us", 500000},
        {"0.1", 100000000},
        {"0.3s", 300000000},
        {"1.000000001", 1000000001},
        {"2m", 120000000000},
        {"1h", 3600000000000},
        {"1.5h", 5400000000000},
        {"7d", UNITS_DURATION_MOST},
        {"168h", UNITS_DURATION_MOST},
        {"604800", UNITS_DURATION_MOST},
        {"0.001us", 1},
        {"0.00000000199", 1},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t duration_ns = 0;
        char *error = NULL;
        assert_int_equal(units_duration(&duration_ns, table[i].text, strlen(table[i].text), &error),
                         0);
        assert_null(error);
        assert_true(duration_ns == table[i].duration_ns);
    }
}

static void what_is_no_rate_is_told_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {"", "rate \"\": nothing is there: try 500, 20k or 1.5M"},
        {"0", "rate \"0\": it must be above 0: try 500, 20k or 1.5M"},
        {"0.0k", "rate \"0.0k\": it must be above 0: try 500, 20k or 1.5M"},
        {"-5", "rate \"-5\": it must be above 0 and have no sign: try 500, 20k or 1.5M"},
        {"+5", "rate \"+5\": it must be above 0 and have no sign: try 500, 20k or 1.5M"},
        {" 5", "rate \" 5\": a blank is in it: try 500, 20k or 1.5M"},
        {"5 k", "rate \"5 k\": a blank is in it: try 500, 20k or 1.5M"},
        {"5\n", "rate \"5\\x0a\": a blank is in it: try 500, 20k or 1.5M"},
        {"NaN", "rate \"NaN\": it does not begin with a digit: try 500, 20k or 1.5M"},
        {"inf", "rate \"inf\": it does not begin with a digit: try 500, 20k or 1.5M"},
        {"k", "rate \"k\": it does not begin with a digit: try 500, 20k or 1.5M"},
        {".5", "rate \".5\": it does not begin with a digit: try 500, 20k or 1.5M"},
        {"5.", "rate \"5.\": no digit follows the point: try 500, 20k or 1.5M"},
        {"5.k", "rate \"5.k\": no digit follows the point: try 500, 20k or 1.5M"},
        {"1e12", "rate \"1e12\": exponents are not read: try 500, 20k or 1.5M"},
        {"1E+3", "rate \"1E+3\": exponents are not read: try 500, 20k or 1.5M"},
        {"20kk", "rate \"20kk\": \"kk\" is no unit of a rate, which are k and M: "
                 "try 500, 20k or 1.5M"},
        {"20m", "rate \"20m\": \"m\" is no unit of a rate, which are k and M: "
                "try 500, 20k or 1.5M"},
        {"1.2.3", "rate \"1.2.3\": \".3\" is no unit of a rate, which are k and M: "
                  "try 500, 20k or 1.5M"},
        {"5k-20k", "rate \"5k-20k\": \"k-20k\" is no unit of a rate, which are k and M: "
                   "try 500, 20k or 1.5M"},
        {"0x10", "rate \"0x10\": \"x10\" is no unit of a rate, which are k and M: "
                 "try 500, 20k or 1.5M"},
        {"0.0009", "rate \"0.0009\": it must be at least 0.001 a second: try 500, 20k or 1.5M"},
        {"10000001", "rate \"10000001\": it must be at most 10M a second: try 500, 20k or 1.5M"},
        {"999999999999999999M", "rate \"999999999999999999M\": it must be at most 10M a second: "
                                "try 500, 20k or 1.5M"},
        {"1000000000000000000", "rate \"1000000000000000000\": it has too many digits: "
                                "try 500, 20k or 1.5M"},
        {"0.0000000000000000001", "rate \"0.0000000000000000001\": it has too many digits: "
                                  "try 500, 20k or 1.5M"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double rate_rps = -1;
        char *error = NULL;
        assert_int_equal(units_rate(&rate_rps, table[i].text, strlen(table[i].text), &error), -1);
        assert_string_equal(error, table[i].error);
        assert_true(rate_rps == -1);
        free(error);
    }
}

static void what_is_no_duration_is_told_in_a_sentence(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {"", "duration \"\": nothing is there: try 250ms, 30s or 2m"},
        {"0", "duration \"0\": it must be above 0: try 250ms, 30s or 2m"},
        {"0.0000000009", "duration \"0.0000000009\": it must be above 0: try 250ms, 30s or 2m"},
        {"8d", "duration \"8d\": it must be at most 7d: try 250ms, 30s or 2m"},
        {"604800.000000001",
         "duration \"604800.000000001\": it must be at most 7d: try 250ms, 30s or 2m"},
        {"999999999999999999d",
         "duration \"999999999999999999d\": it must be at most 7d: try 250ms, 30s or 2m"},
        {"10S",
         "duration \"10S\": \"S\" is no unit of a duration, which are us, ms, s, m, h and d: "
         "try 250ms, 30s or 2m"},
        {"1e3s", "duration \"1e3s\": exponents are not read: try 250ms, 30s or 2m"},
        {"nan", "duration \"nan\": it does not begin with a digit: try 250ms, 30s or 2m"},
        {"-1s", "duration \"-1s\": it must be above 0 and have no sign: try 250ms, 30s or 2m"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int64_t duration_ns = -1;
        char *error = NULL;
        assert_int_equal(units_duration(&duration_ns, table[i].text, strlen(table[i].text), &error),
                         -1);
        assert_string_equal(error, table[i].error);
        assert_true(duration_ns == -1);
        free(error);
    }
}

static void no_byte_past_the_length_is_read(void **state)
{
    (void)state;
    double rate_rps;
    int64_t duration_ns;
    char *error = NULL, *bytes = malloc(2); /* so that a sanitizer sees it, too */

    assert_non_null(bytes);
    memcpy(bytes, "25", 2);
    assert_int_equal(units_rate(&rate_rps, bytes, 2, &error), 0);
    assert_true(rate_rps == 25);
    assert_int_equal(units_rate(&rate_rps, "25k", 2, &error), 0);
    assert_true(rate_rps == 25);
    assert_int_equal(units_duration(&duration_ns, "15ms", 1, &error), 0);
    assert_true(duration_ns == 1000000000);
    free(bytes);
}

static void a_quotation_is_one_line_of_bounded_length(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
        const char *quoted;
    } table[] = {
        {"", 0, "\"\""},
        {"a b", 3, "\"a b\""},
        {"a\nb\x7f\xc3\xa9", 6, "\"a\\x0ab\\x7f\\xc3\\xa9\""},
        {"a\0b", 3, "\"a\\x00b\""},
        {"123456789.123456789.123456789.123456789.123456789.123456789.", 60,
         "\"123456789.123456789.123456789.123456789.123456789.123456789.\""},
        {"123456789.123456789.123456789.123456789.123456789.123456789.1", 61,
         "\"123456789.123456789.123456789.123456789.123456789.123456789....\""},
        {"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01", 15,
         "\"\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\""},
        {"-\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01", 16,
         "\"-\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01\\x01...\""},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *quoted = quote(table[i].text, table[i].len);
        assert_string_equal(quoted, table[i].quoted);
        free(quoted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_read),
        cmocka_unit_test(durations_are_read_to_the_nanosecond),
        cmocka_unit_test(what_is_no_rate_is_told_in_a_sentence),
        cmocka_unit_test(what_is_no_duration_is_told_in_a_sentence),
        cmocka_unit_test(no_byte_past_the_length_is_read),
        cmocka_unit_test(a_quotation_is_one_line_of_bounded_length),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("pace_units", tests, NULL, NULL);
}
