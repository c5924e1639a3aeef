#include "cmd/run_options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/parse.h"
#include "cmd/soak.h"
#include "data/phases.h"
#include "measure/schedule.h"

/* More blocks than that are an experiment of one's own, which can say so in its file. */
enum { BLOCKS_MOST = 99 };

enum kind {
    KIND_TEXT,
    KIND_LIST,
    KIND_PATH,
    KIND_FLAG,
    KIND_COUNT,
    KIND_RATE,
    KIND_SEED,
    KIND_TIME,
    KIND_DURATION
};

/* All options in the order of --help, and where each goes. */
static const struct row {
    const char *name, *value; /* NULL: it has none */
    enum kind kind;
    size_t offset;
    unsigned low, high; /* of a count */
    const char *help;   /* in lines of at most 57 columns */
} rows[] = {
#define AT(member) offsetof(struct run_options, member)
    /* clang-format off: a line here is a line there */
    {"servers", "LIST", KIND_LIST, AT(selection.servers), 0, 0,
     "only these servers, separated by commas; none: only those\n"
     "of --server"},
    {"server", "PATH", KIND_PATH, AT(selection.paths), 0, 0,
     "also this executable of yours (docs/servers.md says what\n"
     "it must do)"},
    {"workloads", "LIST", KIND_LIST, AT(selection.workloads), 0, 0,
     "only these of the experiment's workloads"},
    {"reference", "NAME", KIND_TEXT, AT(selection.reference), 0, 0,
     "the server every ratio is taken against"},
    {"require", "NAME", KIND_LIST, AT(required), 0, 0,
     "fail (exit 1) if this server could not be measured"},
    {"blocks", "N", KIND_COUNT, AT(selection.blocks), SCHEDULE_BLOCKS_MIN, BLOCKS_MOST,
     "blocks of pairs, curves and sweeps, 6 to 99: more make\n"
     "the intervals shorter"},
    {"slo", "LIST", KIND_TEXT, AT(selection.slo), 0, 0,
     "the highest rates within these objectives, as\n"
     "p99=5ms,p99.9=20ms"},
    {"only", "PART", KIND_TEXT, AT(selection.only), 0, 0,
     "of a latency experiment: curves, or rates (the highest\n"
     "within objectives)"},
    {"explain", NULL, KIND_FLAG, AT(selection.explain), 0, 0,
     "where memory grew: which kind of it (consistency)"},
    {"workers", "N", KIND_COUNT, AT(selection.workers), 1, 1024, "event loops per server"},
    {"connections", "N", KIND_COUNT, AT(selection.connections), 1, 65536, "connections per worker"},
    {"duration", "TIME", KIND_DURATION, AT(selection.duration_s), SOAK_LEAST_S, SOAK_MOST_S,
     "load of each server, 10m to 24h, in a soak (1h) or in\n"
     "consistency"},
    {"rate", "N", KIND_RATE, AT(selection.rate_rps), 0, 0,
     "requests a second, as 500 or 10k, in phases that name\n"
     "none"},
    {"budget", "TIME", KIND_TIME, AT(budget_s), 0, 0,
     "fit into this time (90s, 6m40s, 1h30m): fewer blocks,\n"
     "then fewer rates, objectives and workloads, and shorter\n"
     "phases; rounds that others disturb are repeated once\n"
     "beyond it, and longer phases for who grows come beyond\n"
     "it, too"},
    {"seed", "N", KIND_SEED, AT(seed), 0, 0,
     "of the random order of rounds (printed by every run)"},
    {"server-cpus", "LIST", KIND_TEXT, AT(server_cpus), 0, 0,
     "CPUs for the servers, as 1 or 2-3,5"},
    {"load-cpus", "LIST", KIND_TEXT, AT(load_cpus), 0, 0, "CPUs for the generator"},
    {"results", "DIR", KIND_TEXT, AT(results), 0, 0, "where the run's folder goes (results)"},
    {"wrk", "PROGRAM", KIND_TEXT, AT(wrk), 0, 0, "the closed-loop generator (wrk)"},
    {"pace", "PROGRAM", KIND_TEXT, AT(pace), 0, 0,
     "the open-loop one (the pace that stands beside backbench)"},
    {"dry-run", NULL, KIND_FLAG, AT(dry_run), 0, 0,
     "print the rounds and the time they take, measure nothing"},
    {"resume", "DIR", KIND_TEXT, AT(resume), 0, 0,
     "go on with a run that was cut off, with the options it\n"
     "was begun with"},
    {"json", NULL, KIND_FLAG, AT(json), 0, 0, "print the summary as JSON"},
/* clang-format on */
#undef AT
};
enum { ROWS = sizeof(rows) / sizeof(*rows), FIRST = 256 /* beyond every short option */ };

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

