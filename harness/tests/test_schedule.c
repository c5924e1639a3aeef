#include "measure/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { THREAD, EPOLL, URING, CEILING, PRIME, ARMS };
enum { PLAINTEXT, JSON, PIPELINE, WORKLOADS };

static void add_arm(struct result *result, size_t index, const char *id)
{
    struct arm *arm = &result->arms[index];
    server_info_init(&arm->server, id, "/bin/false");
    arm->id = xstrdup(id);
}

static void set(struct round_set *set, const char *workloads, unsigned blocks)
{
    strings_split(&set->workloads, workloads);
    set->blocks = blocks;
    set->warmup_s = 1;
    set->window_s = 2;
}

/* The shape of bench: three models, a ceiling, the self-check's copy. */
static void make_result(struct result *result)
{
    static const char *const workloads[] = {"plaintext", "json", "pipeline"};
    result_init(result);
    result->arm_count = ARMS;
    result->arms = xcalloc(ARMS, sizeof(*result->arms));
    add_arm(result, THREAD, "thread");
    add_arm(result, EPOLL, "epoll");
    add_arm(result, URING, "uring");
    add_arm(result, CEILING, "ceiling");
    add_arm(result, PRIME, "epoll'");
    result->arms[CEILING].server.ceiling = true;
    result->arms[PRIME].self_check = true;
    result->workload_count = WORKLOADS;
    result->workloads = xcalloc(WORKLOADS, sizeof(*result->workloads));
    for (size_t i = 0; i < WORKLOADS; i++) {
        result->workloads[i].workload.name = xstrdup(workloads[i]);
        result->workloads[i].workload.route = xstrdup(i == JSON ? "json" : "plaintext");
    }
    free(result->experiment.reference);
    result->experiment.reference = xstrdup("epoll");
    set(&result->experiment.paired, "plaintext json", 6);
    set(&result->experiment.solo, "plaintext json", 3);
    set(&result->experiment.glance, "pipeline", 1);
    strings_add(&result->experiment.ceilings, "plaintext");
    strings_add(&result->experiment.self_check, "plaintext");
    result->seed = 42;
}

static size_t count(const struct schedule *schedule, unsigned arms, uint32_t arm, uint32_t workload,
                    int block)
{
    size_t found = 0;
    for (size_t i = 0; i < schedule->count; i++) {
        const struct round_plan *plan = &schedule->plans[i];
        if (plan->arm_count == arms && plan->arms[0] == arm && plan->workload == workload &&
            !plan->glance && (block < 0 || plan->block == (uint32_t)block))
            found++;
    }
    return found;
}

static void every_block_pairs_every_subject_once(void **state)
{
    struct result result;
    struct schedule schedule;
    (void)state;
    make_result(&result);
    schedule_make(&schedule, &result);
    for (int block = 0; block < 6; block++) {
        assert_int_equal(count(&schedule, 2, THREAD, PLAINTEXT, block), 1);
        assert_int_equal(count(&schedule, 2, URING, PLAINTEXT, block), 1);
        assert_int_equal(count(&schedule, 2, CEILING, PLAINTEXT, block), 1);
        assert_int_equal(count(&schedule, 2, PRIME, PLAINTEXT, block), 1);
        assert_int_equal(count(&schedule, 2, EPOLL, PLAINTEXT, block), 0);
        assert_int_equal(count(&schedule, 2, THREAD, JSON, block), 1);
        assert_int_equal(count(&schedule, 2, CEILING, JSON, block), 0);
        assert_int_equal(count(&schedule, 2, PRIME, JSON, block), 0);
        assert_int_equal(count(&schedule, 1, EPOLL, PLAINTEXT, block), block < 3 ? 1 : 0);
        assert_int_equal(count(&schedule, 1, PRIME, PLAINTEXT, block), 0);
    }
    for (size_t i = 0; i < schedule.count; i++) {
        assert_int_equal(schedule.plans[i].number, i + 1);
        assert_true(schedule.plans[i].arm_count == 1 || schedule.plans[i].arms[1] == EPOLL);
    }
    schedule_release(&schedule);
    result_release(&result);
}

/* Field by field: there are bytes between the fields. */
static bool are_equal(const struct round_plan *a, const struct round_plan *b)
{
    return a->number == b->number && a->arms[0] == b->arms[0] && a->arms[1] == b->arms[1] &&
           a->arm_count == b->arm_count && a->swap_start == b->swap_start &&
           a->workload == b->workload && a->glance == b->glance && a->block == b->block &&
           a->position == b->position &&
           a->environment_padding_bytes == b->environment_padding_bytes;
}

static size_t count_equal(const struct schedule *a, const struct schedule *b)
{
    size_t equal = 0;
    for (size_t i = 0; i < a->count && i < b->count; i++)
        equal += are_equal(&a->plans[i], &b->plans[i]);
    return equal;
}

