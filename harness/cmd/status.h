/*
 * The line of a round that takes long, which one can leave alone: which server, how far it is, its memory, the load, and the
 * verdict on what was seen so far. On a terminal it rewrites itself once a second, cut at the terminal's width; elsewhere it
 * is a line every ten minutes. It has no colour.
 */
#ifndef CMD_STATUS_H
#define CMD_STATUS_H

#include <stdbool.h>
#include <stddef.h>

#include "analyse/flatness.h"
#include "data/result.h"

enum { STATUS_TEXT_SIZE = 400 }; /* all its words at their longest */

/* Zeroed for each round. */
struct status {
    double told_s, judged_s; /* CLOCK_MONOTONIC; 0: not yet */
    enum flatness_kind kind; /* when it was judged last */
};

/* To stderr, if it is time. server: its name, after which round of how many it is, "3/40  epoll". so_far: as measure/round.h's
 * goes_on has it. */
void status_tell(struct status *status, const char *server, const struct round *so_far,
                 bool terminal);

/* "3/40  epoll  12 min 30 s of 1 h 01 min  RSS 2.2 MiB (+12 KiB)  2,000/s  FLAT so far  until 21:47", when this
 * round ends. end: local time. */
void status_text(char text[STATUS_TEXT_SIZE], const char *server, const struct round *so_far,
                 enum flatness_kind kind, const char *end);

#endif
