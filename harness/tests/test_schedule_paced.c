/* Which rounds at a rate an experiment has, what looks come
 * before them, and what of them a budget leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "measure/schedule.h"
#include "measure/settled.h"

enum { THREAD, EPOLL, CEILING, PRIME, ARMS };
enum { PLAINTEXT, JSON, WORKLOADS };

static void set(struct round_set *set, const char *workloads, unsigned blocks)
{
    strings_split(&set->workloads, workloads);
    set->blocks = blocks;
    set->warmup_s = 1;
    set->window_s = 3;
}

/* Two models, a ceiling and the self-check's copy; pairs at
 * saturation on both workloads, at a rate on one. */
static void make_result(struct result *result)
{
    static const char *const ids[] = {"thread", "epoll", "ceiling", "epoll'"};
    static const char *const workloads[] = {"plaintext", "json"};
    result_init(result);
    for (size_t i = 0; i < ARMS; i++)
        server_info_init(&result_add_arm(result, ids[i])->server, ids[i], "/bin/false");
    result->arms[CEILING].server.ceiling = true;
    result->arms[PRIME].self_check = true;
    for (size_t i = 0; i < WORKLOADS; i++) {
        struct workload *workload = &result_add_workload(result)->workload;
        workload->name = xstrdup(workloads[i]);
        workload->route = xstrdup(workloads[i]);
    }
    result->experiment.reference = xstrdup("epoll");
    set(&result->experiment.paired, "plaintext json", 6);
    set(&result->experiment.solo, "plaintext", 3);
    set(&result->experiment.paced.set, "plaintext", 6);
    strings_add(&result->experiment.ceilings, "plaintext");
    strings_add(&result->experiment.self_check, "plaintext");
    result->seed = 42;
}

static bool is_paced(const struct round_plan *plan)
{
    return plan->paced;
}

static bool is_look(const struct round_plan *plan)
{
    return plan->probe;
}

static size_t count(const struct schedule *schedule, bool (*is)(const struct round_plan *), int arm,
                    int block)
{
    size_t found = 0;
    for (size_t i = 0; i < schedule->count; i++) {
        const struct round_plan *plan = &schedule->plans[i];
        found += is(plan) && (arm < 0 || plan->arms[0] == (uint32_t)arm) &&
                 (block < 0 || plan->block == (uint32_t)block);
    }
    return found;
}

static void every_block_pairs_every_model_once_at_a_rate(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    make_result(&result);
    schedule_make(&schedule, &result);
    for (int block = 0; block < 6; block++) {
        assert_int_equal(count(&schedule, is_paced, THREAD, block), 1);
        assert_int_equal(count(&schedule, is_paced, PRIME, block), 1);
        assert_int_equal(count(&schedule, is_paced, EPOLL, block), 0);
        assert_int_equal(count(&schedule, is_paced, CEILING, block), 0);
    }
    assert_int_equal(count(&schedule, is_paced, -1, -1), 12);
    for (size_t i = 0; i < schedule.count; i++) {
        const struct round_plan *plan = &schedule.plans[i];
        assert_int_equal(plan->number, i + 1);
        if (!plan->paced)
            continue;
        assert_int_equal(plan->arm_count, 2);
        assert_int_equal(plan->arms[1], EPOLL);
        assert_int_equal(plan->workload, PLAINTEXT);
        assert_int_equal(plan->warmup_s, 1);
        assert_int_equal(plan->window_s, 3);
        assert_int_equal(plan->rate_rps, 0);
    }
    schedule_release(&schedule);
    result_release(&result);
}

static void one_look_at_each_model_comes_first(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    make_result(&result);
    schedule_make(&schedule, &result);
    assert_int_equal(count(&schedule, is_look, -1, -1), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(schedule.plans[i].probe);
        assert_int_equal(schedule.plans[i].arm_count, 1);
    }
    assert_int_equal(count(&schedule, is_look, THREAD, -1), 1);
    assert_int_equal(count(&schedule, is_look, EPOLL, -1), 1);
    schedule_release(&schedule);
    result_release(&result);
}

static void a_rate_that_is_said_needs_no_look(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    make_result(&result);
    result.experiment.paced.rate_rps = 5000;
    schedule_make(&schedule, &result);
    assert_int_equal(count(&schedule, is_look, -1, -1), 0);
    for (size_t i = 0; i < schedule.count; i++)
        assert_int_equal(schedule.plans[i].rate_rps, schedule.plans[i].paced ? 5000 : 0);
    schedule_release(&schedule);
    result_release(&result);
}

static void where_nobody_is_paired_nobody_is_looked_at(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    make_result(&result);
    result.arms[EPOLL].excluded = xstrdup("gone");
    schedule_make(&schedule, &result);
    assert_int_equal(count(&schedule, is_look, -1, -1), 0);
    assert_int_equal(count(&schedule, is_paced, -1, -1), 0);
    schedule_release(&schedule);
    result_release(&result);
}

