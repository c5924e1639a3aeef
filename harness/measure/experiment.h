/*
 * Carries out an experiment: every round of its schedule, in order, each appended to the journal
 * before the next one starts. The one module that sequences measurements; it prints nothing and
 * decides nothing about what the numbers mean.
 */
#ifndef MEASURE_EXPERIMENT_H
#define MEASURE_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "data/journal.h"
#include "data/result.h"
#include "measure/placement.h"
#include "measure/round.h"
#include "measure/schedule.h"

/* What a caller may want to show. Any may be NULL. */
struct experiment_watch {
    void *argument;
    void (*round_starts)(void *argument, const struct round_plan *plan, size_t done,
                         size_t total); /* those that are known of; more may follow from them */
    /* about once a second, of one that goes through phases (round.h) */
    void (*round_goes_on)(void *argument, const struct round_plan *plan,
                          const struct round *so_far);
    /* what is read of a long round can no longer be kept: why, and
     * what helps; NULL: it is kept again */
    void (*keeping_changed)(void *argument, const char *why_not);
    void (*round_ended)(void *argument, const struct round_plan *plan, const struct round *rounds);
};

struct experiment_run {
    struct result *result;
    struct journal *journal;
    const struct placement *placement;
    const struct placement *upstream_placement; /* NULL: no workload has an upstream */
    const struct worker_cpus *worker_cpus;      /* NULL: all rounds have the placement's workers */
    const char *wrk, *wrapper;
    const char *pace; /* NULL: no round is paced */
    const volatile bool *interrupted;
    struct experiment_watch watch;
    /* filled by experiment_capture, released by experiment_run_release */
    char **request_bytes;
    size_t *request_lens;
    unsigned unwritten_count; /* the last rounds of result that the journal could not take */
    /* the module's own: when what is read of a long round was to
     * be kept last, and whether that failed */
    double kept_s;
    bool is_unkept;
};

/* Takes each workload's request bytes from the real generator and hashes them with the expectations
 * into result->workloads[].requests_hash. 0, or -1 with a sentence: a workload whose script is
 * broken. */
int experiment_capture(struct experiment_run *run, char **error);

enum experiment_end {
    EXPERIMENT_DONE,
    EXPERIMENT_INTERRUPTED,
    EXPERIMENT_OVERTIME, /* twice the announced time had passed: what is left was not started; the
                          * rest is kept, and a note says so */
    EXPERIMENT_NOT_WRITTEN, /* a line could not be written: *error says
                             * which; its rounds stand in result only */
    EXPERIMENT_FOREIGN,     /* what the record holds is none of this schedule's: *error says what */
};

/* Measures every round of the schedule into result and journal; a round that external causes
 * spoiled is repeated once (settled.h). */
enum experiment_end experiment_measure(struct experiment_run *run, const struct schedule *schedule,
                                       char **error);

/* Measures one of those of which nobody knows before how many there are; total: a guess at that,
 * for who watches, 0: none. A repeat is a plan of its own here. EXPERIMENT_DONE: go on. */
enum experiment_end experiment_measure_next(struct experiment_run *run,
                                            const struct round_plan *plan, size_t total,
                                            char **error);

/* Measures the rounds of latency curves and searches, each as those before
 * it say (latency_plan.h), numbered on after last. How many that are, only
 * they decide: a search has its own bound, and no time cuts it. */
enum experiment_end experiment_measure_latency(struct experiment_run *run, uint32_t last,
                                               char **error);

/* Measures the rounds of servers whose memory grew, as
 * phase_plan.h says, numbered on after last. */
enum experiment_end experiment_measure_longer(struct experiment_run *run, uint32_t last,
                                              char **error);

void experiment_run_release(struct experiment_run *run);

#endif
