/* Which round of a duel follows from the rounds before it, and which blocks a record has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/synthetic_duel.h"

struct counts {
    unsigned pairs, fresh, check, witness, witness_fresh, looks;
};

static struct counts count(const struct result *result)
{
    struct counts counts = {0};
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        bool fresh = round->block >= result->experiment.paced.set.blocks;
        if (round->probe)
            counts.looks++;
        else if (round->role == ROLE_SOLO)
            *(fresh ? &counts.witness_fresh : &counts.witness) += 1;
        else if (round->role == ROLE_SUBJECT && result->arms[round->arm].self_check)
            counts.check++;
        else if (round->role == ROLE_SUBJECT)
            *(fresh ? &counts.fresh : &counts.pairs) += 1;
    }
    return counts;
}

static void nothing_that_changed_takes_the_first_look(void **state)
{
    (void)state;
    struct made_duel duel;
    made_duel_init(&duel);
    made_duel_run(&duel, INFINITY);
    struct counts counts = count(&duel.made.result);
    assert_int_equal(counts.pairs, LOOKS_FIRST);
    assert_int_equal(counts.fresh, 0);
    assert_int_equal(counts.check, DUEL_CHECK_BLOCKS);
    assert_int_equal(counts.witness, 2 * LOOKS_FIRST);
    made_duel_release(&duel);
}

static void what_is_worse_is_measured_again(void **state)
{
    (void)state;
    struct made_duel duel;
    made_duel_init(&duel);
    duel.cost = 1.05;
    made_duel_run(&duel, INFINITY);
    struct counts counts = count(&duel.made.result);
    assert_int_equal(counts.pairs, LOOKS_FIRST);
    assert_int_equal(counts.fresh, LOOKS_FIRST);
    made_duel_release(&duel);
}

/* An alarm of the copy is looked at once more. */
static void a_copy_that_differs_is_measured_again(void **state)
{
    (void)state;
    struct made_duel duel;
    made_duel_init(&duel);
    duel.copy_cost = 1.05;
    made_duel_run(&duel, INFINITY);
    assert_int_equal(count(&duel.made.result).check, 2 * DUEL_CHECK_BLOCKS);
    made_duel_release(&duel);
}

static void a_tail_that_only_shows_alone_is_measured_again(void **state)
{
    (void)state;
    struct made_duel duel;
    made_duel_init(&duel);
    duel.solo_p99 = 1.5;
    made_duel_run(&duel, INFINITY);
    struct counts counts = count(&duel.made.result);
    assert_int_equal(counts.fresh, 0);
    assert_int_equal(counts.witness_fresh, 2 * LOOKS_FIRST);
    made_duel_release(&duel);
}

static void what_is_fixed_is_measured_and_no_more(void **state)
{
    (void)state;
    struct made_duel duel;
    made_duel_init(&duel);
    duel.cost = 1.05;
    duel.rules = (struct duel_rules){.has_witness = true, .pairs = 3, .witness = 4};
    made_duel_run(&duel, INFINITY);
    struct counts counts = count(&duel.made.result);
    assert_int_equal(counts.pairs, 3);
    assert_int_equal(counts.witness, 8);
    assert_int_equal(counts.check, DUEL_CHECK_BLOCKS);
    assert_int_equal(counts.fresh + counts.witness_fresh, 0);
    made_duel_release(&duel);
}

static void the_budget_ends_it_before_a_round_that_does_not_fit(void **state)
{
    (void)state;
    struct made_duel duel;
    made_duel_init(&duel);
    made_duel_run(&duel, 120);
    assert_true(duel_plan_spent_s(&duel.made.result) <= 120);
    assert_true(duel_plan_spent_s(&duel.made.result) > 100);
    struct round_plan plan;
    assert_int_equal(duel_plan_next(&plan, &duel.made.result, &duel.gate, &duel.rules, 120, 0),
                     DUEL_STEP_BUDGET);
    assert_int_equal(duel_plan_next(&plan, &duel.made.result, &duel.gate, &duel.rules, 1000, 0),
                     DUEL_STEP_NEXT);
    assert_int_equal(duel_plan_next(&plan, &duel.made.result, &duel.gate, &duel.rules, 1000, 999),
                     DUEL_STEP_BUDGET);
    made_duel_release(&duel);
}

