/* What only a duel's decision comes to. */
#include "decision_room.h"

static void a_machine_that_disagrees_with_itself_says_nothing(void **state)
{
    (void)state;
    decision.disagrees = true;
    add("epoll", METRIC_COST, NAN, DECISION_INVALID);
    add("epoll", METRIC_INSTRUCTIONS, 1, DECISION_EQUIVALENT);
    decision_conclude(&decision, false);
    expect(4, "Nothing can be said: this machine disagrees with itself.");
    decision.rows[0].why = xstrdup("the copy is slower");
    decision_conclude(&decision, true);
    expect(4, "Nothing can be said: this machine disagrees with itself (the copy is slower).");
}

/* What is counted does not depend on the machine. */
static void a_machine_that_disagrees_with_itself_still_counts(void **state)
{
    (void)state;
    decision.disagrees = true;
    add("epoll", METRIC_COST, NAN, DECISION_INVALID);
    struct decision_row *row = add("epoll", METRIC_INSTRUCTIONS, 1.5, DECISION_REGRESSED);
    row->ratio = estimate(1.5, NAN, NAN);
    decision_conclude(&decision, false);
    expect(1, "epoll on plaintext: instructions per request +50.0 %, past your 1 %: REGRESSED.");
}

static void a_side_that_broke_is_the_decision(void **state)
{
    (void)state;
    add("epoll", METRIC_COST, 1.5, DECISION_REGRESSED);
    decision.broken = xstrdup("base failed in 11 of its 11 rounds: it died");
    decision_conclude(&decision, false);
    expect(4, "Nothing can be compared: base failed in 11 of its 11 rounds: it died.");
    decision.is_head_broken = true;
    decision_conclude(&decision, false);
    assert_int_equal(decision.exit_code, 1);
}

/* Whatever the figures are: that is no pass. */
static void before_the_first_look_nothing_is_said(void **state)
{
    (void)state;
    struct decision_row *row = add("epoll", METRIC_COST, 1.5, DECISION_INCONCLUSIVE);
    row->is_unlooked = true;
    row->why = xstrdup("there was no time for it");
    decision_conclude(&decision, false);
    expect(3, "Nothing can be said: there was no time for it.");
    add("epoll", METRIC_INSTRUCTIONS, 1, DECISION_EQUIVALENT);
    decision_conclude(&decision, false);
    assert_int_equal(decision.exit_code, 0);
    decision_conclude(&decision, true);
    assert_int_equal(decision.exit_code, 3);
}

static void growth_is_worse_without_a_ratio(void **state)
{
    (void)state;
    gate.gates[METRIC_CONSISTENCY] = true;
    struct decision_row *row = add("epoll", METRIC_CONSISTENCY, NAN, DECISION_REGRESSED);
    row->why = xstrdup("head GROWING; base FLAT");
    decision_conclude(&decision, false);
    expect(1, "epoll on plaintext: memory over time (head GROWING; base FLAT): REGRESSED.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DECISION(a_machine_that_disagrees_with_itself_says_nothing),
        IN_DECISION(a_machine_that_disagrees_with_itself_still_counts),
        IN_DECISION(a_side_that_broke_is_the_decision),
        IN_DECISION(before_the_first_look_nothing_is_said),
        IN_DECISION(growth_is_worse_without_a_ratio),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("decision", tests, NULL, NULL);
}
