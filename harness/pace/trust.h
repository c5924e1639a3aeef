/*
 * Which figures of a trial may be shown, wherever that is: on the screen, in JSON, in files, to a
 * script's done(). Where no window opened there are none, nor where the outcome is INVALID, but for
 * the two that verdict_has_latency names. Of what is left, each figure needs that part of the
 * distribution in which pace itself was on time.
 */
#ifndef PACE_TRUST_H
#define PACE_TRUST_H

#include "pace/trial.h"

/* A percentile. The share of requests below a limit is verdict_counts_misses'. */
bool trust_percentile(const struct trial *trial, unsigned target, double p);
/* A mean is made by its tail: it needs p99. */
bool trust_mean(const struct trial *trial, unsigned target);
/* The slowest one needs all. */
bool trust_most(const struct trial *trial, unsigned target);
/* CPU time per request needs the median: then most of the load came when it was meant to. */
bool trust_cost(const struct trial *trial, unsigned target);
/* Whole distributions, from which any percentile can be read: where at least the median may be
 * shown. They are raw material, and say themselves up to where they are to be believed. */
bool trust_distribution(const struct trial *trial, unsigned target);
/* May a script's done() be run? It is given all of this at once, and
 * wrk's interface has no word for a number that is none: so only where
 * every figure may be shown. If not, *why is a clause; borrowed. */
bool trust_done(const struct trial *trial, const char **why);

#endif
