/* backbench check: prove that servers answer as HTTP says they
 * must, and live and end as the process contract says. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "check/check.h"
#include "check/differences.h"
#include "check/starvation.h"
#include "cmd/cmd.h"
#include "measure/describe.h"
#include "measure/server.h"

static void usage(FILE *out)
{
    fputs(
        "usage: backbench check [--short] [--verbose] [--json] [SERVER|PATH]...\n"
        "\n"
        "Plays the conformance cases against each server: whole, split at every CRLF, byte by byte "
        "and pipelined\n"
        "twice; then with two workers and over IPv6, drain, the limit of connections, the want of "
        "descriptors and\n"
        "the time-outs. Without names all servers that are built are checked, side by side where "
        "that takes long\n"
        "(about 65 s in all).\n"
        "\n"
        "  --short        the cases only: what a run does before it times anything (3 s a server)\n"
        "  --verbose      list also what differs where it does not count (servers of other people, "
        "ceilings), and\n"
        "                 what diverges as its server says\n"
        "  --json         print the findings as JSON\n"
        "  --cases DIR    other cases than the suite's own (*.case)\n"
        "\n"
        "A case that fails by time alone is asked again, alone and for up to 12 s, before the "
        "server is "
        "called wrong; after\n"
        "60 s of that nothing more is asked again.\n"
        "\n"
        "exit: 0 all passed, 1 something failed, 2 usage, 5 nothing could be checked here\n"
        "\n"
        "examples:\n"
        "  backbench check\n"
        "  backbench check --short epoll uring\n"
        "  backbench check --verbose ./my-server\n",
        out);
}

struct check_command {
    struct check_options options;
    bool json;
    const char *cases; /* NULL: the catalog's */
    struct strings chosen;
    struct server_info *infos;
    size_t count;
};

/* 0, an exit code, or -1: help was printed. */
static int parse_options(struct check_command *command, int argc, char **argv)
{
    static const struct option table[] = {
        {"short", no_argument, NULL, 's'}, {"verbose", no_argument, NULL, 'v'},
        {"json", no_argument, NULL, 'j'},  {"cases", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},  {NULL, 0, NULL, 0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "hv", table, NULL)) != -1) {
        switch (option) {
        case 's':
            command->options.short_form = true;
            break;
        case 'v':
            command->options.verbose = true;
            break;
        case 'j':
            command->json = true;
            break;
        case 'c':
            command->cases = optarg;
            break;
        case 'h':
            usage(stdout);
            return -1;
        default:
            fputs("backbench check --help lists the options\n", stderr);
            return EXIT_USAGE;
        }
    }
    for (int i = optind; i < argc; i++)
        strings_add(&command->chosen, argv[i]);
    return 0;
}

/* ---- servers ---- */

/* paths: the server is the catalog's; else path is the user's own. */
static int add_server(struct check_command *command, const struct paths *paths, const char *name,
                      const char *path)
{
    char error[512];
    command->infos = xreallocarray(command->infos, command->count + 1, sizeof(*command->infos));
    struct server_info *info = &command->infos[command->count];
    int described = paths ? server_find(info, paths, name, error, sizeof(error))
                          : server_describe(info, name, path, error, sizeof(error));
    if (described < 0) {
        server_info_release(info);
        return fail(EXIT_ENVIRONMENT, "%s: %s", name, error);
    }
    info->external = info->external || (!paths && !server_info_is_ours(info));
    command->count++;
    return 0;
}

static int add_own(struct check_command *command, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    if (access(path, X_OK) < 0)
        return fail(EXIT_USAGE, "%s is not an executable server: %m", path);
    return add_server(command, NULL, strncmp(name, "server-", 7) == 0 ? name + 7 : name, path);
}

static int add_known(struct check_command *command, const struct paths *paths,
                     const struct strings *known, const char *name)
{
    if (!strings_contain(known, name)) {
        char *hint = text_suggest((const char *const *)known->items, known->count, name);
        fail(EXIT_USAGE, "no server called \"%s\": %s (a path needs a slash: ./%s)", name, hint,
             name);
        free(hint);
        return EXIT_USAGE;
    }
    return add_server(command, paths, name, NULL);
}

