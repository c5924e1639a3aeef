/* Who runs where on machines that this one is not. */
#include "measure/placement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A topology is "cpu/core/node" words. */
static const struct {
    const char *name, *topology;
    double quota;
    unsigned workers;
    const char *server_list, *load_list;
    const char *harness, *load, *server;
    const char *partner; /* NULL: none */
    bool shared, siblings;
    const char *warning; /* a part of one; NULL: none at all */
} cases[] = {
    {"one CPU is shared by all", "0/0/0", 0, 1, NULL, NULL, "0", "0", "0", NULL, true, false,
     "share a CPU"},
    {"of two, the server has the second for itself", "0/0/0 1/1/0", 0, 1, NULL, NULL, "0", "0", "1",
     NULL, false, false, NULL},
    {"two siblings are used, and said", "0/0/0 1/0/0", 0, 1, NULL, NULL, "0", "0", "1", NULL, false,
     true, "two threads of one core"},
    {"two workers on two CPUs have one", "0/0/0 1/1/0", 0, 2, NULL, NULL, "0", "0", "1", NULL,
     false, false, "2 workers have only 1"},
    {"of three, each has one", "0/0/0 1/1/0 2/2/0", 0, 1, NULL, NULL, "0", "1", "2", NULL, false,
     false, NULL},
    {"of four, a pair shares one: two generator cores can keep one server busy",
     "0/0/0 1/1/0 2/2/0 3/3/0", 0, 1, NULL, NULL, "0", "1-2", "3", NULL, false, false, NULL},
    {"of five, each arm of a pair has one", "0/0/0 1/1/0 2/2/0 3/3/0 4/4/0", 0, 1, NULL, NULL, "0",
     "1-2", "4", "3", false, false, NULL},
    {"of six, the generator has what the pair leaves", "0/0/0 1/1/0 2/2/0 3/3/0 4/4/0 5/5/0", 0, 1,
     NULL, NULL, "0", "1-3", "5", "4", false, false, NULL},
    {"two workers on eight: a pair shares two", "0/0/0 1/1/0 2/2/0 3/3/0 4/4/0 5/5/0 6/6/0 7/7/0",
     0, 2, NULL, NULL, "0", "1-5", "6-7", NULL, false, false, NULL},
    {"two workers on nine: the pair has two cores each",
     "0/0/0 1/1/0 2/2/0 3/3/0 4/4/0 5/5/0 6/6/0 7/7/0 8/8/0", 0, 2, NULL, NULL, "0", "1-4", "7-8",
     "5-6", false, false, NULL},
    {"two workers on four take two", "0/0/0 1/1/0 2/2/0 3/3/0", 0, 2, NULL, NULL, "0", "1", "2-3",
     NULL, false, false, NULL},
    {"four workers on four leave one to the generator", "0/0/0 1/1/0 2/2/0 3/3/0", 0, 4, NULL, NULL,
     "0", "1", "2-3", NULL, false, false, "4 workers have only 2"},
    {"two cores with siblings: the server has one whole", "0/0/0 1/1/0 2/0/0 3/1/0", 0, 1, NULL,
     NULL, "0", "2", "1,3", NULL, false, false, NULL},
    {"four cores with siblings: the server has a whole one, the harness too",
     "0/0/0 1/1/0 2/2/0 3/3/0 4/0/0 5/1/0 6/2/0 7/3/0", 0, 1, NULL, NULL, "0,4", "1-2,5-6", "3,7",
     NULL, false, false, NULL},
    {"five cores with siblings: each arm of a pair has a whole one",
     "0/0/0 1/1/0 2/2/0 3/3/0 4/4/0 5/0/0 6/1/0 7/2/0 8/3/0 9/4/0", 0, 1, NULL, NULL, "0,5",
     "1-2,6-7", "4,9", "3,8", false, false, NULL},
    {"server and generator share a node where one has room for both",
     "0/0/0 1/1/0 2/2/0 3/3/1 4/4/1 5/5/1", 0, 1, NULL, NULL, "0", "3-4", "5", NULL, false, false,
     NULL},
    {"cores of another node do not count for a pair", "0/0/0 1/1/0 2/2/0 3/3/1 4/4/1 5/5/1 6/6/1",
     0, 1, NULL, NULL, "0", "3-4", "6", "5", false, false, NULL},
    {"a node's last core goes to the server, the generator takes another node", "0/0/0 1/1/1 2/2/2",
     0, 1, NULL, NULL, "0", "2", "1", NULL, false, false, NULL},
    {"affinity may leave numbers out", "2/2/0 5/5/0 9/9/0", 0, 1, NULL, NULL, "2", "5", "9", NULL,
     false, false, NULL},
    {"a quota of one CPU is one CPU", "0/0/0 1/1/0 2/2/0 3/3/0", 1, 1, NULL, NULL, "0", "0", "0",
     NULL, true, false, "share a CPU"},
    {"a quota below two is one too", "0/0/0 1/1/0", 1.5, 1, NULL, NULL, "0", "0", "0", NULL, true,
     false, "only 1.5 CPUs"},
    {"a quota of two uses two of eight", "0/0/0 1/1/0 2/2/0 3/3/0", 2.5, 1, NULL, NULL, "0", "0",
     "1", NULL, false, false, NULL},
    {"a quota of two takes two cores, not the two siblings that come first",
     "0/0/0 1/0/0 2/1/0 3/1/0", 2, 1, NULL, NULL, "0", "0", "2", NULL, false, false, NULL},
    {"a quota above the cores takes a second thread of the first", "0/0/0 1/0/0 2/1/0 3/1/0", 3, 1,
     NULL, NULL, "0", "1", "2", NULL, false, false, NULL},
    {"a quota of five leaves each arm of a pair one of eight",
     "0/0/0 1/1/0 2/2/0 3/3/0 4/4/0 5/5/0 6/6/0 7/7/0", 5, 1, NULL, NULL, "0", "1-2", "4", "3",
     false, false, NULL},
    {"both lists are taken, the harness goes elsewhere", "0/0/0 1/1/0 2/2/0 3/3/0", 0, 1, "2", "3",
     "0", "3", "2", NULL, false, false, NULL},
    {"both lists take all: the harness joins the generator", "0/0/0 1/1/0", 0, 1, "0", "1", "1",
     "1", "0", NULL, false, false, NULL},
    {"a server list leaves the rest", "0/0/0 1/1/0 2/2/0 3/3/0", 0, 1, "1", NULL, "0", "2-3", "1",
     NULL, false, false, NULL},
    {"a server list on two CPUs", "0/0/0 1/1/0", 0, 1, "0", NULL, "1", "1", "0", NULL, false, false,
     NULL},
    {"a server list of all is shared", "0/0/0 1/1/0", 0, 1, "0-1", NULL, "0", "0-1", "0-1", NULL,
     true, false, "share a CPU"},
    {"a generator list leaves the rest", "0/0/0 1/1/0 2/2/0 3/3/0", 0, 1, NULL, "3", "0", "3",
     "1-2", NULL, false, false, NULL},
    {"a generator list on two CPUs keeps the harness off the server", "0/0/0 1/1/0", 0, 1, NULL,
     "1", "1", "1", "0", NULL, false, false, NULL},
    {"overlapping lists are shared", "0/0/0 1/1/0 2/2/0", 0, 1, "1-2", "2", "0", "2", "1-2", NULL,
     true, false, "share a CPU"},
    {"listed siblings are said", "0/0/0 1/1/0 2/0/0 3/1/0", 0, 1, "1", "3", "0", "3", "1", NULL,
     false, true, "two threads"},
};

