/* Threads on stacks of our own: ended ones serve the next, and spare ones are given back. */
#include "thread/stacks.h"

#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { STACK_BYTES = 128 * 1024, THREADS = 40, LOOK_MS = 1, LOOKS = 5000 };

static struct stacks stacks;
static sem_t may_end;

struct visit {
    char *at; /* where its thread's stack was */
};

/* Uses some of its stack, and stays until it may end. */
static void run(void *arg)
{
    struct visit *visit = arg;
    volatile char used[STACK_BYTES / 2];

    memset((char *)used, 1, sizeof used);
    visit->at = (char *)used;
    sem_wait(&may_end);
}

static void collect_all(void)
{
    for (int i = 0; i < LOOKS && stacks.running > 0; i++) {
        stacks_collect(&stacks);
        poll(NULL, 0, LOOK_MS);
    }
    assert_int_equal(stacks.running, 0);
}

static void start(struct visit *visits, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        assert_int_equal(stacks_start(&stacks, run, &visits[i]), 0);
    assert_int_equal(stacks.running, count);
}

static void let_end(unsigned count)
{
    while (count-- > 0)
        sem_post(&may_end);
}

static int setup(void **state)
{
    (void)state;
    sem_init(&may_end, 0, 0);
    stacks_init(&stacks, STACK_BYTES);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    stacks_release(&stacks);
    sem_destroy(&may_end);
    return 0;
}

static void test_running_threads_are_not_collected(void **state)
{
    struct visit visits[THREADS] = {0};

    (void)state;
    start(visits, THREADS);
    stacks_collect(&stacks);
    assert_int_equal(stacks.running, THREADS);
    assert_int_equal(stacks.free_count, 0);
    let_end(THREADS / 2);
    for (int i = 0; i < LOOKS && stacks.running > THREADS / 2; i++) {
        stacks_collect(&stacks);
        poll(NULL, 0, LOOK_MS);
    }
    assert_int_equal(stacks.running, THREADS / 2);
    assert_int_equal(stacks.free_count, THREADS / 2);
    let_end(THREADS / 2);
    collect_all();
}

static void test_the_stack_of_one_that_has_ended_serves_the_next(void **state)
{
    struct visit first = {0}, second = {0};

    (void)state;
    let_end(1);
    start(&first, 1);
    collect_all();
    let_end(1);
    start(&second, 1);
    collect_all();
    assert_ptr_equal(first.at, second.at);
    assert_int_equal(stacks.free_count, 1);
}

/* Of this process: pages, statm's second field. */
static long resident_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    long pages = 0;

    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void test_what_nobody_needed_since_the_last_trim_is_given_back(void **state)
{
    struct visit visits[THREADS] = {0};
    long with_kib;

    (void)state;
    start(visits, THREADS);
    let_end(THREADS);
    collect_all();
    with_kib = resident_kib();
    stacks_trim(&stacks); /* all were needed since the one before */
    assert_int_equal(stacks.free_count, THREADS);
    let_end(2);
    start(visits, 2);
    collect_all();
    stacks_trim(&stacks);
    assert_int_equal(stacks.free_count, 2);
    assert_true(with_kib - resident_kib() > (THREADS - 2) * STACK_BYTES / 2 / 1024 / 2);
    stacks_trim(&stacks);
    assert_int_equal(stacks.free_count, 0);
}

static void test_where_there_is_no_memory_nothing_is_started(void **state)
{
    struct visit visit = {0};
    const struct rlimit none = {1 << 20, 1 << 20};
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0) { /* a limit that is lowered stays so */
        setrlimit(RLIMIT_AS, &none);
        _exit(stacks_start(&stacks, run, &visit) == -ENOMEM && stacks.running == 0 ? 0 : 1);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_running_threads_are_not_collected, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_stack_of_one_that_has_ended_serves_the_next, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_what_nobody_needed_since_the_last_trim_is_given_back,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_where_there_is_no_memory_nothing_is_started, setup,
                                        teardown),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("stacks", tests, NULL, NULL);
}
