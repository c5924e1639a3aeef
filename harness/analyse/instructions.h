/*
 * Two arms of a result by the instructions that they take a request (data/result.h, struct
 * result_count), a gate that does not depend on who else has the machine: what is counted has no
 * interval, so the margin alone decides. Functions are matched by their names; one that was
 * renamed, or that the compiler now puts into another, is gone and new. Pure.
 */
#ifndef ANALYSE_INSTRUCTIONS_H
#define ANALYSE_INSTRUCTIONS_H

#include "analyse/decision.h"
#include "data/result.h"

struct instructions_change {
    const char *name;  /* of the function; borrowed from the counts */
    double base, head; /* a request; 0: none, or less than is listed */
};
struct instructions_changes {
    struct instructions_change *items; /* what moved furthest first, whichever way */
    size_t count;
};
/* Every function that moved by .1 instruction a request or more; neither count is missing. */
void instructions_find(struct instructions_changes *changes, const struct result_count *base,
                       const struct result_count *head);
void instructions_release(struct instructions_changes *changes);

/* Adds the row of METRIC_INSTRUCTIONS, with its word: REGRESSED (and confirmed, as each count is
 * the lowest of some), IMPROVED, or EQUIVALENT. why names the functions that moved most,
 * "parse_head +210 (+41 %), write_head +12; memcpy -3", first those that went with the whole.
 * INVALID with a reason where a count is missing, which is also noted if the row gates. */
void instructions_add_row(struct decision *decision, const char *server,
                          const struct result *result, size_t base_arm, size_t head_arm,
                          size_t workload);

#endif
