/*
 * The server that stands behind a server under test, where the workload says so (`--| upstream
 * NAME`): a server of the catalog with one worker, started fresh for each arm of a round and told
 * to that arm as --upstream. It belongs to the load, as the generator does: what it uses is in no
 * server's cost, and what it breaks is no server's fault.
 */
#ifndef MEASURE_UPSTREAM_H
#define MEASURE_UPSTREAM_H

#include <sched.h>
#include <stdbool.h>
#include <stddef.h>

#include "data/result.h"
#include "measure/probe.h"
#include "measure/server.h"

enum { UPSTREAM_WORKERS = 1 };

struct upstream {
    struct server server; /* pid 0: it does not run */
    char at[80];          /* HOST:PORT */
    char *request;        /* that it must answer as the workload expects; owned */
    size_t request_len;
    const struct workload *workload;
    const volatile bool *interrupted;
};

struct upstream_options {
    const struct result_workload *workload; /* borrowed until upstream_stop */
    const char *bytes;                      /* that the generator sends, of load_capture */
    size_t len;
    const char *address;
    const cpu_set_t *cpus;
    const volatile bool *interrupted;
    unsigned environment_padding_bytes;
};

/* What it is asked when a server under test is asked this: the
 * target's /ROUTE is taken off the first request, the rest is left as
 * it is. The caller frees; NULL if the target is not below /ROUTE/. */
char *upstream_request(const struct workload *workload, const char *bytes, size_t len,
                       size_t *request_len);

/* Starts it and asks it once. False with a sentence: then nothing is left running. */
bool upstream_start(struct upstream *upstream, const struct upstream_options *options, char *why,
                    size_t size);
/* Is it there, and does it answer as the workload expects? A
 * sentence in why where not. An interrupt is no fault of it. */
bool upstream_is_well(struct upstream *upstream, char *why, size_t size);
/* Harmless where it does not run. at_once: it is killed; else it is told first. */
void upstream_stop(struct upstream *upstream, bool at_once);

#endif
