/* backbench compare BASE HEAD: two stored results, put side by side. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyse/compare.h"
#include "analyse/duel_read.h"
#include "analyse/summary.h"
#include "cmd/baselines.h"
#include "cmd/cmd.h"
#include "cmd/gating.h"
#include "cmd/option_table.h"
#include "cmd/render.h"
#include "present/present.h"

struct options {
    const char *base, *head, *against; /* base or against */
    bool allow_missing_base;
    struct gating gating;
};

/* Without a base there is still what head measured. */
static void show_alone(const struct result *head)
{
    struct summary summary;
    fputc('\n', stdout);
    summary_make(&summary, head);
    present_text(stdout, head, &summary, text_width(), false);
    summary_release(&summary);
}

/* ---- what is compared ---- */

/* "1a2b3c4, 2026-01-31T10:15:00Z"; the caller frees. */
static char *name_of(const struct result *result)
{
    return text_format("%s, %s", result->revision ? result->revision : "unknown revision",
                       result->started_utc ? result->started_utc : "at an unknown time");
}

static void begin(struct decision *decision, const struct gate *gate, const struct result *base,
                  const struct result *head, const struct strings *notes)
{
    char *base_name = base ? name_of(base) : xstrdup("none"), *head_name = name_of(head);
    decision_init(decision, base_name, head_name, gate);
    for (size_t i = 0; notes && i < notes->count; i++)
        strings_add(&decision->notes, notes->items[i]);
    free(base_name);
    free(head_name);
}

static int compare(const struct options *options, const struct result *base,
                   const struct result *head, const struct result *sessions, size_t session_count,
                   const struct strings *notes)
{
    struct decision decision;
    begin(&decision, &options->gating.gate, base, head, notes);
    compare_results(&decision, base, head, sessions, session_count);
    int code = gating_finish(&options->gating, &decision);
    decision_release(&decision);
    return code;
}

static int without_base(const struct options *options, const struct result *head,
                        const struct strings *notes)
{
    struct decision decision;
    char *why = text_format("%s holds no earlier result of %s", options->against,
                            head->experiment.name ? head->experiment.name : "this experiment");
    begin(&decision, &options->gating.gate, NULL, head, notes);
    decision_without_base(&decision, why, options->allow_missing_base);
    free(why);
    int code = gating_show(&options->gating, &decision);
    decision_release(&decision);
    if (options->gating.forms.on_stdout == DECISION_FORM_TEXT)
        show_alone(head);
    return code;
}

static int compare_against(const struct options *options, const struct result *head)
{
    struct baselines baselines;
    char *error = NULL;
    int code;
    if (baselines_read(&baselines, options->against, head, &error) < 0) {
        code = fail_with(EXIT_UNREADABLE, error);
    } else {
        size_t count = baselines_choose(&baselines, head);
        code = count == 0 ? without_base(options, head, &baselines.notes)
                          : compare(options, &baselines.results[count - 1], head, baselines.results,
                                    count - 1, &baselines.notes);
    }
    baselines_release(&baselines);
    return code;
}

static int load(struct result *result, const char *path)
{
    char *error = NULL;
    if (result_load(result, path, &error) < 0)
        return fail_with(EXIT_UNREADABLE, error);
    if (duel_is_record(result))
        return fail(EXIT_UNREADABLE,
                    "%s is a duel, which has a base and a head of its own; backbench duel --resume "
                    "%s says what it came to",
                    path, result->directory ? result->directory : path);
    return EXIT_DONE;
}

static int carry_out(struct options *options)
{
    struct result base, head;
    int code = gating_prepare(&options->gating);
    result_init(&base);
    result_init(&head);
    if (!code)
        code = load(&head, options->head);
    if (!code && options->against)
        code = compare_against(options, &head);
    else if (!code && !(code = load(&base, options->base)))
        code = compare(options, &base, &head, NULL, 0, NULL);
    result_release(&base);
    result_release(&head);
    return code;
}

/* ---- options ---- */

static int set_results(struct options *options, char **names, int count)
{
    int wanted = options->against ? 1 : 2;
    if (options->allow_missing_base && !options->against)
        return fail(
            EXIT_USAGE,
            "--allow-missing-base: it is for --against DIR; a base that is named has to be there");
    if (count != wanted)
        return fail(EXIT_USAGE, options->against
                                    ? "give one result beside --against: the head"
                                    : "give two results, the base and the head: folders below "
                                      "results/, a rounds.jsonl or a result.json");
    options->head = names[count - 1];
    options->base = count == 2 ? names[0] : NULL;
    return EXIT_DONE;
}

static const struct option_row rows[] = {
#define AT(member) offsetof(struct options, member)
    /* clang-format off: a line here is a line there */
    OPTION_ROW("against", "DIR", OPTION_TEXT, AT(against), 0, 0,
               "the newest comparable result in DIR is the base, older\n"
               "ones tell how runs differ"),
    OPTION_ROW("allow-missing-base", NULL, OPTION_FLAG, AT(allow_missing_base), 0, 0,
               "with --against: no comparable result is no failure"),
    GATING_ROWS(struct options, gating,
                "only these stop, whatever the rules say: of cost, p50,\n"
                "p99, memory, saturated and throughput"),
/* clang-format on */
#undef AT
};
enum { ROWS = sizeof(rows) / sizeof(*rows) };

/* clang-format off: a line here is a line there */
static const char before_options[] =
    "usage: backbench compare BASE HEAD [OPTIONS]\n"
    "       backbench compare HEAD --against DIR [OPTIONS]\n"
    "\n"
    "BASE and HEAD are results: a folder that run has written, its rounds.jsonl or\n"
    "its result.json. Of one machine, each server's own figures are compared; two\n"
    "runs share no moment, so a difference is at best SUSPECT, until five earlier\n"
    "runs say how far apart two of them lie anyhow. Of two machines, ratios to each\n"
    "run's reference are shown, for information.\n"
    "\n";

static const char examples[] =
    "\n"
    "exit codes: 0 nothing that gates became worse; 1 something did; 2 an option or\n"
    "a file of rules is wrong; 3 something is suspect, or nothing can be said; 4 a\n"
    "result cannot be read, or nothing can be compared; 5 a file cannot be written\n"
    "\n"
    "examples:\n"
    "  backbench compare results/20260131T101500Z-host-bench \\\n"
    "      results/20260201T091200Z-host-bench\n"
    "  backbench compare results/20260201T091200Z-host-bench --against cache \\\n"
    "      --allow-missing-base --format github\n";
/* clang-format on */

/* -1 after --help. */
static int parse(struct options *options, int argc, char **argv)
{
    static const struct option_table table = {"compare", before_options, examples, rows, ROWS};
    int given, first;
    int code = option_table_parse(&table, options, argc, argv, &given, &first);
    return code ? code : set_results(options, argv + first, argc - first);
}

int cmd_compare(int argc, char **argv)
{
    struct options options = {0};
    gating_init(&options.gating);
    int code = parse(&options, argc, argv);
    if (!code)
        code = carry_out(&options);
    gating_release(&options.gating);
    return code < 0 ? EXIT_DONE : code;
}
