/*
 * Is a course of values flat, and how small a growth would have been seen? Pure.
 *
 * The time under load is cut into FLATNESS_PARTS equal parts, and each is told by its trough, the
 * lowest value in it: what is freed again leaves a trough as it was, what is kept lifts it. It
 * grows only if every part's trough is above the one before, by more together than a growth worth a
 * word and than chance and jumps make of how unevenly they rise, and as fast in the second half as
 * in the first: caches that fill and allocators that warm up slow down, leaks do not. A fill that
 * outlasts the course looks like a leak to anybody; flatness_confirm waits four times as long. How
 * often it is wrong: docs/calibration-flatness.md.
 */
#ifndef ANALYSE_FLATNESS_H
#define ANALYSE_FLATNESS_H

#include <stdbool.h>
#include <stddef.h>

enum { FLATNESS_PARTS = 8, FLATNESS_CONFIRM_TIMES = 4 }; /* requests of the confirming course */
#define FLATNESS_LOAD_S_MIN 100.0 /* under less time nothing is said but UNDECIDED */

/* What is too little to be called growth. Memory: 32 pages, which a cache of the C library may take
 * any time (malloc asks the kernel for 128 KiB at once, M_TOP_PAD of mallopt(3)). Descriptors and
 * threads: what a server opens late, by design, without opening ever more. The shares are of the
 * course's median: what a shared machine moves by itself. */
#define FLATNESS_LEAST_MEMORY_BYTES (128.0 * 1024)
#define FLATNESS_LEAST_DESCRIPTORS  8.0
#define FLATNESS_LEAST_THREADS      4.0
#define FLATNESS_LEAST_COST_SHARE   .05
#define FLATNESS_LEAST_P50_SHARE    .10
#define FLATNESS_LEAST_P99_SHARE    .25
/* How far something rises and falls back before that is worth
 * a word. Percentiles of short stretches scatter. */
#define FLATNESS_SWING_SHARE      .05
#define FLATNESS_SWING_COST_SHARE .20
#define FLATNESS_SWING_P50_SHARE  .50
#define FLATNESS_SWING_P99_SHARE  1.0

enum flatness_kind {
    FLATNESS_FLAT,     /* it ends where it began, and kept near it */
    FLATNESS_SAWTOOTH, /* it rises and falls back, or the other way round */
    FLATNESS_STEP,     /* it ends on another level, up or down: by jumps,
                        * or ever more slowly, and it may not have ended */
    FLATNESS_GROWING,
    FLATNESS_UNDECIDED,
};
const char *flatness_name(enum flatness_kind kind); /* "FLAT" */

/* What is judged: low[i] and high[i] are the lowest and highest reading in stretch i of interval_s
 * under load; NAN: not read. Both may be the same array. */
struct flatness_course {
    const double *low, *high;
    size_t count;
    double interval_s;
    double requests;    /* that it served from the first stretch to the last, between them, too */
    double least;       /* a growth below it is none: FLATNESS_LEAST_... */
    double least_share; /* the same as a share of the median; what is more holds */
    double swing_share; /* FLATNESS_SWING_...; 0: FLATNESS_SWING_SHARE. Never less than least */
};

struct flatness {
    enum flatness_kind kind;
    const char *why; /* a clause where it is UNDECIDED; static or the course's; else NULL */
    double needed_s; /* time under load that would decide it; 0 unless UNDECIDED */
    double parts[FLATNESS_PARTS]; /* the troughs; NAN */
    double start, end;            /* the first and the last of them */
    double drift;                 /* end - start; they are 7/8 of the course apart */
    double drift_per_request;     /* over the requests between them */
    double peak, median;          /* highest of all; median of the stretches' lows */
    double peak_ratio;            /* peak / median; NAN where that is 0 */
    double robust_cv;             /* 1.4826 MAD / median, of the lows; NAN likewise */
    /* The smallest steady drift that would have been called GROWING here; NAN where UNDECIDED.
     * Where it does not grow, never less than what it drifted. */
    double smallest, smallest_per_request;
    double last_rise; /* from the last part but one to the last; NAN */
    bool so_far;      /* GROWING, but not confirmed by a longer course */
    /* STEP, but what confirms grew too, by less than it takes: nobody knows whether it ends. */
    bool slows;
};

/* The longest run of stretches that could not be read may be a tenth of a part, and all together a
 * tenth of the course; more is UNDECIDED. */
void flatness_find(struct flatness *flatness, const struct flatness_course *course);
/* Of a course that grew and a longer one after it, of FLATNESS_CONFIRM_TIMES the requests; all
 * figures become the longer one's. GROWING if that grew too, by at least .75 of the first's units
 * per request, or of its second half's where that was slower; STEP, which slows, if it grew by
 * less, because a fill that slows down does; otherwise what the longer one says alone. Where that
 * is UNDECIDED, or there was no growth to confirm, nothing changes. */
void flatness_confirm(struct flatness *flatness, const struct flatness *longer);

#endif
