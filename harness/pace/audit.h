/*
 * The loop's clock, and how the loop itself fares. Every reading of the clock is also a look at how
 * long the loop was away since the one before: what it could not see in that time it can only have
 * seen too late. Beside that stand what the kernel says of the thread and of its CPU, taken when
 * the audit opens and when it closes.
 */
#ifndef PACE_AUDIT_H
#define PACE_AUDIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "pace/trial.h"

enum {
    AUDIT_LONG_GAP_NS = 1000000, /* longer than the whole tail of a fast server */
    /* Longer than any step of the loop takes between two readings. What was due meanwhile is sent
     * at once when it ends, a crowd that waits for itself at the server, and so do those that come
     * while the crowd is there: for AUDIT_AFTER times as long as the gap was they count as
     * disturbed by it. Whether that was long enough shows in those that come then, up to
     * AUDIT_SETTLED times as long after it: they must fare like all others. A send that wakes a
     * server on another virtual CPU takes up to 25 us. */
    AUDIT_GAP_NS = 50000,
    AUDIT_AFTER = 4,
    AUDIT_SETTLED = 12,
};

struct watch {
    int64_t now_ns; /* the last reading */
    int64_t long_gaps_ns, longest_gap_ns, slept_ns;
    int64_t disturbed_from_ns, disturbed_until_ns, settling_until_ns; /* by the last gap */
    /* private */
    int64_t ahead_ns, ahead_until_ns;
    /* as they were when the audit opened */
    int64_t opened_ns, cpu_ns, run_delay_ns, steal_ns;
    uint64_t allocations;
};

static inline int64_t clock_ns(clockid_t clock)
{
    struct timespec time = {0};

    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void watch_start(struct watch *watch);               /* the first reading */
void watch_gap(struct watch *watch, int64_t gap_ns); /* that has just ended */
void watch_compare(struct watch *watch);

static inline int64_t watch_read(struct watch *watch)
{
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC), gap_ns = now_ns - watch->now_ns;

    watch->now_ns = now_ns;
    if (gap_ns > watch->longest_gap_ns || gap_ns > AUDIT_GAP_NS)
        watch_gap(watch, gap_ns);
    return now_ns;
}

/* Is what was due then sent in the last gap's crowd, or just
 * after it, or in the time in which all should be over? */
static inline enum disturbance watch_disturbance(const struct watch *watch, int64_t due_ns)
{
    if (due_ns >= watch->settling_until_ns || due_ns < watch->disturbed_from_ns)
        return CALM;
    return due_ns < watch->disturbed_until_ns ? DISTURBED : SETTLING;
}

/* What the kernel's clock of packets (CLOCK_REALTIME) is ahead of ours. It is read anew ten times a
 * second, because somebody may set that clock. */
static inline int64_t watch_ahead_ns(struct watch *watch)
{
    if (watch->now_ns >= watch->ahead_until_ns)
        watch_compare(watch);
    return watch->ahead_ns;
}

/* Reads the clock after a sleep that was to end wanted_ns after the last reading, or earlier when
 * something came. Only what it overslept is a gap. */
int64_t watch_woke(struct watch *watch, int64_t wanted_ns);

/* Gaps, sleep and all else count from here. Takes some ten microseconds, for files of /proc. */
void audit_open(struct watch *watch);
/* Fills all but the turns. */
void audit_close(const struct watch *watch, struct audit *audit);

/* CPU time of these processes together; MISSING if one is not there, or none is named. */
int64_t audit_cpu_of(const pid_t *pids, unsigned count);
/* How often this thread asked for memory. */
uint64_t audit_allocations(void);

#endif
