/*
 * A round in which the number of connections to one fresh server goes up
 * level by level, with a mark at each: before the first one, at every
 * level, and after all have closed. Private to round.c; see measurement.h.
 *
 * Idle ones are those of a holder: each was answered once. Active ones are wrk's, and the mark is
 * read while it runs; at each level they are opened anew. A level that cannot be reached, because
 * the server takes no more or a process may open no more files, ends the way up: the round tells
 * what it has, and a reason how far it came. That each connection of a level was there when memory
 * was read is told by the server's descriptors.
 */
#ifndef MEASURE_ROUND_STAIRS_H
#define MEASURE_ROUND_STAIRS_H

#include "measure/measurement.h"

/* False: the round is over, and the outcome says why. */
bool round_climb_stairs(struct measurement *m);

#endif
