/* A duel of plaintext at 20,000/s for each test that asks for
 * one with IN_JUDGEMENT, and the decision that it comes to. */
#ifndef TESTS_DUEL_JUDGE_ROOM_H
#define TESTS_DUEL_JUDGE_ROOM_H

#include "duel_room.h"

#include "data/metric.h"

static struct decision decision;

static inline void judge(void)
{
    decision_release(&decision);
    decision_init(&decision, "main", "head", &gate);
    duel_judge(&decision, &duel);
}

static inline int judge_begin(void **state)
{
    duel_begin(state);
    duel_add_workload(&duel, "plaintext")->rate_rps = 20000;
    decision = (struct decision){0};
    return 0;
}

static inline int judge_end(void **state)
{
    decision_release(&decision);
    return duel_end(state);
}

#define IN_JUDGEMENT(test) cmocka_unit_test_setup_teardown(test, judge_begin, judge_end)

static inline void measure_all(void)
{
    char runs[ROOM_RUNS_MAX];
    measure(runs, ALL_BLOCKS);
}

static inline const struct decision_row *row_of(enum metric metric)
{
    for (size_t i = 0; i < decision.count; i++)
        if (decision.rows[i].metric == metric)
            return &decision.rows[i];
    fail_msg("no row of %s", metric_info(metric)->name);
    return NULL;
}

static inline void near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("got %.6f, expected %.6f within %g", actual, expected, tolerance);
}

#endif
