/*
 * What else the machine did around a window, from one reading before and one after: CPU time of
 * processes that are not part of the round (foreign), time the hypervisor took (steal), and
 * connections accepted in this network namespace. Every process of the machine is read, so never
 * during a window.
 */
#ifndef MEASURE_SURROUNDINGS_H
#define MEASURE_SURROUNDINGS_H

#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* CPU time of one process that is not part of the round, in ticks. */
struct bystander {
    pid_t pid, parent;
    int cpu; /* it was last on */
    uint64_t own_ticks, children_ticks;
};

struct surroundings {
    int64_t at_ns, passive_opens, steal_ticks; /* -1: could not be read */
    struct bystander *all;                     /* ascending by pid */
    size_t count, capacity;
};

struct surroundings_change {
    /* MISSING where one reading lacked it. */
    int64_t wall_ns, foreign_cpu_ns, steal_ns, passive_opens;
};

/* Reads who is neither the harness nor in the trees of these
 * roots; ksoftirqd is network, nobody's. */
void surroundings_read(struct surroundings *surroundings, const cpu_set_t *cpus, const pid_t *roots,
                       size_t root_count);
/* Foreign is who was on one of these CPUs when last seen. Only here, not in the readings: one that
 * has moved there used what it used since the first reading, not what it ever did. */
struct surroundings_change surroundings_between(const struct surroundings *before,
                                                const struct surroundings *after,
                                                const cpu_set_t *cpus);
void surroundings_release(struct surroundings *surroundings);

/* TcpPassiveOpens now; -1 if it cannot be read. */
int64_t surroundings_passive_opens(void);

#endif
