/*
 * A process and all that descends from it: finding the members, what CPU time they used, ending
 * them. What escapes by setsid(2) or a double fork comes back to the harness as its subreaper
 * (server_become_reaper) and is found by process_kill_strays. Called from the one main thread.
 */
#ifndef MEASURE_PROCESS_TREE_H
#define MEASURE_PROCESS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { PROCESS_TREE = 256 };

/* The process, its descendants and whoever shares its group. At most PROCESS_TREE pids; returns how
 * many. */
size_t process_tree(pid_t root, pid_t *pids);
/* Appends the descendants of pids[0 .. count) by the kernel's lists of
 * children, which costs a few files instead of a look at every process; returns
 * how many there are then. Without such lists (CONFIG_PROC_CHILDREN): -1. */
int process_descend(pid_t *pids, size_t count);
bool process_holds(const pid_t *pids, size_t count, pid_t pid); /* is it one of them? */
/* CPU time of these processes to the nanosecond, plus that of
 * children they reaped, to a tick. MISSING if any of them cannot be
 * read: a sum that lacks one would be a number of something else. */
int64_t process_cpu_ns(const pid_t *pids, size_t count);
/* The same without reaped children: cheap enough for samples inside a window (0.2 us a process). */
int64_t process_clocks_ns(const pid_t *pids, size_t count);
/* Of it, in user mode; all of it to a tick. */
int64_t process_user_ns(const pid_t *pids, size_t count);

/* SIGKILL to the whole tree, then reap what is ours of it; the root
 * must not have been reaped before. Returns when none is left, at
 * the latest after a second. *status: the root's wait status. */
void process_kill_tree(pid_t root, int *status);
/* SIGKILL to every child the harness still has: for the end of a round, when it should have none.
 */
void process_kill_strays(void);

/* The fields of /proc/PID/stat that are used here; false when the process is gone. Ticks are of
 * sysconf(_SC_CLK_TCK). */
struct process_stat {
    pid_t parent, group;
    char state;
    bool is_softirq; /* a ksoftirqd: the kernel working for the network */
    int cpu;         /* it last ran on */
    uint64_t user_ticks, system_ticks, children_user_ticks, children_system_ticks;
};
bool process_read_stat(pid_t pid, struct process_stat *stat);
/* Is it there and no zombie? kill(pid, 0) would succeed for one. */
bool process_is_running(pid_t pid);
/* Calls visit for every process there is. */
void process_each(void (*visit)(void *argument, pid_t pid, const struct process_stat *stat),
                  void *argument);

#endif
