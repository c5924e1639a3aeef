#include "cmd/duel_options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/option_table.h"
#include "cmd/parse.h"
#include "measure/duel_plan.h"

enum { BLOCKS_MOST = 999 };
static const char *const default_work = "build/duel", *const default_workload = "plaintext";

/* ---- a value that only this command has ---- */

/* "42", "42,11" */
static int take_blocks(void *member, const char *text)
{
    struct duel_blocks *blocks = member;
    const char *comma = strchr(text, ',');
    char *first = comma ? text_format("%.*s", (int)(comma - text), text) : xstrdup(text);
    uint64_t pairs = 0, witness = 0;
    bool good = parse_number(first, 0, BLOCKS_MOST, &pairs) &&
                (!comma || parse_number(comma + 1, 0, BLOCKS_MOST, &witness)) &&
                pairs + witness > 0;
    free(first);
    *blocks = (struct duel_blocks){(unsigned)pairs, (unsigned)witness};
    return good ? 0
                : fail(EXIT_USAGE,
                       "--blocks %s: give how many blocks of pairs, and after a comma how many of "
                       "each alone, as 42 or 42,11; at most %d of each",
                       text, BLOCKS_MOST);
}

/* ---- the table ---- */

static const struct option_row rows[] = {
#define AT(member) offsetof(struct duel_options, member)
    /* clang-format off: a line here is a line there */
    OPTION_ROW("base", "X", OPTION_TEXT, AT(base), 0, 0, "what it is compared with"),
    OPTION_ROW("head", "Y", OPTION_TEXT, AT(head), 0, 0,
               "what is judged (the current folder as it is)"),
    OPTION_ROW("repo", "DIR", OPTION_TEXT, AT(repo), 0, 0,
               "revisions are of the repository that DIR is in"),
    OPTION_ROW("build", "COMMAND", OPTION_TEXT, AT(build), 0, 0,
               "builds in a copy of the files (make)"),
    OPTION_ROW("server", "PATH", OPTION_TEXT, AT(server), 0, 0,
               "the executable, below that copy; a name is one of this\n"
               "suite's own servers (epoll)"),
    OPTION_ROW("work", "DIR", OPTION_TEXT, AT(work), 0, 0,
               "where copies are built, and kept (build/duel)"),
    OPTION_ROW("workloads", "LIST", OPTION_LIST, AT(workloads), 0, 0, "what is asked (plaintext)"),
    OPTION_ROW("rate", "N", OPTION_RATE, AT(rate_rps), 0, 0,
               "requests a second of both together (20k, or at most half\n"
               "of what the slower one gives)"),
    OPTION_ROW("budget", "TIME", OPTION_TIME, AT(budget_s), 0, 0,
               "of measuring, builds not counted (12m a workload)"),
    GATING_ROWS(struct duel_options, gating,
                "these stop: of cost, p50, p99, memory, instructions and\n"
                "consistency (all but the last)"),
    OPTION_ROW("instructions", NULL, OPTION_FLAG, AT(counts), 0, 0,
               "fail where instructions cannot be counted"),
    OPTION_ROW("no-instructions", NULL, OPTION_FLAG, AT(counts_not), 0, 0, "do not count them"),
    OPTION_ROW("saturation", NULL, OPTION_FLAG, AT(is_saturated), 0, 0,
               "cost and throughput under wrk, too, for information"),
    OPTION_ROW("no-witness", NULL, OPTION_FLAG, AT(without_witness), 0, 0,
               "do not measure the p99 of each alone"),
    {"blocks", "N[,M]", OPTION_OWN, AT(blocks), 0, 0,
     "exactly N blocks of pairs and M of each alone, whatever\n"
     "they say: for who studies the method",
     NULL, take_blocks, false},
    OPTION_ROW("seed", "N", OPTION_SEED, AT(run.seed), 0, 0,
               "of the random order of rounds (printed by every duel)"),
    OPTION_ROW("server-cpus", "LIST", OPTION_TEXT, AT(run.server_cpus), 0, 0,
               "CPUs for the servers, as 1 or 2-3,5"),
    OPTION_ROW("load-cpus", "LIST", OPTION_TEXT, AT(run.load_cpus), 0, 0, "CPUs for the generator"),
    OPTION_ROW("results", "DIR", OPTION_TEXT, AT(run.results), 0, 0,
               "where the duel's folder goes (results)"),
    OPTION_ROW("wrk", "PROGRAM", OPTION_TEXT, AT(run.wrk), 0, 0, "the closed-loop generator (wrk)"),
    OPTION_ROW("pace", "PROGRAM", OPTION_TEXT, AT(run.pace), 0, 0,
               "the open-loop one (the pace that stands beside backbench)"),
    OPTION_ROW("dry-run", NULL, OPTION_FLAG, AT(run.dry_run), 0, 0,
               "build both, say what would be measured, measure nothing"),
    OPTION_ROW("resume", "DIR", OPTION_TEXT, AT(resume), 0, 0,
               "go on with a duel that was cut off; of one that has\n"
               "ended show the decision again"),
/* clang-format on */
#undef AT
};
enum { ROWS = sizeof(rows) / sizeof(*rows) };