static void the_same_seed_gives_the_same_order_and_another_one_another(void **state)
{
    struct result result;
    struct schedule first, again, other;
    (void)state;
    make_result(&result);
    schedule_make(&first, &result);
    schedule_make(&again, &result);
    result.seed = 43;
    schedule_make(&other, &result);
    assert_int_equal(first.count, other.count);
    assert_int_equal(count_equal(&first, &again), first.count);
    assert_true(count_equal(&first, &other) < first.count);
    schedule_release(&first);
    schedule_release(&again);
    schedule_release(&other);
    result_release(&result);
}

static void order_and_side_are_balanced_over_seeds(void **state)
{
    struct result result;
    unsigned first_is_thread = 0, swapped = 0, pairs = 0;
    (void)state;
    make_result(&result);
    enum { SEEDS = 2000 };
    for (result.seed = 0; result.seed < SEEDS; result.seed++) {
        struct schedule schedule;
        schedule_make(&schedule, &result);
        first_is_thread += schedule.plans[0].arms[0] == THREAD;
        for (size_t i = 0; i < schedule.count; i++)
            if (schedule.plans[i].arm_count == 2) {
                pairs++;
                swapped += schedule.plans[i].swap_start;
            }
        schedule_release(&schedule);
    }
    /* a block has 14 rounds, 5 of them led by thread or followed by it: 2 paired and 2 solo are
     * thread's */
    double share = (double)first_is_thread / SEEDS;
    assert_true(share > 4.0 / 14 - 0.04 && share < 4.0 / 14 + 0.04);
    double side = (double)swapped / pairs;
    assert_true(side > 0.49 && side < 0.51);
    result_release(&result);
}

static void a_differing_self_check_is_repeated_on_fresh_blocks_alone(void **state)
{
    struct result result;
    struct schedule schedule;
    (void)state;
    make_result(&result);
    schedule_make_self_check(&schedule, &result, 100);
    assert_int_equal(schedule.count, 6);
    for (size_t i = 0; i < schedule.count; i++) {
        assert_int_equal(schedule.plans[i].number, 101 + i);
        assert_int_equal(schedule.plans[i].block, 6 + i);
        assert_int_equal(schedule.plans[i].arms[0], PRIME);
        assert_int_equal(schedule.plans[i].arms[1], EPOLL);
        assert_int_equal(schedule.plans[i].workload, PLAINTEXT);
    }
    schedule_release(&schedule);
    result_release(&result);
}

static void what_is_excluded_or_not_declared_is_not_planned(void **state)
{
    struct result result;
    struct schedule schedule;
    (void)state;
    make_result(&result);
    result.arms[THREAD].excluded = xstrdup("it failed its checks");
    strings_add(&result.arms[URING].server.routes, "json");
    strings_add(&result.arms[EPOLL].skipped_workloads, "pipeline");
    schedule_make(&schedule, &result);
    assert_int_equal(count(&schedule, 2, THREAD, PLAINTEXT, -1), 0);
    assert_int_equal(count(&schedule, 1, THREAD, JSON, -1), 0);
    assert_int_equal(count(&schedule, 2, URING, PLAINTEXT, -1), 0);
    assert_int_equal(count(&schedule, 2, URING, JSON, -1), 6);
    for (size_t i = 0; i < schedule.count; i++)
        assert_false(schedule.plans[i].glance);
    schedule_release(&schedule);
    result_release(&result);
}

/* Who declares nothing is asked for everything else. */
static void where_another_server_stands_behind_only_who_declares_the_route_is_planned(void **state)
{
    struct result result;
    struct schedule schedule;
    (void)state;
    make_result(&result);
    result.workloads[JSON].workload.upstream = xstrdup("epoll");
    strings_split(&result.arms[EPOLL].server.routes, "plaintext json");
    strings_split(&result.arms[URING].server.routes, "json");
    schedule_make(&schedule, &result);
    assert_int_equal(count(&schedule, 2, THREAD, PLAINTEXT, -1), 6);
    assert_int_equal(count(&schedule, 2, THREAD, JSON, -1), 0);
    assert_int_equal(count(&schedule, 1, THREAD, JSON, -1), 0);
    assert_int_equal(count(&schedule, 2, URING, JSON, -1), 6);
    assert_int_equal(count(&schedule, 1, EPOLL, JSON, -1), 3);
    schedule_release(&schedule);
    result_release(&result);
}

static void without_its_reference_nothing_is_paired(void **state)
{
    struct result result;
    struct schedule schedule;
    (void)state;
    make_result(&result);
    result.arms[EPOLL].excluded = xstrdup("it failed its checks");
    schedule_make(&schedule, &result);
    assert_true(schedule.count > 0);
    for (size_t i = 0; i < schedule.count; i++)
        assert_int_equal(schedule.plans[i].arm_count, 1);
    schedule_release(&schedule);
    result_release(&result);
}

