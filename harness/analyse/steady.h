/*
 * The part of a window in which nothing but requests goes on. A generator opens all its connections
 * at the start of a window and drops them at its end; with thousands of them that is a good part of
 * what the server does, and none of what a request costs. So the first quarter is left out, and
 * what comes after the last sample.
 *
 * How many requests fell into the rest, the generator does not tell; the octets
 * that came in do. All requests of a workload are alike, so q = (octets of the
 * whole load - ROUND_CONNECTION_OCTETS for each connection) / requests is what one
 * takes, both ways, and the rest's octets / q is their number. With 4,096
 * connections and 200,000 requests the doubt in those octets is 0.5 % of a request.
 */
#ifndef ANALYSE_STEADY_H
#define ANALYSE_STEADY_H

#include <stdbool.h>

#include "data/result.h"

struct steady {
    double requests, wall_ns, cpu_server_ns;
};
/* False where the round has no series long enough, or lacks a number. */
bool steady_make(struct steady *steady, const struct round *round);

/* Of that part; NAN where there is none. */
double steady_cost_ns(const struct round *round);
double steady_throughput_rps(const struct round *round);

#endif