static void parse(struct topology *topology, const char *text)
{
    *topology = (struct topology){0};
    int cpu, core, node, len;
    for (; sscanf(text, "%d/%d/%d%n", &cpu, &core, &node, &len) == 3; text += len) {
        topology->cpu[topology->count] = cpu;
        topology->core[topology->count] = core;
        topology->node[topology->count++] = node;
    }
}

static bool says(const struct strings *list, const char *part)
{
    for (size_t i = 0; i < list->count; i++)
        if (strstr(list->items[i], part) != NULL)
            return true;
    return false;
}

static void check_set(const char *name, const char *who, const cpu_set_t *set, const char *expected)
{
    char *text = placement_text(set);
    if (strcmp(text, expected) != 0)
        fail_msg("%s: %s is on %s instead of %s", name, who, text, expected);
    free(text);
}

static void each_machine_is_divided_by_the_rules(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct topology topology;
        struct placement placement;
        char *error;
        parse(&topology, cases[i].topology);
        topology.quota = cases[i].quota;
        assert_int_equal(placement_choose(&placement, &topology, cases[i].workers,
                                          cases[i].server_list, cases[i].load_list, &error),
                         0);
        check_set(cases[i].name, "the harness", &placement.harness, cases[i].harness);
        check_set(cases[i].name, "the generator", &placement.load, cases[i].load);
        check_set(cases[i].name, "the server", &placement.server, cases[i].server);
        check_set(cases[i].name, "a pair's other arm", &placement.partner,
                  cases[i].partner ? cases[i].partner : "");
        if (placement.shared != cases[i].shared || placement.siblings != cases[i].siblings)
            fail_msg("%s: shared %d, siblings %d", cases[i].name, placement.shared,
                     placement.siblings);
        if (cases[i].warning != NULL ? !says(&placement.warnings, cases[i].warning)
                                     : placement.warnings.count > 0)
            fail_msg("%s: %zu warnings, the first \"%s\"", cases[i].name, placement.warnings.count,
                     placement.warnings.count ? placement.warnings.items[0] : "");
        assert_int_equal(placement.server_cpus, CPU_COUNT(&placement.server));
        assert_int_equal(placement.load_cpus, CPU_COUNT(&placement.load));
        placement_release(&placement);
    }
}

