/*
 * Is a course of values flat, and how small a growth would have been seen? Pure.
 *
 * The time under load is cut into FLATNESS_PARTS equal parts, and each is told by its trough, the lowest value in it:
 * what is freed again leaves a trough as it was, what is kept lifts it. It grows only if every part's trough is above
 * the one before, by enough together, not by one jump, and as fast in the second half as in the first: caches that fill
 * and allocators that warm up slow down, leaks do not.
 */
#ifndef ANALYSE_FLATNESS_H
#define ANALYSE_FLATNESS_H

#include <stdbool.h>
#include <stddef.h>

enum { FLATNESS_PARTS = 8 };
#define FLATNESS_LOAD_S_MIN 100.0 /* under less time nothing is said but UNDECIDED */

enum flatness_kind {
    FLATNESS_FLAT,
    FLATNESS_SAWTOOTH, /* it rises and falls back */
    FLATNESS_STEP,     /* higher than before, by a jump, and steady on both sides */
    FLATNESS_GROWING,
    FLATNESS_UNDECIDED,
};
const char *flatness_name(enum flatness_kind kind); /* "FLAT" */

/* What is judged: low[i] and high[i] are the lowest and highest reading in stretch i of interval_s under load; NAN: not
 * read. Both may be the same array. */
struct flatness_course {
    const double *low, *high;
    size_t count;
    double interval_s;
    double requests; /* answered in all of it */
    double least;    /* a growth below it is none: 128 KiB of memory */
};

struct flatness {
    enum flatness_kind kind;
    const char *why;              /* a clause where it is UNDECIDED; static; else NULL */
    double needed_s;              /* time under load that would decide it; 0 unless UNDECIDED */
    double parts[FLATNESS_PARTS]; /* the troughs; NAN */
    double start, end;            /* the first and the last of them */
    double drift;                 /* end - start */
    double drift_per_request;
    double peak, median; /* highest of all; median of the stretches' lows */
    double peak_ratio;   /* peak / median */
    double robust_cv;    /* 1.4826 MAD / median, of the lows */
    double smallest;     /* the smallest growth over this course that would have been called so */
    double smallest_per_request;
    bool so_far; /* GROWING, but not confirmed by a longer course */
};

/* The longest run of stretches that could not be read may be a tenth of a part; more is UNDECIDED. */
void flatness_find(struct flatness *flatness, const struct flatness_course *course);
/* Of a course that grew and a longer one after it: GROWING if that grew too, by at least .75 of the first's bytes per
 * request; otherwise what the longer one says alone. */
void flatness_confirm(struct flatness *flatness, const struct flatness *longer);

#endif
