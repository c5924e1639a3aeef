/* A decision for each test that asks for one with IN_DECISION, with the metrics' own gate. */
#ifndef TESTS_DECISION_ROOM_H
#define TESTS_DECISION_ROOM_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyse/decision.h"

static struct gate gate;
static struct decision decision;

static inline int decision_begin(void **state)
{
    (void)state;
    gate_init(&gate);
    decision_init(&decision, "main", "head", &gate);
    return 0;
}

static inline int decision_end(void **state)
{
    (void)state;
    decision_release(&decision);
    gate_release(&gate);
    return 0;
}

static inline struct estimate estimate(double value, double low, double high)
{
    return (struct estimate){.value = value, .low = low, .high = high, .n = 11, .robust_sd = .01};
}

/* A row of plaintext: with a word, a ratio and an interval of 1 % on both sides. */
static inline struct decision_row *add(const char *server, enum metric metric, double ratio,
                                       enum decision_word word)
{
    struct decision_row *row = decision_add(&decision, server, "plaintext", metric);
    row->ratio = estimate(ratio, ratio / 1.01, ratio * 1.01);
    row->word = word;
    return row;
}

static inline void expect(unsigned exit_code, const char *headline)
{
    assert_string_equal(decision.headline, headline);
    assert_int_equal(decision.exit_code, exit_code);
}

#define IN_DECISION(test) cmocka_unit_test_setup_teardown(test, decision_begin, decision_end)

#endif