/* Where another server stands behind each. The harness is where it is without. */
static const struct {
    const char *name, *topology;
    unsigned workers;
    const char *server_list, *load_list;
    const char *load, *server, *partner, *upstream, *upstream_partner;
    bool shared;
} behind[] = {
    {"one CPU is shared by all", "0/0/0", 1, NULL, NULL, "0", "0", "", "0", "", true},
    {"of two, the generator's", "0/0/0 1/1/0", 1, NULL, NULL, "0", "1", "", "0", "", true},
    {"of three, the generator's", "0/0/0 1/1/0 2/2/0", 1, NULL, NULL, "1", "2", "", "1", "", true},
    {"of two cores with siblings, the generator's", "0/0/0 1/1/0 2/0/0 3/1/0", 1, NULL, NULL, "2",
     "1,3", "", "2", "", true},
    {"of four, it has one for itself", "0/0/0 1/1/0 2/2/0 3/3/0", 1, NULL, NULL, "1", "3", "", "2",
     "", false},
    {"of four with two workers it has one, and they another", "0/0/0 1/1/0 2/2/0 3/3/0", 2, NULL,
     NULL, "1", "3", "", "2", "", false},
    {"of five, a pair shares one, and so do those behind it", "0/0/0 1/1/0 2/2/0 3/3/0 4/4/0", 1,
     NULL, NULL, "1-2", "4", "", "3", "", false},
    {"of six, a pair still shares one", "0/0/0 1/1/0 2/2/0 3/3/0 4/4/0 5/5/0", 1, NULL, NULL, "1-3",
     "5", "", "4", "", false},
    {"of seven, each arm and each behind one has its own",
     "0/0/0 1/1/0 2/2/0 3/3/0 4/4/0 5/5/0 6/6/0", 1, NULL, NULL, "1-2", "6", "5", "4", "3", false},
    {"a whole core, not a thread of one", "0/0/0 1/1/0 2/2/0 3/3/0 4/0/0 5/1/0 6/2/0 7/3/0", 1,
     NULL, NULL, "1,5", "3,7", "", "2,6", "", false},
    {"a core of another node, where the servers' has none to spare", "0/0/0 1/1/0 2/2/1 3/3/1", 1,
     NULL, NULL, "2", "3", "", "1", "", false},
    {"the other nodes, where the server is alone on its own", "0/0/0 1/1/1 2/2/2 3/3/3", 1, NULL,
     NULL, "2", "1", "", "3", "", false},
    {"two lists leave it a core", "0/0/0 1/1/0 2/2/0 3/3/0", 1, "3", "1", "1", "3", "", "2", "",
     false},
    {"two lists that leave the harness' core alone do not", "0/0/0 1/1/0 2/2/0 3/3/0", 1, "3",
     "1-2", "1-2", "3", "", "1-2", "", true},
    {"a server list leaves it one of the generator's", "0/0/0 1/1/0 2/2/0 3/3/0", 1, "3", NULL, "1",
     "3", "", "2", "", false},
    {"a generator list leaves it one that the server can spare", "0/0/0 1/1/0 2/2/0 3/3/0", 1, NULL,
     "1", "1", "2", "", "3", "", false},
    {"or none, where every worker needs its own", "0/0/0 1/1/0 2/2/0 3/3/0", 2, NULL, "1", "1",
     "2-3", "", "1", "", true},
    {"lists on two CPUs share", "0/0/0 1/1/0", 1, "1", "0", "0", "1", "", "0", "", true},
};

