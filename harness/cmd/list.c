/* backbench list: what there is to measure, with what, and how. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "cmd/cmd.h"
#include "measure/describe.h"

static void usage(FILE *out)
{
    fputs("usage: backbench list [--json]\n"
          "\n"
          "Names the servers (those that are built, and those of servers/external), the workloads "
          "and the\n"
          "experiments, a line each.\n"
          "\n"
          "examples:\n"
          "  backbench list\n"
          "  backbench list --json\n",
          out);
}

/* One line of a list: printed, or appended to the JSON array. */
static void say(json_t *list, const char *name, const char *summary)
{
    if (list)
        json_array_append_new(list, json_pack("{s:s, s:s}", "name", name, "summary", summary));
    else
        printf("  %-16s %s\n", name, summary);
}

static int list_servers(const struct paths *paths, json_t *list)
{
    struct strings names = {0};
    char *error = NULL;
    if (catalog_servers(paths, &names, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    for (size_t i = 0; i < names.count; i++) {
        struct server_info info;
        char why[400];
        if (server_find(&info, paths, names.items[i], why, sizeof(why)) < 0)
            say(list, names.items[i], why);
        else if (info.missing)
            say(list, names.items[i], info.missing);
        else
            say(list, names.items[i], info.summary ? info.summary : "does not describe itself");
        server_info_release(&info);
    }
    strings_release(&names);
    return 0;
}

static int list_workloads(const struct paths *paths, json_t *list)
{
    struct strings names = {0};
    char *error = NULL;
    if (catalog_workloads(paths, &names, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    int code = 0;
    for (size_t i = 0; i < names.count && !code; i++) {
        char *path = text_format("%s/%s.lua", paths->workloads, names.items[i]);
        struct workload workload;
        if (workload_read(&workload, path, &error) < 0) {
            code = fail_with(EXIT_USAGE, error);
        } else {
            say(list, names.items[i], workload.summary ? workload.summary : "");
            workload_release(&workload);
        }
        free(path);
    }
    strings_release(&names);
    return code;
}

static int list_experiments(const struct paths *paths, json_t *list)
{
    struct strings names = {0};
    char *error = NULL;
    if (catalog_experiments(paths, &names, &error) < 0)
        return fail_with(EXIT_ENVIRONMENT, error);
    int code = 0;
    for (size_t i = 0; i < names.count && !code; i++) {
        char *path = text_format("%s/%s.ini", paths->experiments, names.items[i]);
        struct experiment experiment;
        if (experiment_read(&experiment, path, &error) < 0) {
            code = fail_with(EXIT_USAGE, error);
        } else {
            say(list, names.items[i], experiment.summary ? experiment.summary : "");
            experiment_release(&experiment);
        }
        free(path);
    }
    strings_release(&names);
    return code;
}

static int list_all(const struct paths *paths, bool json)
{
    static const struct {
        const char *title;
        int (*list)(const struct paths *, json_t *);
    } parts[] = {{"servers", list_servers},
                 {"workloads", list_workloads},
                 {"experiments", list_experiments}};
    json_t *root = json ? json_object() : NULL;
    int code = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && !code; i++) {
        json_t *list = json ? json_array() : NULL;
        if (!json)
            printf("%s%s\n", i ? "\n" : "", parts[i].title);
        code = parts[i].list(paths, list);
        if (json)
            json_object_set_new(root, parts[i].title, list);
    }
    if (json && !code) {
        json_dumpf(root, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(root);
    return code;
}

int cmd_list(int argc, char **argv)
{
    static const struct option table[] = {
        {"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    bool json = false;
    int option;
    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        if (option == 'h') {
            usage(stdout);
            return EXIT_DONE;
        }
        if (option != 'j') {
            fputs("backbench list --help lists the options\n", stderr);
            return EXIT_USAGE;
        }
        json = true;
    }
    if (optind != argc)
        return fail(EXIT_USAGE, "list takes no argument \"%s\"", argv[optind]);
    struct paths paths = {0};
    int code = find_paths(&paths);
    if (!code) {
        code = list_all(&paths, json);
        paths_release(&paths);
    }
    return code;
}
