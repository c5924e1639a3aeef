#include "present/ladder.h"

#include <assert.h>
#include <math.h>

/* Of one decade, each ending in a zero. */
static const double fine[] = {1, 1.5, 2, 3, 4, 6, 8, 0}, common[] = {1, 2, 5, 0},
                    coarse[] = {1, 3, 0}, decades[] = {1, 0};
static const double *const kinds[] = {fine, common, coarse, decades};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* A rung that a sum of logarithms missed by less than this share is meant. */
static const double SLACK = 1e-9;

struct rung {
    int decade;
    size_t step;
};

static double value_of(const double *kind, struct rung at)
{
    return kind[at.step] * pow(10, at.decade);
}

static struct rung next_of(const double *kind, struct rung at)
{
    at.step++;
    return kind[at.step] > 0 ? at : (struct rung){at.decade + 1, 0};
}

static struct rung first_of(const double *kind, double low)
{
    struct rung at = {(int)floor(log10(low) + SLACK), 0}, next = next_of(kind, at);
    while (value_of(kind, next) <= low * (1 + SLACK)) {
        at = next;
        next = next_of(kind, at);
    }
    return at;
}

/* How many there are; those that have room are written. */
static size_t climb(struct ladder *ladder, const double *kind, double low, double high, size_t most)
{
    size_t count = 0;
    for (struct rung at = first_of(kind, low);; at = next_of(kind, at)) {
        double value = value_of(kind, at);
        if (count < most)
            ladder->rungs[count] = value;
        count++;
        if (count > 1 && value >= high * (1 - SLACK))
            return count;
    }
}

void ladder_make(struct ladder *ladder, double low, double high, size_t most)
{
    assert(low > 0 && low <= high && most >= 4 && most <= LADDER_MOST);
    for (size_t i = 0; i < KINDS; i++) {
        size_t count = climb(ladder, kinds[i], low, high, most);
        ladder->count = count < most ? count : most;
        if (count <= most)
            return;
    }
}
