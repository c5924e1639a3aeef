#include "cmd/announce.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "analyse/capacity.h"
#include "analyse/words.h"
#include "cmd/progress.h"
#include "cmd/soak.h"
#include "data/phases.h"
#include "measure/phase_plan.h"
#include "measure/schedule.h"

/* Nearly any server gives as many. */
static const double COMMON_LEAST_RPS = 20000;

/* "  of these about 128 of latency curves (11 min 20 s) and about
 *    70 trials of searches (9 min 02 s, on a restless machine
 * about 19 min 52 s): an estimate, as each depends on what those before it gave" */
static void announce_guess(FILE *out, const struct latency_estimate *guess)
{
    size_t trials = guess->rounds - guess->curve_rounds;
    double searches_s = guess->seconds - guess->curve_seconds;
    char time[32], longer[32];
    if (guess->rounds == 0)
        return;
    fputs("  of these about ", out);
    if (guess->curve_rounds > 0)
        fprintf(out, "%zu of latency curves (%s)%s", guess->curve_rounds,
                duration_text(time, sizeof(time), guess->curve_seconds),
                trials > 0 ? " and about " : "");
    if (trials > 0)
        fprintf(out, "%zu trials of searches (%s, on a restless machine about %s)", trials,
                duration_text(time, sizeof(time), searches_s),
                duration_text(longer, sizeof(longer), latency_restless * searches_s));
    fputs(": an estimate, as each depends on what those before it gave\n", out);
}

/* How long it takes is known with the rate, which is mostly chosen by looks. */
static void announce_fills(FILE *out, const struct result *result)
{
    for (size_t i = 0; i < result->workload_count; i++) {
        const struct workload *workload = &result->workloads[i].workload;
        char requests[WORDS_MAX];
        if (workload->warm_requests == 0 ||
            !strings_contain(&result->experiment.phases.set.workloads, workload->name))
            continue;
        words_count(requests, workload->warm_requests);
        fprintf(out,
                "  before each round %s requests fill the state of %s, at the rate of the first "
                "load: that comes on top\n",
                requests, workload->name);
    }
}

/* What comes of phases: perhaps more rounds, or no verdict. */
static void announce_phases(FILE *out, const struct result *result)
{
    char time[32];
    const struct phase_set *set = &result->experiment.phases;
    uint32_t longer_s = phase_plan_longer_s(&result->experiment);
    uint32_t load_s = phases_load_seconds(&set->phases),
             least_s = phase_plan_least_load_s(&set->phases);
    if (!phases_are_asked(set))
        return;
    announce_fills(out, result);
    if (set->memory_only)
        fputs(
            "  only memory, descriptors and threads are told: nothing is repeated for who had the "
            "CPU\n",
            out);
    if (load_s < least_s)
        fprintf(out, "  %u s of load are too few for a verdict on memory: that takes %u\n", load_s,
                least_s);
    else if (!set->soak)
        fprintf(out,
                "  a server whose memory grows goes through phases once more, with %d times the "
                "load: %s each\n",
                PHASE_PLAN_TIMES, duration_text(time, sizeof(time), longer_s));
}

/* What hardly a server gives is said before it is asked, as the run may end without an answer. */
static void announce_far_objectives(FILE *out, const struct slo_set *set)
{
    for (size_t i = 0; slo_is_asked(set) && i < set->slo_count; i++) {
        double lowest_rps = capacity_lowest_rps(set->slos[i].p);
        char rate[WORDS_MAX], *words = slo_words(&set->slos[i]);
        words_count(rate, (uint64_t)fmin(lowest_rps, 1e9));
        if (lowest_rps > COMMON_LEAST_RPS)
            fprintf(out,
                    "  %s cannot be judged in the 30 s of a trial below %s requests/s: who gives "
                    "fewer is not searched\n",
                    words, rate);
        free(words);
    }
}

/* Those that have rounds here: not who is excluded, nor a
 * ceiling where the experiment wants none. */
static size_t servers_count(const struct result *result)
{
    size_t count = 0;
    for (size_t i = 0; i < result->arm_count; i++) {
        bool takes_part = false;
        for (size_t w = 0; w < result->workload_count; w++)
            takes_part = takes_part || schedule_takes(result, i, w);
        count += takes_part;
    }
    return count;
}

void announce_remarks(const struct strings *notes, const struct strings *warnings)
{
    for (size_t i = 0; i < notes->count; i++)
        fprintf(stderr, "  note: %s\n", notes->items[i]);
    for (size_t i = 0; i < warnings->count; i++)
        fprintf(stderr, "  warning: %s\n", warnings->items[i]);
}

