#include "pool/waits.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/clock.h"

enum { MANY = 10, FEW = 4 };

static bool runs_out_within(const struct waits *waits, int limit_ms)
{
    struct pollfd timer = {waits->timer_fd, POLLIN, 0};

    return poll(&timer, 1, limit_ms) == 1;
}

static void those_due_are_taken_in_order_and_no_others(void **state)
{
    static const uint32_t due_ms[] = {30, 10, 50, 20, 40};
    struct waits waits;
    struct wait_entry entries[5] = {0};
    uint64_t tokens[MANY];

    (void)state;
    assert_int_equal(waits_open(&waits), 0);
    for (int i = 0; i < 5; i++)
        waits_add(&waits, &entries[i], due_ms[i], due_ms[i]);
    assert_int_equal(waits_take(&waits, 9, tokens, MANY), 0);
    assert_int_equal(waits_take(&waits, 30, tokens, MANY), 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(tokens[i], 10 * (i + 1));
    assert_int_equal(waits_take(&waits, 50, tokens, MANY), 2);
    assert_int_equal(waits_take(&waits, UINT64_MAX - 1, tokens, MANY), 0);
    waits_close(&waits);
}

static void the_timer_runs_out_when_the_first_is_due_and_never_early(void **state)
{
    struct waits waits;
    struct wait_entry late = {0}, soon = {0};
    uint64_t due_ms = clock_after_ms(20);
    uint64_t token;

    (void)state;
    assert_int_equal(waits_open(&waits), 0);
    waits_add(&waits, &late, 1, due_ms + 1000 * 1000);
    assert_false(runs_out_within(&waits, 1));
    waits_add(&waits, &soon, 2, due_ms);
    assert_true(runs_out_within(&waits, 5000));
    assert_true(clock_now_ms() >= due_ms);
    assert_int_equal(waits_take(&waits, clock_now_ms(), &token, 1), 1);
    assert_int_equal(token, 2);
    assert_false(runs_out_within(&waits, 1));
    waits_close(&waits);
}

static void what_is_due_and_left_lets_the_timer_run_out_again(void **state)
{
    struct waits waits;
    struct wait_entry entries[MANY] = {0};
    uint64_t now_ms = clock_now_ms();
    uint64_t tokens[MANY];

    (void)state;
    assert_int_equal(waits_open(&waits), 0);
    for (int i = 0; i < MANY; i++)
        waits_add(&waits, &entries[i], (uint64_t)i, now_ms);
    for (int left = MANY; left > 0; left -= FEW) {
        assert_true(runs_out_within(&waits, 5000));
        assert_int_equal(waits_take(&waits, now_ms, tokens, FEW), left < FEW ? left : FEW);
    }
    waits_close(&waits);
}

static void a_wait_that_was_removed_is_not_taken(void **state)
{
    struct waits waits;
    struct wait_entry gone = {0}, stays = {0};
    uint64_t tokens[MANY];

    (void)state;
    assert_int_equal(waits_open(&waits), 0);
    waits_add(&waits, &gone, 1, 10);
    waits_add(&waits, &stays, 2, 20);
    waits_remove(&waits, &gone);
    waits_remove(&waits, &gone);
    assert_int_equal(waits_take(&waits, 20, tokens, MANY), 1);
    assert_int_equal(tokens[0], 2);
    waits_close(&waits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_due_are_taken_in_order_and_no_others),
        cmocka_unit_test(the_timer_runs_out_when_the_first_is_due_and_never_early),
        cmocka_unit_test(what_is_due_and_left_lets_the_timer_run_out_again),
        cmocka_unit_test(a_wait_that_was_removed_is_not_taken),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("waits", tests, NULL, NULL);
}
