/*
 * See duel_counts.h. Counting wants one CPU for client and server (measure/turns.h), and rounds follow in the same process: what
 * that changes is put back.
 */
#include "cmd/duel_counts.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "measure/answer.h"
#include "measure/counting.h"

/* A function that costs less a request is noise, or once in many of them. LEAST: of all, less is no server's work: what was
 * counted is then a program that only starts another. */
static const double LEAST_FUNCTION = .1, LEAST = 10;

struct counter {
    struct result *result;
    struct journal *journal;
    const struct experiment_run *run;
    char *version; /* of the instrument; NULL: it is not installed */
};

/* ---- where this thread runs ---- */

struct place {
    cpu_set_t cpus;
    bool has_cpus;
    int policy; /* -1: not known */
    struct sched_param param;
};

static void place_read(struct place *place)
{
    place->has_cpus = sched_getaffinity(0, sizeof(place->cpus), &place->cpus) == 0;
    place->policy = sched_getscheduler(0);
    if (sched_getparam(0, &place->param) < 0)
        place->policy = -1;
}

static void place_restore(const struct place *place)
{
    if (place->has_cpus)
        sched_setaffinity(0, sizeof(place->cpus), &place->cpus);
    if (place->policy >= 0)
        sched_setscheduler(0, place->policy, &place->param);
}

/* ---- what cannot be counted ---- */

static const char *skipped(const struct arm *arm, const char *workload)
{
    for (size_t i = 0; i < arm->skipped_workloads.count; i++)
        if (strcmp(arm->skipped_workloads.items[i], workload) == 0)
            return arm->skipped_reasons.items[i];
    return NULL;
}

static const char *of_workload(const struct workload *workload)
{
    if (workload->upstream)
        return "another server would have to stand behind it, and none is started for a count";
    switch (workload->class) {
    case WORKLOAD_WAITING:
        return "how often a server wakes up in a wait is a matter of time";
    case WORKLOAD_STATEFUL:
        return "what a request costs there depends on those before it";
    case WORKLOAD_PLAIN:
        break;
    }
    return NULL;
}

/* NULL: it can be tried. */
static const char *why_not(const struct counter *counter, const struct arm *arm,
                           const struct workload *workload)
{
    const char *reason = of_workload(workload);
    if (!reason)
        reason = arm->excluded;
    if (!reason)
        reason = skipped(arm, workload->name);
    if (!reason && arm->server.program)
        reason = "it is started by another program, and what is counted would be that one's";
    if (!reason && !counter->version)
        reason = "valgrind is not installed; type: sh scripts/deps profile, or apt-get install "
                 "valgrind";
    return reason;
}

/* ---- one count ---- */

static void take_costs(struct result_count *count, const struct costs *costs, const char *version)
{
    if (costs->missing) {
        count->missing = xstrdup(costs->missing);
        return;
    }
    if (costs->total < LEAST) {
        count->missing = text_format("only %.1f instructions a request were counted: it lets "
                                     "another program answer",
                                     costs->total);
        return;
    }
    count->tool = xstrdup(version);
    count->instructions = costs->total;
    for (size_t i = 0; i < costs->count; i++)
        if (costs->items[i].each >= LEAST_FUNCTION)
            result_count_add_function(count, costs->items[i].name, costs->items[i].each);
}

/* False: interrupted. */
static bool count_twice(struct costs *costs, const char *path, const struct turns_options *options)
{
    enum instrument_result result = counting_count(costs, INSTRUMENT_INSTRUCTIONS, path, options);
    if (*options->interrupted)
        return false;
    if (result == INSTRUMENT_COUNTED) {
        counting_lower(costs, INSTRUMENT_INSTRUCTIONS, path, options);
    } else if (result == INSTRUMENT_FAILED) {
        costs_release(costs);
        counting_count(costs, INSTRUMENT_INSTRUCTIONS, path, options);
    }
    return !*options->interrupted;
}

static struct turns_options options_of(const struct counter *counter, size_t workload)
{
    const char *bytes = counter->run->request_bytes[workload];
    size_t len = counter->run->request_lens[workload];
    return (struct turns_options){
        .workload = &counter->result->workloads[workload].workload,
        .bytes = bytes,
        .len = len,
        .requests = answer_requests(bytes, len),
        .interrupted = counter->run->interrupted,
    };
}

/* False: interrupted, and nothing is to be kept. */
static bool count_costs(const struct counter *counter, size_t arm, size_t workload,
                        struct costs *costs)
{
    const struct arm *counted = &counter->result->arms[arm];
    struct turns_options options = options_of(counter, workload);
    const char *reason = why_not(counter, counted, options.workload);
    if (!reason && options.requests == 0)
        reason = "what the workload sends does not end with a whole request";
    if (reason) {
        *costs = (struct costs){.missing = xstrdup(reason)};
        return true;
    }
    fprintf(stderr, "counting instructions: %s on %s\n", counted->id, options.workload->name);
    return count_twice(costs, counted->server.path, &options);
}

/* 0 or an exit code. */
static int count_one(const struct counter *counter, size_t arm, size_t workload)
{
    struct costs costs = {0};
    char *error = NULL;
    int code = EXIT_INTERRUPTED;
    if (count_costs(counter, arm, workload, &costs)) {
        struct result_count *count = result_add_count(counter->result, arm, workload);
        take_costs(count, &costs, counter->version);
        code = journal_count(counter->journal, counter->result, count, &error) < 0
                   ? fail_with(EXIT_ENVIRONMENT, error)
                   : 0;
    }
    costs_release(&costs);
    return code;
}

static int count_all(const struct counter *counter, const size_t arms[2])
{
    for (size_t workload = 0; workload < counter->result->workload_count; workload++)
        for (size_t i = 0; i < 2; i++) {
            if (result_find_count(counter->result, arms[i], workload))
                continue;
            int code = *counter->run->interrupted ? EXIT_INTERRUPTED
                                                  : count_one(counter, arms[i], workload);
            if (code)
                return code;
        }
    return 0;
}

int duel_count(struct result *result, struct journal *journal, const struct experiment_run *run,
               const size_t arms[2])
{
    struct place place;
    struct counter counter = {
        .result = result,
        .journal = journal,
        .run = run,
        .version = instrument_version(INSTRUMENT_INSTRUCTIONS),
    };
    place_read(&place);
    instrument_settle();
    int code = count_all(&counter, arms);
    place_restore(&place);
    free(counter.version);
    return code;
}
