/* Who of a duel failed by itself, and when that is the decision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyse/duel_failures.h"
#include "tests/synthetic_duel.h"

/* As many rounds of either arm as are said end so, from the first pair on. */
static void fail_rounds(struct made_duel *duel, const char *id, unsigned count,
                        enum reason_code code)
{
    struct result *result = &duel->made.result;
    int arm = result_find_arm(result, id);
    for (size_t i = 0; i < result->round_count && count > 0; i++)
        if ((int)result->rounds[i].arm == arm && result->rounds[i].role != ROLE_SOLO) {
            outcome_add(&result->rounds[i].outcome, code, "killed by signal 11");
            count--;
        }
}

struct story {
    unsigned base, head;
    enum reason_code code;
    bool broken, is_head;
    size_t notes;
};

static void tell(const struct story *story)
{
    struct made_duel duel;
    struct decision decision;
    made_duel_init(&duel);
    duel.rules.has_witness = false;
    made_duel_run(&duel, INFINITY);
    fail_rounds(&duel, DUEL_BASE, story->base, story->code);
    fail_rounds(&duel, DUEL_HEAD, story->head, story->code);
    decision_init(&decision, "main", "HEAD", &duel.gate);
    duel_failures_add(&decision, &duel.made.result);
    assert_int_equal(decision.broken != NULL, story->broken);
    assert_int_equal(decision.is_head_broken, story->is_head);
    assert_int_equal(decision.notes.count, story->notes);
    decision_conclude(&decision, false);
    if (story->broken) {
        assert_int_equal(decision.exit_code, story->is_head ? 1 : 4);
        assert_non_null(strstr(decision.headline, "killed by signal 11"));
    }
    decision_release(&decision);
    made_duel_release(&duel);
}

static void who_fails_more_often_than_by_chance_is_broken(void **state)
{
    (void)state;
    static const struct story stories[] = {
        {0, 0, REASON_DIED, false, false, 0},
        {0, 1, REASON_DIED, true, true, 1},
        {1, 1, REASON_DIED, false, false, 2},
        {1, 0, REASON_DIED, false, false, 1},
        {0, 1, REASON_ERRORS, false, false, 1},
        {0, 11, REASON_DIED, true, true, 1},
        {18, 0, REASON_DIED, true, false, 1},
        {0, 8, REASON_ERRORS, true, true, 1},
        {11, 11, REASON_DIED, false, false, 2},
        {0, 11, REASON_PORTS, false, false, 0}, /* nobody's fault */
    };
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++)
        tell(&stories[i]);
}

/* "head failed in 11 of its 11 rounds: killed by signal 11" */
static void how_often_and_how_is_said(void **state)
{
    (void)state;
    struct made_duel duel;
    struct decision decision;
    made_duel_init(&duel);
    duel.rules.has_witness = false;
    made_duel_run(&duel, INFINITY);
    fail_rounds(&duel, DUEL_HEAD, 11, REASON_DIED);
    decision_init(&decision, "main", "HEAD", &duel.gate);
    duel_failures_add(&decision, &duel.made.result);
    assert_string_equal(decision.broken, "head failed in 11 of its 11 rounds: killed by signal 11");
    assert_string_equal(decision.notes.items[0], decision.broken);
    decision_release(&decision);
    made_duel_release(&duel);
}

/* Nobody waits for eight minutes of it. */
static void three_rounds_that_all_fail_end_it(void **state)
{
    (void)state;
    struct made_duel duel;
    made_duel_init(&duel);
    for (int i = 0; i < 3; i++) {
        assert_false(duel_failures_end_it(&duel.made.result));
        made_duel_step(&duel, INFINITY);
        outcome_add(&duel.made.result.rounds[2 * i].outcome, REASON_DIED, "killed by signal 11");
    }
    assert_true(duel_failures_end_it(&duel.made.result));
    made_duel_release(&duel);
}

static void who_does_not_stop_is_told(void **state)
{
    (void)state;
    struct made_duel duel;
    struct decision decision;
    made_duel_init(&duel);
    made_duel_step(&duel, INFINITY);
    outcome_add(&duel.made.result.rounds[0].outcome, REASON_NOT_STOPPED, "killed after 2 s");
    decision_init(&decision, "main", "HEAD", &duel.gate);
    duel_failures_add(&decision, &duel.made.result);
    assert_null(decision.broken);
    assert_string_equal(decision.notes.items[0],
                        "head did not stop at SIGTERM in 1 of its 1 rounds, and was killed");
    decision_release(&decision);
    made_duel_release(&duel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_fails_more_often_than_by_chance_is_broken),
        cmocka_unit_test(how_often_and_how_is_said),
        cmocka_unit_test(three_rounds_that_all_fail_end_it),
        cmocka_unit_test(who_does_not_stop_is_told),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("duel failures", tests, NULL, NULL);
}
