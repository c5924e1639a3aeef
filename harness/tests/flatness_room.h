/* What the tests of the flatness verdict share: courses made by hand, of stretches of a second. */
#ifndef TESTS_FLATNESS_ROOM_H
#define TESTS_FLATNESS_ROOM_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analyse/flatness.h"
#include "tests/flatness_shapes.h"

enum { STRETCHES = 128, MOST = 1200 };
static const double RATE_RPS = 10000;

/* Of memory, in stretches of a second. */
static inline struct flatness_course course_of(const double *low, const double *high, size_t count)
{
    return (struct flatness_course){.low = low,
                                    .high = high,
                                    .count = count,
                                    .interval_s = 1,
                                    .requests = RATE_RPS * (double)count,
                                    .least = FLATNESS_LEAST_MEMORY_BYTES};
}

static inline struct flatness judged(const double *values, size_t count)
{
    struct flatness_course course = course_of(values, values, count);
    struct flatness flatness;
    flatness_find(&flatness, &course);
    return flatness;
}

static inline struct flatness judged_shape(shape *at, size_t count)
{
    double values[MOST];
    for (size_t i = 0; i < count; i++)
        values[i] = at((double)i / (double)count);
    return judged(values, count);
}

static inline void near(double actual, double expected, double tolerance)
{
    if (!(fabs(actual - expected) <= tolerance))
        fail_msg("got %.6f, expected %.6f within %g", actual, expected, tolerance);
}

#endif
