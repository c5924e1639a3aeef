/* What a connection takes of the kernel's memory, as a test sees
 * it that opens the same number of them again and again. */
#ifndef TESTS_KERNEL_SHARE_H
#define TESTS_KERNEL_SHARE_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>

#include "analyse/memory.h"
#include "analyse/stats.h"

/* By how many bytes the kernel's memory grew, once a repetition: */
struct kernel_growths {
    const double *subject; /* with the connections open at the subject */
    size_t subject_n;
    const double *ceiling; /* with as many at the ceiling */
    size_t ceiling_n;
    const double *idle; /* as long a time in which nothing was opened */
    size_t idle_n;
    double connections;
};

/* Of the kernel's memory, a connection's at the subject beyond one's at the ceiling. */
struct kernel_share {
    double bytes; /* difference of the medians; NAN with fewer than MEMORY_KERNEL_MIN_N of each */
    double spread_bytes; /* the furthest that the system moved by itself */
};

static inline struct kernel_share kernel_share_find(const struct kernel_growths *growths)
{
    double furthest = 0, more;
    if (growths->subject_n < MEMORY_KERNEL_MIN_N || growths->ceiling_n < MEMORY_KERNEL_MIN_N ||
        growths->idle_n < MEMORY_KERNEL_MIN_N || !(growths->connections > 0))
        return (struct kernel_share){.bytes = NAN, .spread_bytes = NAN};
    for (size_t i = 0; i < growths->idle_n; i++)
        furthest = fmax(furthest, fabs(growths->idle[i]));
    more = stats_median(growths->subject, growths->subject_n) -
           stats_median(growths->ceiling, growths->ceiling_n);
    return (struct kernel_share){more / growths->connections, furthest / growths->connections};
}

/* Otherwise all there is to say is "less than the spread". */
static inline bool kernel_share_is_visible(const struct kernel_share *share)
{
    return fabs(share->bytes) > share->spread_bytes;
}

#endif
