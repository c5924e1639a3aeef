/* backbench report RESULT: renders a stored result again, with what this version knows to say about
 * it. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cmd/cmd.h"
#include "cmd/render.h"

static void usage(FILE *out)
{
    fputs("usage: backbench report RESULT [--output DIR] [--json]\n"
          "\n"
          "RESULT is a folder that run has written, its rounds.jsonl or its result.json. Prints "
          "the summary and\n"
          "writes report.md, report.html and plots/ into the result's folder, or into DIR.\n"
          "\n"
          "examples:\n"
          "  backbench report results/20260131T101500Z-host-bench\n"
          "  backbench report rounds.jsonl --output /tmp/report\n"
          "  backbench report results/20260131T101500Z-host-bench --json\n",
          out);
}

static int render(const char *source, const char *output, bool json)
{
    struct paths paths = {0};
    int code = find_paths(&paths);
    if (code)
        return code;
    struct result result;
    result_init(&result);
    char *error = NULL;
    if (result_load(&result, source, &error) < 0) {
        code = fail_with(EXIT_UNREADABLE, error);
    } else if (output && mkdir(output, 0777) < 0 && errno != EEXIST) {
        code = fail(EXIT_ENVIRONMENT, "cannot make the folder %s: %m", output);
    } else {
        if (output) {
            free(result.directory);
            result.directory = xstrdup(output);
        }
        code = render_result(&result, &paths, json);
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
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *output = NULL;
    bool json = false;
    int option;
    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        switch (option) {
        case 'o':
            output = optarg;
            break;
        case 'j':
            json = true;
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
    return render(argv[optind], output, json);
}