/* So a duel that was cut off anywhere goes on where it was. */
static void every_prefix_gives_the_round_that_followed(void **state)
{
    (void)state;
    struct made_duel duel;
    made_duel_init(&duel);
    duel.cost = 1.05;
    duel.solo_p99 = 1.5;
    made_duel_run(&duel, INFINITY);
    struct result *result = &duel.made.result;
    size_t all = result->round_count;
    for (size_t i = 1; i < all; i++) {
        const struct round *next = &result->rounds[i];
        struct round_plan plan;
        if (next->role == ROLE_REFERENCE)
            continue;
        result->round_count = i;
        assert_int_equal(duel_plan_next(&plan, result, &duel.gate, &duel.rules, INFINITY, 0),
                         DUEL_STEP_NEXT);
        assert_int_equal(plan.number, next->number);
        assert_int_equal(plan.arms[0], next->arm);
        assert_int_equal(plan.block, next->block);
        assert_int_equal(plan.rate_rps, next->rate_rps);
    }
    result->round_count = all;
    made_duel_release(&duel);
}

static void mark(struct result *result, size_t from, enum reason_code code)
{
    for (size_t i = from; i < result->round_count; i++)
        outcome_add(&result->rounds[i].outcome, code, "made up");
}

static struct round_plan next_of(struct made_duel *duel)
{
    struct round_plan plan;
    assert_int_equal(
        duel_plan_next(&plan, &duel->made.result, &duel->gate, &duel->rules, INFINITY, 0),
        DUEL_STEP_NEXT);
    return plan;
}

static void a_try_that_was_interrupted_is_made_again(void **state)
{
    (void)state;
    struct made_duel duel;
    made_duel_init(&duel);
    made_duel_step(&duel, INFINITY);
    mark(&duel.made.result, 0, REASON_INTERRUPTED);
    struct round_plan plan = next_of(&duel);
    assert_int_equal(plan.number, 1);
    assert_int_equal(plan.attempt, 1);
    assert_false(plan.is_repeat);
    made_duel_release(&duel);
}

/* A pair bears interference; not a generator that was late. */
static void a_pair_is_tried_once_more_only_if_its_load_was_spoiled(void **state)
{
    (void)state;
    static const struct {
        enum reason_code code;
        bool again;
    } table[] = {{REASON_INTERFERED, false}, {REASON_PORTS, true}, {REASON_DIED, false}};
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct made_duel duel;
        made_duel_init(&duel);
        made_duel_step(&duel, INFINITY);
        mark(&duel.made.result, 0, table[i].code);
        struct round_plan plan = next_of(&duel);
        assert_int_equal(plan.number, table[i].again ? 1 : 2);
        assert_int_equal(plan.is_repeat, table[i].again);
        made_duel_release(&duel);
    }
}

static void base_and_head_change_who_is_first_alone(void **state)
{
    (void)state;
    struct made_duel duel;
    unsigned heads_first = 0;
    made_duel_init(&duel);
    made_duel_run(&duel, INFINITY);
    for (size_t i = 0; i < duel.made.result.round_count; i++) {
        const struct round *round = &duel.made.result.rounds[i];
        if (round->role == ROLE_SOLO && round->position == 0)
            heads_first += strcmp(duel.made.result.arms[round->arm].id, DUEL_HEAD) == 0;
    }
    assert_true(heads_first > 1 && heads_first < LOOKS_FIRST - 1);
    made_duel_release(&duel);
}

/* What each gets in a pair it gets alone, over as many connections. */
static void alone_each_is_asked_what_it_gets_in_a_pair(void **state)
{
    (void)state;
    struct made_duel duel;
    unsigned connections = 0;
    made_duel_init(&duel);
    made_duel_run(&duel, INFINITY);
    for (size_t i = 0; i < duel.made.result.round_count; i++) {
        const struct round *round = &duel.made.result.rounds[i];
        connections = connections ? connections : round->connections;
        assert_int_equal(round->rate_rps,
                         round->role == ROLE_SOLO ? DUEL_RATE_RPS / 2 : DUEL_RATE_RPS);
        assert_int_equal(round->connections, connections);
    }
    made_duel_release(&duel);
}