/* The copy of a ceiling is paired where the self-check is asked for, not wherever ceilings are. */
static void a_ceiling_can_be_the_reference(void **state)
{
    struct result result;
    struct schedule schedule;
    (void)state;
    make_result(&result);
    free(result.experiment.reference);
    result.experiment.reference = xstrdup("ceiling");
    result.arms[PRIME].server.ceiling = true;
    strings_add(&result.experiment.ceilings, "json");
    schedule_make(&schedule, &result);
    assert_int_equal(count(&schedule, 2, EPOLL, PLAINTEXT, -1), 6);
    assert_int_equal(count(&schedule, 2, URING, JSON, -1), 6);
    assert_int_equal(count(&schedule, 2, PRIME, PLAINTEXT, -1), 6);
    assert_int_equal(count(&schedule, 2, PRIME, JSON, -1), 0);
    for (size_t i = 0; i < schedule.count; i++)
        assert_true(schedule.plans[i].arm_count == 1 || schedule.plans[i].arms[1] == CEILING);
    schedule_release(&schedule);
    result_release(&result);
}

static void a_budget_drops_blocks_first_and_never_below_six(void **state)
{
    struct result result;
    struct schedule schedule;
    (void)state;
    make_result(&result);
    result.experiment.paired.blocks = 12;
    assert_true(schedule_fit(&result, 1e9));
    assert_int_equal(result.experiment.paired.blocks, 12);
    assert_int_equal(result.notes.count, 0);
    schedule_make(&schedule, &result);
    assert_true(schedule_fit(&result, schedule_seconds(&schedule) - 1));
    schedule_release(&schedule);
    assert_int_equal(result.experiment.paired.blocks, 11);
    assert_int_equal(result.experiment.paired.workloads.count, 2);
    assert_int_equal(result.notes.count, 1);
    assert_string_equal(result.notes.items[0], "budget: 11 paired blocks instead of 12");
    assert_true(schedule_fit(&result, 110));
    assert_int_equal(result.experiment.paired.blocks, SCHEDULE_BLOCKS_MIN);
    assert_int_equal(result.experiment.paired.workloads.count, 1);
    assert_string_equal(result.experiment.paired.workloads.items[0], "plaintext");
    assert_false(schedule_fit(&result, 10));
    result_release(&result);
}

/* What is left after each step, from the whole down to the least:
 * a budget just too small for one step asks for the next. */
static void a_budget_drops_in_the_order_that_the_header_promises(void **state)
{
    static const struct {
        unsigned paired_blocks;
        size_t glances;
        unsigned solo_blocks;
        size_t workloads;
    } steps[] = {
        {8, 2, 3, 2}, {7, 2, 3, 2}, {6, 2, 3, 2}, {6, 1, 3, 2},
        {6, 0, 3, 2}, {6, 0, 2, 2}, {6, 0, 1, 2}, {6, 0, 1, 1},
    };
    enum { STEPS = sizeof(steps) / sizeof(*steps) };
    struct result result;
    (void)state;
    make_result(&result);
    result.experiment.paired.blocks = 8;
    strings_add(&result.experiment.glance.workloads, "json");
    for (size_t i = 0; i < STEPS; i++) {
        const struct experiment *now = &result.experiment;
        struct schedule schedule;
        assert_int_equal(now->paired.blocks, steps[i].paired_blocks);
        assert_int_equal(now->glance.workloads.count, steps[i].glances);
        assert_int_equal(now->solo.blocks, steps[i].solo_blocks);
        assert_int_equal(now->paired.workloads.count, steps[i].workloads);
        assert_int_equal(now->solo.workloads.count, steps[i].workloads);
        schedule_make(&schedule, &result);
        bool fits = schedule_fit(&result, schedule_seconds(&schedule) - 0.001);
        schedule_release(&schedule);
        assert_true(fits == (i + 1 < STEPS));
    }
    result_release(&result);
}

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_block_pairs_every_subject_once),
        cmocka_unit_test(the_same_seed_gives_the_same_order_and_another_one_another),
        cmocka_unit_test(order_and_side_are_balanced_over_seeds),
        cmocka_unit_test(a_differing_self_check_is_repeated_on_fresh_blocks_alone),
        cmocka_unit_test(what_is_excluded_or_not_declared_is_not_planned),
        cmocka_unit_test(where_another_server_stands_behind_only_who_declares_the_route_is_planned),
        cmocka_unit_test(without_its_reference_nothing_is_paired),
        cmocka_unit_test(a_ceiling_can_be_the_reference),
        cmocka_unit_test(a_budget_drops_blocks_first_and_never_below_six),
        cmocka_unit_test(a_budget_drops_in_the_order_that_the_header_promises),
    };
    return cmocka_run_group_tests_name("schedule", tests, NULL, NULL);
}
