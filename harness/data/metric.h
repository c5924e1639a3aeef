/* What two servers, or two runs, are compared by: the names of it
 * in files and options, and the smallest change worth a word. */
#ifndef DATA_METRIC_H
#define DATA_METRIC_H

#include <stdbool.h>

enum metric {
    METRIC_COST, /* CPU time a request at a rate, ns */
    METRIC_P50,  /* response time at a rate, ns */
    METRIC_P99,
    METRIC_MEMORY,     /* allocated under load: no pages of files, bytes */
    METRIC_SATURATED,  /* CPU time a request at saturation, ns */
    METRIC_THROUGHPUT, /* requests a second at saturation: less is worse */
    /* Of duels alone: */
    METRIC_P99_SOLO,     /* response time at a rate of a server that runs by itself, ns */
    METRIC_MEMORY_IDLE,  /* allocated after the load, its connections closed, bytes */
    METRIC_INSTRUCTIONS, /* in user mode, a request: counted, not timed */
    METRIC_CONSISTENCY,  /* does memory grow with the requests? No ratio */
    METRICS,
};
enum metric_unit { UNIT_TIME, UNIT_BYTES, UNIT_RATE, UNIT_COUNT };
struct metric_info {
    const char *name;  /* as options and files have it: "cost", "throughput" */
    const char *words; /* "CPU per request" */
    enum metric_unit unit;
    bool less_is_worse;
    double margin;          /* the smallest change worth a word, as a share: .01 */
    bool gates;             /* unless a user says otherwise */
    enum metric gates_with; /* whose gate it shares: itself, or the metric that a user names */
    bool in_runs;           /* a run's result has it, so that two of them can be compared by it */
};
const struct metric_info *metric_info(enum metric metric);
int metric_find(const char *name);      /* or -1 */
char *metric_suggest(const char *name); /* what to say of one that is unknown; the caller frees */

#endif