void announce(const struct result *result, const struct schedule *schedule,
              const struct latency_estimate *guess, const struct strings *warnings)
{
    char time[32];
    size_t servers = servers_count(result);
    size_t rounds = schedule->count + guess->rounds;
    fprintf(stderr, "%s: %zu server%s, %zu workload%s, %s%zu round%s, about %s (seed %llu)\n",
            result->experiment.name, servers, servers == 1 ? "" : "s", result->workload_count,
            result->workload_count == 1 ? "" : "s", guess->rounds > 0 ? "about " : "", rounds,
            rounds == 1 ? "" : "s",
            duration_text(time, sizeof(time), ceil(schedule_seconds(schedule) + guess->seconds)),
            (unsigned long long)result->seed);
    announce_guess(stderr, guess);
    announce_far_objectives(stderr, &result->experiment.slo);
    announce_phases(stderr, result);
    soak_announce(stderr, &result->experiment, schedule);
    for (size_t i = 0; i < result->arm_count; i++)
        if (result->arms[i].excluded)
            fprintf(stderr, "  %s is not measured: %s\n", result->arms[i].id,
                    result->arms[i].excluded);
    announce_remarks(&result->notes, warnings);
}

static json_t *plan_json(const struct result *result, const struct round_plan *plan)
{
    json_t *arms = json_array();
    for (unsigned i = 0; i < plan->arm_count; i++)
        json_array_append_new(arms, json_string(result->arms[plan->arms[i]].id));
    json_t *round = json_pack("{s:i, s:i, s:f, s:o, s:s}", "number", (int)plan->number, "block",
                              (int)plan->block, "seconds", schedule_round_seconds(plan), "arms",
                              arms, "workload", result->workloads[plan->workload].workload.name);
    if (plan->probe)
        json_object_set_new(round, "probe", json_true());
    if (plan->paced)
        json_object_set_new(round, "rate_rps",
                            plan->rate_rps ? json_integer(plan->rate_rps) : json_null());
    if (plan->stairs != STAIRS_NONE)
        json_object_set_new(round, "stairs",
                            json_string(plan->stairs == STAIRS_IDLE ? "idle" : "active"));
    if (plan->phased)
        json_object_set_new(round, "phased", json_true());
    if (plan->scale) {
        json_object_set_new(round, "connections", json_integer(plan->connections));
        json_object_set_new(round, "idle_connections", json_integer(plan->idle_connections));
        json_object_set_new(round, "workers", json_integer(plan->workers));
    }
    return round;
}

void print_schedule_json(const struct result *result, const struct schedule *schedule,
                         const struct latency_estimate *guess)
{
    json_t *rounds = json_array();
    for (size_t i = 0; i < schedule->count; i++)
        json_array_append_new(rounds, plan_json(result, &schedule->plans[i]));
    json_t *root = json_pack("{s:s, s:I, s:f, s:o}", "experiment", result->experiment.name, "seed",
                             (json_int_t)result->seed, "seconds",
                             schedule_seconds(schedule) + guess->seconds, "rounds", rounds);
    if (guess->rounds > 0)
        json_object_set_new(root, "estimated",
                            json_pack("{s:I, s:f}", "rounds_count", (json_int_t)guess->rounds,
                                      "seconds", guess->seconds));
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}

static const char *parts_words(const struct latency_estimate *guess)
{
    if (guess->curve_rounds == 0)
        return "searches";
    return guess->curve_rounds < guess->rounds ? "latency curves and searches" : "latency curves";
}

void print_schedule(const struct result *result, const struct schedule *schedule,
                    const struct latency_estimate *guess)
{
    puts("round  block  seconds  what");
    for (size_t i = 0; i < schedule->count; i++) {
        const struct round_plan *plan = &schedule->plans[i];
        const char *workload = result->workloads[plan->workload].workload.name;
        char at[PLAN_LEVEL_SIZE];
        printf("%5u  %5u  %7.1f  %s%s%s on %s%s\n", plan->number, plan->block + 1,
               schedule_round_seconds(plan), result->arms[plan->arms[0]].id,
               plan->arm_count > 1 ? " beside " : " alone",
               plan->arm_count > 1 ? result->arms[plan->arms[1]].id : "", workload,
               plan_level(at, plan));
    }
    if (guess->rounds > 0)
        printf("and about %zu more, of %.0f seconds: %s, each round of which depends on what those "
               "before it gave\n",
               guess->rounds, guess->seconds, parts_words(guess));
}
