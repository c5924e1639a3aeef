/* backbench compare BASE HEAD: two stored results, put side by side. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analyse/compare.h"
#include "analyse/summary.h"
#include "cmd/baselines.h"
#include "cmd/cmd.h"
#include "cmd/render.h"
#include "present/decision.h"
#include "present/present.h"

static void usage(FILE *out)
{
    fputs(
        "usage: backbench compare BASE HEAD [OPTIONS]\n"
        "       backbench compare HEAD --against DIR [OPTIONS]\n"
        "\n"
        "BASE and HEAD are results: a folder that run has written, its rounds.jsonl or its "
        "result.json. Of one\n"
        "machine, each server's own figures are compared; two runs share no moment, so a "
        "difference is at best\n"
        "SUSPECT, until five earlier runs say how far apart two of them lie anyhow. Of two "
        "machines, ratios to each\n"
        "run's reference are shown, for information.\n"
        "\n"
        "  --against DIR         the newest comparable result in DIR is the base, older ones tell "
        "how runs differ\n"
        "  --allow-missing-base  with --against: no comparable result is no failure\n"
        "  --gate FILE           metrics, margins and workloads that stop (backbench.ini, where "
        "there is one)\n"
        "  --accept FILE         what is worse and accepted, each with a reason and a last day\n"
        "  --strict              a gating metric that is INCONCLUSIVE is no pass\n"
        "  --format FORMAT       text, markdown, json, github or junit (text)\n"
        "\n"
        "exit codes: 0 nothing that gates became worse; 1 something did; 2 an option or a file of "
        "rules is wrong;\n"
        "3 something is suspect, or nothing can be said; 4 a result cannot be read, or nothing "
        "can be compared\n"
        "\n"
        "examples:\n"
        "  backbench compare results/20260131T101500Z-host-bench "
        "results/20260201T091200Z-host-bench\n"
        "  backbench compare results/20260201T091200Z-host-bench --against cache "
        "--allow-missing-base --format github\n",
        out);
}

enum format { FORMAT_TEXT, FORMAT_MARKDOWN, FORMAT_JSON, FORMAT_GITHUB, FORMAT_JUNIT, FORMATS };
static const char *const formats[FORMATS] = {"text", "markdown", "json", "github", "junit"};
static const char *const default_gate = "backbench.ini";

struct options {
    const char *base, *head, *against; /* base or against */
    const char *gate, *accept;
    enum format format;
    bool strict, allow_missing_base;
};

/* ---- output */

