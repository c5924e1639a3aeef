/*
 * What a server does for a number of requests, counted by a program that it runs under:
 * instructions in user mode by valgrind's callgrind, system calls by strace. Counting is slow and
 * changes every time, so nothing is timed here; what is counted is the same on every run, to 0.1 %
 * in a server of one thread and to 1 % in one of many.
 */
#ifndef MEASURE_INSTRUMENT_H
#define MEASURE_INSTRUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "data/counts.h"
#include "measure/turns.h"

enum instrument { INSTRUMENT_INSTRUCTIONS, INSTRUMENT_CALLS, INSTRUMENTS };

enum instrument_result {
    INSTRUMENT_COUNTED,
    INSTRUMENT_UNAVAILABLE, /* the server cannot run here, and says why */
    INSTRUMENT_FAILED,
};

const char *instrument_program(enum instrument instrument); /* "valgrind", "strace" */
/* What it calls itself, "valgrind-3.19.0"; NULL: it is not installed, or says nothing. The caller
 * frees. */
char *instrument_version(enum instrument instrument);

/* Client and server share a CPU from here on, the last of those this process may use; see turns.h.
 * Where that is refused counts are a little less repeatable. */
void instrument_settle(void);

/* A fresh server of this path plays so many turns and is ended; what it did in its life is added to
 * counts, which the caller releases in either case, and how many requests it answered is in
 * *requests. A sentence in error unless counted. */
enum instrument_result instrument_count(struct counts *counts, enum instrument instrument,
                                        const char *path, const struct turns_options *options,
                                        unsigned turns, uint64_t *requests, char *error,
                                        size_t size);

#endif
