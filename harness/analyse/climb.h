/*
 * Whether a server is asked at the next rate of its latency curve: one rule, for the run that asks
 * and for the report that says why it did not. Pure.
 *
 * A server goes on unless more than half of its rounds at a rate failed by its own fault, or
 * because the generator was late. Where others disturbed such a round, they explain the lateness,
 * and it does not count; but above what the server gave in its look it does: there must be an end.
 * Rounds that were interrupted are measured again, and count for nothing.
 */
#ifndef ANALYSE_CLIMB_H
#define ANALYSE_CLIMB_H

#include "data/result.h"

struct climb { /* of a server at a rate, begins as {0} */
    unsigned rounds, failed, late;
};
void climb_count(struct climb *climb, const struct round *round, double look_rps);

enum climb_end {
    CLIMB_GOES_ON,
    CLIMB_FAILED, /* more than half by its own fault */
    CLIMB_LATE,   /* more than half by the generator's */
    CLIMB_BOTH,   /* more than half only together */
};
enum climb_end climb_end(const struct climb *climb);

#endif