static int show_github(const struct decision *decision)
{
    const char *path = getenv("GITHUB_STEP_SUMMARY");
    char *error = NULL;
    present_decision_github(stdout, decision);
    if (path && *path && present_decision_github_summary(decision, path, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    return EXIT_DONE;
}

static int show(const struct decision *decision, enum format format)
{
    switch (format) {
    case FORMAT_TEXT:
        present_decision_text(stdout, decision, text_width());
        break;
    case FORMAT_MARKDOWN:
        present_decision_markdown(stdout, decision);
        break;
    case FORMAT_JSON:
        present_decision_json(stdout, decision);
        break;
    case FORMAT_GITHUB:
        return show_github(decision);
    case FORMAT_JUNIT:
        present_decision_junit(stdout, decision);
        break;
    case FORMATS:
        break;
    }
    return EXIT_DONE;
}

/* Without a base there is still what head measured. */
static void show_alone(const struct result *head)
{
    struct summary summary;
    fputc('\n', stdout);
    summary_make(&summary, head);
    present_text(stdout, head, &summary, text_width(), false);
    summary_release(&summary);
}

/* ---- what is compared */

/* "1a2b3c4, 2026-01-31T10:15:00Z"; the caller frees. */
static char *name_of(const struct result *result)
{
    return text_format("%s, %s", result->revision ? result->revision : "unknown revision",
                       result->started_utc ? result->started_utc : "at an unknown time");
}

static int accept_some(struct decision *decision, const struct options *options)
{
    struct acceptances acceptances = {0};
    char *error = NULL, today[GATE_DAY_SIZE];
    time_t now = time(NULL);
    struct tm utc;
    if (!options->accept)
        return EXIT_DONE;
    gmtime_r(&now, &utc);
    strftime(today, sizeof today, "%Y-%m-%d", &utc);
    int code = EXIT_DONE;
    if (acceptances_read(&acceptances, options->accept, &error) < 0)
        code = fail_with(EXIT_USAGE, error);
    else
        decision_accept(decision, &acceptances, options->accept, today);
    acceptances_release(&acceptances);
    return code;
}

/* What is told of it, once it is concluded; then the decision's own exit code. */
static int finish(struct decision *decision, const struct options *options)
{
    int code = show(decision, options->format);
    if (code == EXIT_DONE)
        code = (int)decision->exit_code;
    decision_release(decision);
    return code;
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

static int compare(const struct options *options, const struct gate *gate,
                   const struct result *base, const struct result *head,
                   const struct result *sessions, size_t session_count, const struct strings *notes)
{
    struct decision decision;
    begin(&decision, gate, base, head, notes);
    compare_results(&decision, base, head, sessions, session_count);
    int code = accept_some(&decision, options);
    if (code) {
        decision_release(&decision);
        return code;
    }
    decision_conclude(&decision, options->strict);
    return finish(&decision, options);
}

static int without_base(const struct options *options, const struct gate *gate,
                        const struct result *head, const struct strings *notes)
{
    struct decision decision;
    char *why = text_format("%s holds no earlier result of %s", options->against,
                            head->experiment.name ? head->experiment.name : "this experiment");
    begin(&decision, gate, NULL, head, notes);
    decision_without_base(&decision, why, options->allow_missing_base);
    free(why);
    int code = finish(&decision, options);
    if (options->format == FORMAT_TEXT)
        show_alone(head);
    return code;
}

static int compare_against(const struct options *options, const struct gate *gate,
                           const struct result *head)
{
    struct baselines baselines;
    char *error = NULL;
    int code;
    if (baselines_read(&baselines, options->against, head, &error) < 0) {
        code = fail_with(EXIT_UNREADABLE, error);
    } else {
        size_t count = baselines_choose(&baselines, head);
        code = count == 0 ? without_base(options, gate, head, &baselines.notes)
                          : compare(options, gate, &baselines.results[count - 1], head,
                                    baselines.results, count - 1, &baselines.notes);
    }
    baselines_release(&baselines);
    return code;
}

static int load(struct result *result, const char *path)
{
    char *error = NULL;
    return result_load(result, path, &error) < 0 ? fail_with(EXIT_UNREADABLE, error) : EXIT_DONE;
}

static int read_gate(struct gate *gate, const char *path)
{
    char *error = NULL;
    const char *file = path ? path : default_gate;
    gate_init(gate);
    if (!path && access(file, F_OK) < 0)
        return EXIT_DONE;
    return gate_read(gate, file, &error) < 0 ? fail_with(EXIT_USAGE, error) : EXIT_DONE;
}

static int carry_out(const struct options *options)
{
    struct result base, head;
    struct gate gate;
    int code = read_gate(&gate, options->gate);
    result_init(&base);
    result_init(&head);
    if (!code)
        code = load(&head, options->head);
    if (!code && options->against)
        code = compare_against(options, &gate, &head);
    else if (!code && !(code = load(&base, options->base)))
        code = compare(options, &gate, &base, &head, NULL, 0, NULL);
    result_release(&base);
    result_release(&head);
    gate_release(&gate);
    return code;
}

/* ---- options */

static int set_format(struct options *options, const char *text)
{
    for (int i = 0; i < FORMATS; i++)
        if (strcmp(formats[i], text) == 0) {
            options->format = (enum format)i;
            return EXIT_DONE;
        }
    char *hint = text_suggest(formats, FORMATS, text);
    fail(EXIT_USAGE, "--format: no format \"%s\": %s", text, hint);
    free(hint);
    return EXIT_USAGE;
}

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

int cmd_compare(int argc, char **argv)
{
    static const struct option table[] = {
        {"against", required_argument, NULL, 'b'}, {"allow-missing-base", no_argument, NULL, 'm'},
        {"gate", required_argument, NULL, 'g'},    {"accept", required_argument, NULL, 'a'},
        {"strict", no_argument, NULL, 's'},        {"format", required_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0},
    };
    struct options options = {0};
    int option, code = EXIT_DONE;
    while (!code && (option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        switch (option) {
        case 'b':
            options.against = optarg;
            break;
        case 'm':
            options.allow_missing_base = true;
            break;
        case 'g':
            options.gate = optarg;
            break;
        case 'a':
            options.accept = optarg;
            break;
        case 's':
            options.strict = true;
            break;
        case 'f':
            code = set_format(&options, optarg);
            break;
        case 'h':
            usage(stdout);
            return EXIT_DONE;
        default:
            fputs("backbench compare --help lists the options\n", stderr);
            return EXIT_USAGE;
        }
    }
    if (!code)
        code = set_results(&options, argv + optind, argc - optind);
    return code ? code : carry_out(&options);
}