static int choose_servers(struct check_command *command, const struct paths *paths)
{
    struct strings known = {0};
    char *error = NULL;
    if (catalog_servers(paths, &known, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    const struct strings *wanted = command->chosen.count > 0 ? &command->chosen : &known;
    int code = 0;
    for (size_t i = 0; i < wanted->count && !code; i++)
        code = strchr(wanted->items[i], '/') ? add_own(command, wanted->items[i])
                                             : add_known(command, paths, &known, wanted->items[i]);
    strings_release(&known);
    if (!code && command->count == 0)
        code = fail(EXIT_ENVIRONMENT, "no server is built in %s; make builds them", paths->servers);
    return code;
}

/* ---- output ---- */

static json_t *json_list(const struct strings *list)
{
    json_t *array = json_array();
    for (size_t i = 0; i < list->count; i++)
        json_array_append_new(array, json_string(list->items[i]));
    return array;
}

static void print_json(const struct check_command *command, const struct check_report *reports)
{
    json_t *servers = json_array();
    for (size_t i = 0; i < command->count; i++)
        json_array_append_new(
            servers,
            json_pack("{s:s, s:b, s:i, s:i, s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o}", "name",
                      command->infos[i].name, "available", !reports[i].unavailable, "passed",
                      (int)reports[i].passed, "failed", (int)reports[i].failed, "skipped",
                      (int)reports[i].skipped, "diverged", (int)reports[i].diverged, "failures",
                      json_list(&reports[i].failures), "differences",
                      json_list(&reports[i].differences), "slow", json_list(&reports[i].slow),
                      "broken_routes", json_list(&reports[i].broken_routes), "divergences",
                      json_list(&reports[i].divergences), "no_longer_diverge",
                      json_list(&reports[i].recoveries)));
    json_t *root = json_pack("{s:o}", "servers", servers);
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}

struct totals {
    unsigned passed, failed, skipped, differing, unavailable, diverged, recovered, slow,
        starved_percent;
};

static struct totals add_up(const struct check_report *reports, size_t count)
{
    struct totals totals = {0};
    for (size_t i = 0; i < count; i++) {
        totals.passed += reports[i].passed;
        totals.failed += reports[i].failed;
        totals.skipped += reports[i].skipped;
        totals.differing += (unsigned)reports[i].differences.count;
        totals.unavailable += reports[i].unavailable;
        totals.diverged += reports[i].diverged;
        totals.recovered += reports[i].recovered;
        totals.slow += (unsigned)reports[i].slow.count;
        if (reports[i].starved_percent > totals.starved_percent)
            totals.starved_percent = reports[i].starved_percent;
    }
    return totals;
}

static void print_summary(const struct check_command *command, const struct totals *totals)
{
    printf("%zu server%s: %u passed, %u failed, %u skipped", command->count,
           command->count == 1 ? "" : "s", totals->passed, totals->failed, totals->skipped);
    if (totals->differing > 0)
        printf(", %u differ where it does not count%s", totals->differing,
               command->options.verbose ? "" : " (--verbose lists them)");
    if (totals->slow > 0)
        printf(", %u late at first and right when asked again%s", totals->slow,
               command->options.verbose ? "" : " (--verbose lists them)");
    if (totals->slow > 0 && totals->starved_percent >= STARVATION_PERCENT)
        printf(", the check was kept from the CPU %u %% of the time", totals->starved_percent);
    if (totals->diverged > 0)
        printf(", %u diverge as their servers say%s", totals->diverged,
               command->options.verbose ? "" : " (--verbose says why)");
    if (totals->recovered > 0)
        printf("; %u no longer diverge although listed: take them off the list", totals->recovered);
    if (totals->unavailable > 0)
        printf("; %u cannot run here", totals->unavailable);
    putchar('\n');
}

/* What servers that were asked for answer otherwise, and need not answer as ours do: by reason,
 * unless all of it was listed before. */
static void print_differences(const struct check_command *command,
                              const struct check_report *reports)
{
    for (size_t i = 0; i < command->count; i++) {
        struct strings grouped = {0};
        if (!command->infos[i].external || command->options.verbose || !command->chosen.count)
            continue;
        differences_group(&grouped, &reports[i].differences);
        if (grouped.count > 0)
            printf("%s is not a model of this suite: only the answers it is measured on must be "
                   "right. It answers otherwise:\n",
                   command->infos[i].name);
        for (size_t j = 0; j < grouped.count; j++)
            printf("    %s\n", grouped.items[j]);
        strings_release(&grouped);
    }
}

struct measurable {
    struct strings rightly, wrongly, undeclared; /* names of workloads */
};

/* As a run decides it: see prove_arms. */
static void sort_workload(struct measurable *measurable, const struct server_info *server,
                          const struct check_report *report, const struct workload *workload)
{
    struct strings *list = !workload_suits(workload, server)     ? &measurable->undeclared
                           : check_report_bars(report, workload) ? &measurable->wrongly
                                                                 : &measurable->rightly;
    strings_add(list, workload->name);
}

static void print_list(const char *label, const struct strings *names)
{
    char *joined = strings_join(names, ", ");
    if (names->count > 0)
        printf("; %s: %s", label, joined);
    free(joined);
}

/* On what a server that is not ours can be measured, and on what not. */
static void print_measurable(const struct server_info *server, const struct check_report *report,
                             const struct workload *workloads, size_t count)
{
    struct measurable measurable = {0};
    for (size_t i = 0; i < count; i++)
        sort_workload(&measurable, server, report, &workloads[i]);
    const char *refused = report->died ? report->died
                          : report->failures.count > 0 && report->broken_routes.count == 0
                              ? report->failures.items[0]
                              : NULL;
    if (refused != NULL || measurable.rightly.count == 0) {
        printf("%s can be measured on no workload", server->name);
        if (refused != NULL)
            printf(": %s", refused);
    } else {
        char *joined = strings_join(&measurable.rightly, ", ");
        printf("%s can be measured on %s", server->name, joined);
        free(joined);
    }
    print_list("it answers wrongly", &measurable.wrongly);
    print_list("it does not declare the route of", &measurable.undeclared);
    putchar('\n');
    strings_release(&measurable.rightly);
    strings_release(&measurable.wrongly);
    strings_release(&measurable.undeclared);
}

/* 0, or an exit code after saying why. */
static int print_all_measurable(const struct check_command *command, const struct paths *paths,
                                const struct check_report *reports)
{
    struct strings names = {0};
    char *error = NULL;
    if (catalog_workloads(paths, &names, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    struct workload *workloads = xcalloc(names.count + 1, sizeof(*workloads));
    size_t count = 0;
    int code = 0;
    for (size_t i = 0; i < names.count && !code; i++) {
        char *path = text_format("%s/%s.lua", paths->workloads, names.items[i]);
        if (workload_read(&workloads[count], path, &error) < 0)
            code = fail_with(EXIT_ENVIRONMENT, error);
        else
            count++;
        free(path);
    }
    for (size_t i = 0; i < command->count && !code; i++)
        if (command->infos[i].external && !reports[i].unavailable)
            print_measurable(&command->infos[i], &reports[i], workloads, count);
    while (count > 0)
        workload_release(&workloads[--count]);
    free(workloads);
    strings_release(&names);
    return code;
}

static int judge(const struct check_command *command, const struct totals *totals)
{
    if (interrupted)
        return EXIT_INTERRUPTED;
    if (totals->failed > 0)
        return EXIT_FAILED;
    return totals->unavailable == command->count ? EXIT_ENVIRONMENT : EXIT_DONE;
}

static int run(struct check_command *command, const struct paths *paths)
{
    struct check_report *reports = xcalloc(command->count, sizeof(*reports));
    command->options.log = command->json ? NULL : stdout;
    command->options.interrupted = &interrupted;
    interrupt_watch();
    server_become_reaper();
    char *error = NULL;
    if (check_servers(command->infos, command->count, &command->options, reports, &error) < 0) {
        free(reports);
        return fail_with(EXIT_USAGE, error);
    }
    struct totals totals = add_up(reports, command->count);
    int code = judge(command, &totals), said = 0;
    if (command->json) {
        print_json(command, reports);
    } else if (!interrupted) {
        print_differences(command, reports);
        said = print_all_measurable(command, paths, reports);
        print_summary(command, &totals);
    }
    for (size_t i = 0; i < command->count; i++)
        check_report_release(&reports[i]);
    free(reports);
    return said ? said : code;
}

int cmd_check(int argc, char **argv)
{
    struct check_command command = {.options = {.address = "127.0.0.1"}};
    struct paths paths = {0};
    int code = parse_options(&command, argc, argv);
    if (code == 0 && (code = find_paths(&paths)) == 0) {
        command.options.cases = command.cases ? command.cases : paths.conformance;
        code = choose_servers(&command, &paths);
        if (code == 0)
            code = run(&command, &paths);
        paths_release(&paths);
    }
    for (size_t i = 0; i < command.count; i++)
        server_info_release(&command.infos[i]);
    free(command.infos);
    strings_release(&command.chosen);
    return code < 0 ? EXIT_DONE : code;
}
