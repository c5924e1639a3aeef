/* What a connection costs in memory, from readings made up here. */
#include "analyse/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/kernel_share.h"

static void near(double actual, double expected)
{
    if (!(fabs(actual - expected) <= 1e-6))
        fail_msg("got %.6f, expected %.6f", actual, expected);
}

static void a_slope_is_what_a_connection_adds(void **state)
{
    (void)state;
    static const struct {
        const char *sentence;
        size_t n;
        double connections[5], bytes[5], slope;
    } table[] = {
        {"two counts", 2, {1000, 10000}, {400e3, 400e3 + 9000 * 350}, 350},
        {"what is there without a client is not in it",
         3,
         {0, 64, 4096},
         {5e6, 5e6 + 64 * 12, 5e6 + 4096 * 12},
         12},
        {"a page too many at one client moves little",
         5,
         {0, 1, 2, 9998, 9999},
         {0, 4096, 0, 9998 * 100, 9999 * 100},
         99.873433},
        {"memory that is given back is negative", 2, {0, 100}, {1e6, 9e5}, -1000},
        {"the order does not matter", 2, {10000, 1000}, {400e3 + 9000 * 350, 400e3}, 350},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        double slope = memory_slope(table[i].connections, table[i].bytes, table[i].n);
        if (!(fabs(slope - table[i].slope) <= 1e-3))
            fail_msg("%s: %f bytes", table[i].sentence, slope);
    }
}

static void one_number_of_connections_has_no_slope(void **state)
{
    (void)state;
    static const double same[] = {64, 64, 64}, bytes[] = {1, 2, 3};
    assert_true(isnan(memory_slope(same, bytes, 3)));
    assert_true(isnan(memory_slope(same, bytes, 1)));
    assert_true(isnan(memory_slope(NULL, NULL, 0)));
}

static const double subject[] = {31e6, 30e6, 90e6}, ceiling[] = {10e6, 11e6, 9e6},
                    idle[] = {.2e6, -.5e6, 0};

static void the_kernels_share_is_what_the_ceiling_has_not(void **state)
{
    (void)state;
    struct kernel_growths growths = {subject, 3, ceiling, 3, idle, 3, 1000};
    struct kernel_share share = kernel_share_find(&growths);
    near(share.bytes, 21000); /* of the medians: one reading of 90 MB moves nothing */
    near(share.spread_bytes, 500);
    assert_true(kernel_share_is_visible(&share));
}

static void what_is_below_the_spread_is_not_seen(void **state)
{
    (void)state;
    static const double nearly[] = {10.4e6, 10.4e6, 10.4e6};
    struct kernel_growths growths = {nearly, 3, ceiling, 3, idle, 3, 1000};
    struct kernel_share share = kernel_share_find(&growths);
    near(share.bytes, 400);
    assert_false(kernel_share_is_visible(&share));
    growths.idle_n = 1;
    share = kernel_share_find(&growths);
    assert_true(isnan(share.bytes));
    assert_false(kernel_share_is_visible(&share));
}

static void too_few_readings_are_no_number(void **state)
{
    (void)state;
    for (size_t lacking = 0; lacking < 4; lacking++) {
        struct kernel_growths growths = {subject, 3, ceiling, 3, idle, 3, 1000};
        if (lacking == 0)
            growths.subject_n = 2;
        if (lacking == 1)
            growths.ceiling_n = 2;
        if (lacking == 2)
            growths.idle_n = 2;
        if (lacking == 3)
            growths.connections = 0;
        assert_true(isnan(kernel_share_find(&growths).bytes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slope_is_what_a_connection_adds),
        cmocka_unit_test(one_number_of_connections_has_no_slope),
        cmocka_unit_test(the_kernels_share_is_what_the_ceiling_has_not),
        cmocka_unit_test(what_is_below_the_spread_is_not_seen),
        cmocka_unit_test(too_few_readings_are_no_number),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
