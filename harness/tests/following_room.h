/*
 * What the tests of a server's processes share: an actor, a process that does what it is told, a
 * letter at a time, and answers each with a byte. It leads a process group, as servers do.
 */
#ifndef TESTS_FOLLOWING_ROOM_H
#define TESTS_FOLLOWING_ROOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

enum { ACTOR_BURN_MS = 60, ACTOR_HOLDS_BYTES = 8 << 20, ACTOR_OPENS = 10 };

struct actor {
    pid_t pid;
    int orders, answers;
};

static inline int64_t actor_own_cpu_ms(void)
{
    struct timespec used;
    syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID,
            &used); /* a test may have a clock of its own */
    return used.tv_sec * INT64_C(1000) + used.tv_nsec / 1000000;
}

static inline void actor_burn(void)
{
    for (int64_t end = actor_own_cpu_ms() + ACTOR_BURN_MS + 1; actor_own_cpu_ms() < end;)
        continue;
}

static inline void *actor_sleep(void *argument)
{
    for (;;)
        pause();
    return argument;
}

static char *actor_held;

static inline void actor_hold(void)
{
    actor_held =
        mmap(NULL, ACTOR_HOLDS_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(actor_held, 7, ACTOR_HOLDS_BYTES);
}

/* A child that holds memory, has used CPU and stays, also
 * without its parent; ended by 'k', and with the test. */
static inline pid_t actor_fork(int orders)
{
    int ready[2];
    char told;
    if (pipe(ready) != 0)
        _exit(1);
    pid_t child = fork();
    if (child == 0) {
        struct pollfd end_of_orders = {orders, 0, 0};
        actor_hold();
        actor_burn();
        close(ready[0]);
        if (write(ready[1], "x", 1) != 1)
            _exit(1);
        poll(&end_of_orders, 1, -1);
        _exit(0);
    }
    close(ready[1]);
    if (read(ready[0], &told, 1) != 1)
        _exit(1);
    close(ready[0]);
    return child;
}

/* One whose end is waited for before anybody could see it. */
static inline void actor_fork_and_wait(void)
{
    pid_t child = fork();
    if (child == 0) {
        actor_burn();
        _exit(0);
    }
    waitpid(child, NULL, 0);
}

/* By execve(2): it answers once more, and then waits for the
 * pipe's end. A shell knows descriptors of one digit. */
static inline void become_shell(int orders, int answers)
{
    int in = fcntl(orders, F_DUPFD, 10), out = fcntl(answers, F_DUPFD, 10);
    dup2(in, 8);
    dup2(out, 9);
    execlp("sh", "sh", "-c", "printf x >&9; read line <&8", NULL);
    _exit(1);
}

static inline void actor_obey(char order, int orders, int answers)
{
    static pid_t child;
    pthread_t thread;
    switch (order) {
    case 'b':
        actor_burn();
        break;
    case 'f':
        child = actor_fork(orders);
        break;
    case 'k':
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        break;
    case 'c':
        actor_fork_and_wait();
        break;
    case 'h':
        actor_hold();
        break;
    case 'u':
        munmap(actor_held, ACTOR_HOLDS_BYTES);
        break;
    case 'o':
        for (int i = 0; i < ACTOR_OPENS; i++)
            if (open("/dev/null", O_RDONLY) < 0)
                _exit(1);
        break;
    case 't':
        if (pthread_create(&thread, NULL, actor_sleep, NULL) != 0)
            _exit(1);
        break;
    case 'x':
        become_shell(orders, answers);
        break;
    default:
        _exit(1);
    }
}

static inline void actor_live(int orders, int answers)
{
    char order;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (write(answers, "x", 1) != 1) /* from here on it is as it stays */
        _exit(1);
    while (read(orders, &order, 1) == 1) {
        actor_obey(order, orders, answers);
        if (write(answers, &order, 1) != 1)
            break;
    }
    _exit(0);
}

static inline void actor_start(struct actor *actor)
{
    int orders[2], answers[2];
    char told;
    assert_int_equal(pipe(orders), 0);
    assert_int_equal(pipe(answers), 0);
    actor->pid = fork();
    if (actor->pid == 0) {
        close(orders[1]);
        close(answers[0]);
        actor_live(orders[0], answers[1]);
    }
    setpgid(actor->pid, actor->pid);
    close(orders[0]);
    close(answers[1]);
    actor->orders = orders[1];
    actor->answers = answers[0];
    assert_int_equal(read(actor->answers, &told, 1), 1);
}

static inline void actor_do(struct actor *actor, char order)
{
    char told;
    assert_int_equal(write(actor->orders, &order, 1), 1);
    assert_int_equal(read(actor->answers, &told, 1), 1);
}

/* Ends it, and all that it has begun; it may have ended before. */
static inline void actor_end(struct actor *actor)
{
    kill(-actor->pid, SIGKILL);
    waitpid(actor->pid, NULL, 0);
    close(actor->orders);
    close(actor->answers);
}

/* Idle processes of its group, more than are followed. */
enum { CROWD = 130 };
struct crowd {
    pid_t pids[CROWD];
};

static inline void crowd_start(struct crowd *crowd, pid_t group)
{
    for (int i = 0; i < CROWD; i++) {
        crowd->pids[i] = fork();
        if (crowd->pids[i] == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            setpgid(0, group);
            for (;;)
                pause();
        }
        assert_true(crowd->pids[i] > 0);
        setpgid(crowd->pids[i], group);
    }
}

static inline void crowd_end(struct crowd *crowd)
{
    for (int i = 0; i < CROWD; i++)
        kill(crowd->pids[i], SIGKILL);
    for (int i = 0; i < CROWD; i++)
        waitpid(crowd->pids[i], NULL, 0);
}

#endif
