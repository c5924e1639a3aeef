/* What the tests of the summary share: a made-up result, its
 * summary, and the questions they ask of both. */
#ifndef TESTS_SUMMARY_ROOM_H
#define TESTS_SUMMARY_ROOM_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "analyse/summary.h"
#include "analyse/words.h"
#include "tests/synthetic.h"

enum { THREAD, EPOLL, URING, CEILING, CEILING_URING, COPY };
enum { PLAINTEXT, JSON, PIPELINE, WAIT };

static struct synthetic s;
static struct summary summary;

static inline void summarise(void)
{
    summary_make(&summary, &s.result);
}

static inline int release(void **state)
{
    (void)state;
    summary_release(&summary);
    result_release(&s.result);
    return 0;
}

static inline const struct row *row_of(size_t workload, size_t arm)
{
    const struct table *table = &summary.tables[workload];
    for (size_t i = 0; i < table->count; i++)
        if (table->rows[i].arm == arm)
            return &table->rows[i];
    fail_msg("no row of arm %zu", arm);
    return NULL;
}

static inline void near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("got %.6f, expected %.6f within %g", actual, expected, tolerance);
}

static inline void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not hold \"%s\"", text, part);
}

static inline void says(const struct strings *sentences, const char *part)
{
    for (size_t i = 0; i < sentences->count; i++)
        if (strstr(sentences->items[i], part))
            return;
    for (size_t i = 0; i < sentences->count; i++)
        print_message("# %s\n", sentences->items[i]);
    fail_msg("no sentence holds \"%s\"", part);
}

static inline void spoil(size_t arm, size_t workload, enum round_role role, unsigned count,
                         enum reason_code code)
{
    for (size_t i = 0; i < s.result.round_count && count > 0; i++) {
        struct round *round = &s.result.rounds[i];
        if (round->arm != arm || round->workload != workload || round->role != role)
            continue;
        outcome_add(&round->outcome, code, "spoiled by the test");
        count--;
    }
    assert_int_equal(count, 0);
}

/* d = -.02 .. .01 around the reference: the interval holds 1. */
static inline void exact_pairs(size_t subject, size_t workload, double centre, double step,
                               unsigned blocks)
{
    for (unsigned b = 0; b < blocks; b++)
        synthetic_pair(&s, subject, 1, workload, b,
                       centre + step * ((double)b - (double)(blocks - 1) / 2), 0);
}

#define CASE(name) cmocka_unit_test_teardown(name, release)

#endif
