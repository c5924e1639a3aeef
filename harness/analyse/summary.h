/*
 * What a result says: from rounds to the rows and sentences that every output shows. Pure: a result
 * in, values out; the present layer only formats what stands here, so that the text, Markdown and
 * HTML agree.
 */
#ifndef ANALYSE_SUMMARY_H
#define ANALYSE_SUMMARY_H

#include <stdbool.h>
#include <stddef.h>

#include "analyse/at_rate.h"
#include "analyse/consistency.h"
#include "analyse/stairs.h"
#include "analyse/latency.h"
#include "analyse/scale.h"
#include "analyse/self_check.h"
#include "analyse/stats.h"
#include "data/result.h"

enum row_kind {
    ROW_RANKED,  /* cost ratio with an interval */
    ROW_ROOF,    /* a ceiling: the roof of this machine, never ranked */
    ROW_GLANCE,  /* one look: shown, not ranked; also quick's direction */
    ROW_INVALID, /* measured, no usable number: reasons say why */
    ROW_EXCLUDED /* not measured: reason says why */
};

struct row {
    enum row_kind kind;
    size_t arm, workload;
    unsigned tier;  /* 1-based among ranked rows; equal: not separable */
    bool reference; /* the row others are compared with: ratio 1 by definition */
    bool near_next; /* interval overlaps the next row's: marked with the sign for "about equal" */
    struct estimate cost_ratio; /* CPU per request, x the reference, paired rounds at saturation */
    double cost_ns; /* the ratio x the reference's median cost; solo cost where there is no pair.
                     * NAN: none */
    bool cost_solo; /* cost_ns is from solo rounds only */
    double per_core_rps; /* 1e9 / cost_ns: derived */
    /* CPU per request of what stands behind the server, in no cost; NAN: none. */
    double upstream_ns;
    struct spread throughput_rps;
    bool throughput_censored;   /* ">=": at least one contributing round is CENSORED */
    struct estimate roof_share; /* ceiling's cost / row's cost, of its own kind; value NAN: none */
    struct spread response_p50_ns, response_p99_ns; /* closed-loop response time */
    /* Medians over solo rounds, over pairs where none was solo. */
    double rss_start_bytes, rss_peak_bytes, rss_end_bytes;
    struct spread pss_bytes;
    enum outcome_kind outcome;       /* the worst of the usable rounds, INVALID if none is usable */
    const struct reason *reasons[4]; /* distinct codes, borrowed from the result */
    unsigned reason_count;
    unsigned rounds_used, rounds_discarded;
};

/* The rows of one workload, ranked ones first by cost, then glances, roofs, invalid, excluded. */
struct table {
    size_t workload;
    struct row *rows;
    size_t count;
    bool ranked;           /* at least one ranked row */
    bool discards_unequal; /* Fisher p < .01 over the arms' discards: the comparison is INVALID */
};

struct summary {
    /* In the experiment's order of workloads, without those
     * that are only swept, asked at rates or in phases. */
    struct table *tables;
    size_t count;
    struct scale *scales; /* of workloads with a sweep, in the same order */
    size_t scale_count;
    struct at_rate *at_rates; /* of workloads with pairs at a rate, in the same order */
    size_t at_rate_count;
    struct latency *latencies; /* of workloads with curves or searches, in the same order */
    size_t latency_count;
    /* Of workloads that went through phases, in the same order. */
    struct consistency *consistencies;
    size_t consistency_count;
    /* Of workloads on which connections were taken up, in the same order. */
    struct stairs_memory *stairs;
    size_t stairs_count;
    enum self_check_state self_check; /* at saturation; at a rate it is the at_rates' */
    /* A'/A, cost; of the fresh blocks alone where the planned ones alarmed. */
    struct estimate self_check_ratio;
    double solo_sd;     /* robust sd of ln cost between solo rounds of one arm, pooled; NAN */
    double paired_sd;   /* robust sd of ln ratio per paired block, pooled; NAN */
    char headline[400]; /* which model, for which work, by how much, how sure: one or two sentences
                         */
    /* Further sentences: tiers, roof shares, what is not separable, resolution. */
    struct strings findings;
    /* What a reader must know: censoring, warnings, exclusions, self-check. */
    struct strings cautions;
    unsigned exit_code; /* 0, 1 (an arm failed its check or its own rounds), 3 (no usable row) 4
                         * (self-check differs) */
};

void summary_make(struct summary *summary, const struct result *result);
void summary_release(struct summary *summary);
/* Do two copies of one server differ, at saturation or at a rate? */
bool summary_disagrees(const struct summary *summary);

#endif