static void who_stands_behind_is_on_the_generators_side_or_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
        struct topology topology;
        struct placement placement;
        const char *name = behind[i].name;
        char *error;
        parse(&topology, behind[i].topology);
        assert_int_equal(placement_choose_upstream(&placement, &topology, behind[i].workers,
                                                   behind[i].server_list, behind[i].load_list,
                                                   &error),
                         0);
        check_set(name, "the generator", &placement.load, behind[i].load);
        check_set(name, "the server", &placement.server, behind[i].server);
        check_set(name, "a pair's other arm", &placement.partner, behind[i].partner);
        check_set(name, "who stands behind", &placement.upstream, behind[i].upstream);
        check_set(name, "who stands behind the other", &placement.upstream_partner,
                  behind[i].upstream_partner);
        if (placement.upstream_shared != behind[i].shared)
            fail_msg("%s: shared %d", name, placement.upstream_shared);
        assert_int_equal(placement.load_cpus, CPU_COUNT(&placement.load));
        placement_release(&placement);
    }
}

static void who_stands_behind_an_arm_changes_places_with_it(void **state)
{
    struct topology topology;
    struct placement placement;
    char *error = NULL;
    (void)state;
    parse(&topology, "0/0/0 1/1/0 2/2/0 3/3/0 4/4/0 5/5/0 6/6/0");
    assert_int_equal(placement_choose_upstream(&placement, &topology, 1, NULL, NULL, &error), 0);
    for (unsigned block = 0; block < 4; block++)
        for (unsigned arm = 0; arm < 2; arm++)
            assert_int_equal(placement_of_upstream(&placement, arm, block) ==
                                 &placement.upstream_partner,
                             placement_of_pair(&placement, arm, block) == &placement.partner);
    placement_release(&placement);
    parse(&topology, "0/0/0 1/1/0 2/2/0 3/3/0");
    assert_int_equal(placement_choose_upstream(&placement, &topology, 1, NULL, NULL, &error), 0);
    for (unsigned arm = 0; arm < 2; arm++)
        assert_ptr_equal(placement_of_upstream(&placement, arm, 0), &placement.upstream);
    placement_release(&placement);
}

