/*
 * How far a trial can be trusted, from its own audit: pure. For each target
 * an outcome with reasons, and up to which percentile the generator was on
 * time. Thresholds are named in verdict.c with where they come from.
 */
#ifndef PACE_VERDICT_H
#define PACE_VERDICT_H

#include "pace/trial.h"

/* The percentiles that are judged and shown: 0.5, 0.9, 0.99 and so on to 0.99999. */
enum { LADDER = 6 };
extern const double verdict_ladder[LADDER];

/* Fills trial->outcome and trial->trusted_p. */
void verdict_judge(struct trial *trial);
/* The exit code that pace alone ends with: 0 usable, 1 the server's own INVALID, 3 an external one,
 * 5 where no connection could be made or the system refused, 130 interrupted. */
int verdict_exit_code(const struct trial *trial);

/* Was the generator late for percentile p? */
bool verdict_is_late(const struct record *record, double p);

/* May it be believed how many requests missed a limit? That needs less than a percentile does,
 * which may be far below the limit: lateness counts against the limit. Whether those that were left
 * out would have changed the answer is for who asks: both are counted. */
bool verdict_counts_misses(const struct record *record, int64_t limit_ns);

/* The word for it that people see: "VALID", "NOISY", or the
 * cause's name, but "REFUSED" for FAILED_START. */
const char *verdict_word(const struct outcome *outcome);

/* Did the server end more connections than it may? */
bool verdict_keeps_none(const struct trial_target *target);

/* May latencies of this target be shown? They may where the outcome is no
 * INVALID, and where it is one only because the generator was late (then up to
 * trusted_p) or because somebody interrupted it (then they are partial). */
bool verdict_has_latency(const struct outcome *outcome);
/* The reason that decided: the first one of the outcome's own kind, one of the server's own before
 * one from outside. NULL: none, it is VALID. */
const struct reason *verdict_cause(const struct outcome *outcome);

/* What came back in a second, counted until the last answer. */
double verdict_answered_rps(const struct trial *trial, const struct record *record);
/* The same of the warm-up. */
double verdict_warmup_rps(const struct trial *trial, const struct record *record);
double verdict_asked_rps(const struct trial *trial, const struct record *record);

#endif