/* clang-format off: a line here is a line there */
static const char before_options[] =
    "usage: backbench duel --base X [--head Y] [OPTIONS]\n"
    "       backbench duel --resume DIR [--format FORMAT]\n"
    "\n"
    "Did this change make the server slower, fatter or less steady? Builds both, asks\n"
    "both side by side, block after block of fresh processes, and says so: in about 7\n"
    "minutes a workload, 12 at the most. A false alarm comes in fewer than 3 % of\n"
    "duels (measured: docs/calibration-duel.md).\n"
    "\n"
    "X and Y are revisions of the repository that the current folder is in, folders,\n"
    "executables that keep the process contract (docs/servers.md), or servers that\n"
    "backbench list names.\n"
    "\n";

static const char examples[] =
    "\n"
    "exit codes: 0 nothing that gates became worse; 1 something did, or the head does\n"
    "not build or answers wrongly; 2 an option is wrong; 3 nothing can be said; 4 the\n"
    "base does not build or answers wrongly, or the machine disagrees with itself;\n"
    "5 something is missing here; 130 interrupted\n"
    "\n"
    "examples:\n"
    "  backbench duel --base main\n"
    "  backbench duel --base origin/main --head HEAD --format github --format junit=duel.xml\n"
    "  backbench duel --base v1.2 --repo ../shop --build 'make -j2' --server bin/shopd\n"
    "  backbench duel --base nginx --head h2o\n"
    "  backbench duel --base ./server-old --head ./server-new --workloads json --gate cost,p99\n";
/* clang-format on */

/* ---- parsing ---- */

/* All else stands in the record. */
static int check_resume(const struct duel_options *options, int words, int count)
{
    int forms = (int)options->gating.forms.count + options->gating.forms.is_said;
    return words == 0 && count == 1 + forms
               ? 0
               : fail(EXIT_USAGE, "--resume goes on with the options that the duel was begun with: "
                                  "only --format may stand beside it");
}

static int check(const struct duel_options *options, int words, const char *first)
{
    if (words > 0)
        return fail(EXIT_USAGE, "%s: what is compared goes with --base and --head", first);
    if (!options->base)
        return fail(EXIT_USAGE, "--base is missing: say what the head is compared with, as in "
                                "backbench duel --base main");
    if (options->counts && options->counts_not)
        return fail(EXIT_USAGE, "--instructions and --no-instructions: give one of them");
    return 0;
}

int duel_options_parse(struct duel_options *options, int argc, char **argv)
{
    static const struct option_table table = {"duel", before_options, examples, rows, ROWS};
    int given, first;
    *options = (struct duel_options){
        .work = default_work,
        .run = {.results = "results", .wrk = "wrk", .argc = argc, .argv = argv},
    };
    gating_init(&options->gating);
    int code = option_table_parse(&table, options, argc, argv, &given, &first);
    if (!code)
        code = options->resume ? check_resume(options, argc - first, given)
                               : check(options, argc - first, argv[first]);
    if (!code && options->workloads.count == 0)
        strings_add(&options->workloads, default_workload);
    if (!code && options->budget_s <= 0)
        options->budget_s = (double)DUEL_BUDGET_S * (double)options->workloads.count;
    return code;
}

struct duel_rules duel_options_rules(const struct duel_options *options)
{
    return (struct duel_rules){
        .has_witness = !options->without_witness,
        .is_saturated = options->is_saturated,
        .pairs = options->blocks.pairs,
        .witness = options->blocks.witness,
    };
}

void duel_options_release(struct duel_options *options)
{
    strings_release(&options->workloads);
    gating_release(&options->gating);
    run_options_release(&options->run);
}
