/*
 * One measurement by pace, whole: what was asked, what came back, how far it can be trusted. The
 * engine fills it, the verdict judges it, text and JSON show it. Times are nanoseconds.
 */
#ifndef PACE_TRIAL_H
#define PACE_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "data/result.h"
#include "pace/record.h"
#include "pace/schedule.h"
#include "pace/url.h"

enum { TRIAL_TARGETS = 2 };

/* How the generator itself fared, from the window's opening until the last request was answered or
 * given up; where it did not open, from the warm-up's beginning. */
struct audit {
    int64_t wall_ns; /* without the time it slept because nothing was on its way nor due soon */
    /* CLOCK_THREAD_CPUTIME_ID of its one thread: it spins,
     * so it is wall_ns if nobody came between. */
    int64_t cpu_ns;
    int64_t slept_ns;     /* not in wall_ns */
    int64_t run_delay_ns; /* /proc/thread-self/schedstat; MISSING: not there */
    /* Of the CPU it is pinned to, /proc/stat; MISSING: not pinned, or not there. */
    int64_t steal_ns;
    uint64_t turns; /* of its loop */
    /* Sum of those between two readings of the clock that took more than 1 ms. */
    int64_t long_gaps_ns;
    int64_t longest_gap_ns;
    uint64_t allocations; /* 0, or a test fails */
};

struct trial_target {
    struct url url;
    char address[64];     /* "127.0.0.1:8080", the one that was used */
    unsigned connections; /* asked for */
    struct record record;
    int64_t cpu_ns;      /* of the processes named with --pid, over the window; MISSING */
    bool has_ended_it;   /* an early end is its doing; of two servers it may be that of both */
    bool leaves_unended; /* before the window one of its answers began, and did not end */
};

enum trial_end {
    TRIAL_WHOLE,      /* the schedule was run to its end, and drained */
    TRIAL_OVERLOADED, /* the backlog was full: it goes no further */
    TRIAL_REFUSED, /* no connection could be made before the window, or the first answer is wrong */
    TRIAL_SILENT,  /* connections were made, and not answered before the window */
    TRIAL_PORTS,   /* no local port was free */
    TRIAL_LOST,    /* the server went away and did not come back */
    TRIAL_INTERRUPTED, /* a signal */
};

struct trial {
    const struct schedule *schedule; /* borrowed */
    uint64_t seed;
    unsigned requests_per_connection; /* 0: keep-alive without end */
    int64_t max_backlog_ns;
    int64_t warmup_ns;
    char requests_hash[65];
    struct trial_target targets[TRIAL_TARGETS];
    unsigned target_count;
    bool has_window; /* it opened; else nothing was measured */
    /* The window's; 0: nobody knew yet when it would open. */
    int64_t start_monotonic_ns, start_unix_ns;
    int64_t measured_ns; /* of the window; less than the schedule's duration where it ended early */
    int64_t warmed_ns;   /* of the warm-up */
    int64_t drained_ns;  /* how long answers were waited for when nothing more was asked */
    struct audit audit;
    enum trial_end end;
    char why[400];                         /* of an early end, in words */
    struct outcome outcome[TRIAL_TARGETS]; /* by verdict; each of a target */
    /* By verdict: requests were left waiting, and by pace rather than by that server; or that was
     * so of the other, and ended the trial. */
    bool is_outrun[TRIAL_TARGETS];
    /* Percentiles above it are not to be shown, because the generator was late; 1: all may be; 0:
     * none, as where no window opened. */
    double trusted_p;
};

#endif
