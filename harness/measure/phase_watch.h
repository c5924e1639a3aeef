/* When a mark is due while a window goes through its phases: a little before the end of each, so
 * that one that is read late is still of that phase, and the last one is read under load. */
#ifndef MEASURE_PHASE_WATCH_H
#define MEASURE_PHASE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/result.h"
#include "measure/marks.h"

struct phase_watch {
    const struct phases *phases; /* borrowed, as is the next */
    struct marks *marks;         /* that of before the first phase is taken */
    int64_t start_ns;            /* CLOCK_MONOTONIC: of the window, at the earliest */
    size_t passed;               /* phases */
    bool is_cut;                 /* no further mark is due */
};

int64_t phase_watch_due_ns(const struct phase_watch *watch); /* INT64_MAX: none is left */
/* Takes the mark if one is due. */
void phase_watch_tick(struct phase_watch *watch);
/* The window ends in the middle of a phase: takes its mark
 * now, while connections are as they were in it. Once. */
void phase_watch_cut(struct phase_watch *watch);

#endif
