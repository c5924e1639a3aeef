/*
 * backbench run EXPERIMENT: choose, announce, prove, measure, report. Each step either goes on or
 * ends the run with one sentence and the documented exit code; whatever was measured before that is
 * kept.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "analyse/summary.h"
#include "cmd/cmd.h"
#include "cmd/parse.h"
#include "cmd/progress.h"
#include "cmd/prove.h"
#include "cmd/render.h"
#include "cmd/select.h"
#include "data/journal.h"
#include "measure/experiment.h"
#include "measure/host.h"
#include "measure/placement.h"
#include "measure/schedule.h"
#include "measure/server.h"

struct run_options {
    const char *experiment;
    struct selection selection;
    struct strings required;
    const char *server_cpus, *load_cpus;
    const char *results; /* folder that gets the run's own folder */
    const char *wrk;
    double budget_s; /* 0: none */
    uint64_t seed;
    bool has_seed, dry_run, json;
};

static void usage(FILE *out)
{
    fputs("usage: backbench run EXPERIMENT [OPTIONS]\n"
          "\n"
          "Measures an experiment (backbench list names them, or give the path of an .ini) and "
          "writes\n"
          "results/<utc>-<host>-<experiment>/ with every round, a summary, report.md and "
          "report.html.\n"
          "\n"
          "  --servers LIST       only these servers, separated by commas\n"
          "  --server PATH        also this executable of yours (docs/servers.md says what it must "
          "do)\n"
          "  --workloads LIST     only these of the experiment's workloads\n"
          "  --reference NAME     the server every ratio is taken against\n"
          "  --require NAME       fail (exit 1) if this server could not be measured\n"
          "  --workers N          event loops per server\n"
          "  --connections N      connections per worker\n"
          "  --budget TIME        fit into this time (90s, 10m, 1h): fewer blocks, then fewer "
          "workloads\n"
          "  --seed N             of the random order of rounds (printed by every run)\n"
          "  --server-cpus LIST   CPUs for the servers, as 1 or 2-3,5\n"
          "  --load-cpus LIST     CPUs for the generator\n"
          "  --results DIR        where the run's folder goes (results)\n"
          "  --wrk PROGRAM        the generator (wrk)\n"
          "  --dry-run            print the rounds and the time they take, measure nothing\n"
          "  --json               print the summary as JSON\n"
          "\n"
          "examples:\n"
          "  backbench run quick\n"
          "  backbench run bench --servers epoll,uring --workloads plaintext\n"
          "  backbench run bench --server ./my-server --budget 5m\n",
          out);
}

static int parse_options(struct run_options *options, int argc, char **argv)
{
    enum {
        SERVERS = 256,
        SERVER,
        WORKLOADS,
        REFERENCE,
        REQUIRE,
        WORKERS,
        CONNECTIONS,
        BUDGET,
        SEED,
        SERVER_CPUS,
        LOAD_CPUS,
        RESULTS,
        WRK,
        DRY_RUN,
        JSON
    };
    static const struct option table[] = {
        {"servers", required_argument, NULL, SERVERS},
        {"server", required_argument, NULL, SERVER},
        {"workloads", required_argument, NULL, WORKLOADS},
        {"reference", required_argument, NULL, REFERENCE},
        {"require", required_argument, NULL, REQUIRE},
        {"workers", required_argument, NULL, WORKERS},
        {"connections", required_argument, NULL, CONNECTIONS},
        {"budget", required_argument, NULL, BUDGET},
        {"seed", required_argument, NULL, SEED},
        {"server-cpus", required_argument, NULL, SERVER_CPUS},
        {"load-cpus", required_argument, NULL, LOAD_CPUS},
        {"results", required_argument, NULL, RESULTS},
        {"wrk", required_argument, NULL, WRK},
        {"dry-run", no_argument, NULL, DRY_RUN},
        {"json", no_argument, NULL, JSON},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    uint64_t number;
    int option;
    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        switch (option) {
        case SERVERS:
            strings_split(&options->selection.servers, optarg);
            break;
        case SERVER:
            strings_add(&options->selection.paths, optarg);
            break;
        case WORKLOADS:
            strings_split(&options->selection.workloads, optarg);
            break;
        case REFERENCE:
            options->selection.reference = optarg;
            break;
        case REQUIRE:
            strings_split(&options->required, optarg);
            break;
        case SERVER_CPUS:
            options->server_cpus = optarg;
            break;
        case LOAD_CPUS:
            options->load_cpus = optarg;
            break;
        case RESULTS:
            options->results = optarg;
            break;
        case WRK:
            options->wrk = optarg;
            break;
        case DRY_RUN:
            options->dry_run = true;
            break;
        case JSON:
            options->json = true;
            break;
        case WORKERS:
            if (!parse_number(optarg, 1, 1024, &number))
                return fail(EXIT_USAGE, "--workers %s: give a number from 1 to 1024", optarg);
            options->selection.workers = (unsigned)number;
            break;
        case CONNECTIONS:
            if (!parse_number(optarg, 1, 65536, &number))
                return fail(EXIT_USAGE, "--connections %s: give a number from 1 to 65536", optarg);
            options->selection.connections = (unsigned)number;
            break;
        case BUDGET:
            if (!parse_duration(optarg, &options->budget_s))
                return fail(EXIT_USAGE, "--budget %s: give a time such as 90s, 10m or 1h", optarg);
            break;
        case SEED:
            if (!parse_number(optarg, 0, RESULT_SEED_LIMIT - 1, &options->seed))
                return fail(EXIT_USAGE, "--seed %s: give a whole number", optarg);
            options->has_seed = true;
            break;
        case 'h':
            usage(stdout);
            return -1;
        default:
            fputs("backbench run --help lists the options\n", stderr);
            return EXIT_USAGE;
        }
    }
    if (optind + 1 != argc)
        return fail(EXIT_USAGE, "%s; backbench list shows the experiments",
                    optind < argc ? "run takes one experiment" : "which experiment?");
    options->experiment = argv[optind];
    return 0;
}

