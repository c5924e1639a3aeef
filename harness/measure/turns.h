/*
 * A client whose every run asks the same in the same order, for counting what a request costs, not
 * for timing it. It holds TURNS_CONNECTIONS connections. In a turn it first asks on each of them,
 * what the workload's script sends in one go, and then takes the whole answers, the last first, so
 * that it is woken once and not for each; a turn begins when the one before is over.
 *
 * A count repeats only if the server finds the same number of requests each time it wakes. So it
 * must not run while the client asks: both share one CPU and the server is SCHED_BATCH, whose
 * wake-up preempts nobody (sched(7)); the client sleeps first when it waits for an answer, and by
 * then all is asked. See instrument.h, which arranges that.
 */
#ifndef MEASURE_TURNS_H
#define MEASURE_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/catalog.h"
#include "measure/server.h"

enum {
    TURNS_CONNECTIONS = 64,   /* as many as the experiments have a worker */
    TURNS_TIMEOUT_MS = 60000, /* without a byte; under valgrind everything is fifty times slower */
};

struct turns_options {
    const struct workload *workload; /* what every answer must be */
    const char *bytes;               /* that are sent in one go, of load_capture */
    size_t len;
    unsigned requests; /* in them */
    const volatile bool *interrupted;
};

struct turns {
    const struct turns_options *options;
    int fds[TURNS_CONNECTIONS];
    size_t count; /* of open ones */
    char *in;
    size_t in_len;
    bool is_ending;   /* answers need not be those of the workload any more */
    int64_t end_ns;   /* and none is waited for after that */
    uint64_t answers; /* that were taken */
};

/* Connects; each connection is served once before the next is made, so that threads begin one after
 * another. 0, or -1 with a sentence; turns_close in either case. */
int turns_open(struct turns *turns, const struct turns_options *options,
               const struct server *server, char *error, size_t size);
int turns_play(struct turns *turns, unsigned count, char *error, size_t size);
/* Closes most of them, each when the server has closed its
 * side: threads end one after another, too. */
void turns_leave(struct turns *turns);
/*
 * After SIGTERM: until the server has closed the rest, at the latest until end_ns
 * (CLOCK_MONOTONIC). Where it goes on as if there were no signal, so do the
 * turns: valgrind 3.19 holds signals back while io_uring_enter(2) waits and looks
 * for them only every 100,000 basic blocks, so a server on io_uring has to be
 * kept busy. What that costs are requests like all others, and they are counted.
 */
void turns_end(struct turns *turns, struct server *server, int64_t end_ns);
void turns_close(struct turns *turns); /* whatever is open */

#endif
