/* A child that takes a known amount of one kind of memory when it is told. */
#ifndef TESTS_MEMORY_TAKER_H
#define TESTS_MEMORY_TAKER_H

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { GROWN_BYTES = 3 << 20 };

/* ---- what a process can take ---- */

static inline void *map(int flags, int fd)
{
    char *at = mmap(NULL, GROWN_BYTES, PROT_READ | PROT_WRITE, flags, fd, 0);
    return at != MAP_FAILED ? memset(at, 7, GROWN_BYTES) : NULL;
}

static inline bool take_anonymous(void)
{
    return map(MAP_PRIVATE | MAP_ANONYMOUS, -1) != NULL;
}

static inline bool take_shared(void)
{
    return map(MAP_SHARED | MAP_ANONYMOUS, -1) != NULL;
}

static inline bool take_file(void)
{
    char path[] = "/tmp/taker-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0)
        return false;
    unlink(path);
    return ftruncate(fd, GROWN_BYTES) == 0 && map(MAP_SHARED, fd) != NULL;
}

/* ---- a process that takes it when it is told ---- */

struct taker {
    pid_t pid;
    int orders, answers;
};

static inline void taker_live(bool (*take)(void), int orders, int answers)
{
    char order;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); /* else a touched page may be two megabytes */
    if (write(answers, "r", 1) != 1 || read(orders, &order, 1) != 1)
        _exit(1);
    if (write(answers, take() ? "y" : "n", 1) != 1)
        _exit(1);
    pause();
    _exit(0);
}

static inline void taker_start(struct taker *taker, bool (*take)(void))
{
    int orders[2], answers[2];
    char ready;
    assert_int_equal(pipe(orders), 0);
    assert_int_equal(pipe(answers), 0);
    taker->pid = fork();
    assert_true(taker->pid >= 0);
    if (taker->pid == 0)
        taker_live(take, orders[0], answers[1]);
    close(orders[0]);
    close(answers[1]);
    taker->orders = orders[1];
    taker->answers = answers[0];
    assert_int_equal(read(taker->answers, &ready, 1), 1);
}

/* False: the system does not give it. */
static inline bool taker_take(const struct taker *taker)
{
    char answer = 'n';
    return write(taker->orders, "t", 1) == 1 && read(taker->answers, &answer, 1) == 1 &&
           answer == 'y';
}

static inline void taker_end(const struct taker *taker)
{
    kill(taker->pid, SIGKILL);
    waitpid(taker->pid, NULL, 0);
    close(taker->orders);
    close(taker->answers);
}

#endif
