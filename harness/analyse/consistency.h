/*
 * Whether a server stays what it is over time: memory, cost, latency, descriptors and threads, from rounds that went
 * through phases of load and rest. Pure.
 *
 * Verdicts are over time under load alone, idle phases cut out (flatness.h). The round that is told is the last usable
 * one; where the one before it grew, it is four times as long, and both must agree.
 */
#ifndef ANALYSE_CONSISTENCY_H
#define ANALYSE_CONSISTENCY_H

#include <stdbool.h>
#include <stddef.h>

#include "analyse/flatness.h"
#include "data/result.h"

enum consistency_measure {
    CONSISTENCY_MEMORY, /* bytes of RSS */
    CONSISTENCY_COST,   /* ns of CPU per request */
    CONSISTENCY_P50,    /* ns */
    CONSISTENCY_P99,    /* ns */
    CONSISTENCY_DESCRIPTORS,
    CONSISTENCY_THREADS,
    CONSISTENCY_MEASURES,
};
extern const char *const consistency_names[CONSISTENCY_MEASURES]; /* "memory" */

struct consistency_row {
    size_t arm;
    const struct round *round; /* that is told; borrowed; NULL: none can be used, see why */
    const struct reason *why;  /* the gravest of those lost; borrowed; NULL */
    struct flatness measures[CONSISTENCY_MEASURES];
    bool was_confirmed; /* a longer round followed one that grew; the verdicts are what both say */
    /* Bytes of PSS, but the peak, which only RSS has; NAN */
    double start_bytes, peak_bytes, end_bytes; /* before the first load, in it, after all */
    double burst_return; /* PSS after the burst's own phase of rest or load to that before it */
    double close_return; /* PSS after all connections were closed, to that before the first load */
    double
        kernel_bytes; /* end of the first load, less idle, beyond the ceiling's; NAN: no ceiling, or none read */
    double
        kernel_spread_bytes; /* what the system moved by itself; below it kernel_bytes says nothing */
    /* Latency over time: of the worst tenth of the intervals, the highest p99 as a multiple of the median interval's */
    double p99_worst_ratio;
    double rate_rps, load_s, requests; /* of the round */
    double bytes_a_day;                /* of memory at that rate where it grows; else NAN */
};

struct consistency {
    size_t workload;
    struct consistency_row *rows; /* in the result's order of arms */
    size_t count;
    struct strings sentences; /* one for each row */
};

/* Of one workload; false if none of its rounds went through phases, and then nothing is owned. */
bool consistency_make(struct consistency *consistency, const struct result *result,
                      size_t workload);
void consistency_release(struct consistency *consistency);
/* Who is flat and who is not, in a sentence; NULL: nothing is known. The caller frees. */
char *consistency_headline(const struct consistency *consistency, const struct result *result);
void consistency_cautions(const struct consistency *consistency, const struct result *result,
                          struct strings *cautions);

#endif
