/*
 * How a server's figures grow with its connections and its
 * workers, from the rounds of a sweep. Pure.
 *
 * Every number is compared with the base, the same server's in the same block:
 * seconds lie between the two rounds. They are not a pair, side by side on one
 * CPU, because there the many connections of one server would push the other's
 * few out of the caches that both share, and hide what is looked for.
 */
#ifndef ANALYSE_SCALE_H
#define ANALYSE_SCALE_H

#include <stdbool.h>
#include <stddef.h>

#include "analyse/stats.h"
#include "data/result.h"

struct scale_point {
    unsigned connections, idle, workers;
    struct spread cost_ns, throughput_rps;
    /* Of its cost to the base's, block by block; 1 without a range at the base itself. */
    struct spread ratio;
    /* PSS, for each connection more than at the base; NAN where there are no more. */
    double user_bytes;
    /* The same of the kernel's growth, both ends of the connection and the generator in it. */
    double kernel_bytes;
    bool censored;            /* throughput is a bound */
    bool turns;               /* one connection: throughput is a latency figure */
    size_t used, lost;        /* rounds */
    const struct reason *why; /* the gravest of those lost, borrowed; NULL: none */
};

/* One server on one workload. */
struct scale_curve {
    size_t arm;
    struct scale_point *points; /* as many as the scale has, in its order */
    double user_slope;   /* bytes of PSS an active connection, over all numbers of them; NAN */
    double kernel_slope; /* the kernel's, in the same way */
};

struct scale {
    size_t workload;
    /* The numbers alone: connections ascending, then idle, then workers. */
    struct scale_point *levels;
    size_t count;
    size_t base, largest;       /* of active connections; both SIZE_MAX: not measured */
    size_t idle;                /* SIZE_MAX: no such level */
    size_t first_workers;       /* from here on other numbers of workers; count: none */
    struct scale_curve *curves; /* in the result's order of arms */
    size_t curve_count;
    struct strings sentences; /* one for each curve */
};

/* Of one workload; false if none of its rounds belongs to a sweep, and then nothing is owned. */
bool scale_make(struct scale *scale, const struct result *result, size_t workload);
void scale_release(struct scale *scale);
/* Writes the sentences; scale_make has called it. */
void scale_say(struct scale *scale, const struct result *result);

/* Has it at least one number that may be used? */
bool scale_has_numbers(const struct scale *scale);
/* "1.21× [1.15, 1.28]", or its range and of how many blocks; the caller frees. */
char *scale_ratio_words(const struct spread *ratio);
/* Which server's cost grows least, and which one's most; NULL:
 * there is no ratio. The caller frees. */
char *scale_headline(const struct scale *scale, const struct result *result);
/* Who has rounds in the sweep and no number at all, and why: one sentence each. */
void scale_cautions(const struct scale *scale, const struct result *result,
                    struct strings *cautions);

#endif
