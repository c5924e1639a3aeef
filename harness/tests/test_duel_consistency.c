/* When a head's memory grows where its base's does not, and what of that is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "analyse/duel_consistency.h"
#include "analyse/duel_read.h"
#include "tests/synthetic_consistency.h"

enum fate { FLAT, GROWS, GROWS_UNCONFIRMED, CUT, NEVER };

static void go_through(struct synthetic *made, const char *id, enum fate fate)
{
    bool grows = fate == GROWS || fate == GROWS_UNCONFIRMED;
    struct habitual habitual = {id, MIB_OF(6), 8000, 40e3, grows ? HABIT_LEAKS : HABIT_FLAT,
                                1,  0,         0,    1};
    size_t arm = synthetic_arm(made, id);
    if (fate == NEVER)
        return;
    struct round *round = synthetic_phases_round(made, arm, &habitual, 1);
    if (fate == CUT)
        synthetic_interrupt(round, 31);
    if (fate == GROWS)
        synthetic_phases_round(made, arm, &habitual, 4);
}

static void judge(struct decision *decision, struct gate *gate, struct synthetic *made,
                  enum fate base, enum fate head)
{
    gate_init(gate);
    memset(gate->gates, 0, sizeof gate->gates);
    gate->gates[METRIC_CONSISTENCY] = true;
    synthetic_consistency_init(made);
    go_through(made, DUEL_BASE, base);
    go_through(made, DUEL_HEAD, head);
    decision_init(decision, "main", "HEAD", gate);
    duel_consistency_add_row(decision, "epoll", &made->result, 0);
    decision_conclude(decision, true);
}

static void release(struct decision *decision, struct gate *gate, struct synthetic *made)
{
    decision_release(decision);
    gate_release(gate);
    result_release(&made->result);
}

static void growth_is_worse_where_the_base_is_flat(void **state)
{
    (void)state;
    static const struct {
        enum fate base, head;
        enum decision_word word;
        unsigned exit_code;
        const char *why;
    } table[] = {
        {FLAT, FLAT, DECISION_EQUIVALENT, 0, "head FLAT; base FLAT"},
        {FLAT, GROWS, DECISION_REGRESSED, 1, "head GROWING, 1.0 bytes a request; base FLAT"},
        {GROWS, FLAT, DECISION_IMPROVED, 0, "head FLAT; base GROWING, 1.0 bytes a request"},
        {GROWS, GROWS, DECISION_INCONCLUSIVE, 3, "head GROWING, 1.0 bytes a request; base GROWING"},
        {FLAT, GROWS_UNCONFIRMED, DECISION_INCONCLUSIVE, 3, "head GROWING so far"},
        {GROWS_UNCONFIRMED, GROWS, DECISION_INCONCLUSIVE, 3, "base GROWING so far"},
        {FLAT, CUT, DECISION_INCONCLUSIVE, 3, "head UNDECIDED"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct decision decision;
        struct gate gate;
        struct synthetic made;
        judge(&decision, &gate, &made, table[i].base, table[i].head);
        assert_int_equal(decision.count, 1);
        assert_int_equal(decision.rows[0].word, table[i].word);
        assert_int_equal(decision.exit_code, table[i].exit_code);
        if (!strstr(decision.rows[0].why, table[i].why))
            fail_msg("%s", decision.rows[0].why);
        release(&decision, &gate, &made);
    }
}

static void a_confirmed_growth_is_the_headline(void **state)
{
    (void)state;
    struct decision decision;
    struct gate gate;
    struct synthetic made;
    judge(&decision, &gate, &made, FLAT, GROWS);
    assert_string_equal(decision.headline,
                        "epoll on plaintext: memory over time (head GROWING, 1.0 bytes a "
                        "request; base FLAT): REGRESSED, confirmed.");
    release(&decision, &gate, &made);
}

static void without_phases_there_is_no_row(void **state)
{
    (void)state;
    struct decision decision;
    struct gate gate;
    struct synthetic made;
    judge(&decision, &gate, &made, NEVER, NEVER);
    assert_int_equal(decision.count, 0);
    release(&decision, &gate, &made);
}

static void one_side_alone_says_nothing(void **state)
{
    (void)state;
    struct decision decision;
    struct gate gate;
    struct synthetic made;
    judge(&decision, &gate, &made, NEVER, GROWS);
    assert_int_equal(decision.rows[0].word, DECISION_INVALID);
    release(&decision, &gate, &made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth_is_worse_where_the_base_is_flat),
        cmocka_unit_test(a_confirmed_growth_is_the_headline),
        cmocka_unit_test(without_phases_there_is_no_row),
        cmocka_unit_test(one_side_alone_says_nothing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("duel consistency", tests, NULL, NULL);
}
