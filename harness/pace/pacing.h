/*
 * The loop itself: when arrivals are due, when the window opens, when its segments change and when
 * all is over. In it the order of a turn is everything: the clock, what is due, then what has come;
 * and after each thing that has come, what has become due meanwhile.
 */
#ifndef PACE_PACING_H
#define PACE_PACING_H

#include <stddef.h>
#include <stdint.h>

#include "pace/engine.h"
#include "pace/lane.h"
#include "pace/random.h"
#include "pace/schedule.h"

enum pacing_phase {
    PHASE_OPENING, /* connections are made */
    PHASE_WARMING, /* nothing is recorded yet */
    PHASE_READY,   /* the audit has begun, some ms before the window */
    PHASE_WINDOW,
    PHASE_DRAIN,
    PHASE_OVER,
};

/* Drawn beforehand, so that nothing is left to do when it is due but to send it. */
struct next {
    int64_t due_ns; /* PACING_NEVER: no more come */
    struct lane *lane;
    const struct request *request;
};

#define PACING_NEVER INT64_MAX

struct pacing {
    struct trial *trial;
    const struct engine_options *options;
    struct loop loop;
    struct lane lanes[TRIAL_TARGETS];
    unsigned lane_count;
    /* private */
    enum pacing_phase phase;
    int64_t milestone_ns; /* when the phase or the segment has to be looked at again */
    int64_t progress_ns;
    struct next next;
    int64_t origin_ns;  /* of the schedule that arrivals are drawn from */
    int64_t end_ns;     /* of the window */
    int64_t stopped_ns; /* when nothing more was due */
    struct schedule warmup;
    struct arrivals arrivals;
    struct random random; /* which server */
    size_t segment;       /* that comes next */
    int64_t cpu_ns[TRIAL_TARGETS];
};

/* All is zeroed but trial and options, which are borrowed. */
void pacing_init(struct pacing *pacing);
/* One turn; returns how many events it took. Before pacing_keep_time
 * nothing is due and it may sleep a millisecond. */
int pacing_turn(struct pacing *pacing);
/* Warm-up, window and draining; returns when all is over, or when the trial has ended early. */
void pacing_keep_time(struct pacing *pacing);
/* What is unfinished is recorded, and all is closed. */
void pacing_account(struct pacing *pacing);
void pacing_release(struct pacing *pacing);

#endif
