/*
 * backbench run EXPERIMENT: choose, announce, prove, measure, report. Each step either goes on or
 * ends the run with one sentence and the documented exit code; whatever was measured before that is
 * kept.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/announce.h"
#include "cmd/carry_out.h"
#include "cmd/cmd.h"
#include "cmd/conditions.h"
#include "cmd/pacing.h"
#include "cmd/places.h"
#include "cmd/progress.h"
#include "cmd/resumption.h"
#include "cmd/run_options.h"
#include "cmd/scale.h"
#include "cmd/select.h"
#include "data/journal.h"
#include "measure/experiment.h"
#include "measure/host.h"
#include "measure/placement.h"
#include "measure/schedule.h"
#include "measure/settled.h"
#include "measure/server.h"

/* A name that is required and not chosen can never be measured: said before hours are spent. */
static int check_chosen(const struct result *result, const struct strings *required)
{
    for (size_t i = 0; i < required->count; i++)
        if (result_find_arm(result, required->items[i]) < 0)
            return fail(EXIT_USAGE, "--require %s: it is not among the servers of this run",
                        required->items[i]);
    return 0;
}

/* The first of them, where the experiment leaves out ceilings
 * and nobody else was chosen; NULL: that is not so. */
static const struct arm *only_ceilings(const struct result *result)
{
    for (size_t i = 0; i < result->arm_count; i++)
        if (!result->arms[i].server.ceiling)
            return NULL;
    return result->arm_count > 0 && result->experiment.ceilings.count == 0 ? &result->arms[0]
                                                                           : NULL;
}

static int nothing_to_measure(const struct result *result)
{
    const struct arm *ceiling = only_ceilings(result);
    if (ceiling)
        return fail(EXIT_USAGE,
                    "nothing to measure: %s is a ceiling, which shows how little a request can "
                    "cost at saturation, and %s has no place for it; choose a model, as in "
                    "--servers epoll",
                    ceiling->id, result->experiment.name);
    if (result->experiment.solo.workloads.count || result->experiment.glance.workloads.count ||
        experiment_is_without_reference(&result->experiment))
        return fail(EXIT_USAGE,
                    "nothing to measure: no chosen server takes part in a chosen workload");
    return fail(
        EXIT_USAGE, "%s compares servers in pairs: choose one beside %s, as in --servers %s,thread",
        result->experiment.name, result->experiment.reference, result->experiment.reference);
}

/* Says what will be measured, which is what has not been; with --dry-run, that in full. */
static int plan(const struct run_options *options, const struct result *result,
                const struct strings *warnings)
{
    struct schedule schedule;
    char *error = NULL;
    schedule_make(&schedule, result);
    struct latency_estimate guess = latency_plan_estimate(result, (uint32_t)schedule.count);
    bool has_rounds = schedule.count + guess.rounds > 0;
    int code =
        settled_take_out(&schedule, result, &error) < 0 ? fail_with(EXIT_UNREADABLE, error) : 0;
    if (!code)
        announce(result, &schedule, &guess, warnings);
    if (!code && !has_rounds)
        code = nothing_to_measure(result);
    if (!code && options->dry_run)
        (options->json ? print_schedule_json : print_schedule)(result, &schedule, &guess);
    schedule_release(&schedule);
    return code;
}

/* Of a result that was dropped to its least: how long even that takes. */
static int no_fit(const struct result *least)
{
    struct schedule schedule;
    char time[32];
    schedule_make(&schedule, least);
    struct latency_estimate guess = latency_plan_estimate(least, (uint32_t)schedule.count);
    double least_s = ceil(schedule_seconds(&schedule) + guess.seconds);
    if (least_s >= 3600) /* which is told in minutes: not fewer than it takes */
        least_s = 60 * ceil(least_s / 60);
    duration_text(time, sizeof(time), least_s);
    schedule_release(&schedule);
    bool has_both =
        curve_is_asked(&least->experiment.curve) && slo_is_asked(&least->experiment.slo);
    return fail(EXIT_USAGE, "--budget: even the least of %s needs about %s; give that%s%s",
                least->experiment.name, time, least->arm_count > 1 ? ", or fewer servers" : "",
                has_both ? ", or one of its parts (--only curves, --only rates)" : "");
}

