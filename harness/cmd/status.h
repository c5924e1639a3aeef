/*
 * The line of a round that takes long, which one can leave alone: which server,
 * the verdict on what was seen so far, its memory, when it ends, how far it is,
 * and the load. On a terminal it rewrites itself once a second, within the
 * terminal's width; elsewhere it is a line every ten minutes. It has no colour.
 */
#ifndef CMD_STATUS_H
#define CMD_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "analyse/flatness.h"
#include "data/result.h"

/* Zeroed for each round. */
struct status {
    double told_s, judged_s; /* CLOCK_MONOTONIC; 0: not yet */
    enum flatness_kind kind; /* when it was judged last */
    double loaded_bytes;     /* the lowest RSS of the first second that is judged; NAN: not yet */
};

/* To stderr, if it is time. server: its name, after which round of how many it is, "3/40 epoll".
 * so_far: as measure/round.h's goes_on has it. */
void status_tell(struct status *status, const char *server, const struct round *so_far,
                 bool terminal);

/* "3/40  epoll FLAT so far RSS 2.2 MiB (+12 KiB under load) until
 *        21:47 12 min 30 s of 1 h 01 min 2,000/s": the verdict
 * first, and when this round ends. What does not fit into the
 * columns is left out whole. end: local time. The caller frees. */
char *status_text(const char *server, const struct round *so_far, const struct status *status,
                  const char *end, size_t columns);

#endif
