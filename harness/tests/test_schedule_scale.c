/* The rounds of a sweep: which, in which order, and what a budget leaves of them. */
#include "measure/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EPOLL, URING, CEILING, ARMS };

static void add_arm(struct result *result, const char *id)
{
    struct arm *arm = result_add_arm(result, id);
    server_info_init(&arm->server, id, "/bin/false");
}

/* Two models and a ceiling, six blocks of the ratio, two of the curve. */
static void make_result(struct result *result)
{
    result_init(result);
    add_arm(result, "epoll");
    add_arm(result, "uring");
    add_arm(result, "ceiling");
    result->arms[CEILING].server.ceiling = true;
    struct workload *workload = &result_add_workload(result)->workload;
    workload->name = xstrdup("plaintext");
    workload->route = xstrdup("plaintext");
    result->experiment.workers = 1;
    result->experiment.scale = (struct scale_set){
        .set = {.blocks = 6, .warmup_s = 1, .window_s = 2},
        .curve_blocks = 2,
        .connections = {{1, 64, 1024, 4096}, 4},
        .base = 64,
        .idle = 10000,
        .workers = {{1, 2, 4}, 3},
        .max_connections = 12000,
    };
    strings_add(&result->experiment.scale.set.workloads, "plaintext");
    result->seed = 42;
}

static size_t count(const struct schedule *schedule, uint32_t arm, unsigned connections,
                    unsigned idle, unsigned workers)
{
    size_t found = 0;
    for (size_t i = 0; i < schedule->count; i++) {
        const struct round_plan *plan = &schedule->plans[i];
        found += plan->scale && plan->arm_count == 1 && plan->arms[0] == arm &&
                 plan->connections == connections && plan->idle_connections == idle &&
                 plan->workers == workers;
    }
    return found;
}

static void
the_ends_of_the_ratio_are_in_every_block_and_the_rest_in_those_of_the_curve(void **state)
{
    static const struct {
        unsigned connections, idle, workers;
        size_t times;
    } table[] = {
        {1, 0, 1, 2},      {64, 0, 1, 6},  {1024, 0, 1, 2}, {4096, 0, 1, 6},
        {64, 10000, 1, 2}, {128, 0, 2, 2}, {256, 0, 4, 2},
    };
    struct result result;
    struct schedule schedule;
    size_t all = 0;
    (void)state;
    make_result(&result);
    schedule_make(&schedule, &result);
    for (uint32_t arm = EPOLL; arm <= URING; arm++)
        for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
            assert_int_equal(
                count(&schedule, arm, table[i].connections, table[i].idle, table[i].workers),
                table[i].times);
            all += table[i].times;
        }
    assert_int_equal(schedule.count, all); /* the ceiling was not asked for */
    schedule_release(&schedule);
    result_release(&result);
}

/* How often the server changes from one round to the next within a block. */
static size_t changes_in_block(const struct schedule *schedule, uint32_t block)
{
    size_t changes = 0;
    for (size_t i = 1; i < schedule->count; i++)
        changes += schedule->plans[i].block == block && schedule->plans[i - 1].block == block &&
                   schedule->plans[i].arms[0] != schedule->plans[i - 1].arms[0];
    return changes;
}

static void within_a_block_a_server_has_its_rounds_one_after_the_other(void **state)
{
    struct result result;
    struct schedule schedule;
    (void)state;
    make_result(&result);
    schedule_make(&schedule, &result);
    for (uint32_t block = 0; block < 6; block++)
        assert_int_equal(changes_in_block(&schedule, block), 1);
    for (size_t i = 1; i < schedule.count; i++) {
        assert_true(schedule.plans[i].block >= schedule.plans[i - 1].block);
        assert_int_equal(schedule.plans[i].number, i + 1);
    }
    schedule_release(&schedule);
    result_release(&result);
}

