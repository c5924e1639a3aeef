#include "cmd/run_options.h"

#include <stddef.h>

#include "cmd/cmd.h"
#include "cmd/option_table.h"
#include "cmd/soak.h"
#include "measure/schedule.h"

/* More blocks than that are an experiment of one's own, which can say so in its file. */
enum { BLOCKS_MOST = 99 };

/* All options in the order of --help, and where each goes. */
static const struct option_row rows[] = {
#define AT(member) offsetof(struct run_options, member)
    /* clang-format off: a line here is a line there */
    OPTION_ROW("servers", "LIST", OPTION_LIST, AT(selection.servers), 0, 0,
               "only these servers, separated by commas; none: only those\n"
               "of --server"),
    OPTION_ROW("server", "PATH", OPTION_PATH, AT(selection.paths), 0, 0,
               "also this executable of yours (docs/servers.md says what\n"
               "it must do)"),
    OPTION_ROW("workloads", "LIST", OPTION_LIST, AT(selection.workloads), 0, 0,
               "only these of the experiment's workloads"),
    OPTION_ROW("reference", "NAME", OPTION_TEXT, AT(selection.reference), 0, 0,
               "the server every ratio is taken against"),
    OPTION_ROW("require", "NAME", OPTION_LIST, AT(required), 0, 0,
               "fail (exit 1) if this server could not be measured"),
    OPTION_ROW("blocks", "N", OPTION_COUNT, AT(selection.blocks), SCHEDULE_BLOCKS_MIN, BLOCKS_MOST,
               "blocks of pairs, curves and sweeps, 6 to 99: more make\n"
               "the intervals shorter"),
    {"slo", "LIST", OPTION_TEXT, AT(selection.slo), 0, 0,
     "the highest rates within these objectives, as\n"
     "p99=5ms,p99.9=20ms",
     "several objectives stand in one list, as p99=5ms,p90=1ms", NULL, false},
    OPTION_ROW("only", "PART", OPTION_TEXT, AT(selection.only), 0, 0,
               "of a latency experiment: curves, or rates (the highest\n"
               "within objectives)"),
    OPTION_ROW("explain", NULL, OPTION_FLAG, AT(selection.explain), 0, 0,
               "where memory grew: which kind of it (consistency)"),
    OPTION_ROW("workers", "N", OPTION_COUNT, AT(selection.workers), 1, 1024,
               "event loops per server"),
    OPTION_ROW("connections", "N", OPTION_COUNT, AT(selection.connections), 1, 65536,
               "connections per worker"),
    OPTION_ROW("duration", "TIME", OPTION_DURATION, AT(selection.duration_s), SOAK_LEAST_S,
               SOAK_MOST_S,
               "load of each server, 10m to 24h, in a soak (1h) or in\n"
               "consistency"),
    OPTION_ROW("rate", "N", OPTION_RATE, AT(selection.rate_rps), 0, 0,
               "requests a second, as 500 or 10k, in phases that name\n"
               "none"),
    OPTION_ROW("budget", "TIME", OPTION_TIME, AT(budget_s), 0, 0,
               "fit into this time (90s, 6m40s, 1h30m): fewer blocks,\n"
               "then fewer rates, objectives and workloads, and shorter\n"
               "phases; rounds that others disturb are repeated once\n"
               "beyond it, and longer phases for who grows come beyond\n"
               "it, too"),
    OPTION_ROW("seed", "N", OPTION_SEED, AT(seed), 0, 0,
               "of the random order of rounds (printed by every run)"),
    OPTION_ROW("server-cpus", "LIST", OPTION_TEXT, AT(server_cpus), 0, 0,
               "CPUs for the servers, as 1 or 2-3,5"),
    OPTION_ROW("load-cpus", "LIST", OPTION_TEXT, AT(load_cpus), 0, 0, "CPUs for the generator"),
    OPTION_ROW("results", "DIR", OPTION_TEXT, AT(results), 0, 0,
               "where the run's folder goes (results)"),
    OPTION_ROW("wrk", "PROGRAM", OPTION_TEXT, AT(wrk), 0, 0, "the closed-loop generator (wrk)"),
    OPTION_ROW("pace", "PROGRAM", OPTION_TEXT, AT(pace), 0, 0,
               "the open-loop one (the pace that stands beside backbench)"),
    OPTION_ROW("dry-run", NULL, OPTION_FLAG, AT(dry_run), 0, 0,
               "print the rounds and the time they take, measure nothing"),
    OPTION_ROW("resume", "DIR", OPTION_TEXT, AT(resume), 0, 0,
               "go on with a run that was cut off, with the options it\n"
               "was begun with"),
    OPTION_ROW("json", NULL, OPTION_FLAG, AT(json), 0, 0, "print the summary as JSON"),
/* clang-format on */
#undef AT
};
enum { ROWS = sizeof(rows) / sizeof(*rows) };

/* clang-format off: a line here is a line there */
static const char before_options[] =
    "usage: backbench run EXPERIMENT [OPTIONS]\n"
    "       backbench run --resume DIR [--json]\n"
    "\n"
    "Measures an experiment (backbench list names them, or give the path of an .ini)\n"
    "and writes results/<utc>-<host>-<experiment>/ with every round, a summary,\n"
    "report.md and report.html.\n"
    "\n";

static const char examples[] =
    "\n"
    "examples:\n"
    "  backbench run quick\n"
    "  backbench run bench --servers epoll,uring --workloads plaintext\n"
    "  backbench run bench --server ./my-server --budget 5m\n"
    "  backbench run standard --servers epoll,uring --workloads pipeline --blocks 11\n"
    "  backbench run scale --servers epoll,uring\n"
    "  backbench run latency --servers epoll,uring --slo p99=2ms\n"
    "  backbench run latency --only curves\n"
    "  backbench run consistency --servers epoll,uring\n"
    "  backbench run consistency --server ./my-server --explain\n"
    "  backbench run soak --duration 8h --servers epoll,uring\n"
    "  backbench run --resume results/20260131T101500Z-host-bench\n";
/* clang-format on */

/* All else stands in the record. */
static int check_resume(const struct run_options *options, int words, int count)
{
    if (words == 0 && count == 1 + options->json)
        return 0;
    return fail(EXIT_USAGE, "--resume goes on with the experiment and the options that the run was "
                            "begun with: only --json may stand beside it");
}

int run_options_parse(struct run_options *options, int argc, char **argv)
{
    static const struct option_table table = {"run", before_options, examples, rows, ROWS};
    int given, first;
    *options = (struct run_options){.results = "results", .wrk = "wrk", .argc = argc, .argv = argv};
    int code = option_table_parse(&table, options, argc, argv, &given, &first);
    if (!code && options->resume)
        return check_resume(options, argc - first, given);
    if (!code && first + 1 != argc)
        return fail(EXIT_USAGE, "%s, as in backbench run bench; backbench list shows them all",
                    first < argc ? "give one experiment only" : "name an experiment");
    if (!code)
        options->experiment = argv[first];
    return code;
}

void run_options_release(struct run_options *options)
{
    strings_release(&options->selection.servers);
    strings_release(&options->selection.paths);
    strings_release(&options->selection.workloads);
    strings_release(&options->required);
}
