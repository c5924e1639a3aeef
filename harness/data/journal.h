/*
 * Writing a result: results/<utc>-<host>-<experiment>/rounds.jsonl, one line at a time, each
 * appended with one write(2) and fsynced before the next round starts, under flock(2). What was
 * written is safe from a kill -9 at any moment but for a torn last line. result.json is rendered
 * from the whole and renamed into place.
 */
#ifndef DATA_JOURNAL_H
#define DATA_JOURNAL_H

#include "data/result.h"

struct journal {
    int fd;
    char *directory;
};

/* Makes the folder below parent ("results"), locks it, checks that there is room (a read-only or
 * full disk is said here, before the first round) and writes the header line. 0, or -1 with one
 * sentence in *error. */
int journal_open(struct journal *journal, const char *parent, struct result *result, char **error);
/* Appends rounds as lines in one write. */
int journal_add(struct journal *journal, const struct result *result, const struct round *rounds,
                size_t count, char **error);
/* An arm that is not measured, with arm->excluded and its differences. */
int journal_exclude(struct journal *journal, const struct arm *arm, char **error);
/* Process ids that are alive now, so that a later start can report survivors of a kill -9:
 * `running` file. */
int journal_note_pids(struct journal *journal, const int *pids, size_t count, char **error);
/* The last line, result.json, and the lock's release. */
int journal_close(struct journal *journal, struct result *result, char **error);

#endif
