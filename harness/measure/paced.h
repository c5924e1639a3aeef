/*
 * The open-loop generator: one pace that asks the server of a round, or both of a pair, at a rate,
 * each arrival at either at random. It is a struct load like wrk, so that it is watched and ended
 * in the same way; its report is the JSON of its stdout (docs/pace.md). Any stderr, another end
 * than the report tells, or a report that is not whole makes no number.
 *
 * CPU time of the servers is pace's own reading of the processes
 * that it is told: it warms up in the same life as it measures, and
 * only it knows the moments at which the window opened and closed.
 */
#ifndef MEASURE_PACED_H
#define MEASURE_PACED_H

#include <sched.h>
#include <stdint.h>
#include <sys/types.h>

#include "data/histogram.h"
#include "data/result.h"
#include "measure/load.h"

enum { PACED_TARGETS = 2, PACED_PIDS = 64 /* that pace takes of one server */ };

struct paced_options {
    const char *pace;   /* path of the program, or a fake one in tests */
    const char *script; /* workload.path */
    const char *address;
    const cpu_set_t *cpus;
    /* The rate is of all, the connections of each. */
    unsigned rate_rps, connections, warmup_s, window_s;
    /* That the window consists of, each with its rate; NULL: it is all at rate_rps. */
    const struct phases *phases;
    unsigned requests_per_connection; /* then it is closed and another opened; 0: it stays */
    uint64_t seed;
    int64_t slo_ns; /* requests slower than that are counted; 0: none are */
    unsigned target_count;
    struct paced_target {
        uint16_t port;
        /* Of the server, with all its processes; more than PACED_PIDS: no CPU time is read. */
        const pid_t *pids;
        size_t pid_count;
    } targets[PACED_TARGETS];
};

/* What pace tells of one server. */
struct paced_answer {
    struct outcome outcome; /* its own verdict */
    int64_t requests_count, bytes_read;
    int64_t cpu_server_ns; /* in the window; MISSING */
    int64_t opens;         /* connections made, before the window and in it */
    struct errors errors;
    struct histogram response; /* empty: the outcome leaves no latency */
    /* MISSING: no limit, or none that may be believed */
    int64_t slo_n_count, slo_missed_count, slo_disturbed_count, slo_disturbed_missed_count;
    struct latency_series series; /* empty: the outcome leaves no latency */
};

struct paced_report {
    int64_t start_ns;                       /* CLOCK_MONOTONIC; MISSING: no window was opened */
    int64_t duration_ns;                    /* the window as it was */
    int64_t cpu_load_ns, run_delay_load_ns; /* the second may be MISSING */
    double trusted_p;
    struct paced_answer answers[PACED_TARGETS]; /* in the order of the options' targets */
};

/* The caller polls and releases it as any load (load.h). */
int paced_start(struct load *load, const struct paced_options *options, char *error, size_t size);

/* After it ended. Initialised here; release it in any case. -1 with a sentence. */
int paced_report_read(struct paced_report *report, const struct load *load,
                      const struct paced_options *options, char *error, size_t size);
void paced_report_release(struct paced_report *report);

#endif
