/* Courses of memory drawn by hand, for test_flatness.c. */
#ifndef TESTS_FLATNESS_SHAPES_H
#define TESTS_FLATNESS_SHAPES_H

#include <math.h>

#define KIB 1024.0
#define MIB (1024.0 * 1024)

typedef double shape(double x); /* bytes when the share x of the course is over */

static inline double constant(double x)
{
    (void)x;
    return 4 * MIB;
}
static inline double zero(double x)
{
    (void)x;
    return 0;
}
static inline double ragged(double x) /* by three pages, and back */
{
    return 4 * MIB + 4096 * fmod(floor(x * 120) * 7, 4);
}
static inline double leak(double x)
{
    return 4 * MIB + MIB * x;
}
static inline double leak_of_a_page_a_part(double x)
{
    return 4 * MIB + 4096 * floor(8 * x);
}
static inline double leak_that_quickens(double x)
{
    return 4 * MIB + MIB * (x + x * x);
}
static inline double leak_below_a_sawtooth(double x)
{
    return leak(x) + MIB * fmod(16 * x, 1);
}
static inline double leak_after_a_spike(double x)
{
    return leak(x) + (x < .02 ? 20 * MIB : 0);
}
static inline double shrinking(double x)
{
    return 4 * MIB - MIB * x;
}
static inline double sawtooth(double x)
{
    return 4 * MIB + MIB * fmod(10 * x, 1);
}
static inline double sawtooth_of_an_eighth(double x)
{
    return 4 * MIB + MIB * fmod(8 * x + .3, 1);
}
static inline double sawtooth_a_little_longer_than_an_eighth(double x)
{
    return 4 * MIB + MIB * fmod(7.6 * x + .1, 1);
}
static inline double slow_sawtooth(double x)
{
    return 4 * MIB + MIB * fmod(1.7 * x + .4, 1);
}
static inline double small_sawtooth(double x)
{
    return 4 * MIB + 100 * KIB * fmod(10 * x, 1);
}
static inline double hump(double x)
{
    return 4 * MIB + (x > .3 && x < .5 ? 2 * MIB : 0);
}
static inline double spike(double x)
{
    return 4 * MIB + (x >= .5 && x < .505 ? 8 * MIB : 0);
}
static inline double dip(double x)
{
    return 4 * MIB - (x >= .5 && x < .505 ? 2 * MIB : 0);
}
static inline double leak_that_pauses(double x) /* for a part */
{
    return 4 * MIB + MIB * (x < .25 ? x : fmax(.25, x - .125));
}
static inline double step(double x)
{
    return 4 * MIB + (x < .5 ? 0 : MIB);
}
static inline double step_in_the_first_part(double x)
{
    return 4 * MIB + (x < .05 ? 0 : MIB);
}
static inline double step_in_the_last_part(double x)
{
    return 4 * MIB + (x < .95 ? 0 : MIB);
}
static inline double step_at_the_last_part(double x)
{
    return 4 * MIB + (x < .875 ? 0 : MIB);
}
static inline double step_down(double x)
{
    return 4 * MIB - (x < .4 ? 0 : MIB);
}
static inline double six_steps(double x)
{
    return 4 * MIB + MIB * floor(7 * x);
}
static inline double leak_with_a_jump(double x)
{
    return 4 * MIB + MIB * x + (x < .5 ? 0 : 2 * MIB);
}
static inline double saturating(double x)
{
    return 4 * MIB + 4 * MIB * (1 - exp(-x / .2));
}
static inline double slowly_saturating(double x)
{
    return 4 * MIB + 4 * MIB * (1 - exp(-x));
}
static inline double logarithmic(double x)
{
    return 4 * MIB + MIB * log1p(x / .05);
}
static inline double full_at_two_thirds(double x)
{
    return 4 * MIB + 4 * MIB * fmin(x, .66);
}
static inline double full_just_before_the_end(double x)
{
    return 4 * MIB + 4 * MIB * fmin(x, .97);
}

static inline double
full_in_the_longer_course(double x) /* what full_just_before_the_end does later */
{
    return 4 * MIB + 4 * MIB * fmin(4 * x, .97);
}
static inline double leak_for_longer(double x)
{
    return leak(4 * x);
}
static inline double leak_that_was_quicker_at_first(double x)
{
    return 4 * MIB + MIB * (x + .3 * fmin(x, .5));
}
static inline double leak_of_four_fifths_for_longer(double x)
{
    return leak(3.2 * x);
}
static inline double leak_that_slows_down(double x)
{
    return leak(2.8 * x);
}

#endif