static void without_a_rate_looks_come_first(void **state)
{
    (void)state;
    struct made_duel duel;
    made_duel_init(&duel);
    duel.made.result.experiment.paced.rate_rps = 0;
    for (int i = 0; i < 3; i++)
        made_duel_step(&duel, INFINITY);
    struct result *result = &duel.made.result;
    assert_int_equal(count(result).looks, 2);
    assert_true(result->rounds[0].arm != result->rounds[1].arm);
    assert_int_equal(result->rounds[2].rate_rps, DUEL_RATE_RPS);
    made_duel_release(&duel);
}

/* 80,000 requests in a look of a second; or few. */
static void a_rate_is_never_above_half_of_the_slower_one(void **state)
{
    (void)state;
    struct made_duel duel;
    made_duel_init(&duel);
    duel.made.result.experiment.paced.rate_rps = 0;
    for (int i = 0; i < 2; i++)
        made_duel_step(&duel, INFINITY);
    assert_int_equal(duel_plan_rate(&duel.made.result, 0), DUEL_RATE_RPS);
    duel.made.result.rounds[0].requests_count = 9000;
    assert_int_equal(duel_plan_rate(&duel.made.result, 0), 2000);
    made_duel_release(&duel);
}

static void a_round_of_another_plan_is_told(void **state)
{
    (void)state;
    struct made_duel duel;
    struct round_plan plan;
    made_duel_init(&duel);
    made_duel_step(&duel, INFINITY);
    duel.made.result.rounds[0].block = 7;
    assert_int_equal(duel_plan_next(&plan, &duel.made.result, &duel.gate, &duel.rules, INFINITY, 0),
                     DUEL_STEP_FOREIGN);
    made_duel_release(&duel);
}

/* Not what it has for itself alone, which has pages of files. */
static void memory_is_what_was_allocated(void **state)
{
    (void)state;
    struct made_duel made;
    struct duel duel;
    made_duel_init(&made);
    made_duel_run(&made, INFINITY);
    struct result *result = &made.made.result;
    for (size_t i = 0; i < result->round_count; i++)
        result->rounds[i].memory = (struct memory){
            .uss_bytes = 7 << 20, .anon_bytes = 3 << 20, .idle_anon_bytes = 2 << 20};
    duel_init(&duel, "epoll", &made.gate, &made.rules);
    duel_read(&duel, result, UINT32_MAX);
    const struct duel_stretch *pairs = &duel.workloads[0].stretches[DUEL_PAIRS][DUEL_FIRST];
    assert_true(pairs->blocks[0].base[METRIC_MEMORY] == 3 << 20);
    assert_true(pairs->blocks[0].head[METRIC_MEMORY_IDLE] == 2 << 20);
    duel_release(&duel);
    made_duel_release(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_changed_takes_the_first_look),
        cmocka_unit_test(what_is_worse_is_measured_again),
        cmocka_unit_test(a_copy_that_differs_is_measured_again),
        cmocka_unit_test(a_tail_that_only_shows_alone_is_measured_again),
        cmocka_unit_test(what_is_fixed_is_measured_and_no_more),
        cmocka_unit_test(the_budget_ends_it_before_a_round_that_does_not_fit),
        cmocka_unit_test(every_prefix_gives_the_round_that_followed),
        cmocka_unit_test(a_try_that_was_interrupted_is_made_again),
        cmocka_unit_test(a_pair_is_tried_once_more_only_if_its_load_was_spoiled),
        cmocka_unit_test(base_and_head_change_who_is_first_alone),
        cmocka_unit_test(alone_each_is_asked_what_it_gets_in_a_pair),
        cmocka_unit_test(without_a_rate_looks_come_first),
        cmocka_unit_test(a_rate_is_never_above_half_of_the_slower_one),
        cmocka_unit_test(a_round_of_another_plan_is_told),
        cmocka_unit_test(memory_is_what_was_allocated),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("duel plan", tests, NULL, NULL);
}