static void free_options(struct run_options *options)
{
    strings_release(&options->selection.servers);
    strings_release(&options->selection.paths);
    strings_release(&options->selection.workloads);
    strings_release(&options->required);
}

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

/* Placement, the machine's facts, the seed: the header's part that is the same for all rounds. */
static int settle_conditions(struct result *result, struct placement *placement,
                             const struct run_options *options)
{
    struct topology topology;
    char *error = NULL;
    if (topology_read(&topology) < 0)
        return fail(EXIT_ENVIRONMENT, "cannot read which CPUs there are: %m");
    if (placement_choose(placement, &topology, result->experiment.workers, options->server_cpus,
                         options->load_cpus, &error) < 0)
        return fail_with(EXIT_USAGE, error);
    result->server_cpus = placement_text(&placement->server);
    result->load_cpus = placement_text(&placement->load);
    for (size_t i = 0; i < result->arm_count; i++)
        result->arms[i].cpus = xstrdup(result->server_cpus);
    result->suite_version = xstrdup(BACKBENCH_VERSION);
    host_read(result, options->wrk);
    take_warnings(result, placement);
    result->seed = options->seed;
    if (!options->has_seed &&
        getrandom(&result->seed, sizeof(result->seed), 0) == sizeof(result->seed))
        result->seed &= UINT32_MAX; /* short enough to type again */
    return 0;
}

static void announce(const struct result *result, const struct schedule *schedule)
{
    char time[32];
    fprintf(stderr, "%s: %zu servers, %zu workloads, %zu rounds, about %s (seed %llu)\n",
            result->experiment.name, result->arm_count, result->workload_count, schedule->count,
            duration_text(time, sizeof(time), schedule_seconds(schedule)),
            (unsigned long long)result->seed);
    for (size_t i = 0; i < result->notes.count; i++)
        fprintf(stderr, "  note: %s\n", result->notes.items[i]);
}

static void print_schedule(const struct result *result, const struct schedule *schedule)
{
    puts("round  block  seconds  what");
    for (size_t i = 0; i < schedule->count; i++) {
        const struct round_plan *plan = &schedule->plans[i];
        const char *workload = result->workloads[plan->workload].workload.name;
        printf("%5u  %5u  %7.1f  %s%s%s on %s\n", plan->number, plan->block + 1,
               schedule_round_seconds(plan), result->arms[plan->arms[0]].id,
               plan->arm_count > 1 ? " beside " : " alone",
               plan->arm_count > 1 ? result->arms[plan->arms[1]].id : "", workload);
    }
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
            "the run was ended after twice the announced time; what was measured by then is below");
    if (end != EXPERIMENT_INTERRUPTED)
        note_end(result);
    if (journal_close(journal, result, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    if (end == EXPERIMENT_INTERRUPTED) {
        fail(EXIT_INTERRUPTED, "interrupted; %zu rounds are kept in %s", result->round_count,
             result->directory);
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

static int measure(struct result *result, const struct paths *paths,
                   const struct placement *placement, const struct run_options *options)
{
    char *error = NULL;
    struct journal journal;
    char *wrapper = text_format("%s/wrk_wrapper.lua", paths->lua);
    struct experiment_run run = {.result = result,
                                 .journal = &journal,
                                 .placement = placement,
                                 .wrk = options->wrk,
                                 .wrapper = wrapper,
                                 .interrupted = &interrupted};
    int code = 0;
    if (experiment_capture(&run, &error) < 0)
        code = fail_with(EXIT_USAGE, error);
    else if (journal_open(&journal, options->results, result, &error) < 0)
        code = fail_with(EXIT_ENVIRONMENT, error);
    else
        code = prove_arms(result, &journal, paths->conformance);
    if (!code) {
        enum experiment_end end = measure_all(&run, &error);
        code = end == EXPERIMENT_NOT_WRITTEN ? fail_with(EXIT_ENVIRONMENT, error)
                                             : conclude(result, &journal, paths, options, end);
    }
    experiment_run_release(&run);
    free(wrapper);
    return code;
}

static int check_tools(const struct run_options *options)
{
    char *wrk = find_program(options->wrk);
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

static int run_experiment(const struct run_options *options, const struct paths *paths,
                          struct result *result)
{
    struct placement placement = {0};
    int code = select_all(result, paths, options->experiment, &options->selection);
    if (!code)
        code = settle_conditions(result, &placement, options);
    if (!code && options->budget_s > 0 && !schedule_fit(result, options->budget_s))
        code = fail(EXIT_USAGE,
                    "--budget: even one workload in %d blocks does not fit; give more time or "
                    "fewer servers",
                    SCHEDULE_BLOCKS_MIN);
    if (!code) {
        struct schedule schedule;
        schedule_make(&schedule, result);
        announce(result, &schedule);
        if (!schedule.count)
            code = fail(EXIT_USAGE,
                        "nothing to measure: no chosen server takes part in a chosen workload");
        if (options->dry_run)
            print_schedule(result, &schedule);
        schedule_release(&schedule);
    }
    if (!code && !options->dry_run)
        code = measure(result, paths, &placement, options);
    placement_release(&placement);
    return code;
}

int cmd_run(int argc, char **argv)
{
    struct run_options options = {.results = "results", .wrk = "wrk"};
    int code = parse_options(&options, argc, argv);
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
    free_options(&options);
    return code < 0 ? EXIT_DONE : code;
}
