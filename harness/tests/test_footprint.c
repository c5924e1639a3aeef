/* The kernel's memory of the whole system moves with what is made in it, and what a process has
 * allocated is no page of a file. */
#include "measure/footprint.h"

#include <pthread.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "data/result.h"
#include "tests/memory_taker.h"

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

/* ---- what is allocated ---- */

static bool take_memfd(void)
{
    int fd = memfd_create("taken", MFD_CLOEXEC);
    return fd >= 0 && ftruncate(fd, GROWN_BYTES) == 0 && map(MAP_SHARED, fd) != NULL;
}

static bool read_file(void)
{
    char path[] = "/tmp/footprint-XXXXXX";
    volatile char sum = 0;
    int fd = mkstemp(path);
    if (fd < 0 || unlink(path) < 0 || ftruncate(fd, GROWN_BYTES) < 0)
        return false;
    const char *at = mmap(NULL, GROWN_BYTES, PROT_READ, MAP_PRIVATE, fd, 0);
    for (size_t i = 0; at != MAP_FAILED && i < GROWN_BYTES; i += 4096)
        sum = (char)(sum + at[i]);
    return at != MAP_FAILED;
}

/* Its files are memory. */
static bool is_tmpfs(const char *path)
{
    struct statfs system;
    return statfs(path, &system) == 0 && system.f_type == TMPFS_MAGIC;
}

static void what_is_allocated_is_counted_and_pages_of_files_are_not(void **state)
{
    (void)state;
    enum { SLACK_BYTES = 1 << 20 }; /* sanitizers' shadow, the child's copies of what it writes */
    int64_t of_file = is_tmpfs("/tmp") ? GROWN_BYTES : 0;
    const struct {
        const char *name;
        bool (*take)(void);
        int64_t allocated_bytes;
    } table[] = {
        {"an anonymous mapping", take_anonymous, GROWN_BYTES},
        {"a shared anonymous one", take_shared, GROWN_BYTES},
        {"one of a memfd", take_memfd, GROWN_BYTES},
        {"a file that is written to", take_file, of_file},
        {"a file that is read", read_file, of_file},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct footprint_resident before, after;
        struct taker taker;
        print_message("# %s\n", table[i].name);
        taker_start(&taker, table[i].take);
        bool first = footprint_read_resident(&taker.pid, 1, &before), given = taker_take(&taker),
             second = footprint_read_resident(&taker.pid, 1, &after);
        taker_end(&taker);
        assert_true(first && given && second);
        assert_true(after.uss_bytes - before.uss_bytes >= GROWN_BYTES);
        if (after.anon_bytes == MISSING)
            skip(); /* Linux before 5.3 */
        int64_t grown = after.anon_bytes - before.anon_bytes - table[i].allocated_bytes;
        assert_in_range(grown + SLACK_BYTES, 0, 2 * SLACK_BYTES);
    }
}

/* As smaps_rollup has it, in kB. */
static void what_the_kernel_does_not_tell_is_missing(void **state)
{
    (void)state;
    static const char *const base = "Rss: 900 kB\nPss: 500 kB\nPrivate_Clean: 30 kB\n"
                                    "Private_Dirty: 100 kB\n";
    static const struct {
        const char *name, *more;
        int64_t anon_bytes;
    } table[] = {
        {"anonymous, shared and swapped out are added up",
         "Pss_Anon: 100 kB\nPss_File: 7000 kB\nPss_Shmem: 20 kB\nSwap: 9 kB\nSwapPss: 3 kB\n",
         123 * 1024},
        {"neither is told", "SwapPss: 3 kB\n", MISSING},
        {"shared memory is not told", "Pss_Anon: 100 kB\nSwapPss: 3 kB\n", MISSING},
        {"what is swapped out is not told", "Pss_Anon: 100 kB\nPss_Shmem: 20 kB\n", MISSING},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        struct footprint_resident resident = {0};
        char *text = text_format("%s%s", base, table[i].more);
        print_message("# %s\n", table[i].name);
        assert_true(footprint_add_resident(&resident, text));
        assert_int_equal(resident.anon_bytes, table[i].anon_bytes);
        assert_true(footprint_add_resident(&resident, text)); /* another process */
        assert_int_equal(resident.anon_bytes,
                         table[i].anon_bytes == MISSING ? MISSING : 2 * table[i].anon_bytes);
        assert_int_equal(resident.pss_bytes, 2 * 500 * 1024);
        assert_int_equal(resident.uss_bytes, 2 * 130 * 1024);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_have_stacks_in_the_kernel),
        cmocka_unit_test(sockets_are_in_its_slabs),
        cmocka_unit_test(the_sum_is_of_all),
        cmocka_unit_test(one_that_has_ended_is_left_out_of_the_sum),
        cmocka_unit_test(what_is_allocated_is_counted_and_pages_of_files_are_not),
        cmocka_unit_test(what_the_kernel_does_not_tell_is_missing),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name("footprint", tests, NULL, NULL);
}
