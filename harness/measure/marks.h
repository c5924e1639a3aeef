/*
 * The dear readings, taken once before the first phase and at the end of each: what they are, and
 * of whom, is data/mark_parts.h's. A mark costs about a millisecond for each 100 MB of the server,
 * and it is the harness that pays.
 *
 * A part that cannot be read is MISSING, the others stand; the first reason of each is kept. A
 * process that has ended meanwhile is not the server's any more, and is left out.
 */
#ifndef MEASURE_MARKS_H
#define MEASURE_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "data/mark_parts.h"
#include "data/result.h"
#include "measure/cgroup.h"
#include "measure/explaining.h"
#include "measure/following.h"

enum { MARKS_WHY = 160 };

struct marks {
    struct phase_marks *to;        /* borrowed */
    struct following *following;   /* borrowed */
    const char *cgroups;           /* where cgroup v2 is mounted; borrowed */
    struct explaining *explaining; /* borrowed; NULL, as marks_open leaves it: nobody asked */
    bool peak_is_reset;            /* at the mark before, so that the next peak is since then */
    int64_t cost_ns;               /* CPU time of the dearest mark, without its explaining */
    char why[MARK_PARTS][MARKS_WHY];
};

/* to is emptied. cgroups: NULL: CGROUP_MOUNT. */
void marks_open(struct marks *marks, struct phase_marks *to, struct following *following,
                const char *cgroups);
/* Takes the next mark, at so many ns from the window's start, and resets
 * the peak for the one after it. The first peak is since the processes
 * began. No more than PHASES_MOST + 1: a further call does nothing. */
void marks_take(struct marks *marks, int64_t at_ns);
/* Why marks lack this part: the first reason; NULL: none does. */
const char *marks_why(const struct marks *marks, enum mark_part part);

#endif
