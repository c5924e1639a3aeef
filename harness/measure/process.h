/*
 * One child process. It leads a process group of its own, is pinned, and dies with the harness:
 * PR_SET_PDEATHSIG is tied to the thread that forked, so everything here is called from the one
 * main thread. What it starts in its turn is process_tree.h's.
 */
#ifndef MEASURE_PROCESS_H
#define MEASURE_PROCESS_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PROCESS_ADDITIONS = 8 };

struct process_options {
    const char *const *argv; /* argv[0] is looked up in PATH when it has no slash */
    const cpu_set_t *cpus;   /* NULL: the harness' own */
    const char *environment[PROCESS_ADDITIONS + 1]; /* further "NAME=value", NULL-terminated */
    /* Variables of the harness' environment that it does not get, NULL-terminated; "GIT_*": all
     * that begin so. NULL: it gets all. */
    const char *const *without;
    const char *folder; /* it begins there; NULL: where the harness is */
    int third_fd;       /* given to the child as descriptor 3; 0: none */
};

struct process {
    pid_t pid;
    int out_fd, err_fd; /* read ends, non-blocking, close-on-exec; the caller closes them */
};

/* 0, or -errno of what failed, exec included: then nothing was started. */
int process_start(struct process *process, const struct process_options *options);

/* Has it ended? Does not reap: as long as it is a zombie its pid is no other's, so that the tree
 * can still be killed. *status: its wait status if it has. */
bool process_ended(pid_t pid, int *status);

/* Reads what a non-blocking descriptor has, keeping at most size - *len bytes and dropping the
 * rest. Of who writes without end it takes more than a pipe holds, and returns: the caller has
 * other things to look at. False at its end or on an error. */
bool process_drain(int fd, char *bytes, size_t size, size_t *len);

#endif
