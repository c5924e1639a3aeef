/* A tree of processes is one server: what its members used and
 * hold is summed up, the ended ones included. */
#include "measure/process_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "data/result.h"
#include "measure/clock.h"
#include "measure/footprint.h"
#include "measure/sample.h"

enum { BURN_MS = 60, TICK_MS = 10, HELD_BYTES = 8 << 20 };

static void burn(void)
{
    while (clock_read_ns(CLOCK_PROCESS_CPUTIME_ID) < BURN_MS * NS_PER_MS)
        continue;
}

static void wait_to_be_killed(void)
{
    for (;;)
        pause();
}

static void tell(int fd)
{
    if (write(fd, "x", 1) != 1)
        _exit(1);
}

/* What a tree's children do before they tell that they are where they are meant to be. */
static void burn_and_stay(int fd)
{
    burn();
    tell(fd);
    wait_to_be_killed();
}

static void burn_and_end(int fd)
{
    burn();
    tell(fd);
    _exit(0);
}

static char *volatile held; /* else the compiler sees that nobody reads it */

static void hold_memory_and_stay(int fd)
{
    held = malloc(HELD_BYTES);
    memset(held, 7, HELD_BYTES);
    tell(fd);
    wait_to_be_killed();
}

/* A root with two children that do this; when both have told, the root waits for those that ended
 * if it is one that does, and tells, too. */
static pid_t start_tree(void (*child)(int fd), bool waits)
{
    int channel[2];
    char told[3];
    assert_int_equal(pipe(channel), 0);
    pid_t root = fork();
    if (root == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (int i = 0; i < 2; i++)
            if (fork() == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                child(channel[1]);
            }
        while (waits && wait(NULL) > 0)
            continue;
        tell(channel[1]);
        wait_to_be_killed();
    }
    for (size_t got = 0; got < sizeof(told);)
        got += (size_t)read(channel[0], told, sizeof(told) - got);
    close(channel[0]);
    close(channel[1]);
    return root;
}

static void end_tree(pid_t root)
{
    int status;
    process_kill_tree(root, &status);
    process_kill_strays();
}

static void the_cpu_of_two_children_is_the_trees(void **state)
{
    (void)state;
    pid_t root = start_tree(burn_and_stay, false), pids[PROCESS_TREE];
    size_t count = process_tree(root, pids);
    int64_t tree_ns = process_cpu_ns(pids, count), root_ns = process_cpu_ns(&root, 1);
    int64_t clocks_ns = process_clocks_ns(pids, count), user_ns = process_user_ns(pids, count);
    end_tree(root);
    assert_int_equal(count, 3);
    assert_in_range(tree_ns, 2 * BURN_MS * NS_PER_MS, 3 * BURN_MS * NS_PER_MS);
    assert_true(root_ns < BURN_MS * NS_PER_MS / 2);
    assert_in_range(clocks_ns, 2 * BURN_MS * NS_PER_MS, 3 * BURN_MS * NS_PER_MS);
    assert_in_range(user_ns, 0, tree_ns + 3 * TICK_MS * NS_PER_MS);
}

static void the_cpu_of_children_that_ended_stays_the_trees(void **state)
{
    (void)state;
    pid_t root = start_tree(burn_and_end, true), pids[PROCESS_TREE];
    size_t count = process_tree(root, pids);
    int64_t tree_ns = process_cpu_ns(pids, count);
    end_tree(root);
    assert_int_equal(count, 1);
    assert_in_range(tree_ns, (2 * BURN_MS - 2 * TICK_MS) * NS_PER_MS, 3 * BURN_MS * NS_PER_MS);
}

/* It has told before it ends. */
static void expect_zombie(pid_t pid)
{
    enum { LONGEST_MS = 20000 };
    struct process_stat stat = {0};
    for (int i = 0; stat.state != 'Z' && i < LONGEST_MS; i++) {
        sleep_until_ns(monotonic_ns() + NS_PER_MS);
        process_read_stat(pid, &stat);
    }
    assert_int_equal(stat.state, 'Z');
}

