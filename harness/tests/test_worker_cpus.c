/* How many workers a machine is for, and where a server with fewer than the most of them runs. */
#include "measure/worker_cpus.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* One node; each core with so many hardware threads. */
static void make_topology(struct topology *topology, unsigned cores, unsigned threads)
{
    *topology = (struct topology){.count = cores * threads};
    for (unsigned i = 0; i < topology->count; i++) {
        topology->cpu[i] = (int)i;
        topology->core[i] = (int)(i % cores);
    }
}

static void workers_double_up_to_half_the_cores(void **state)
{
    static const struct {
        unsigned cores, threads;
        size_t count;
        unsigned last;
    } table[] = {
        {1, 1, 1, 1}, {2, 1, 1, 1}, {3, 1, 1, 1},  {4, 1, 2, 2},
        {4, 2, 2, 2}, {7, 1, 2, 2}, {16, 2, 4, 8}, {64, 1, 6, 32},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        static struct topology topology;
        struct levels levels;
        make_topology(&topology, table[i].cores, table[i].threads);
        worker_levels(&levels, &topology);
        assert_int_equal(levels.count, table[i].count);
        assert_int_equal(levels.items[levels.count - 1], table[i].last);
    }
}

static void fewer_workers_run_on_a_part_of_the_same_cores(void **state)
{
    static struct topology topology;
    struct placement placement;
    struct worker_cpus cpus;
    const struct levels levels = {{1, 2, 4}, 3};
    char *error = NULL;
    (void)state;
    make_topology(&topology, 8, 1);
    assert_int_equal(placement_choose(&placement, &topology, 4, NULL, NULL, &error), 0);
    worker_cpus_choose(&cpus, &levels, &topology, &placement);
    for (size_t i = 0; i < levels.count; i++) {
        const cpu_set_t *set = worker_cpus_of(&cpus, &placement, levels.items[i]);
        cpu_set_t common;
        CPU_AND(&common, set, &placement.server);
        assert_int_equal(CPU_COUNT(set), levels.items[i]);
        assert_true(CPU_EQUAL(&common, set));
    }
    assert_ptr_equal(worker_cpus_of(&cpus, &placement, 3), &placement.server);
    assert_ptr_equal(worker_cpus_of(NULL, &placement, 1), &placement.server);
    placement_release(&placement);
}

static void cpus_of_the_users_own_are_kept_for_any_number(void **state)
{
    static struct topology topology;
    struct placement placement;
    struct worker_cpus cpus;
    const struct levels levels = {{1, 2}, 2};
    char *error = NULL;
    (void)state;
    make_topology(&topology, 8, 1);
    assert_int_equal(placement_choose(&placement, &topology, 2, "1-2", "3-4", &error), 0);
    worker_cpus_choose(&cpus, &levels, &topology, &placement);
    assert_true(CPU_EQUAL(worker_cpus_of(&cpus, &placement, 1), &placement.server));
    placement_release(&placement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(workers_double_up_to_half_the_cores),
        cmocka_unit_test(fewer_workers_run_on_a_part_of_the_same_cores),
        cmocka_unit_test(cpus_of_the_users_own_are_kept_for_any_number),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("worker cpus", tests, NULL, NULL);
}
