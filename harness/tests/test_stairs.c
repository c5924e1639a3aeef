/* What a connection costs: slopes of rounds that are made up,
 * and what is said where rounds are missing. */
#include "analyse/stairs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/synthetic_stairs.h"

enum { EPOLL, THREAD, CEILING, ARMS };
enum { FRAGMENT = 32 * KIB };

static const char *const names[ARMS] = {"epoll", "thread", "ceiling"};

static void make_result(struct result *result)
{
    result_init(result);
    for (size_t i = 0; i < ARMS; i++) {
        struct arm *arm = result_add_arm(result, names[i]);
        server_info_init(&arm->server, names[i], "/bin/false");
    }
    result->arms[CEILING].server.ceiling = true;
    result_add_workload(result)->workload.name = xstrdup("plaintext");
    result->experiment.stairs.connections = levels;
}

static void assert_near(double value, double wanted)
{
    if (!(fabs(value - wanted) <= 1e-6 * fmax(1, fabs(wanted))))
        fail_msg("%g, not %g", value, wanted);
}

static void slopes_are_those_of_the_connections(void **state)
{
    (void)state;
    struct result result;
    struct stairs_memory memory;
    make_result(&result);
    add_blocks(&result, THREAD, STAIRS_IDLE, 6, (struct cost){9000, 512, 22000, 1, 3 * MIB}, 10);
    add_blocks(&result, CEILING, STAIRS_IDLE, 6, (struct cost){100, 0, 5000, 0, 0}, 0);
    assert_true(stairs_make(&memory, &result, 0));
    const struct stairs_side *side = &stairs_row_of(&memory, THREAD)->sides[STAIRS_IDLE];
    assert_near(side->user.median, 9025);
    assert_near(side->user.low, 9000);
    assert_near(side->user.high, 9050);
    assert_true(side->user.is_interval);
    assert_near(side->tables.median, 512);
    assert_near(side->kernel.median, 22000 - 5000 + FRAGMENT);
    assert_near(side->kept.median, 3 * MIB);
    assert_true(stairs_kernel_is_visible(side));
    assert_int_equal(side->largest, 4096);
    assert_false(side->is_cut);
    assert_null(stairs_row_of(&memory, EPOLL));
    assert_int_equal(stairs_row_of(&memory, THREAD)->sides[STAIRS_ACTIVE].used, 0);
    stairs_release(&memory);
    result_release(&result);
}

static void idle_and_active_ones_are_told_apart(void **state)
{
    (void)state;
    struct result result;
    struct stairs_memory memory;
    make_result(&result);
    add_blocks(&result, EPOLL, STAIRS_IDLE, 6, (struct cost){400, 0, 0, 0, 0}, 0);
    add_blocks(&result, EPOLL, STAIRS_ACTIVE, 6, (struct cost){2048, 0, 0, 0, 0}, 0);
    assert_true(stairs_make(&memory, &result, 0));
    assert_near(memory.rows[0].sides[STAIRS_IDLE].user.median, 400);
    assert_near(memory.rows[0].sides[STAIRS_ACTIVE].user.median, 2048);
    assert_non_null(strstr(memory.sentences.items[0], "epoll: an idle connection costs 400 B"));
    assert_non_null(strstr(memory.sentences.items[0], "An active connection costs 2.0 KiB"));
    stairs_release(&memory);
    add_blocks(&result, THREAD, STAIRS_IDLE, 6, (struct cost){16384, 0, 0, 1, 0}, 0);
    add_blocks(&result, CEILING, STAIRS_IDLE, 6, (struct cost){10, 0, 0, 0, 0}, 0);
    assert_true(stairs_make(&memory, &result, 0));
    char *headline = stairs_headline(&memory, &result);
    assert_string_equal(headline, "An idle connection costs least in epoll, 400 B of its own "
                                  "memory, and most in thread, 16 KiB.");
    free(headline);
    stairs_release(&memory);
    result_release(&result);
}

static void without_a_ceiling_or_with_two_blocks_nothing_is_said_of_the_kernel(void **state)
{
    (void)state;
    for (int with_ceiling = 0; with_ceiling <= 1; with_ceiling++) {
        struct result result;
        struct stairs_memory memory;
        make_result(&result);
        add_blocks(&result, THREAD, STAIRS_IDLE, 2, (struct cost){9000, 0, 22000, 1, 0}, 0);
        if (with_ceiling)
            add_blocks(&result, CEILING, STAIRS_IDLE, 2, (struct cost){100, 0, 5000, 0, 0}, 0);
        assert_true(stairs_make(&memory, &result, 0));
        assert_true(isnan(memory.rows[0].sides[STAIRS_IDLE].kernel.median));
        assert_false(memory.rows[0].sides[STAIRS_IDLE].user.is_interval);
        assert_null(strstr(memory.sentences.items[0], "kernel"));
        stairs_release(&memory);
        result_release(&result);
    }
}

