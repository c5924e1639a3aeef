/*
 * A server's processes over a long time: who they are now, what they hold
 * and what they have used. Unlike a window of seconds, phases of minutes
 * must bear that a server forks workers, replaces them or ends some.
 *
 * Who goes is seen at the next reading: its files of /proc say so. Who comes is found by
 * following_look, once a second: it compares the number of the youngest process of the system
 * (/proc/loadavg, proc(5)). Where that has moved, it looks at those that were born since, or, if
 * they are many, at all descendants. A process that calls execve(2) stays the same one: its clock
 * goes on. One that leaves the server's process group and is orphaned within that second is lost.
 *
 * Nothing here may cost more than it is worth: whatever can be dear (listing descriptors before
 * Linux 6.2, looking for descendants of many threads) is measured on the harness' own clock, and is
 * not done again before FOLLOWING_REST times as long has passed.
 */
#ifndef MEASURE_FOLLOWING_H
#define MEASURE_FOLLOWING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    FOLLOWING_MOST = 128, /* processes of one server */
    FOLLOWING_REST = 2000,
    FOLLOWING_WHY = 120,
};

#define FOLLOWING_TOO_MANY "the server has more than %d processes" /* FOLLOWING_MOST */

struct followed {
    pid_t pid;
    int statm, stat;   /* open files of /proc/PID; -1 */
    int error;         /* errno of statm, where it is -1 */
    int64_t cpu_ns;    /* by its clock when it was last read */
    int64_t reaped_ns; /* CPU time of children that ended and that it waited for, to a tick */
};

/* When something dear was done, and when it may be done again. */
struct rest {
    int64_t until_ns;
    int64_t cost_ns; /* CPU time of the last time */
};

struct following {
    pid_t root;
    size_t count;
    struct followed all[FOLLOWING_MOST];
    int64_t cpu_ns; /* used by all, those that ended included as far as they were read */
    /* By those that ended, as much as their parents may be told of when they wait. */
    int64_t ended_ns;
    /* Since the last reading: one ended, or a child was waited for
     * that nobody had seen, and whose time is in none. */
    bool went;
    int64_t complete_ns;    /* CLOCK_MONOTONIC: nobody had come unseen before it */
    int64_t found_since_ns; /* what the next reading is to say of who came */
    int loadavg;            /* open file */
    int64_t youngest;       /* pid, when somebody was last looked for; -1: not known */
    bool has_size;          /* of /proc/PID/fd: Linux 6.2 */
    bool is_more;           /* processes than are followed, when it was last looked */
    struct rest look, list;
};

/* What is read together. MISSING with the reason in why. */
struct following_reading {
    int64_t rss_bytes; /* sum over the processes: shared pages count once each */
    bool has_cpu;      /* as it was asked for */
    int64_t cpu_ns;    /* since following_open; 0 without */
    /* A process has ended since the reading before: what it used
     * since the last one with CPU is in none. */
    bool went;
    /* CLOCK_MONOTONIC: processes were found that came after it,
     * and what was read since was not of all; MISSING: none. */
    int64_t came_since_ns;
    char why[FOLLOWING_WHY]; /* of whatever is MISSING; empty */
};

/* What is read once a second; each MISSING with a reason of its own. */
struct following_counts {
    int64_t descriptors, threads;
    char why_descriptors[FOLLOWING_WHY], why_threads[FOLLOWING_WHY];
};

/* The tree of root as it is now; it runs. */
void following_open(struct following *following, pid_t root);
void following_close(struct following *following);

/* The CPU time of a process is a sum over its threads: 0.2 ms
 * for 1,000 of them. So it is read where it is wanted. */
void following_read(struct following *following, bool with_cpu, struct following_reading *reading);
/* Looks whether processes have come, and follows them. */
void following_look(struct following *following);
void following_count(struct following *following, struct following_counts *counts);
/* Its processes, for what reads them one by one; room for FOLLOWING_MOST. Returns how many. */
size_t following_pids(const struct following *following, pid_t *pids);

#endif
