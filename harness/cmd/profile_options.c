#include "cmd/profile_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "measure/describe.h"

static void usage(FILE *out)
{
    fputs("usage: backbench profile [--workloads LIST] [--budget FILE | --write-budget FILE]\n"
          "                         [--rewrite FILE] [--json | --markdown] [SERVER|PATH]...\n"
          "\n"
          "Counts what a request costs: instructions in user mode, in all and by function, under\n"
          "valgrind; system calls by name under strace. Nothing is timed, so the machine need not\n"
          "be quiet. Without names all of the suite's own servers are counted, on all workloads\n"
          "in which nothing waits (how often a server wakes up in a wait is a matter of time).\n"
          "\n"
          "  --workloads LIST     only these\n"
          "  --budget FILE        compare instructions with the budget: which functions grew?\n"
          "  --write-budget FILE  write the budget; of a part, the rest of it is kept\n"
          "  --rewrite FILE       put the tables between the marks of a document\n"
          "  --json, --markdown   print the counts as such\n"
          "  --wrk PROGRAM        whose requests are sent (wrk)\n"
          "\n"
          "exit: 0 counted and within the budget, 1 over it or not counted, 2 usage,\n"
          "      5 valgrind, strace or wrk is missing\n"
          "\n"
          "examples:\n"
          "  backbench profile epoll --workloads plaintext\n"
          "  backbench profile --budget servers/instructions.budget\n"
          "  backbench profile --markdown ./my-server\n",
          out);
}

static int check_forms(const struct profile_options *options)
{
    if (options->budget && options->write_budget)
        return fail(EXIT_USAGE, "--budget compares and --write-budget writes: give one of them");
    if (options->json && options->markdown)
        return fail(EXIT_USAGE, "--json and --markdown: give one of them");
    if ((options->budget || options->write_budget) && options->rewrite)
        return fail(EXIT_USAGE, "--rewrite needs system calls, too, which a budget does not have: "
                                "give it alone");
    if (options->budget && (options->json || options->markdown))
        return fail(EXIT_USAGE, "--budget prints sentences: give --json or --markdown without it");
    return 0;
}

