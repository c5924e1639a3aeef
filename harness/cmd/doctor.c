/* backbench doctor: what on this machine would touch the numbers, and what to type against it.
 * Changes nothing. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <jansson.h>

#include "cmd/cmd.h"
#include "measure/host.h"
#include "measure/placement.h"

static void usage(FILE *out)
{
    fputs("usage: backbench doctor [--json] [--wrk PROGRAM]\n"
          "\n"
          "Looks at everything on this machine that could explain a difference between two "
          "results, says what\n"
          "it found and what to type; changes nothing. Exit 5 if something prevents measuring.\n"
          "\n"
          "examples:\n"
          "  backbench doctor\n"
          "  backbench doctor --json\n",
          out);
}

static const char *const level_words[] = {"ok", "note", "warning", "problem"};

static void print_text(const struct result *facts, const struct finding *findings, size_t count)
{
    printf("%s\n\n", facts->host_name ? facts->host_name : "this machine");
    for (size_t i = 0; i < count; i++) {
        printf("%-8s %s: %s\n", level_words[findings[i].level], findings[i].subject,
               findings[i].text);
        if (findings[i].remedy)
            printf("         -> %s\n", findings[i].remedy);
    }
}

static void print_json(const struct result *facts, const struct finding *findings, size_t count)
{
    json_t *root = json_object(), *fact_object = json_object(), *list = json_array();
    for (size_t i = 0; i < facts->fact_count; i++)
        json_object_set_new(fact_object, facts->facts[i].key,
                            facts->facts[i].value ? json_string(facts->facts[i].value)
                                                  : json_null());
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s?}", "level",
                                              level_words[findings[i].level], "subject",
                                              findings[i].subject, "text", findings[i].text,
                                              "remedy", findings[i].remedy));
    json_object_set_new(root, "facts", fact_object);
    json_object_set_new(root, "findings", list);
    json_dumpf(root, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(root);
}

static int examine(const char *wrk, bool json)
{
    struct result facts;
    result_init(&facts);
    host_read(&facts, wrk);
    struct finding *findings;
    size_t count = host_findings(&findings, &facts);
    int code = EXIT_DONE;
    for (size_t i = 0; i < count; i++)
        if (findings[i].level == FINDING_PROBLEM)
            code = EXIT_ENVIRONMENT;
    (json ? print_json : print_text)(&facts, findings, count);
    findings_release(findings, count);
    result_release(&facts);
    return code;
}

int cmd_doctor(int argc, char **argv)
{
    static const struct option table[] = {
        {"json", no_argument, NULL, 'j'},
        {"wrk", required_argument, NULL, 'w'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    const char *wrk = "wrk";
    bool json = false;
    int option;
    while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
        switch (option) {
        case 'j':
            json = true;
            break;
        case 'w':
            wrk = optarg;
            break;
        case 'h':
            usage(stdout);
            return EXIT_DONE;
        default:
            fputs("backbench doctor --help lists the options\n", stderr);
            return EXIT_USAGE;
        }
    }
    if (optind != argc)
        return fail(EXIT_USAGE, "doctor takes no argument \"%s\"", argv[optind]);
    return examine(wrk, json);
}
