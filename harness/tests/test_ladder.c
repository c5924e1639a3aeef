/* The round numbers of a logarithmic axis. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "present/ladder.h"

static const struct {
    const char *name;
    double low, high;
    size_t most, count;
    double rungs[LADDER_MOST];
} cases[] = {
    {"a narrow span has fine steps", 110, 290, 9, 4, {100, 150, 200, 300}},
    {"a decade and a half goes in 1, 2, 5", 22, 700, 9, 6, {20, 50, 100, 200, 500, 1000}},
    {"its ends may be rungs themselves", 20, 500, 9, 5, {20, 50, 100, 200, 500}},
    {"a wide span goes in 1, 3", 12, 90000, 9, 9, {10, 30, 100, 300, 1e3, 3e3, 1e4, 3e4, 1e5}},
    {"a wider one in powers of ten", 12, 2e6, 9, 7, {10, 100, 1e3, 1e4, 1e5, 1e6, 1e7}},
    {"one value stands between two rungs", 42, 42, 9, 2, {40, 60}},
    {"a value that is a rung, too", 100, 100, 9, 2, {100, 150}},
    {"below one as well", .0012, .004, 9, 5, {.001, .0015, .002, .003, .004}},
    {"what does not fit at all is left out at the top", 1, 1e9, 4, 4, {1, 10, 100, 1000}},
};

static void rungs_are_round_and_enclose_the_span(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ladder ladder;
        ladder_make(&ladder, cases[i].low, cases[i].high, cases[i].most);
        print_message("# %s\n", cases[i].name);
        assert_int_equal(ladder.count, cases[i].count);
        for (size_t r = 0; r < ladder.count; r++)
            assert_true(fabs(ladder.rungs[r] / cases[i].rungs[r] - 1) < 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rungs_are_round_and_enclose_the_span),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