/* The ceiling's own slopes lie 4,000 bytes apart. */
static void a_share_below_what_the_ceiling_moves_by_is_only_a_bound(void **state)
{
    (void)state;
    struct result result;
    struct stairs_memory memory;
    make_result(&result);
    for (uint32_t block = 0; block < 3; block++) {
        struct cost roof = {100, 0, 5000 + 4000 * block, 0, 0},
                    own = {400, 0, 6000 + 4000 * block, 0, 0};
        add_round(&result, CEILING, STAIRS_ACTIVE, block, &roof);
        add_round(&result, EPOLL, STAIRS_ACTIVE, block, &own);
    }
    assert_true(stairs_make(&memory, &result, 0));
    const struct stairs_side *side = &stairs_row_of(&memory, EPOLL)->sides[STAIRS_ACTIVE];
    assert_near(side->kernel.median, 1000);
    assert_near(side->kernel_spread, 4000);
    assert_false(stairs_kernel_is_visible(side));
    assert_non_null(strstr(memory.sentences.items[0], "less than 3.9 KiB of the kernel's"));
    stairs_release(&memory);
    result_release(&result);
}

static void an_invalid_round_counts_for_nothing_and_is_told(void **state)
{
    (void)state;
    struct result result;
    struct stairs_memory memory;
    struct strings cautions = {0};
    struct cost cost = {400, 0, 0, 0, 0}, wrong = {90000, 0, 0, 0, 0};
    make_result(&result);
    add_round(&result, EPOLL, STAIRS_IDLE, 0, &cost);
    struct outcome *outcome = &add_round(&result, EPOLL, STAIRS_IDLE, 1, &wrong)->outcome;
    outcome_add(outcome, REASON_NOISY, "connections were taken up to 64, not to 256");
    outcome_add(outcome, REASON_ERRORS, "the server closed 3 of 64 idle connections");
    assert_true(stairs_make(&memory, &result, 0));
    assert_near(memory.rows[0].sides[STAIRS_IDLE].user.median, 400);
    assert_int_equal(memory.rows[0].sides[STAIRS_IDLE].lost, 1);
    stairs_cautions(&memory, &result, &cautions);
    assert_int_equal(cautions.count, 1);
    assert_non_null(strstr(cautions.items[0], "1 of 2 rounds with idle connections"));
    assert_non_null(strstr(cautions.items[0], "closed 3 of 64"));
    strings_release(&cautions);
    stairs_release(&memory);
    result_release(&result);
}

static void a_way_up_that_was_cut_short_gives_its_slope_and_is_told(void **state)
{
    (void)state;
    struct result result;
    struct stairs_memory memory;
    struct strings cautions = {0};
    struct cost cost = {400, 0, 0, 0, MIB};
    make_result(&result);
    struct round *round = add_round(&result, EPOLL, STAIRS_IDLE, 0, &cost);
    round->stairs.levels.count = 2; /* 64 and 256; the mark of all closed stands behind them */
    round->phase_marks->items[3] = round->phase_marks->items[5];
    round->phase_marks->count = 4;
    outcome_add(&round->outcome, REASON_NOISY, "connections were taken up to 256, not to 1024: x");
    assert_true(stairs_make(&memory, &result, 0));
    const struct stairs_side *side = &memory.rows[0].sides[STAIRS_IDLE];
    assert_near(side->user.median, 400);
    assert_near(side->kept.median, MIB);
    assert_int_equal(side->largest, 256);
    assert_true(side->is_cut);
    stairs_cautions(&memory, &result, &cautions);
    assert_int_equal(cautions.count, 1);
    assert_non_null(strstr(cautions.items[0], "up to 256, not to 1024"));
    strings_release(&cautions);
    stairs_release(&memory);
    result_release(&result);
}

static void what_was_not_read_is_no_slope(void **state)
{
    (void)state;
    struct result result;
    struct stairs_memory memory;
    struct cost cost = {400, 0, 0, 0, 0};
    make_result(&result);
    struct round *round = add_round(&result, EPOLL, STAIRS_IDLE, 0, &cost);
    for (size_t i = 0; i < round->phase_marks->count; i++)
        round->phase_marks->items[i].pss_bytes = MISSING;
    assert_true(stairs_make(&memory, &result, 0));
    assert_false(stairs_has_numbers(&memory));
    assert_non_null(strstr(memory.sentences.items[0], "is not known"));
    stairs_release(&memory);
    result_release(&result);
}

static void other_rounds_are_none_of_it(void **state)
{
    (void)state;
    struct result result;
    struct stairs_memory memory;
    struct round round;
    make_result(&result);
    round_init(&round);
    result_add_round(&result, &round);
    assert_false(stairs_make(&memory, &result, 0));
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slopes_are_those_of_the_connections),
        cmocka_unit_test(idle_and_active_ones_are_told_apart),
        cmocka_unit_test(without_a_ceiling_or_with_two_blocks_nothing_is_said_of_the_kernel),
        cmocka_unit_test(a_share_below_what_the_ceiling_moves_by_is_only_a_bound),
        cmocka_unit_test(an_invalid_round_counts_for_nothing_and_is_told),
        cmocka_unit_test(a_way_up_that_was_cut_short_gives_its_slope_and_is_told),
        cmocka_unit_test(what_was_not_read_is_no_slope),
        cmocka_unit_test(other_rounds_are_none_of_it),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("stairs", tests, NULL, NULL);
}
