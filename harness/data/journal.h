/*
 * Writing a result: results/<utc>-<host>-<experiment>/rounds.jsonl, one line at a time, each
 * appended with one write(2) and fsynced before the next round starts, under flock(2). What was
 * written is safe from a kill -9 at any moment but for a torn last line; a line that could not be
 * written whole is taken back. result.json is rendered from the whole and renamed into place. A
 * round that takes long stands in unfinished.json while it is measured, as it would be if it ended
 * now: written beside, fsynced and renamed, so it is whole at any moment and takes no more room the
 * longer it lasts. It goes when the round's own line is written; what then still is there of the
 * same round counts for nothing.
 * Beside them the file `running` names the processes that live now, so that a later start can
 * report what a kill -9 of the harness left behind.
 */
#ifndef DATA_JOURNAL_H
#define DATA_JOURNAL_H

#include "data/result.h"

struct journal {
    int fd;          /* rounds.jsonl, locked */
    char *directory; /* owned */
};

/* Makes the folder below parent ("results"), locks it, checks that there is room (a read-only or
 * full disk is said here, before the first round) and writes the header line. Sets
 * result->directory, and result->started_utc if it is not set. 0, or -1 with one sentence in *error
 * and nothing left open. */
int journal_open(struct journal *journal, const char *parent, struct result *result, char **error);
/* Appends rounds as lines in one write. After -1 the file ends as before, and the run is to stop.
 */
int journal_add(struct journal *journal, const struct result *result, const struct round *rounds,
                size_t count, char **error);
/* The round that is being measured, as far as it was read. 0, or -errno with a sentence for who
 * waits for the round's end: what was kept before stands, and it may be tried again. */
int journal_keep(struct journal *journal, const struct result *result, const struct round *so_far,
                 char **error);
/* Whether what was kept of a round is in the folder: it counts if the round has no line. */
bool journal_has_unfinished(const char *directory);
/* An arm as the short check left it: excluded or not, workloads skipped, differences listed. */
int journal_arm(struct journal *journal, const struct arm *arm, char **error);
/* A count, as it stands in the result. */
int journal_count(struct journal *journal, const struct result *result,
                  const struct result_count *count, char **error);
/* The processes that are alive now, each with its start time; none: the file goes. */
int journal_note_pids(struct journal *journal, const int *pids, size_t count, char **error);
/* The last line (result->finished_utc NULL: interrupted), result.json, and the lock's release,
 * whatever fails. */
int journal_close(struct journal *journal, struct result *result, char **error);

/* Releases the lock and writes nothing more: what is written
 * stays. A closed one is left as it is. */
void journal_abandon(struct journal *journal);

/* A process of an earlier run whose harness is gone. Owned. */
struct survivor {
    int pid;
    char *directory; /* of the run */
    char *command;   /* "server-epoll" */
};
/* The survivors of all runs below parent: a pid of a `running` file whose process started when that
 * file says, under a run that nobody holds locked. The caller frees with survivors_release. */
size_t survivors_find(struct survivor **survivors, const char *parent);
void survivors_release(struct survivor *survivors, size_t count);

#endif
