/*
 * Rounds in which the number of connections to a server goes up (experiment [connections]): private
 * to schedule.c, which puts them behind all others that are known beforehand.
 *
 * Idle and active connections are taken up at a fresh server each: what the first kind leaves
 * behind in an allocator would be missing from what the second one takes. All rounds of a block,
 * those of ceilings among them, stand in one random order.
 */
#ifndef MEASURE_SCHEDULE_STAIRS_H
#define MEASURE_SCHEDULE_STAIRS_H

#include "measure/schedule.h"

/* How long a server is left alone before a mark: with idle connections, whose buffers
 * ours free in sweeps of a second; and after all have closed, because stacks of
 * threads wait for two such sweeps, and what lies between other memory in an allocator
 * is given back 2.5 s after half of the clients have left. To wait until readings are
 * steady would be no shorter, or wrong: between two sweeps all of them are. */
enum { STAIRS_IDLE_MS = 1200, STAIRS_CLOSED_MS = 3000 };

enum {
    STAIRS_BLOCKS_MIN = 3
}; /* fewer readings of the kernel's memory say nothing (analyse/memory.h) */

void schedule_add_stairs(struct schedule *schedule, const struct result *result, unsigned block);
/* How long it takes to go up and down, in whole seconds. */
unsigned schedule_stairs_seconds(const struct stairs_set *set, enum stairs_kind kind);
/* The next thing to go where the time is too short: blocks, down to SCHEDULE_BLOCKS_MIN; workloads
 * but one; blocks, down to STAIRS_BLOCKS_MIN; and where there are other rounds, the last workload.
 * False: nothing is left to drop. */
bool schedule_drop_stairs(struct stairs_set *set, bool there_are_others);
/* What was left out, as a sentence; NULL: nothing. The caller frees. */
char *schedule_stairs_note(const struct stairs_set *asked, const struct stairs_set *now);

#endif
