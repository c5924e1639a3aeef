/* The rounds that take connections up: which, how long they take,
 * what a budget leaves of them, and how a record has them. */
#include "measure/schedule_stairs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/result_json.h"
#include "measure/settled.h"

enum { EPOLL, THREAD, CEILING, ARMS };
enum { LADDER_MOST_S = 45 };

static void make_result(struct result *result)
{
    static const char *const names[ARMS] = {"epoll", "thread", "ceiling"};
    result_init(result);
    for (size_t i = 0; i < ARMS; i++) {
        struct arm *arm = result_add_arm(result, names[i]);
        server_info_init(&arm->server, names[i], "/bin/false");
    }
    result->arms[CEILING].server.ceiling = true;
    struct workload *workload = &result_add_workload(result)->workload;
    workload->name = xstrdup("plaintext");
    workload->route = xstrdup("plaintext");
    strings_add(&result->experiment.ceilings, "plaintext");
    result->experiment.workers = 1;
    result->experiment.reference = xstrdup("epoll");
    result->experiment.stairs = (struct stairs_set){.set = {.blocks = 6, .window_s = 2},
                                                    .connections = {{64, 256, 1024, 4096}, 4}};
    strings_add(&result->experiment.stairs.set.workloads, "plaintext");
    result->seed = 42;
}

static void each_server_and_the_ceiling_go_up_twice_a_block(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    unsigned found[ARMS][STAIRS_KINDS] = {0};
    make_result(&result);
    schedule_make(&schedule, &result);
    assert_int_equal(schedule.count, 6 * ARMS * 2);
    for (size_t i = 0; i < schedule.count; i++) {
        const struct round_plan *plan = &schedule.plans[i];
        assert_int_equal(plan->number, i + 1);
        assert_int_equal(plan->block, i / (ARMS * 2));
        assert_int_equal(plan->arm_count, 1);
        found[plan->arms[0]][plan->stairs]++;
    }
    for (size_t arm = 0; arm < ARMS; arm++) {
        assert_int_equal(found[arm][STAIRS_IDLE], 6);
        assert_int_equal(found[arm][STAIRS_ACTIVE], 6);
    }
    schedule_release(&schedule);
    result_release(&result);
}

static void a_server_goes_up_both_ways_within_the_time_that_is_said(void **state)
{
    (void)state;
    struct result result;
    make_result(&result);
    unsigned both_s = 0;
    for (enum stairs_kind kind = STAIRS_IDLE; kind < STAIRS_KINDS; kind++) {
        struct round_plan plan = {
            .stairs = kind, .window_s = schedule_stairs_seconds(&result.experiment.stairs, kind)};
        assert_true(plan.window_s >= 8); /* of waiting alone */
        both_s += (unsigned)schedule_round_seconds(&plan) + 1;
    }
    assert_true(both_s < LADDER_MOST_S);
    result_release(&result);
}

/* 1.2 s before the first connection; at each level as much again, or its load and 0.3 s; 3 s after
 * all have closed; and 60 us for each connection that is opened. */
static void its_time_is_what_it_waits_for(void **state)
{
    (void)state;
    static const struct {
        struct stairs_set set;
        unsigned idle_s, active_s;
    } table[] = {
        {{.set.window_s = 1, .connections = {{64, 256, 1024, 4096}, 4}}, 10, 10}, /* 9.2, 9.7 */
        {{.set.window_s = 1, .connections = {{8}, 1}}, 6, 6},                     /* 5.4, 5.5 */
        {{.set.window_s = 5, .connections = {{8, 16}, 2}}, 7, 15},                /* 6.6, 14.8 */
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(schedule_stairs_seconds(&table[i].set, STAIRS_IDLE), table[i].idle_s);
        assert_int_equal(schedule_stairs_seconds(&table[i].set, STAIRS_ACTIVE), table[i].active_s);
    }
}