static void a_paced_block_lies_among_the_others_of_its_block(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    uint32_t before = 0;
    size_t changes = 0;
    make_result(&result);
    schedule_make(&schedule, &result);
    for (size_t i = 2; i < schedule.count; i++) {
        assert_true(schedule.plans[i].block >= before);
        before = schedule.plans[i].block;
        changes += schedule.plans[i].paced != schedule.plans[i - 1].paced;
    }
    assert_true(changes > 12); /* of 6 blocks that hold 2 of 5 to 8: not one after the others */
    schedule_release(&schedule);
    result_release(&result);
}

static void fresh_self_checks_are_at_saturation_and_at_a_rate(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    make_result(&result);
    schedule_make_self_check(&schedule, &result, 100);
    assert_int_equal(schedule.count, 12);
    assert_int_equal(count(&schedule, is_paced, PRIME, -1), 6);
    for (size_t i = 0; i < schedule.count; i++) {
        assert_int_equal(schedule.plans[i].arms[0], PRIME);
        assert_int_equal(schedule.plans[i].number, 101 + i);
        assert_in_range(schedule.plans[i].block, 6, 11);
    }
    schedule_release(&schedule);
    result_release(&result);
}

static void a_round_at_a_rate_takes_its_warm_up_its_window_and_some_more(void **state)
{
    (void)state;
    struct round_plan paced = {.paced = true, .warmup_s = 1, .window_s = 3};
    double seconds = schedule_round_seconds(&paced);
    assert_true(seconds > 4.3 && seconds < 5.5);
}

static void a_budget_takes_paced_blocks_first_and_then_their_workloads(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    make_result(&result);
    result.experiment.paced.set.blocks = 9;
    schedule_make(&schedule, &result);
    assert_true(schedule_fit(&result, schedule_seconds(&schedule) - 1));
    assert_int_equal(result.experiment.paced.set.blocks, 8);
    assert_int_equal(result.experiment.paired.blocks, 6);
    assert_int_equal(result.notes.count, 1); /* of nothing else did anything become less */
    assert_string_equal(result.notes.items[0], "budget: rounds at a rate in 8 blocks instead of 9");
    schedule_release(&schedule);

    result.experiment.paced.set.blocks = 6;
    result.experiment.solo.blocks = 1;
    schedule_make(&schedule, &result);
    assert_true(schedule_fit(&result, schedule_seconds(&schedule) - 1));
    assert_int_equal(result.experiment.paced.set.workloads.count, 0);
    assert_int_equal(result.experiment.paired.workloads.count, 2);
    assert_string_equal(result.notes.items[1], "budget: rounds at a rate are left out");
    schedule_release(&schedule);
    result_release(&result);
}

/* What was measured of a schedule is taken out of it again, by kind. */
static void add_round(struct result *result, const struct round_plan *plan, bool open)
{
    for (unsigned i = 0; i < plan->arm_count; i++) {
        struct round round;
        round_init(&round);
        round.number = plan->number;
        round.arm = plan->arms[i];
        round.workload = plan->workload;
        round.block = plan->block;
        round.position = plan->position;
        round.probe = plan->probe;
        round.load_kind = open ? LOAD_OPEN : LOAD_CLOSED;
        result_add_round(result, &round);
    }
}

static void what_a_record_holds_is_not_measured_again(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    char *error = NULL;
    make_result(&result);
    schedule_make(&schedule, &result);
    size_t all = schedule.count;
    for (size_t i = 0; i < 9; i++)
        add_round(&result, &schedule.plans[i], schedule.plans[i].paced);
    assert_int_equal(settled_take_out(&schedule, &result, &error), 0);
    assert_int_equal(schedule.count, all - 9);
    schedule_release(&schedule);
    result_release(&result);
}

static void a_closed_round_in_the_place_of_one_at_a_rate_is_foreign(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    char *error = NULL;
    make_result(&result);
    schedule_make(&schedule, &result);
    size_t i = 0;
    while (!schedule.plans[i].paced)
        i++;
    add_round(&result, &schedule.plans[i], false);
    assert_int_equal(settled_take_out(&schedule, &result, &error), -1);
    assert_non_null(strstr(error, "is none of this experiment's"));
    free(error);
    schedule_release(&schedule);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_pairs_every_model_once_at_a_rate),
        cmocka_unit_test(one_look_at_each_model_comes_first),
        cmocka_unit_test(a_rate_that_is_said_needs_no_look),
        cmocka_unit_test(where_nobody_is_paired_nobody_is_looked_at),
        cmocka_unit_test(a_paced_block_lies_among_the_others_of_its_block),
        cmocka_unit_test(fresh_self_checks_are_at_saturation_and_at_a_rate),
        cmocka_unit_test(a_round_at_a_rate_takes_its_warm_up_its_window_and_some_more),
        cmocka_unit_test(a_budget_takes_paced_blocks_first_and_then_their_workloads),
        cmocka_unit_test(what_a_record_holds_is_not_measured_again),
        cmocka_unit_test(a_closed_round_in_the_place_of_one_at_a_rate_is_foreign),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("schedule_paced", tests, NULL, NULL);
}
