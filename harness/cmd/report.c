/* backbench report RESULT: renders a stored result again, with what this version knows to say about
 * it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "analyse/duel_read.h"
#include "cmd/cmd.h"
#include "cmd/render.h"
#include "data/export.h"

static void usage(FILE *out)
{
    fputs("usage: backbench report RESULT [--output DIR] [--json] [--export]\n"
          "\n"
          "RESULT is a folder that run has written, its rounds.jsonl or its result.json. Prints "
          "the summary and\n"
          "writes report.md, report.html and plots/ into the result's folder, or into DIR.\n"
          "\n"
          "--export also writes, for other tools, rounds.csv (a line a round) and histograms/ "
          "(response times as\n"
          "HdrHistogram's .hgrm, which its plotting page draws).\n"
          "\n"
          "examples:\n"
          "  backbench report results/20260131T101500Z-host-bench\n"
          "  backbench report rounds.jsonl --output /tmp/report\n"
          "  backbench report results/20260131T101500Z-host-bench --json\n"
          "  backbench report results/20260131T101500Z-host-bench --export --output /tmp/report\n",
          out);
}

struct report_options {
    const char *source, *output; /* output NULL: the result's own folder */
    bool json, export;
};

/* What follows the report does not hide what the report's exit code says. */
static int export_too(const struct result *result)
{
    size_t histograms;
    char *error = NULL;

    if (export_result(result, result->directory, &histograms, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    fprintf(stderr, "  %s/rounds.csv\n", result->directory);
    if (histograms > 0)
        fprintf(stderr, "  %s/histograms/\n", result->directory);
    else
        fputs("  no histograms: no round of one server alone gave response times\n", stderr);
    return EXIT_DONE;
}

/* Its rows are no ranking of models. */
static int report_duel(struct result *result, const struct report_options *options)
{
    if (options->export)
        return export_too(result);
    return fail(EXIT_USAGE,
                "%s is a duel: backbench duel --resume %s shows its decision, and report --export "
                "writes its rounds as files",
                options->source, options->source);
}

static int report_run(struct result *result, const struct paths *paths,
                      const struct report_options *options)
{
    int code = render_result(result, paths, options->json);
    int exported = options->export ? export_too(result) : EXIT_DONE;
    return code ? code : exported;
}

static int render(const struct report_options *options)
{
    struct paths paths = {0};
    int code = find_paths(&paths);
    if (code)
        return code;
    struct result result;
    result_init(&result);
    char *error = NULL;
    const char *output = options->output;
    if (result_load(&result, options->source, &error) < 0) {
        code = fail_with(EXIT_UNREADABLE, error);
    } else if (output && mkdir(output, 0777) < 0 && errno != EEXIST) {
        code = fail(EXIT_ENVIRONMENT, "cannot make the folder %s: %m", output);
    } else {
        if (output) {
            free(result.directory);
            result.directory = xstrdup(output);
        }
        code = duel_is_record(&result) ? report_duel(&result, options)
                                       : report_run(&result, &paths, options);
    }
    result_release(&result);
    paths_release(&paths);
    return code;
}

int cmd_report(int argc, char **argv)
{
    static const struct option table[] = {
        {"output", required_argument, NULL, 'o'},
        {"json", no_argument, NULL, 'j'},
        {"export", no_argument, NULL, 'e'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    struct report_options options = {0};
    int option;
    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        switch (option) {
        case 'o':
            options.output = optarg;
            break;
        case 'j':
            options.json = true;
            break;
        case 'e':
            options.export = true;
            break;
        case 'h':
            usage(stdout);
            return EXIT_DONE;
        default:
            fputs("backbench report --help lists the options\n", stderr);
            return EXIT_USAGE;
        }
    }
    if (optind + 1 != argc)
        return fail(EXIT_USAGE,
                    "give one result: a folder below results/, a rounds.jsonl or a result.json");
    options.source = argv[optind];
    return render(&options);
}