static void a_budget_takes_blocks_down_to_three_and_says_so(void **state)
{
    (void)state;
    struct result result;
    make_result(&result);
    assert_false(schedule_fit(&result, 1));
    assert_int_equal(result.experiment.stairs.set.blocks, STAIRS_BLOCKS_MIN);
    result_release(&result);
    make_result(&result);
    strings_add(&result.experiment.solo.workloads, "plaintext");
    result.experiment.solo.blocks = 1;
    result.experiment.solo.window_s = 1;
    assert_true(schedule_fit(&result, 10)); /* what remains is another part */
    assert_false(stairs_are_asked(&result.experiment.stairs));
    assert_non_null(strstr(result.notes.items[0], "what a connection costs in memory is not"));
    result_release(&result);
    make_result(&result);
    unsigned asked = result.experiment.stairs.set.blocks;
    assert_true(schedule_fit(&result, 250));
    assert_in_range(result.experiment.stairs.set.blocks, STAIRS_BLOCKS_MIN, 5);
    assert_int_equal(result.notes.count, 1);
    char *note = text_format("budget: connections are taken up in %u blocks instead of %u",
                             result.experiment.stairs.set.blocks, asked);
    assert_string_equal(result.notes.items[0], note);
    free(note);
    result_release(&result);
}

static void a_record_says_what_is_left(void **state)
{
    (void)state;
    struct result result;
    struct schedule schedule;
    char *error = NULL;
    make_result(&result);
    schedule_make(&schedule, &result);
    struct round_plan first = schedule.plans[0];
    struct round round;
    round_init(&round);
    round.number = 1;
    round.arm = first.arms[0];
    round.block = first.block;
    round.position = first.position;
    round.stairs.kind = first.stairs;
    result_add_round(&result, &round);
    size_t all = schedule.count;
    assert_int_equal(settled_take_out(&schedule, &result, &error), 0);
    assert_int_equal(schedule.count, all - 1);
    assert_int_equal(schedule.plans[0].number, 2);
    schedule_release(&schedule);

    /* the other kind under that number is none of this experiment's */
    result.rounds[0].stairs.kind = first.stairs == STAIRS_IDLE ? STAIRS_ACTIVE : STAIRS_IDLE;
    schedule_make(&schedule, &result);
    assert_int_equal(settled_take_out(&schedule, &result, &error), -1);
    free(error);
    schedule_release(&schedule);
    result_release(&result);
}

static void a_round_reads_back_as_it_was_written(void **state)
{
    (void)state;
    struct result result;
    struct round round;
    char *error = NULL;
    make_result(&result);
    round_init(&round);
    round.number = 9;
    round.arm = THREAD;
    round.stairs = (struct stairs){STAIRS_ACTIVE, {{64, 256}, 2}};
    round.phase_marks = xcalloc(1, sizeof(*round.phase_marks));
    round.phase_marks->count = 4;
    for (size_t i = 0; i < 4; i++)
        round.phase_marks->items[i] = (struct phase_mark){.at_ns = (int64_t)i, .pss_bytes = 1000};
    json_t *line = result_round_json(&result, &round);
    round_release(&round);
    if (result_take_round(&result, line, &error) < 0)
        fail_msg("%s", error);
    const struct round *read = &result.rounds[0];
    assert_int_equal(read->stairs.kind, STAIRS_ACTIVE);
    assert_int_equal(read->stairs.levels.count, 2);
    assert_int_equal(read->stairs.levels.items[1], 256);
    assert_int_equal(read->phase_marks->count, 4);
    assert_int_equal(read->phase_marks->items[3].pss_bytes, 1000);
    assert_false(round_has_phases(read));

    /* one mark more than there are levels, before and after */
    json_array_append(json_object_get(line, "phase_marks"),
                      json_array_get(json_object_get(line, "phase_marks"), 0));
    json_object_set_new(line, "number", json_integer(10));
    assert_int_equal(result_take_round(&result, line, &error), -1);
    assert_non_null(strstr(error, "phase_marks are more than the 4"));
    free(error);
    json_decref(line);
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_server_and_the_ceiling_go_up_twice_a_block),
        cmocka_unit_test(a_server_goes_up_both_ways_within_the_time_that_is_said),
        cmocka_unit_test(its_time_is_what_it_waits_for),
        cmocka_unit_test(a_budget_takes_blocks_down_to_three_and_says_so),
        cmocka_unit_test(a_record_says_what_is_left),
        cmocka_unit_test(a_round_reads_back_as_it_was_written),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("schedule of connections", tests, NULL, NULL);
}
