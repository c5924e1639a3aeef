/*
 * backbench run EXPERIMENT: choose, announce, prove, measure, report. Each step either goes on or
 * ends the run with one sentence and the documented exit code; whatever was measured before that is
 * kept.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "analyse/summary.h"
#include "cmd/announce.h"
#include "cmd/cmd.h"
#include "cmd/places.h"
#include "cmd/progress.h"
#include "cmd/prove.h"
#include "cmd/render.h"
#include "cmd/run_options.h"
#include "cmd/scale.h"
#include "cmd/select.h"
#include "data/journal.h"
#include "measure/experiment.h"
#include "measure/host.h"
#include "measure/placement.h"
#include "measure/schedule.h"
#include "measure/server.h"

static void take_warnings(struct result *result, const struct placement *placement)
{
    for (size_t i = 0; i < placement->warnings.count; i++)
        strings_add(&result->warnings, placement->warnings.items[i]);
    struct finding *findings;
    size_t count = host_findings(&findings, result);
    for (size_t i = 0; i < count; i++)
        if (findings[i].level >= FINDING_WARNING) {
            char *text = text_format("%s: %s", findings[i].subject, findings[i].text);
            strings_add(&result->warnings, text);
            free(text);
        }
    findings_release(findings, count);
}

/* The command line that would repeat the run, for a shell. */
static void note_command(struct result *result, const struct run_options *options)
{
    char *command = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&command, &size);
    fputs("backbench", out);
    for (int i = 0; i < options->argc; i++) {
        char *word = text_for_shell(options->argv[i]);
        fprintf(out, " %s", word);
        free(word);
    }
    if (!options->has_seed)
        fprintf(out, " --seed %llu", (unsigned long long)result->seed);
    fclose(out);
    result_add_fact(result, "command", command);
    free(command);
}

/* Placement, the machine's facts, the seed: the header's part that is the same for all rounds. */
static int settle_conditions(struct result *result, struct places *places,
                             const struct run_options *options)
{
    int code = places_settle(places, result, options);
    if (code)
        return code;
    result->suite_version = xstrdup(BACKBENCH_VERSION);
    host_read(result, options->wrk);
    take_warnings(result, &places->plain);
    result->seed = options->seed;
    if (!options->has_seed &&
        getrandom(&result->seed, sizeof(result->seed), 0) == sizeof(result->seed))
        result->seed &= UINT32_MAX; /* short enough to type again */
    note_command(result, options);
    return 0;
}

static bool was_measured(const struct result *result, const char *id)
{
    int arm = result_find_arm(result, id);
    for (size_t i = 0; arm >= 0 && i < result->round_count; i++)
        if (result->rounds[i].arm == (uint32_t)arm &&
            result->rounds[i].outcome.kind != OUTCOME_INVALID)
            return true;
    return false;
}

static int check_required(const struct result *result, const struct strings *required, int code)
{
    for (size_t i = 0; i < required->count; i++)
        if (!was_measured(result, required->items[i]))
            code =
                fail(EXIT_FAILED, "%s was required and could not be measured", required->items[i]);
    return code;
}

static void note_end(struct result *result)
{
    char utc[RESULT_UTC_SIZE];
    result_utc(utc, time(NULL));
    result->finished_utc = xstrdup(utc);
}