/* Over 64 seeds each of two rounds comes first about as often; 16 to 48 holds with 0.99998. */
static void the_numbers_and_the_servers_come_in_random_order(void **state)
{
    unsigned base_first = 0, epoll_first = 0;
    (void)state;
    for (uint64_t seed = 0; seed < 64; seed++) {
        struct result result;
        struct schedule schedule;
        make_result(&result);
        result.seed = seed;
        result.experiment.scale.curve_blocks = 1;
        schedule_make(&schedule, &result);
        size_t last = schedule.count - 1; /* of the last block, which holds the ends alone */
        base_first += schedule.plans[last - 1].connections == 64;
        epoll_first += schedule.plans[last].arms[0] == URING;
        schedule_release(&schedule);
        result_release(&result);
    }
    assert_in_range(base_first, 16, 48);
    assert_in_range(epoll_first, 16, 48);
}

static void the_same_seed_gives_the_same_order(void **state)
{
    struct result result;
    struct schedule one, other;
    (void)state;
    make_result(&result);
    schedule_make(&one, &result);
    schedule_make(&other, &result);
    assert_int_equal(one.count, other.count);
    assert_memory_equal(one.plans, other.plans, one.count * sizeof *one.plans);
    schedule_release(&one);
    schedule_release(&other);
    result_release(&result);
}

static void many_connections_take_longer(void **state)
{
    struct round_plan few = {.connections = 64, .warmup_s = 1, .window_s = 2};
    struct round_plan many = few, idle = few;
    (void)state;
    many.connections = 4096;
    idle.idle_connections = 10000;
    assert_true(schedule_round_seconds(&many) > schedule_round_seconds(&few) + 0.1);
    assert_true(schedule_round_seconds(&idle) > schedule_round_seconds(&few) + 0.1);
}

/* What is left when a second less than it needs is there, again and again. */
static void a_budget_drops_the_curve_before_the_ratio(void **state)
{
    struct result result;
    (void)state;
    make_result(&result);
    struct scale_set *scale = &result.experiment.scale;
    scale->set.blocks = 7;
    static const struct {
        unsigned curve_blocks, blocks;
        size_t workers, connections;
        unsigned idle;
        const char *note;
    } steps[] = {
        {1, 7, 3, 4, 10000, "budget: 1 block of the curve instead of 2"},
        {1, 6, 3, 4, 10000, "budget: 6 blocks of the ratio instead of 7"},
        {1, 6, 2, 4, 10000, "budget: 2 numbers of workers instead of 3"},
        {1, 6, 1, 4, 10000, "budget: 1 number of workers instead of 2"},
        {1, 6, 1, 3, 10000, "budget: 3 numbers of connections instead of 4"},
        {1, 6, 1, 2, 10000, "budget: 2 numbers of connections instead of 3"},
        {1, 6, 1, 2, 0, "budget: no idle connections instead of 10000"},
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct schedule schedule;
        schedule_make(&schedule, &result);
        double seconds = schedule_seconds(&schedule);
        schedule_release(&schedule);
        assert_true(schedule_fit(&result, seconds - 0.1));
        assert_int_equal(scale->curve_blocks, steps[i].curve_blocks);
        assert_int_equal(scale->set.blocks, steps[i].blocks);
        assert_int_equal(scale->workers.count, steps[i].workers);
        assert_int_equal(scale->connections.count, steps[i].connections);
        assert_int_equal(scale->idle, steps[i].idle);
        assert_int_equal(result.notes.count, i + 1);
        assert_string_equal(result.notes.items[i], steps[i].note);
    }
    assert_int_equal(scale->connections.items[0], 64);
    assert_int_equal(scale->connections.items[1], 4096);
    assert_false(schedule_fit(&result, 1));
    result_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            the_ends_of_the_ratio_are_in_every_block_and_the_rest_in_those_of_the_curve),
        cmocka_unit_test(within_a_block_a_server_has_its_rounds_one_after_the_other),
        cmocka_unit_test(the_numbers_and_the_servers_come_in_random_order),
        cmocka_unit_test(the_same_seed_gives_the_same_order),
        cmocka_unit_test(many_connections_take_longer),
        cmocka_unit_test(a_budget_drops_the_curve_before_the_ratio),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("schedule of a sweep", tests, NULL, NULL);
}