/* A run of its own, from its folder on. */
static int begin(struct experiment_run *run, const struct paths *paths,
                 const struct run_options *options)
{
    char *error = NULL;
    if (experiment_capture(run, &error) < 0)
        return fail_with(EXIT_USAGE, error);
    if (journal_open(run->journal, options->results, run->result, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    return carry_out(run, paths, options);
}

/* One that was cut off: if what is chosen and found now is what it was begun with. */
static int go_on(struct experiment_run *run, struct resumption *resumption,
                 const struct paths *paths, const struct run_options *options)
{
    char *error = NULL;
    if (experiment_capture(run, &error) < 0)
        return fail_with(EXIT_USAGE, error);
    int code = resumption_adopt(resumption, run->result);
    if (!code)
        code = plan(options, run->result, &resumption->warnings);
    return code ? code : carry_out(run, paths, options);
}

static int measure(struct result *result, const struct paths *paths, const struct places *places,
                   const struct run_options *options, struct resumption *resumption)
{
    char *pace;
    int code = conditions_find_pace(&pace, result, paths, options);
    if (code)
        return code;
    struct journal journal = {.fd = -1};
    char *wrapper = text_format("%s/wrk_wrapper.lua", paths->lua);
    struct experiment_run run = {.result = result,
                                 .journal = resumption ? &resumption->journal : &journal,
                                 .placement = &places->plain,
                                 .upstream_placement = &places->upstream,
                                 .worker_cpus = &places->workers,
                                 .wrk = options->wrk,
                                 .wrapper = wrapper,
                                 .pace = pace,
                                 .interrupted = &interrupted};
    code = resumption ? go_on(&run, resumption, paths, options) : begin(&run, paths, options);
    experiment_run_release(&run);
    free(wrapper);
    free(pace);
    return code;
}

/* What the run would end with at once, so that a dry one does. */
static int check_pace(struct result *result, const struct paths *paths,
                      const struct run_options *options)
{
    char *pace;
    int code = conditions_find_pace(&pace, result, paths, options);
    free(pace);
    return code;
}

static int run_experiment(const struct run_options *options, const struct paths *paths,
                          struct result *result, struct resumption *resumption)
{
    struct places places = {0};
    int code = select_all(result, paths, options->experiment, &options->selection);
    if (!code)
        code = check_chosen(result, &options->required);
    if (!code)
        code = conditions_settle(result, &places, options);
    if (!code && options->budget_s > 0 && !schedule_fit(result, options->budget_s))
        code = no_fit(result);
    if (!code && !resumption)
        code = plan(options, result, &result->warnings);
    if (!code && options->dry_run)
        code = check_pace(result, paths, options);
    if (!code && !options->dry_run)
        code = measure(result, paths, &places, options, resumption);
    places_release(&places);
    return code;
}

/* With options of the command line, or of a record. */
static int run_chosen(const struct run_options *options, struct resumption *resumption)
{
    struct paths paths = {0};
    struct result result;
    int code = conditions_check_tools(options);
    if (!code)
        code = find_paths(&paths);
    if (code)
        return code;
    interrupt_watch();
    server_become_reaper();
    conditions_warn_of_survivors(options->results);
    result_init(&result);
    code = run_experiment(options, &paths, &result, resumption);
    result_release(&result);
    paths_release(&paths);
    return code;
}

static int resume(const struct run_options *options)
{
    struct resumption resumption;
    int code = resumption_open(&resumption, options);
    if (!code)
        code = run_chosen(&resumption.options, &resumption);
    resumption_release(&resumption);
    return code;
}

int cmd_run(int argc, char **argv)
{
    struct run_options options;
    int code = run_options_parse(&options, argc, argv);
    if (!code)
        code = options.resume ? resume(&options) : run_chosen(&options, NULL);
    run_options_release(&options);
    return code < 0 ? EXIT_DONE : code;
}