static void a_child_nobody_waited_for_is_no_member_any_more(void **state)
{
    (void)state;
    pid_t root = start_tree(burn_and_end, false), pids[PROCESS_TREE] = {root};
    char path[64];
    int first = 0, second = 0;
    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)root, (int)root);
    FILE *children = fopen(path, "r");
    assert_int_equal(fscanf(children, "%d %d", &first, &second), 2);
    fclose(children);
    expect_zombie(first);
    expect_zombie(second);
    int by_lists = process_descend(pids, 1);
    size_t by_census = process_tree(root, pids);
    end_tree(root);
    assert_int_equal(by_census, 1);
    if (by_lists >= 0) /* else this kernel keeps no such lists */
        assert_int_equal(by_lists, 1);
}

static void both_ways_of_looking_find_the_same_members(void **state)
{
    (void)state;
    pid_t root = start_tree(burn_and_stay, false), pids[PROCESS_TREE],
          listed[PROCESS_TREE] = {root};
    size_t count = process_tree(root, pids);
    int by_lists = process_descend(listed, 1);
    end_tree(root);
    assert_int_equal(count, 3);
    if (by_lists < 0)
        skip();
    assert_int_equal(by_lists, 3);
    for (size_t i = 0; i < count; i++)
        assert_true(process_holds(listed, (size_t)by_lists, pids[i]));
}

static void the_memory_of_two_children_is_the_trees(void **state)
{
    (void)state;
    pid_t root = start_tree(hold_memory_and_stay, false), pids[PROCESS_TREE];
    size_t count = process_tree(root, pids);
    struct footprint_resident of_tree, of_root;
    int64_t peak = 0;
    struct sampler sampler;
    sampler_open(&sampler, &root, 1);
    int64_t rss = sample_rss(&sampler.arms[0]);
    bool read = footprint_read_resident(pids, count, &of_tree) &&
                footprint_peak(pids, count, &peak) && footprint_read_resident(&root, 1, &of_root);
    sampler_close(&sampler);
    end_tree(root);
    assert_true(read);
    assert_true(rss >= 2 * HELD_BYTES && peak >= 2 * HELD_BYTES);
    assert_true(of_tree.pss_bytes >= 2 * HELD_BYTES && of_tree.uss_bytes >= 2 * HELD_BYTES);
    assert_true(of_root.pss_bytes < HELD_BYTES && of_root.uss_bytes < HELD_BYTES);
    if (of_tree.anon_bytes == MISSING)
        print_message("# " FOOTPRINT_NO_ANON "\n");
    else
        assert_true(of_tree.anon_bytes >= 2 * HELD_BYTES && of_root.anon_bytes < HELD_BYTES);
}

static void killing_a_tree_leaves_none_of_it(void **state)
{
    (void)state;
    pid_t root = start_tree(burn_and_stay, false), pids[PROCESS_TREE];
    size_t count = process_tree(root, pids);
    int status = 0;
    process_kill_tree(root, &status);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    for (size_t i = 0; i < count; i++) {
        struct process_stat stat;
        assert_false(process_read_stat(pids[i], &stat) && stat.state != 'Z');
    }
    process_kill_strays();
}

static int become_reaper(void **state)
{
    (void)state;
    return prctl(PR_SET_CHILD_SUBREAPER, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cpu_of_two_children_is_the_trees),
        cmocka_unit_test(the_cpu_of_children_that_ended_stays_the_trees),
        cmocka_unit_test(a_child_nobody_waited_for_is_no_member_any_more),
        cmocka_unit_test(both_ways_of_looking_find_the_same_members),
        cmocka_unit_test(the_memory_of_two_children_is_the_trees),
        cmocka_unit_test(killing_a_tree_leaves_none_of_it),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("process tree", tests, become_reaper, NULL);
}
