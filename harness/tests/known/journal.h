/*
 * What known_server did, kept in memory while it works: for each answer when its request came, when
 * its service began and was due to end by the arithmetic, and when it was sent. And how far the
 * server itself can be trusted: how late it was against that arithmetic, and for how long
 * altogether an answer was due and none was sent.
 */
#ifndef TESTS_KNOWN_JOURNAL_H
#define TESTS_KNOWN_JOURNAL_H

#include <stdint.h>

enum { JOURNAL_TARGET_BYTES = 32 };

struct line {
    int64_t seen_ns, begun_ns, due_ns, sent_ns; /* CLOCK_MONOTONIC */
    uint64_t connection;                        /* from 1 in the order of acceptance */
    char target[JOURNAL_TARGET_BYTES];          /* as asked for, cut */
};

/* path NULL: lines are counted, not kept. The memory is had, and touched, here. */
void journal_open(const char *path);
void journal_add(const struct line *line);
/* Writes the lines to the file, and the sums to stdout. */
void journal_close(void);

#endif
