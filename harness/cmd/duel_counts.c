/*
 * See duel_counts.h. Counting wants one CPU for client and server (measure/turns.h), and rounds
 * follow in the same process: what that changes is put back.
 */
#include "cmd/duel_counts.h"

#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"
#include "cmd/cmd.h"
#include "measure/answer.h"
#include "measure/counting.h"

/* Instructions a request. A function that takes fewer is not listed: it runs once in many requests,
 * or is chance. A whole program that takes fewer than LEAST did no server's work: it only starts
 * another. */
static const double LEAST_FUNCTION = .1, LEAST = 10;

/* Two counts that differ by less are of the same program, as far as
 * can be told; by more, more than counts of one program ever scatter
 * (instrument.h). And how often both are counted again in between. */
static const double SAME = .003, APART = .05;
enum { CONFIRMATIONS = 5 };

static const char *const no_instrument =
    "valgrind is not installed; type: sh scripts/deps profile, or apt-get install valgrind";

struct counter {
    struct result *result;
    struct journal *journal;
    const struct experiment_run *run;
    char *version; /* of the instrument; NULL: it is not installed */
};

/* ---- where this thread runs ---- */

struct scheduling {
    cpu_set_t cpus;
    bool has_cpus;
    int policy; /* -1: not known */
    struct sched_param param;
};

static void scheduling_read(struct scheduling *scheduling)
{
    scheduling->has_cpus = sched_getaffinity(0, sizeof(scheduling->cpus), &scheduling->cpus) == 0;
    scheduling->policy = sched_getscheduler(0);
    if (sched_getparam(0, &scheduling->param) < 0)
        scheduling->policy = -1;
}

static void scheduling_restore(const struct scheduling *scheduling)
{
    if (scheduling->has_cpus)
        sched_setaffinity(0, sizeof(scheduling->cpus), &scheduling->cpus);
    if (scheduling->policy >= 0)
        sched_setscheduler(0, scheduling->policy, &scheduling->param);
}

/* ---- what cannot be counted ---- */

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

static bool is_script(const char *path)
{
    char first[2] = "";
    FILE *file = fopen(path, "re");
    bool is = file && fread(first, 1, sizeof(first), file) == sizeof(first) && first[0] == '#' &&
              first[1] == '!';
    if (file)
        fclose(file);
    return is;
}

/* NULL: it can be tried. */
static const char *why_not(const struct counter *counter, const struct arm *arm,
                           const struct workload *workload)
{
    const char *reason = of_workload(workload);
    if (!reason)
        reason = arm->excluded;
    if (!reason)
        reason = words_why_skipped(arm, workload->name);
    if (!reason && arm->server.program)
        reason = "it is started by another program, and what is counted would be that one's";
    if (!reason && is_script(arm->server.path))
        reason = "it is a script, and valgrind does not follow it into the server that it starts: "
                 "give the executable itself";
    if (!reason && !counter->version)
        reason = no_instrument;
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

/* ---- both ---- */

/* By how much of the lower one; 0: one of them is missing. */
static double difference(const struct costs costs[2])
{
    double base = costs[0].total, head = costs[1].total;
    return costs[0].missing || costs[1].missing ? 0 : fmax(base, head) / fmin(base, head) - 1;
}

static bool may_scatter(const struct costs costs[2])
{
    return difference(costs) > SAME && difference(costs) < APART;
}

/* Beside its requests a server has work that comes with time, as timers have. It can only add to a
 * count: of a server with many threads every second count was 1 % higher. So both are counted again
 * while they differ by no more than that explains. */
static void confirm(const struct counter *counter, const size_t arms[2], size_t workload,
                    struct costs costs[2])
{
    struct turns_options options = options_of(counter, workload);
    for (unsigned n = 0; n < CONFIRMATIONS && may_scatter(costs) && !*options.interrupted; n++) {
        fprintf(stderr, "  they differ by %.1f %%: counting them again\n", 100 * difference(costs));
        for (size_t i = 0; i < 2; i++)
            if (!result_find_count(counter->result, arms[i], workload))
                counting_lower(&costs[i], INSTRUMENT_INSTRUCTIONS,
                               counter->result->arms[arms[i]].server.path, &options);
    }
}

/* What the record holds, as far as another is compared with it. */
static void take_held(struct costs *costs, const struct result_count *held)
{
    *costs = (struct costs){.total = held->instructions};
    if (held->missing)
        costs->missing = xstrdup(held->missing);
}

/* 0 or an exit code. */
static int keep(const struct counter *counter, size_t arm, size_t workload,
                const struct costs *costs)
{
    char *error = NULL;
    struct result_count *count = result_add_count(counter->result, arm, workload);
    take_costs(count, costs, counter->version);
    return journal_count(counter->journal, counter->result, count, &error) < 0
               ? fail_with(EXIT_ENVIRONMENT, error)
               : 0;
}

/* 0 or an exit code. */
static int count_both(const struct counter *counter, const size_t arms[2], size_t workload)
{
    struct costs costs[2] = {{0}, {0}};
    bool is_held[2] = {false, false}, goes_on = true;
    int code = 0;
    for (size_t i = 0; i < 2 && goes_on; i++) {
        const struct result_count *held = result_find_count(counter->result, arms[i], workload);
        is_held[i] = held != NULL;
        if (held)
            take_held(&costs[i], held);
        else
            goes_on = count_costs(counter, arms[i], workload, &costs[i]);
    }
    if (goes_on)
        confirm(counter, arms, workload, costs);
    if (!goes_on || *counter->run->interrupted)
        code = EXIT_INTERRUPTED;
    for (size_t i = 0; i < 2 && !code; i++)
        if (!is_held[i])
            code = keep(counter, arms[i], workload, &costs[i]);
    costs_release(&costs[0]);
    costs_release(&costs[1]);
    return code;
}

static bool are_held(const struct result *result, const size_t arms[2], size_t workload)
{
    return result_find_count(result, arms[0], workload) &&
           result_find_count(result, arms[1], workload);
}

static int count_all(const struct counter *counter, const size_t arms[2])
{
    int code = 0;
    for (size_t workload = 0; workload < counter->result->workload_count && !code; workload++)
        if (!are_held(counter->result, arms, workload))
            code =
                *counter->run->interrupted ? EXIT_INTERRUPTED : count_both(counter, arms, workload);
    return code;
}

int duel_count(struct result *result, struct journal *journal, const struct experiment_run *run,
               const size_t arms[2])
{
    struct scheduling scheduling;
    struct counter counter = {
        .result = result,
        .journal = journal,
        .run = run,
        .version = instrument_version(INSTRUMENT_INSTRUCTIONS),
    };
    scheduling_read(&scheduling);
    instrument_settle();
    int code = count_all(&counter, arms);
    scheduling_restore(&scheduling);
    free(counter.version);
    return code;
}

const char *duel_counts_why_not(void)
{
    char *version = instrument_version(INSTRUMENT_INSTRUCTIONS);
    bool is_there = version != NULL;
    free(version);
    return is_there ? NULL : no_instrument;
}
