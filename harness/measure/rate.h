/*
 * At which rate servers are asked in paced rounds: pure. Rates are
 * absolute and of a coarse grid, so that runs of one machine, and
 * mostly those of others like it, ask for the same and can be compared.
 */
#ifndef MEASURE_RATE_H
#define MEASURE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/result.h"

/* The highest of 1, 2, 5, 10, 20, 50 ... that is not above rps; 0 below 1. */
uint32_t rate_on_grid(double rps);

/* The next one above a rate of the grid. */
uint32_t rate_grid_up(uint32_t rate_rps);

/* Of the paced rounds of this workload, of both servers of a pair together: what the experiment
 * says, else the highest of the grid that is not above half of what the slowest server gave in its
 * look (round.probe), saturated or at least so much. 0: no look has a number. */
uint32_t rate_of(const struct result *result, size_t workload);

/* The same of this workload's phases, of which some are multiples of it, for a server alone. */
uint32_t rate_of_phases(const struct result *result, size_t workload);
/* Was the slowest looked at while others had the CPU only?
 * Then the rate may be lower than it could be. */
bool rate_is_doubtful(const struct result *result, size_t workload);

/* Connections to each server at that rate: four times as many as are busy if each request takes 5
 * ms, which is pace's own default, within its limits. */
uint32_t rate_connections(uint32_t rate_rps);

/* Of this workload's latency curves: what the experiment says, else the grid
 * from a twentieth of what the slowest server gave in its look, RATES_MOST
 * of them: where to end is the plan's to say. None: no look has a number. */
void rate_levels(struct rates *rates, const struct result *result, size_t workload);

/* Connections of all curves of this workload: four times as many as are busy at
 * the highest rate if each request takes as long as the objectives allow at most,
 * or 5 ms where there are none, within the limits above. The highest rate is the
 * last that the experiment says, else what the fastest server gave in its look. */
uint32_t rate_curve_connections(const struct result *result, size_t workload);
/* The same of all searches, whose highest rate is always what the fastest server gave. */
uint32_t rate_search_connections(const struct result *result, size_t workload);

#endif
