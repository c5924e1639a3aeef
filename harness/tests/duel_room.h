/*
 * A duel for each test that asks for one with IN_DUEL, with the metrics'
 * own gate, of workloads whose blocks are made up: of each series, time
 * and metric a shape, which is that of SAME unless a test says otherwise.
 */
#ifndef TESTS_DUEL_ROOM_H
#define TESTS_DUEL_ROOM_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyse/duel.h"
#include "data/strings.h"

/*
 * ln ratios that lie on both sides of an effect in steps, the next further out:
 * the interval of 11 reaches 4 steps beside it, that of 6 three and two. From the
 * second look's blocks on they lie at it, if they settle. Of every so many blocks
 * one is lost; 1: all. Of what has first ones to keep, those alone are not.
 */
struct shape {
    double effect, step;
    bool settles;
    unsigned lost_every, kept;
};
/* By the margins of every metric that a series reads: 1, 2 and 5 %. */
static const struct shape SAME = {0, .001, false, 0, 0}, WORSE = {.05, .001, false, 0, 0},
                          BETTER = {-.05, .001, false, 0, 0}, OPEN = {.03, .03, false, 0, 0},
                          OPEN_THEN_SAME = {0, .03, true, 0, 0},
                          OPEN_THEN_WORSE = {.06, .03, true, 0, 0}, LOST = {0, .001, false, 1, 0};

static struct gate gate;
static struct duel duel;
static struct shape shapes[DUEL_SERIES][DUEL_TIMES][METRICS];

static inline void all_same(void)
{
    for (int series = 0; series < DUEL_SERIES; series++)
        for (int time = 0; time < DUEL_TIMES; time++)
            for (int metric = 0; metric < METRICS; metric++)
                shapes[series][time][metric] = SAME;
}

static inline int duel_begin(void **state)
{
    (void)state;
    static const struct duel_rules rules = {.has_witness = true};
    gate_init(&gate);
    duel_init(&duel, "epoll", &gate, &rules);
    all_same();
    return 0;
}

static inline int duel_end(void **state)
{
    (void)state;
    duel_release(&duel);
    gate_release(&gate);
    return 0;
}

static inline double shaped(const struct shape *shape, size_t block)
{
    if (shape->lost_every > 0 && block % shape->lost_every == 0)
        return NAN;
    if (shape->kept > 0 && block >= shape->kept)
        return NAN;
    if (shape->settles && block >= LOOKS_FIRST)
        return shape->effect;
    return shape->effect + (block % 2 ? 1. : -1.) * shape->step * (double)((block + 1) / 2);
}

/* The base reads 1,000 times the metric's number plus 1,000. */
static inline double base_reading(enum metric metric)
{
    return 1000. * (metric + 1);
}

static inline void add_shaped(struct duel_stretch *stretch, enum duel_series series, unsigned time)
{
    struct duel_block block;
    duel_block_init(&block);
    for (const enum metric *metric = duel_metrics(series); *metric != METRICS; metric++) {
        double ln_ratio = shaped(&shapes[series][time][*metric], stretch->made);
        if (isnan(ln_ratio))
            continue;
        block.base[*metric] = base_reading(*metric);
        block.head[*metric] = base_reading(*metric) * exp(ln_ratio);
    }
    duel_add_block(stretch, &block);
}

/* One letter a series, small for fresh blocks. */
static inline char letter_of(const struct duel_want *want)
{
    static const char letters[DUEL_TIMES][DUEL_SERIES + 1] = {"PCWS", "pcws"};
    return letters[want->time][want->series];
}

/* Measures the next block of the duel, with the shapes; false: there is none. */
static inline bool measure_next(struct duel_want *want)
{
    if (!duel_next(want, &duel))
        return false;
    struct duel_stretch *stretch =
        &duel.workloads[want->workload].stretches[want->series][want->time];
    assert_int_equal(want->block, stretch->made);
    add_shaped(stretch, want->series, want->time);
    return true;
}

enum { ROOM_RUNS_MAX = 128 };

/* Measures at most so many blocks and says which: "11P 6C 11W". */
static inline void measure(char runs[ROOM_RUNS_MAX], unsigned most)
{
    struct duel_want want;
    char last = 0;
    unsigned length = 0, used = 0;
    runs[0] = 0;
    for (unsigned i = 0; i <= most; i++) {
        bool is_more = i < most && measure_next(&want);
        if (length > 0 && (!is_more || letter_of(&want) != last)) {
            used += (unsigned)snprintf(runs + used, ROOM_RUNS_MAX - used, "%s%u%c",
                                       used > 0 ? " " : "", length, last);
            length = 0;
        }
        if (!is_more)
            break;
        last = letter_of(&want);
        length++;
    }
}

enum { ALL_BLOCKS = 1000 };

#define IN_DUEL(test) cmocka_unit_test_setup_teardown(test, duel_begin, duel_end)

#endif
