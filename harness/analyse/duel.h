/*
 * A duel of two programs, a base and a head, block by block: which block is measured next, and what
 * follows from all of them. Pure, a function of the blocks: the same ones give the same next one,
 * so a duel that was cut off goes on where it was, and thousands of them can be drawn out of
 * recorded blocks (docs/calibration-duel.md).
 *
 * In a block all processes are fresh. Its series:
 *   PAIRS      base and head side by side, fed by one open-loop generator:
 *              cost, p50, p99, memory, memory-idle
 *   CHECK      the base and its own copy, likewise: does the machine agree with itself?
 *   WITNESS    base and head each alone, at the rate that each has in a pair: p99-solo. What one of
 *              a pair does to their CPU the other suffers too
 *   SATURATED  base and head side by side, as fast as they can: saturated, throughput; for
 *              information, where it is asked for
 * Each of the first three has fresh blocks besides: what came out different is measured again, and
 * stands only if it does so again.
 */
#ifndef ANALYSE_DUEL_H
#define ANALYSE_DUEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/decision.h"
#include "analyse/looks.h"
#include "analyse/self_check.h"
#include "data/gate.h"

enum duel_series { DUEL_PAIRS, DUEL_CHECK, DUEL_WITNESS, DUEL_SATURATED, DUEL_SERIES };

/* How many blocks the self-check has, and as many fresh ones
 * where it alarmed; and a series for information. */
enum { DUEL_CHECK_BLOCKS = 7, DUEL_SATURATED_BLOCKS = 6 };

/* What a block read of either, in the metric's unit, by the metric that its
 * row has (a witness' p99 is at METRIC_P99_SOLO); NAN: nothing, or nothing
 * that could be used, as is what is not above 0. Of CHECK head is the copy. */
struct duel_block {
    double base[METRICS], head[METRICS];
};
struct duel_stretch {
    struct duel_block *blocks; /* owned */
    size_t made;               /* lost ones among them */
};
enum { DUEL_FIRST, DUEL_FRESH, DUEL_TIMES };
struct duel_workload {
    char *name;        /* owned */
    uint32_t rate_rps; /* of both of a pair together; 0: not known yet */
    struct duel_stretch stretches[DUEL_SERIES][DUEL_TIMES];
};

/* What is measured: as the looks say, or exactly so many blocks (for who studies the method). */
struct duel_rules {
    bool has_witness;  /* WITNESS is asked for, of workloads whose p99 gates */
    bool is_saturated; /* DUEL_SATURATED is asked for */
    /* Exactly so many of PAIRS and of WITNESS, whatever has_witness and the gate say; nothing is
     * measured again, so nothing is confirmed. Both 0: as the looks say. */
    unsigned pairs, witness;
};
bool duel_rules_are_fixed(const struct duel_rules *rules); /* exactly so many blocks */

struct duel {
    const struct gate *gate; /* borrowed */
    struct duel_rules rules;
    char *server; /* what the rows call it; owned */
    struct duel_workload *workloads;
    size_t count;
};
void duel_init(struct duel *duel, const char *server, const struct gate *gate,
               const struct duel_rules *rules);
/* Holds until the next is added. */
struct duel_workload *duel_add_workload(struct duel *duel, const char *name);
void duel_add_block(struct duel_stretch *stretch, const struct duel_block *block); /* copies */
/* All NAN. */
void duel_block_init(struct duel_block *block);
void duel_release(struct duel *duel);

/* Which metrics a series reads, the last being METRICS; of PAIRS and CHECK the same. */
const enum metric *duel_metrics(enum duel_series series);

/* Each of a witness is asked for what it gets in a pair at this rate. */
uint32_t duel_rate_alone(uint32_t pair_rps);

/* How many blocks of a series a workload has whatever comes out of them; 0: it is not asked for. */
unsigned duel_planned(const struct duel *duel, size_t workload, enum duel_series series);

/* Which block comes next. */
struct duel_want {
    size_t workload;
    enum duel_series series;
    unsigned time;  /* DUEL_FIRST or DUEL_FRESH */
    uint32_t block; /* counted from 0 in its stretch */
};
/*
 * False: nothing is left to measure. The steps, each of all workloads in turn, one block each, so
 * that a budget that ends early leaves all of them equally far:
 *   PAIRS to the first look
 *   CHECK, where any metric of pairs gates
 *   fresh PAIRS of what is REGRESSED at the first look and gates, to their own first look; where
 *     that leaves it INCONCLUSIVE, to their last
 *   PAIRS to the last look where what gates is undecided (INCONCLUSIVE; or with too few readings
 *     for a word, but not hopelessly few: looks.h)
 *   fresh PAIRS of what is REGRESSED at that look
 *   fresh CHECK where a metric that gates came out different
 *   WITNESS, looked at once
 *   fresh WITNESS where it is REGRESSED
 *   SATURATED
 * With exactly so many blocks: PAIRS, CHECK, WITNESS, SATURATED.
 */
bool duel_next(struct duel_want *want, const struct duel *duel);

/*
 * The rows, workload by workload: cost, p50, p99, p99-solo, memory, memory-idle, and for
 * information (they never gate here) saturated and throughput; none of a series that was not asked
 * for. Of each the latest look: the ratio is of head and base block by block, the medians are of
 * the readings of either in the same blocks. What no block has a reading of is INVALID; what was
 * planned and has too few blocks for a look is INCONCLUSIVE, is_unlooked.
 *
 * REGRESSED that gates stands if it is so on fresh blocks, too (is_confirmed; all
 * figures are theirs). Else it is INCONCLUSIVE, and why says that it was not
 * confirmed (all figures are the fresh blocks' here, too: the first were asked about
 * because they differ, and so are biased), or not measured again, and why that may
 * be (the figures are the first blocks'). What does not gate is not confirmed.
 *
 * Fills self_check, resolution and disagrees as well. Where the machine disagrees with itself, on
 * whichever workload, every row is INVALID without a figure, and why says so; an alarm that was not
 * measured again is said in self_check, and the rows stand. The caller adds what is counted,
 * accepts and concludes.
 */
void duel_judge(struct decision *decision, const struct duel *duel);

/* Of one figure what its latest look says, for who shows it while it is measured. Of CHECK and
 * SATURATED, which are not looked at early: of all blocks, with the interval of stats_ratio. wanted
 * is what this figure asks for, confirmations and others' blocks apart. */
struct looked duel_look(const struct duel *duel, size_t workload, enum duel_series series,
                        unsigned time, enum metric metric);
/* How the base came out against its own copy in a metric of
 * pairs; the planned blocks are those of DUEL_FIRST. */
struct self_check duel_check(const struct duel *duel, size_t workload, enum metric metric);

#endif
