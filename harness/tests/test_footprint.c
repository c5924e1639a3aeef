/* The kernel's memory of the whole system moves with what is made in it. */
#include "measure/footprint.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* LOOKS: others may give back just then what is made here. */
enum { THREADS = 300, PAIRS = 400, LEAST_STACK_BYTES = 8192, LOOKS = 5 };

static sem_t may_end;

static void *wait_for_end(void *arg)
{
    sem_wait(&may_end);
    return arg;
}

static int64_t growth_with_threads(struct footprint_kernel *before)
{
    struct footprint_kernel after;
    pthread_t threads[THREADS];
    sem_init(&may_end, 0, 0);
    assert_true(footprint_read_kernel(before));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_for_end, NULL), 0);
    assert_true(footprint_read_kernel(&after));
    for (int i = 0; i < THREADS; i++)
        sem_post(&may_end);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    return after.stacks - before->stacks;
}

static void threads_have_stacks_in_the_kernel(void **state)
{
    (void)state;
    struct footprint_kernel before;
    int64_t growth = 0;
    for (int i = 0; i < LOOKS && growth < THREADS * LEAST_STACK_BYTES; i++)
        growth = growth_with_threads(&before);
    assert_true(growth >= THREADS * LEAST_STACK_BYTES);
    assert_true(before.stacks > 0 && before.page_tables > 0 && before.slab > 0 && before.tcp >= 0);
}

static int64_t growth_with_sockets(void)
{
    struct footprint_kernel before, after;
    int pairs[PAIRS][2];
    assert_true(footprint_read_kernel(&before));
    for (int i = 0; i < PAIRS; i++)
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pairs[i]), 0);
    assert_true(footprint_read_kernel(&after));
    for (int i = 0; i < PAIRS; i++) {
        close(pairs[i][0]);
        close(pairs[i][1]);
    }
    return after.slab - before.slab;
}

/* 1 KiB each is less than any has: struct socket, sock, file and inode. */
static void sockets_are_in_its_slabs(void **state)
{
    (void)state;
    int64_t growth = 0;
    for (int i = 0; i < LOOKS && growth < PAIRS * 1024; i++)
        growth = growth_with_sockets();
    assert_true(growth >= PAIRS * 1024);
}

static void the_sum_is_of_all(void **state)
{
    (void)state;
    struct footprint_kernel kernel = {1, 20, 300, 4000};
    assert_int_equal(footprint_kernel_sum(&kernel), 4321);
}

/* One that was waited for, and one that was not. */
static void one_that_has_ended_is_left_out_of_the_sum(void **state)
{
    (void)state;
    struct footprint_resident resident;
    int64_t bytes;
    siginfo_t info;
    pid_t pids[3] = {0, 0, getpid()};
    for (int i = 0; i < 2; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(0);
        assert_int_equal(waitid(P_PID, (id_t)pids[i], &info, WEXITED | (i == 1 ? WNOWAIT : 0)), 0);
    }
    for (int i = 0; i < 2; i++) {
        bool all = i == 0; /* else only those that have ended */
        size_t count = all ? 3 : 2;
        assert_int_equal(footprint_read_resident(pids, count, &resident), all);
        assert_true(all == (resident.pss_bytes > 0));
        assert_true(all || errno == ESRCH);
        assert_int_equal(footprint_peak(pids, count, &bytes), all);
        assert_int_equal(footprint_page_tables(pids, count, &bytes), all);
        assert_true(all == (bytes > 0));
    }
    assert_true(footprint_rings(pids, 3, &bytes));
    assert_true(footprint_reset_peak(pids, 3));
    waitpid(pids[1], NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_have_stacks_in_the_kernel),
        cmocka_unit_test(sockets_are_in_its_slabs),
        cmocka_unit_test(the_sum_is_of_all),
        cmocka_unit_test(one_that_has_ended_is_left_out_of_the_sum),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("footprint", tests, NULL, NULL);
}
