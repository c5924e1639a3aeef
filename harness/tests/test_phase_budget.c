/* How long phases take, and what a budget leaves of them. */
#include "phase_room.h"
#include "tree_file.h"

static double seconds_of(const struct result *result)
{
    struct schedule schedule;
    schedule_make(&schedule, result);
    double seconds = schedule_seconds(&schedule);
    schedule_release(&schedule);
    return seconds;
}

/* Blocks, then load, down to what a verdict needs, then workloads. */
static void a_budget_takes_blocks_then_load(void **state)
{
    (void)state;
    struct result result;
    make_phased(&result);
    struct phase_set *set = &result.experiment.phases;
    struct workload *workload = &result_add_workload(&result)->workload;
    workload->name = xstrdup("json");
    workload->route = xstrdup("json");
    strings_add(&set->set.workloads, "json");

    assert_true(schedule_fit(&result, seconds_of(&result) - 1));
    assert_int_equal(set->set.blocks, 1);
    assert_int_equal(phases_load_seconds(&set->phases), 120);
    assert_string_equal(result.notes.items[0],
                        "budget: each server goes through its phases 1 time instead of 2");
    assert_true(schedule_fit(&result, seconds_of(&result) - 1));
    assert_int_equal(phases_load_seconds(&set->phases), 119);
    assert_string_equal(result.notes.items[1], "budget: phases have 119 s of load instead of 120");
    assert_int_equal(set->set.window_s, 126);
    while (set->set.workloads.count == 2)
        assert_true(schedule_fit(&result, seconds_of(&result) - 1));
    assert_int_equal(phases_load_seconds(&set->phases), 104); /* 100 and the beginnings of two */
    assert_int_equal(set->set.window_s, phases_seconds(&set->phases));
    assert_string_equal(result.notes.items[result.notes.count - 1],
                        "budget: 1 workload goes through phases instead of 2");
    assert_false(schedule_fit(&result, 1));
    assert_int_equal(phases_load_seconds(&set->phases), 104);
    assert_int_equal(set->set.workloads.count, 1);
    result_release(&result);
}

/* As many as a verdict needs, and no more than two minutes and a half of a server, its start and
 * its end included; and as much again for what its connections cost. */
static void the_suites_experiment_is_long_enough_and_not_too_long(void **state)
{
    (void)state;
    char *path = tree_path("harness/experiments/consistency.ini"), *error = NULL;
    struct result result;
    make_phased(&result);
    experiment_release(&result.experiment);
    if (experiment_read(&result.experiment, path, &error))
        fail_msg("%s", error);
    const struct phase_set *set = &result.experiment.phases;
    struct phases least = set->phases;
    assert_true(phases_load_seconds(&least) >= 106);
    assert_true(seconds_of(&result) < ARMS * (1.6 + 135 + 150)); /* each with its look */
    assert_true(experiment_is_without_reference(&result.experiment));
    result_release(&result);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_budget_takes_blocks_then_load),
        cmocka_unit_test(the_suites_experiment_is_long_enough_and_not_too_long),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("phase_budget", tests, NULL, NULL);
}
