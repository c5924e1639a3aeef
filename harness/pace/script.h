/*
 * A workload script, the same file that wrk runs, through LuaJIT (wrk 4.1: its
 * SCRIPTING, src/script.c, src/wrk.lua): the table wrk, wrk.format, and setup,
 * init, request and done. As in wrk there are two states, the main one (setup,
 * done) and the thread's (init, request); here is one thread. An error in the
 * script is an error with the script's file and line, never another request.
 *
 * wrk.format writes Host first and the other fields in the order of their names, so that the same
 * script gives the same bytes in every process. What a script draws with math.random depends on the
 * seed alone, unless it calls math.randomseed itself. The order of pairs() and the clock are other
 * ones in each process: a script that builds its requests on them has another hash each time.
 *
 * Differences to wrk:
 * - response() and delay() are refused: requests are made before
 *   the window, and arrive when the schedule says.
 * - thread:stop() is refused, and thread.addr may be set only to what it is.
 * - os.exit() is an error; print() and io.write() go to stderr, because stdout is pace's report.
 * - A call that does not end, or takes too much memory, is ended (script_state.h).
 * - wrk.headers.Host is that of the URL even at the script's top
 *   level; wrk.port is nil where it is 80.
 */
#ifndef PACE_SCRIPT_H
#define PACE_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/histogram.h"
#include "data/strings.h"
#include "pace/requests.h"
#include "pace/url.h"

enum { SCRIPT_RING_S = 60 };

struct script;

struct script_options {
    const char *path;      /* NULL: no script, GET of the URL */
    const struct url *url; /* gives wrk.scheme, host, port, path and the field Host */
    /* "Name: value", as -H gives them; they replace the script's defaults; NULL: none. */
    const struct strings *fields;
    const struct strings *arguments; /* for init(args); NULL: none */
    uint64_t seed;                   /* of math.random */
    unsigned ring_s; /* that all calls of request() may take together; 0: SCRIPT_RING_S */
    /* Once it is true, whatever the script is doing ends with an
     * error; NULL: nothing ends it. Borrowed until script_close. */
    const volatile bool *interrupted;
};

/* Loads the script, runs setup() and init(). 0, or -1 with one sentence in *error (owned by the
 * caller) and *script NULL. All other options are borrowed for the call only. */
int script_open(struct script **script, const struct script_options *options, char **error);
/* Asks for requests: one, if the script has no request(); else count of them. */
int script_requests(struct script *script, struct requests *requests, size_t count, char **error);

/* What done(summary, latency, requests) is given; times in microseconds as wrk gives them. */
struct script_summary {
    uint64_t requests, bytes, duration_us;
    uint64_t errors_connect, errors_read, errors_write, errors_status, errors_timeout;
    const struct histogram *latency; /* of responses, in ns */
};
bool script_has_done(struct script *script);
/* Runs done(), if there is one. */
int script_done(struct script *script, const struct script_summary *summary, char **error);
void script_close(struct script *script); /* NULL is nothing */

#endif