static void nothing_is_placed_where_nothing_stands_behind(void **state)
{
    struct topology topology;
    struct placement placement;
    char *error = NULL;
    (void)state;
    parse(&topology, "0/0/0 1/1/0 2/2/0 3/3/0");
    assert_int_equal(placement_choose(&placement, &topology, 1, NULL, NULL, &error), 0);
    assert_int_equal(CPU_COUNT(&placement.upstream), 0);
    assert_false(placement.upstream_shared);
    placement_release(&placement);
}

static void a_bad_list_is_refused_with_a_sentence(void **state)
{
    (void)state;
    static const char *const lists[] = {"",    "a", "1-",  "-1",    "1,,2", "2-1",
                                        "1 2", "7", "0-9", "99999", "1-2-3"};
    struct topology topology;
    parse(&topology, "0/0/0 1/1/0 2/2/0");
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct placement placement;
        char *error = NULL;
        if (placement_choose(&placement, &topology, 1, lists[i], NULL, &error) != -1)
            fail_msg("\"%s\" is taken", lists[i]);
        assert_non_null(strstr(error, lists[i]));
        free(error);
        placement_release(&placement);
    }
}

static void threads_divide_connections(void **state)
{
    (void)state;
    static const struct {
        unsigned connections, cpus, threads;
    } table[] = {{64, 1, 1}, {64, 2, 2}, {64, 3, 2}, {64, 7, 4}, {192, 6, 6},
                 {7, 4, 1},  {1, 8, 1},  {64, 0, 1}, {2, 8, 2}};
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        assert_int_equal(placement_threads(table[i].connections, table[i].cpus), table[i].threads);
}

static void this_machine_can_be_read(void **state)
{
    (void)state;
    struct topology topology;
    cpu_set_t allowed;
    assert_int_equal(topology_read(&topology), 0);
    sched_getaffinity(0, sizeof(allowed), &allowed);
    assert_int_equal(topology.count, CPU_COUNT(&allowed));
    for (unsigned i = 0; i < topology.count; i++)
        assert_true(CPU_ISSET(topology.cpu[i], &allowed));
}

static void the_arms_of_a_pair_change_places_from_block_to_block(void **state)
{
    struct topology topology;
    struct placement placement;
    char *error = NULL;
    (void)state;
    parse(&topology, "0/0/0 1/1/0 2/2/0 3/3/0 4/4/0");
    assert_int_equal(placement_choose(&placement, &topology, 1, NULL, NULL, &error), 0);
    for (unsigned block = 0; block < 4; block++) {
        assert_int_equal(CPU_ISSET(4, placement_of_pair(&placement, 0, block)) != 0,
                         block % 2 == 0);
        assert_int_equal(CPU_ISSET(4, placement_of_pair(&placement, 1, block)) != 0,
                         block % 2 == 1);
    }
    placement_release(&placement);
    parse(&topology, "0/0/0 1/1/0");
    assert_int_equal(placement_choose(&placement, &topology, 1, NULL, NULL, &error), 0);
    for (unsigned arm = 0; arm < 2; arm++)
        assert_ptr_equal(placement_of_pair(&placement, arm, 0), &placement.server);
    placement_release(&placement);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_machine_is_divided_by_the_rules),
        cmocka_unit_test(the_arms_of_a_pair_change_places_from_block_to_block),
        cmocka_unit_test(who_stands_behind_is_on_the_generators_side_or_alone),
        cmocka_unit_test(who_stands_behind_an_arm_changes_places_with_it),
        cmocka_unit_test(nothing_is_placed_where_nothing_stands_behind),
        cmocka_unit_test(a_bad_list_is_refused_with_a_sentence),
        cmocka_unit_test(threads_divide_connections),
        cmocka_unit_test(this_machine_can_be_read),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("placement", tests, NULL, NULL);
}
