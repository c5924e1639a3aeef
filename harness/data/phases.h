/*
 * Phases as an experiment writes them, "idle 2s, load 30s at 10k, burst 2s at 2x, close 5s", and
 * what follows from a list of them. A rate is absolute (500, 10k, 1.5M requests a second), or a
 * multiple of the set's (2x); a load without one has the set's, a burst twice that. Pure.
 */
#ifndef DATA_PHASES_H
#define DATA_PHASES_H

#include "data/catalog.h"

/* Of one of them, of all, and for how long one may be idle:
 * servers close what is silent for a minute. */
enum { PHASE_SECONDS_MOST = 24 * 3600, PHASES_SECONDS_MOST = 25 * 3600, PHASE_IDLE_MOST_S = 50 };

const char *phase_kind_name(enum phase_kind kind); /* "load" */
bool phase_sends(enum phase_kind kind);

/* "500", "10k", "1.5M": a whole number of requests a second, 1
 * to RATE_MOST_RPS. False: it is none, and nothing is set. */
bool phases_rate(uint32_t *rate_rps, const char *word);
/* Phases with commas between them. 0, or -1 with one sentence in *error that names the phase and
 * what would be right; then there are none. */
int phases_read(struct phases *phases, const char *text, char **error);
/* As it would be written, with absolute rates where they are
 * known: "idle 2s, load 30s at 10000". The caller frees. */
char *phases_text(const struct phases *phases);

/* Of the same kinds and as long, one after the other, at whatever rates? */
bool phases_are_alike(const struct phases *a, const struct phases *b);
/* Is this a burst, and is what follows it a rest or a load,
 * with the same connections, that it can come back in? */
bool phases_come_back_from(const struct phases *phases, size_t i);
uint32_t phases_seconds(const struct phases *phases);
/* Of PHASE_LOAD alone: what a verdict is made of. */
uint32_t phases_load_seconds(const struct phases *phases);
/* Is one of them a multiple of the set's rate? */
bool phases_need_rate(const struct phases *phases);
/* Gives each that sends its rate, if the set's is this one. */
void phases_settle(struct phases *phases, uint32_t rate_rps);
uint32_t phases_highest_rps(const struct phases *phases); /* of settled ones */
/* Those of PHASE_LOAD so many times as long. */
void phases_stretch(struct phases *phases, unsigned times);
/* Makes the longest PHASE_LOAD as long as leaves load_s to all
 * of them, but no shorter than a second. */
void phases_set_load(struct phases *phases, uint32_t load_s);
/* How much of PHASE_LOAD lies in the first of their seconds. */
uint32_t phases_load_within(const struct phases *phases, uint32_t seconds);
/* One second less of the longest PHASE_LOAD; false: all of them
 * together are least_s already, or none can be shorter. */
bool phases_shorten(struct phases *phases, uint32_t least_s);

#endif
