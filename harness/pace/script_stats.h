/*
 * The statistics objects of done(): latency and requests, with min, max, mean,
 * stdev, :percentile(p), the number of their distinct values as #, and value and
 * count of the i-th of them by a call. As in wrk, values are whole numbers and
 * the figures are computed of just these, so that a script that sums them up
 * again comes to the same. :percentile(100) is the largest value; wrk's is 0.
 */
#ifndef PACE_SCRIPT_STATS_H
#define PACE_SCRIPT_STATS_H

#include <lua.h>
#include <stdint.h>

#include "data/histogram.h"

/* Pushes the object of a histogram in ns, in microseconds: the middle of each bin, rounded. */
void script_stats_push_us(lua_State *lua, const struct histogram *histogram);
/* Pushes the object of one value. */
void script_stats_push_one(lua_State *lua, double value);

#endif
