/* Two made-up runs put side by side, and what is asked of the decision. */
#ifndef TESTS_COMPARE_ROOM_H
#define TESTS_COMPARE_ROOM_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "analyse/compare.h"
#include "tests/synthetic_runs.h"

static struct synthetic base, head;
static struct decision decision;
static struct gate gate;

static inline void compare_with(const struct result *sessions, size_t count)
{
    gate_init(&gate);
    decision_init(&decision, "base", "head", &gate);
    compare_results(&decision, &base.result, &head.result, sessions, count);
    decision_conclude(&decision, false);
}

static inline void compare(const struct synthetic_run *was, const struct synthetic_run *is)
{
    synthetic_run(&base, was);
    synthetic_run(&head, is);
    compare_with(NULL, 0);
}

static inline int end(void **state)
{
    (void)state;
    decision_release(&decision);
    result_release(&base.result);
    result_release(&head.result);
    gate_release(&gate);
    return 0;
}

static inline struct decision_row *row_of(size_t arm, enum metric metric)
{
    for (size_t i = 0; i < decision.count; i++)
        if (strcmp(decision.rows[i].server, synthetic_ids[arm]) == 0 &&
            decision.rows[i].metric == metric)
            return &decision.rows[i];
    return NULL;
}

static inline void is_word(size_t arm, enum metric metric, enum decision_word word)
{
    const struct decision_row *row = row_of(arm, metric);
    assert_non_null(row);
    if (row->word != word)
        fail_msg("%s is %s (%.4f [%.4f, %.4f]), not %s", synthetic_ids[arm],
                 decision_word(row->word), row->ratio.value, row->ratio.low, row->ratio.high,
                 decision_word(word));
}

static inline void has(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("\"%s\" does not hold \"%s\"", text ? text : "(null)", part);
}

static inline void notes_hold(const char *part)
{
    for (size_t i = 0; i < decision.notes.count; i++)
        if (strstr(decision.notes.items[i], part))
            return;
    fail_msg("no note holds \"%s\"", part);
}

/* ---- of one machine ---- */

#define CASE(name) cmocka_unit_test_teardown(name, end)

#endif
