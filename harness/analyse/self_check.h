/*
 * Does this machine agree with itself? The reference was paired with a second copy of itself: what
 * comes out of that must not be a difference. An alarm is looked at once more on fresh blocks,
 * because one in many runs is chance. Pure.
 */
#ifndef ANALYSE_SELF_CHECK_H
#define ANALYSE_SELF_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "analyse/stats.h"

/* The worst is the highest. */
enum self_check_state {
    SELF_CHECK_ABSENT,
    SELF_CHECK_TOO_SHORT,
    SELF_CHECK_AGREES,
    SELF_CHECK_DIFFERS
};

struct self_check {
    enum self_check_state state;
    struct estimate ratio; /* that stands: of the fresh blocks, once they were needed */
    struct estimate alarm; /* of the planned blocks */
    bool is_refuted;       /* they alarmed, and the fresh ones did not confirm it */
    bool is_confirmed;     /* they alarmed, and the fresh ones did so, too */
};

/* ln ratios by block, the planned ones first; margin: the
 * smallest difference worth a word. ABSENT without any. */
struct self_check self_check_judge(const double *ln_ratios, size_t planned, size_t count,
                                   double margin);
/* Did the planned blocks differ, whatever the fresh ones say? */
bool self_check_alarmed(const struct self_check *check);

#endif