int profile_options_parse(struct profile_options *options, int argc, char **argv)
{
    static const struct option table[] = {
        {"workloads", required_argument, NULL, 'w'},
        {"budget", required_argument, NULL, 'b'},
        {"write-budget", required_argument, NULL, 'B'},
        {"rewrite", required_argument, NULL, 'r'},
        {"wrk", required_argument, NULL, 'k'},
        {"json", no_argument, NULL, 'j'},
        {"markdown", no_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        switch (option) {
        case 'w':
            strings_split(&options->workloads, optarg);
            break;
        case 'b':
            options->budget = optarg;
            break;
        case 'B':
            options->write_budget = optarg;
            break;
        case 'r':
            options->rewrite = optarg;
            break;
        case 'k':
            options->wrk = optarg;
            break;
        case 'j':
            options->json = true;
            break;
        case 'm':
            options->markdown = true;
            break;
        case 'h':
            usage(stdout);
            return -1;
        default:
            fputs("backbench profile --help lists the options\n", stderr);
            return EXIT_USAGE;
        }
    }
    for (int i = optind; i < argc; i++)
        strings_split(&options->servers, argv[i]);
    return check_forms(options);
}

void profile_options_release(struct profile_options *options)
{
    strings_release(&options->servers);
    strings_release(&options->workloads);
}

/* ---- servers ---- */

static int add_server(struct profile_choice *choice, const char *name, const char *path)
{
    char error[512];
    choice->servers =
        xreallocarray(choice->servers, choice->server_count + 1, sizeof(*choice->servers));
    struct server_info *info = &choice->servers[choice->server_count++];
    if (server_describe(info, name, path, error, sizeof(error)) < 0)
        return fail(EXIT_ENVIRONMENT, "%s: %s", path, error);
    return 0;
}

static int unknown(const char *what, const char *name, const struct strings *known,
                   const char *more)
{
    char *hint = text_suggest((const char *const *)known->items, known->count, name);
    fail(EXIT_USAGE, "no %s called \"%s\": %s%s", what, name, hint, more);
    free(hint);
    return EXIT_USAGE;
}

static int add_path(struct profile_choice *choice, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    if (access(path, X_OK) < 0)
        return fail(EXIT_USAGE, "%s is not an executable server: %m", path);
    return add_server(choice, strncmp(name, "server-", 7) == 0 ? name + 7 : name, path);
}

static int add_named(struct profile_choice *choice, const struct paths *paths,
                     const struct strings *known, const char *name)
{
    if (!strings_contain(known, name))
        return unknown("server", name, known, " (a path needs a slash)");
    char *path = text_format("%s/server-%s", paths->servers, name);
    int code = add_server(choice, name, path);
    free(path);
    return code;
}

/* Its process is a shell's child: what is counted would not be the server's alone. */
static bool is_external(const struct paths *paths, const char *name)
{
    char *ini = catalog_server_ini(paths, name);
    free(ini);
    return ini != NULL;
}

static int choose_servers(struct profile_choice *choice, const struct strings *wanted,
                          const struct paths *paths)
{
    struct strings known = {0};
    char *error = NULL;
    if (catalog_servers(paths, &known, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    const struct strings *names = wanted->count > 0 ? wanted : &known;
    int code = 0;
    for (size_t i = 0; i < names->count && !code; i++)
        if (!is_external(paths, names->items[i]))
            code = strchr(names->items[i], '/') ? add_path(choice, names->items[i])
                                                : add_named(choice, paths, &known, names->items[i]);
        else if (wanted->count > 0)
            code = fail(EXIT_USAGE, "%s is not built here: only servers of this suite are profiled",
                        names->items[i]);
    strings_release(&known);
    if (!code && choice->server_count == 0)
        code = fail(EXIT_ENVIRONMENT, "no server is built in %s; make builds them", paths->servers);
    return code;
}

/* ---- workloads ---- */

/* Unless asked for by name, one in which the server waits is left out. */
static int add_workload(struct profile_choice *choice, const struct paths *paths, const char *name,
                        bool is_named)
{
    struct workload *workload = &choice->workloads[choice->workload_count];
    char *error = NULL, *path = text_format("%s/%s.lua", paths->workloads, name);
    int result = workload_read(workload, path, &error);
    free(path);
    if (result < 0) {
        workload_release(workload);
        return fail_with(EXIT_USAGE, error);
    }
    if (is_named && workload->upstream) {
        workload_release(workload);
        return fail(EXIT_USAGE, "%s is not profiled: another server would have to stand behind",
                    name);
    }
    if (is_named || workload->class == WORKLOAD_PLAIN)
        choice->workload_count++;
    else
        workload_release(workload);
    return 0;
}

static int choose_workloads(struct profile_choice *choice, const struct strings *wanted,
                            const struct paths *paths)
{
    struct strings known = {0};
    char *error = NULL;
    if (catalog_workloads(paths, &known, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    const struct strings *names = wanted->count > 0 ? wanted : &known;
    choice->workloads = xcalloc(names->count + 1, sizeof(*choice->workloads));
    int code = 0;
    for (size_t i = 0; i < names->count && !code; i++)
        code = strings_contain(&known, names->items[i])
                   ? add_workload(choice, paths, names->items[i], wanted->count > 0)
                   : unknown("workload", names->items[i], &known, "");
    strings_release(&known);
    return code;
}

int profile_choose(struct profile_choice *choice, const struct profile_options *options,
                   const struct paths *paths)
{
    *choice = (struct profile_choice){0};
    int code = choose_workloads(choice, &options->workloads, paths);
    return code ? code : choose_servers(choice, &options->servers, paths);
}

void profile_choice_release(struct profile_choice *choice)
{
    for (size_t i = 0; i < choice->server_count; i++)
        server_info_release(&choice->servers[i]);
    for (size_t i = 0; i < choice->workload_count; i++)
        workload_release(&choice->workloads[i]);
    free(choice->servers);
    free(choice->workloads);
}
