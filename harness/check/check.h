/*
 * Does a server answer as HTTP says it must? The conformance driver: cases (bytes in, bytes
 * expected) run against a running server whole, split, byte by byte and pipelined; then drain and
 * time-outs. The short form, at most 3 s, runs before anything is timed.
 */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include <stdbool.h>
#include <stdio.h>

#include "data/catalog.h"
#include "data/strings.h"

struct check_options {
    const char *cases; /* folder of *.case */
    bool short_form;
    const char *address; /* "127.0.0.1" */
    /* For a case that was late and is asked again; 0: AGAIN_MS (check/again.h). */
    unsigned again_ms;
    FILE *log;    /* progress and findings, a line each; NULL: silent */
    bool verbose; /* log the differences, too */
    const volatile bool
        *interrupted; /* NULL: none; once true, the check ends at once and says nothing more */
};

struct check_report {
    unsigned passed, failed, skipped;
    bool unavailable;        /* cannot run here (exit 77): reason in failures[0] */
    struct strings failures; /* one sentence each: case, form, expected, got */
    /* Answers that differ, of servers that are not on our core or are ceilings. */
    struct strings differences;
    struct strings slow; /* cases in a form that were late at first, and right when asked again */
    /* If some were: how long the check itself had no CPU the first time. */
    unsigned starved_percent;
    unsigned diverged, recovered; /* listed cases in a form that failed as listed, or passed */
    struct strings divergences;   /* names of cases that failed as listed */
    struct strings recoveries;    /* one TAP line each for those that passed */
    /* Routes ("plaintext") whose own case was answered wrongly, and "pipeline" if /plaintext was
     * only when pipelined: what gates a foreign server. */
    struct strings broken_routes;
    struct strings broken_reasons; /* of each: "is answered wrongly: expected ..., got ..." */
    /* How the server ended by itself while it was asked:
     * "ended with 9 (...) ..."; NULL: it did not. */
    char *died;
};

/* Checks one server after the other, only the time-outs of all side by side.
 * reports[count]. What a server leaves behind is killed: the caller has no
 * other children, and was made the reaper of orphans (server_become_reaper). 0,
 * or -1 with a sentence: the cases cannot be read, and nothing was checked. */
int check_servers(const struct server_info *servers, size_t count,
                  const struct check_options *options, struct check_report *reports, char **error);
/* Is this workload lost to the server, because its route was answered wrongly, too late or not at
 * all? Then this says so: a predicate of the route. NULL: it is not lost. */
const char *check_report_bars(const struct check_report *report, const struct workload *workload);
void check_report_release(struct check_report *report);

#endif
