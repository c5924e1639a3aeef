/*
 * How far apart two runs of one machine lie anyhow, hours or days apart, from those that there
 * were: what a machine does from one run to the next is within none of them. Pure.
 */
#ifndef ANALYSE_SESSIONS_H
#define ANALYSE_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>

enum { SESSIONS_LEAST = 5 };
/* Standard deviations: two runs are sqrt(2) further apart than one is
 * from their middle. Of five runs that is rough: one in thirty that
 * is of the same is further above their middle (test_sessions.c). */
#define SESSIONS_SDS 2.8

struct sessions {
    double middle; /* their median */
    double reach;  /* so far from it a run is by chance; NAN: fewer than SESSIONS_LEAST */
};
/* A figure a run, as natural logarithms. */
struct sessions sessions_find(const double *ln, size_t count);
/* Does a run lie beyond their reach, and on that side of their
 * middle to which it moved? moved: ln of it over its base. */
bool sessions_are_exceeded(const struct sessions *sessions, double ln, double moved);

#endif
