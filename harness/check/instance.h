/*
 * A server that is asked cases, from its start to its end:
 * with what stands behind it, if it is one that asks another.
 */
#ifndef CHECK_INSTANCE_H
#define CHECK_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>

#include "check/check.h"
#include "check/divergence.h"
#include "check/exchange.h"
#include "check/passage.h"
#include "check/questions.h"
#include "check/origin.h"
#include "measure/server.h"

/* One server's share of a check. */
struct checked {
    const struct server_info *info;
    const struct check_options *options;
    struct check_report *report;
    const struct questions *questions;
    struct divergences divergences;
    bool is_refused;  /* for its description */
    bool has_started; /* for its cases: one that has not is said to be unavailable or failed */
};

bool checked_is_interrupted(const struct checked *checked);
/* What is asked of the suite's own servers alone, and not in the short form. */
bool checked_has_timeouts(const struct checked *checked);

struct instance {
    struct checked *checked;
    struct server server;
    unsigned workers;
    struct passage passage; /* its exchanges point into it: an instance stays where it is */
    struct origin upstream;
};

/* Starts it on address; a proxy fetches from one there, too. On failure nothing runs, error holds
 * one sentence, and the passage can be told of it. */
enum server_result instance_begin(struct instance *instance, struct checked *checked,
                                  const char *address, unsigned workers, char *error, size_t size);
/* Plays the exchanges that were added, ends the instance, asks
 * again what came too late, and judges. */
enum exchanges_end instance_play(struct instance *instance, const char *label);
/* Ends the server and what stands behind it; one of ours must still be there, and end well. */
void instance_end(struct instance *instance);

#endif
