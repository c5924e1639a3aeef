/* Objectives as people write them, and what a wrong one is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "data/slo.h"

static void reads_objectives(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
        struct slo first, last;
    } table[] = {
        {"p99=5ms", 1, {.99, 5000000}, {.99, 5000000}},
        {"p99=5ms p99.9=20ms", 2, {.99, 5000000}, {.999, 20000000}},
        {"p99=5ms,p99.9=20ms", 2, {.99, 5000000}, {.999, 20000000}},
        {"p99=5ms p99=6ms", 2, {.99, 5000000}, {.99, 6000000}},
        {"p50.1=1us", 1, {.501, 1000}, {.501, 1000}},
        {"p99.99=10s", 1, {.9999, INT64_C(10000000000)}, {.9999, INT64_C(10000000000)}},
        {"p95=0.5ms", 1, {.95, 500000}, {.95, 500000}},
        {"p95=0.001us", 1, {.95, 1}, {.95, 1}},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct slo slos[SLOS_MOST];
        size_t count;
        char *error = NULL;
        print_message("# %s\n", table[i].text);
        assert_int_equal(slos_read(slos, &count, table[i].text, &error), 0);
        assert_int_equal(count, table[i].count);
        assert_true(slos[0].p == table[i].first.p);
        assert_int_equal(slos[0].limit_ns, table[i].first.limit_ns);
        assert_true(slos[count - 1].p == table[i].last.p);
        assert_int_equal(slos[count - 1].limit_ns, table[i].last.limit_ns);
    }
}

static void says_what_is_wrong_with_one(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } table[] = {
        {"", "there is no objective: write one as p99=5ms"},
        {" , ", "there is no objective: write one as p99=5ms"},
        {"5ms", "\"5ms\" is no objective: write one as p99=5ms"},
        {"99=5ms", "\"99=5ms\" is no objective: write one as p99=5ms"},
        {"p99:5ms", "\"p99:5ms\" is no objective: write one as p99=5ms"},
        {"p=5ms", "\"p=5ms\" is no objective: write one as p99=5ms"},
        {"p99.=5ms", "\"p99.=5ms\" is no objective: write one as p99=5ms"},
        {"p-99=5ms", "\"p-99=5ms\" is no objective: write one as p99=5ms"},
        {"p9e1=5ms", "\"p9e1=5ms\" is no objective: write one as p99=5ms"},
        {"p99", "\"p99\" is no objective: write one as p99=5ms"},
        {"p50=5ms", "\"p50=5ms\": give a percentile above 50 and below 100"},
        {"p100=5ms", "\"p100=5ms\": give a percentile above 50 and below 100"},
        {"p0.99=5ms", "\"p0.99=5ms\": give a percentile above 50 and below 100"},
        {"p99=", "\"p99=\": \"\" is no limit: write one as 5ms"},
        {"p99=fast", "\"p99=fast\": \"fast\" is no limit: write one as 5ms"},
        {"p99=-5ms", "\"p99=-5ms\": \"-5ms\" is no limit: write one as 5ms"},
        {"p99=0x5ms", "\"p99=0x5ms\": the limit needs its unit, us, ms or s, as in p99=5ms"},
        {"p99=5", "\"p99=5\": the limit needs its unit, us, ms or s, as in p99=5ms"},
        {"p99=5m", "\"p99=5m\": the limit needs its unit, us, ms or s, as in p99=5ms"},
        {"p99=5ms!", "\"p99=5ms!\": the limit needs its unit, us, ms or s, as in p99=5ms"},
        {"p99=0ms", "\"p99=0ms\": give a limit above 0 and up to 10s"},
        {"p99=10.1s", "\"p99=10.1s\": give a limit above 0 and up to 10s"},
        {"p99=5ms p99=5000us", "\"p99=5000us\" is said twice"},
        {"p91=1s p92=1s p93=1s p94=1s p95=1s p96=1s p97=1s p98=1s p99=1s",
         "\"p99=1s\" is one too many: at most 8 objectives"},
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct slo slos[SLOS_MOST];
        size_t count = 7;
        char *error = NULL;
        assert_int_equal(slos_read(slos, &count, table[i].text, &error), -1);
        assert_string_equal(error, table[i].error);
        assert_int_equal(count, 0);
        free(error);
    }
}

static void objectives_are_compared_as_they_were_meant(void **state)
{
    (void)state;
    static const struct {
        struct slo a, b;
        bool is_same;
    } table[] = {
        {{.99, 5000000}, {.99, 5000000}, true},
        {{.999, 5000000}, {.999 + 1e-12, 5000000}, true}, /* not to the last bit */
        {{.999, 5000000}, {.9991, 5000000}, false},
        {{.999, 5000000}, {.999, 5000001}, false},
        {{0, 0}, {0, 0}, true}, /* of rounds that are no trials */
        {{0, 0}, {.99, 5000000}, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_true(slo_is_same(&table[i].a, &table[i].b) == table[i].is_same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_objectives),
        cmocka_unit_test(objectives_are_compared_as_they_were_meant),
        cmocka_unit_test(says_what_is_wrong_with_one),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("slo", tests, NULL, NULL);
}
