/*
 * What one run read of one server: a figure a block, for each metric of a decision. Pure.
 */
#ifndef ANALYSE_READINGS_H
#define ANALYSE_READINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/decision.h"
#include "data/result.h"

/* A result, and which of its rounds no later try replaces: found
 * once, as it takes a look from each round at each other. */
struct readings_source {
    const struct result *result; /* borrowed */
    bool *stands;                /* of its rounds; owned */
};
void readings_source_make(struct readings_source *source, const struct result *result);
void readings_source_release(struct readings_source *source);

struct readings {
    double *ln; /* natural logarithms, a block each, in the metric's unit; owned */
    size_t count;
    double median;        /* NAN: none */
    uint32_t connections; /* that it was asked over; 0: no reading */
    uint32_t rate_rps;    /* 0: as much as there is time for */
    bool is_bound;        /* the generator was the limit, so the figure is only "at least" */
    bool is_paired;       /* beside another server, on shared CPUs */
    const char *why;      /* a clause where there is none; borrowed from the result, or static */
};
/* paired: of rounds beside another server, else of those alone. Costs, percentiles and memory of a
 * server in a pair are its own, but what is beside it shares its caches. */
void readings_find(struct readings *readings, const struct readings_source *source, size_t arm,
                   size_t workload, enum metric metric, bool paired);
void readings_release(struct readings *readings);

#endif
