/*
 * A duel of two programs, a base and a head, block by block: which block is measured next, and what follows from all of
 * them. Pure, a function of the blocks: the same ones give the same next one, so a duel that was cut off goes on where it was,
 * and thousands of them can be drawn out of recorded blocks (docs/calibration-duel.md).
 *
 * In a block all processes are fresh. Its series:
 *   PAIRS      base and head side by side, fed by one open-loop generator: cost, p50, p99, memory
 *   CHECK      the base and its own copy, likewise: does the machine agree with itself?
 *   WITNESS    base and head each alone, at the same rate: p99. What one of a pair does to their CPU the other suffers too
 *   SATURATED  base and head side by side, as fast as they can: for information, where it is asked for
 * Each of the first three has fresh blocks besides: what came out different is measured again, and stands only if it does
 * so again.
 */
#ifndef ANALYSE_DUEL_H
#define ANALYSE_DUEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyse/decision.h"
#include "analyse/looks.h"
#include "data/gate.h"

enum duel_series { DUEL_PAIRS, DUEL_CHECK, DUEL_WITNESS, DUEL_SATURATED, DUEL_SERIES };

/* How many blocks the self-check has, and as many fresh ones where it alarmed; and a series for information. */
enum { DUEL_CHECK_BLOCKS = 6, DUEL_SATURATED_BLOCKS = 6 };

/* What a block read of either, in the metric's unit; NAN: nothing, or nothing that could be used. Of CHECK head is the copy. */
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
    bool has_witness;  /* p99 gates, and is asked for */
    bool is_saturated; /* DUEL_SATURATED is asked for */
    unsigned pairs,
        witness; /* exactly so many of PAIRS and WITNESS, and nothing is confirmed; 0: as the looks say */
};

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

/* Which block comes next. */
struct duel_want {
    size_t workload;
    enum duel_series series;
    unsigned time;  /* DUEL_FIRST or DUEL_FRESH */
    uint32_t block; /* counted from 0 in its stretch */
};
/*
 * False: nothing is left to measure. In this order, of all workloads in turn, one block each:
 *   PAIRS to the first look; CHECK; fresh PAIRS of what is REGRESSED and gates, to their looks; PAIRS to the last look where
 *   what gates is undecided (and fresh ones again); fresh CHECK where it alarmed; WITNESS; fresh WITNESS where it is REGRESSED; SATURATED.
 */
bool duel_next(struct duel_want *want, const struct duel *duel);

/* The rows, workload by workload: cost, p50, p99, p99-solo, memory, memory-idle, and for information saturated and
 * throughput; of each the latest look. REGRESSED stands if it is so on fresh blocks, too (is_confirmed; the ratio is
 * theirs), else it is INCONCLUSIVE and why says that it was not confirmed, or not measured again and why that may be; what does not
 * gate is not confirmed. Fills self_check, resolution and disagrees as well; where the machine disagrees with itself every
 * row is INVALID, and why says so. The caller adds what is counted, accepts and concludes. */
void duel_judge(struct decision *decision, const struct duel *duel);

/* Of one figure, for who shows it while it is measured: what the first look said. */
struct looked duel_look(const struct duel *duel, size_t workload, enum duel_series series,
                        unsigned time, enum metric metric);

#endif