/* After the last round, however the run ended: what was measured is summed up and rendered. */
static int conclude(struct result *result, struct journal *journal, const struct paths *paths,
                    const struct run_options *options, enum experiment_end end)
{
    char *error = NULL;
    if (end == EXPERIMENT_OVERTIME)
        strings_add(
            &result->notes,
            "the run took more than twice the announced time, so its last rounds were not started; "
            "what was measured by then is below");
    if (end != EXPERIMENT_INTERRUPTED)
        note_end(result);
    if (journal_close(journal, result, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    if (end == EXPERIMENT_INTERRUPTED) {
        fail(EXIT_INTERRUPTED, "interrupted; %zu rounds are kept in %s", result->round_count,
             result->directory);
        fprintf(stderr, "  to render them: backbench report %s\n", result->directory);
        return EXIT_INTERRUPTED;
    }
    int code = render_result(result, paths, options->json);
    return check_required(result, &options->required, code);
}

static enum experiment_end carry_out(struct experiment_run *run, const struct schedule *schedule,
                                     char **error)
{
    struct progress progress;
    progress_init(&progress, run->result, schedule);
    run->watch = progress_watch(&progress);
    enum experiment_end end =
        interrupted ? EXPERIMENT_INTERRUPTED : experiment_measure(run, schedule, error);
    progress_end(&progress);
    return end;
}

static bool self_check_differs(const struct result *result)
{
    struct summary summary;
    summary_make(&summary, result);
    bool differs = summary.self_check == SELF_CHECK_DIFFERS;
    summary_release(&summary);
    return differs;
}

/* The whole schedule; and if its self-check says that the machine disagrees with itself, that once more on fresh blocks,
 * because one alarm in many runs is chance. */
static enum experiment_end measure_all(struct experiment_run *run, char **error)
{
    struct schedule schedule;
    schedule_make(&schedule, run->result);
    uint32_t last = (uint32_t)schedule.count;
    enum experiment_end end = carry_out(run, &schedule, error);
    schedule_release(&schedule);
    if (end != EXPERIMENT_DONE || !self_check_differs(run->result))
        return end;
    schedule_make_self_check(&schedule, run->result, last);
    fprintf(stderr,
            "  the self-check differs: %zu more rounds on fresh blocks tell whether by chance\n",
            schedule.count);
    end = carry_out(run, &schedule, error);
    schedule_release(&schedule);
    return end;
}

/* After the journal could not be written: what it holds stays readable, and its lock is released. */
static int give_up(struct result *result, struct journal *journal, int code)
{
    char *error = NULL;
    journal_close(journal, result, &error);
    free(error); /* the first sentence was said */
    return code;
}

/* From an open journal to a closed one. */
static int measure_into(struct journal *journal, struct experiment_run *run,
                        const struct paths *paths, const struct run_options *options)
{
    char *error = NULL;
    int code = prove_arms(run->result, journal, paths->conformance);
    if (code)
        return give_up(run->result, journal, code);
    enum experiment_end end = measure_all(run, &error);
    if (end == EXPERIMENT_NOT_WRITTEN)
        return give_up(run->result, journal, fail_with(EXIT_ENVIRONMENT, error));
    return conclude(run->result, journal, paths, options, end);
}

static int measure(struct result *result, const struct paths *paths, const struct places *places,
                   const struct run_options *options)
{
    char *error = NULL;
    struct journal journal;
    char *wrapper = text_format("%s/wrk_wrapper.lua", paths->lua);
    struct experiment_run run = {.result = result,
                                 .journal = &journal,
                                 .placement = &places->plain,
                                 .upstream_placement = &places->upstream,
                                 .worker_cpus = &places->workers,
                                 .wrk = options->wrk,
                                 .wrapper = wrapper,
                                 .interrupted = &interrupted};
    int code;
    if (experiment_capture(&run, &error) < 0)
        code = fail_with(EXIT_USAGE, error);
    else if (journal_open(&journal, options->results, result, &error) < 0)
        code = fail_with(EXIT_ENVIRONMENT, error);
    else
        code = measure_into(&journal, &run, paths, options);
    experiment_run_release(&run);
    free(wrapper);
    return code;
}

static int check_tools(const struct run_options *options)
{
    char *wrk = program_find(options->wrk);
    if (!wrk)
        return fail(EXIT_ENVIRONMENT,
                    "%s is not installed; type: sh scripts/deps, or apt-get install wrk",
                    options->wrk);
    free(wrk);
    return 0;
}

static void warn_of_survivors(const char *results)
{
    struct survivor *survivors;
    size_t count = survivors_find(&survivors, results);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr,
                "  warning: %s (pid %d) of an earlier run still lives: %s; end it with: kill %d\n",
                survivors[i].command, survivors[i].pid, survivors[i].directory, survivors[i].pid);
    survivors_release(survivors, count);
}

/* A name that is required and not chosen can never be measured: said before hours are spent. */
static int check_chosen(const struct result *result, const struct strings *required)
{
    for (size_t i = 0; i < required->count; i++)
        if (result_find_arm(result, required->items[i]) < 0)
            return fail(EXIT_USAGE, "--require %s: it is not among the servers of this run",
                        required->items[i]);
    return 0;
}

static int nothing_to_measure(const struct result *result)
{
    if (result->experiment.solo.workloads.count || result->experiment.glance.workloads.count ||
        scale_is_asked(&result->experiment.scale))
        return fail(EXIT_USAGE,
                    "nothing to measure: no chosen server takes part in a chosen workload");
    return fail(
        EXIT_USAGE, "%s compares servers in pairs: choose one beside %s, as in --servers %s,thread",
        result->experiment.name, result->experiment.reference, result->experiment.reference);
}

/* Says what will be measured; with --dry-run, that in full. */
static int plan(const struct run_options *options, const struct result *result)
{
    struct schedule schedule;
    schedule_make(&schedule, result);
    announce(result, &schedule);
    int code = schedule.count ? 0 : nothing_to_measure(result);
    if (!code && options->dry_run)
        (options->json ? print_schedule_json : print_schedule)(result, &schedule);
    schedule_release(&schedule);
    return code;
}

/* Of a result that was dropped to its least: how long even that takes. */
static int no_fit(const struct result *least)
{
    struct schedule schedule;
    char time[32];
    schedule_make(&schedule, least);
    duration_text(time, sizeof(time), ceil(schedule_seconds(&schedule)));
    schedule_release(&schedule);
    return fail(
        EXIT_USAGE,
        "--budget: even one workload in %d blocks needs about %s; give that, or fewer servers",
        SCHEDULE_BLOCKS_MIN, time);
}

static int run_experiment(const struct run_options *options, const struct paths *paths,
                          struct result *result)
{
    struct places places = {0};
    int code = select_all(result, paths, options->experiment, &options->selection);
    if (!code)
        code = check_chosen(result, &options->required);
    if (!code)
        code = settle_conditions(result, &places, options);
    if (!code && options->budget_s > 0 && !schedule_fit(result, options->budget_s))
        code = no_fit(result);
    if (!code)
        code = plan(options, result);
    if (!code && !options->dry_run)
        code = measure(result, paths, &places, options);
    places_release(&places);
    return code;
}

int cmd_run(int argc, char **argv)
{
    struct run_options options = {.results = "results", .wrk = "wrk"};
    int code = run_options_parse(&options, argc, argv);
    options.argc = argc;
    options.argv = argv;
    if (!code)
        code = check_tools(&options);
    struct paths paths = {0};
    if (!code)
        code = find_paths(&paths);
    if (!code) {
        interrupt_watch();
        server_become_reaper();
        warn_of_survivors(options.results);
        struct result result;
        result_init(&result);
        code = run_experiment(&options, &paths, &result);
        result_release(&result);
        paths_release(&paths);
    }
    run_options_release(&options);
    return code < 0 ? EXIT_DONE : code;
}
