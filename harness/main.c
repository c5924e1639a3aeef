/* backbench: measures C HTTP backends that do the same work with different concurrency models. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *description;
} commands[] = {
    {"run", cmd_run, "measure an experiment: backbench run bench"},
    {"check", cmd_check, "prove that servers answer as HTTP says they must"},
    {"profile", cmd_profile,
     "what a request costs: instructions by function, system calls by name"},
    {"report", cmd_report, "render a result again: text, Markdown, HTML, JSON"},
    {"duel", cmd_duel, "base against head, side by side: did this change make it worse?"},
    {"compare", cmd_compare, "put two results side by side: did anything become worse?"},
    {"doctor", cmd_doctor, "what on this machine would touch the numbers, with remedies"},
    {"list", cmd_list, "servers, workloads and experiments"},
};

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

static void usage(FILE *out)
{
    fputs("usage: backbench COMMAND [OPTIONS]\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %-8s %s\n", commands[i].name, commands[i].description);
    fputs(
        "\nbackbench COMMAND --help shows a command's options and examples.\n"
        "\n"
        "exit codes:\n"
        "  0    done, with at least one usable number\n"
        "  1    a server failed its check or broke, or one that was required was not measured;\n"
        "       compare, duel: something became worse\n"
        "  2    an option, a name, an .ini or a script is wrong\n"
        "  3    measured, and no number can be used, or it decides nothing; compare: something is\n"
        "       suspect\n"
        "  4    a result cannot be read or gone on with, or the machine disagrees with itself\n"
        "  5    something is missing here: a tool, a permission, a CPU, room on the disk\n"
        "  130  interrupted; what was measured is kept\n",
        out);
}

static int unknown(const char *name)
{
    const char *names[COMMANDS];
    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    char *hint = text_suggest(names, COMMANDS, name);
    fail(EXIT_USAGE, "unknown command \"%s\": %s", name, hint);
    free(hint);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return EXIT_DONE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("backbench " BACKBENCH_VERSION);
        return EXIT_DONE;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return unknown(argv[1]);
}