static void print_option(FILE *out, const struct row *row)
{
    enum { INDENT = 23 };
    int used =
        fprintf(out, "  --%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
    fprintf(out, "%*s", INDENT - used, "");
    for (const char *at = row->help; *at; at++) {
        fputc(*at, out);
        if (*at == '\n')
            fprintf(out, "%*s", INDENT, "");
    }
    fputc('\n', out);
}

static void usage(FILE *out)
{
    fputs(before_options, out);
    for (size_t i = 0; i < ROWS; i++)
        print_option(out, &rows[i]);
    fputs(examples, out);
}

static int set_count(const struct row *row, unsigned *at, const char *text)
{
    if (text_number(at, text, row->low, row->high))
        return 0;
    return fail(EXIT_USAGE, "--%s %s: give a number from %u to %u", row->name, text, row->low,
                row->high);
}

static int set_rate(uint32_t *at, const char *text)
{
    return phases_rate(at, text)
               ? 0
               : fail(EXIT_USAGE, "--rate %s: give requests a second, as 500 or 10k, at most 10M",
                      text);
}

static int set_duration(const struct row *row, unsigned *at, const char *text)
{
    if (parse_whole_duration(text, at) && *at >= row->low && *at <= row->high)
        return 0;
    return fail(EXIT_USAGE, "--%s %s: give 10 minutes to 24 hours, as 10m, 90m, 1h or 1h30m",
                row->name, text);
}

static int set_seed(struct run_options *options, const char *text)
{
    options->has_seed = parse_number(text, 0, RESULT_SEED_LIMIT - 1, &options->seed);
    return options->has_seed ? 0 : fail(EXIT_USAGE, "--seed %s: give a whole number", text);
}

/* Of one that holds a single value: *given is whether it has. */
static int check_once(const struct row *row, bool *given)
{
    bool is_again =
        *given && row->kind != KIND_LIST && row->kind != KIND_PATH && row->kind != KIND_FLAG;
    *given = true;
    return is_again ? fail(EXIT_USAGE, "--%s: given twice%s", row->name,
                           strcmp(row->name, "slo") == 0
                               ? "; several objectives stand in one list, as p99=5ms,p90=1ms"
                               : "")
                    : 0;
}

/* A list without a name comes from a variable that is not set; as if it were not there, it would stand for all, or none. */
static int set_list(const struct row *row, struct strings *list, const char *text)
{
    size_t before = list->count;
    strings_split(list, text);
    return list->count > before
               ? 0
               : fail(EXIT_USAGE, "--%s \"%s\": the list is empty; name one, or leave out --%s",
                      row->name, text, row->name);
}

static int set_text(const struct row *row, const char **at, const char *text)
{
    *at = text;
    return *text ? 0
                 : fail(EXIT_USAGE, "--%s \"\": it is empty; give one, or leave out --%s",
                        row->name, row->name);
}

/* 0, or an exit code after saying what is wrong. */
static int set(struct run_options *options, const struct row *row, const char *text)
{
    void *at = (char *)options + row->offset;
    switch (row->kind) {
    case KIND_TEXT:
        return set_text(row, at, text);
    case KIND_LIST:
        return set_list(row, at, text);
    case KIND_PATH: /* may hold a comma or a blank */
        strings_add(at, text);
        return 0;
    case KIND_FLAG:
        *(bool *)at = true;
        return 0;
    case KIND_COUNT:
        return set_count(row, at, text);
    case KIND_RATE:
        return set_rate(at, text);
    case KIND_SEED:
        return set_seed(options, text);
    case KIND_DURATION:
        return set_duration(row, at, text);
    case KIND_TIME:
        return parse_duration(text, at)
                   ? 0
                   : fail(
                         EXIT_USAGE,
                         "--%s %s: give a time such as 90s, 6m40s or 1h30m, at most 720h (30 days)",
                         row->name, text);
    }
    return 0;
}

static void fill_table(struct option table[ROWS + 2])
{
    for (int i = 0; i < ROWS; i++)
        table[i] = (struct option){
            .name = rows[i].name,
            .has_arg = rows[i].kind == KIND_FLAG ? no_argument : required_argument,
            .val = FIRST + i,
        };
    table[ROWS] = (struct option){.name = "help", .has_arg = no_argument, .val = 'h'};
    table[ROWS + 1] = (struct option){0};
}

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
    struct option table[ROWS + 2];
    bool given[ROWS] = {false};
    int code = 0, option, count = 0;
    *options = (struct run_options){.results = "results", .wrk = "wrk", .argc = argc, .argv = argv};
    fill_table(table);
    optind =
        0; /* the options of a record are parsed after those of the command line, getopt_long(3) */
    while (!code && (option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (option >= FIRST) {
            count++;
            code = check_once(&rows[option - FIRST], &given[option - FIRST]);
            code = code ? code : set(options, &rows[option - FIRST], optarg);
        } else if (option == 'h') {
            usage(stdout);
            return -1;
        } else {
            fputs("backbench run --help lists the options\n", stderr);
            return EXIT_USAGE;
        }
    }
    if (!code && options->resume)
        return check_resume(options, argc - optind, count);
    if (!code && optind + 1 != argc)
        return fail(EXIT_USAGE, "%s, as in backbench run bench; backbench list shows them all",
                    optind < argc ? "give one experiment only" : "name an experiment");
    if (!code)
        options->experiment = argv[optind];
    return code;
}

void run_options_release(struct run_options *options)
{
    strings_release(&options->selection.servers);
    strings_release(&options->selection.paths);
    strings_release(&options->selection.workloads);
    strings_release(&options->required);
}
