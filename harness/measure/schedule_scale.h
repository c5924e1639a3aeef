/*
 * The rounds of a sweep (experiment [scale]): private to
 * schedule.c, which puts them behind a block's other rounds.
 *
 * Within a block each server is measured at its numbers one right after
 * the other, the servers in one random order and the numbers of each in
 * another: so the two rounds that a ratio is made of lie seconds apart.
 */
#ifndef MEASURE_SCHEDULE_SCALE_H
#define MEASURE_SCHEDULE_SCALE_H

#include "measure/schedule.h"

/* Random numbers of their own, drawn from the seed by a number. */
struct stream {
    uint64_t state;
};
struct stream stream_of(uint64_t seed, uint64_t number);
uint64_t stream_below(struct stream *stream, uint64_t bound);

void schedule_append(struct schedule *schedule, const struct round_plan *plan);
/* Permutes them (Fisher and Yates), tells each its position, and settles what is random in each. */
void schedule_shuffle(struct round_plan *plans, size_t count, struct stream stream);
/* What is random in each round but its place: who starts first, the padding of the environment. */
void schedule_settle(struct round_plan *plan, struct stream *stream);

void schedule_add_scale(struct schedule *schedule, const struct result *result, unsigned block);
/* The next thing to go where the time is too short: blocks of the curve, blocks of the ratio down
 * to SCHEDULE_BLOCKS_MIN, numbers of workers, numbers of connections from the lowest on but for the
 * base, the idle ones, workloads. False: nothing is left to drop. */
bool schedule_drop_scale(struct scale_set *scale);
/* What was left out, as a sentence; NULL: nothing. The caller frees. */
char *schedule_scale_note(const struct scale_set *asked, const struct scale_set *now);

#endif
