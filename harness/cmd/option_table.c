/* See option_table.h. */
#include "cmd/option_table.h"

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/parse.h"
#include "data/phases.h"
#include "data/result.h"
#include "data/strings.h"

enum { FIRST = 256 /* beyond every short option */ };

static void print_option(FILE *out, const struct option_row *row)
{
    enum { INDENT = 23 };
    int used =
        fprintf(out, "  --%s%s%s", row->name, row->value ? " " : "", row->value ? row->value : "");
    fprintf(out, "%*s", INDENT - used, "");
    for (const char *at = row->help; *at; at++) {
        fputc(*at, out);
        if (*at == '\n')
            fprintf(out, "%*s", INDENT, "");
    }
    fputc('\n', out);
}

static void usage(FILE *out, const struct option_table *table)
{
    fputs(table->before, out);
    for (size_t i = 0; i < table->count; i++)
        print_option(out, &table->rows[i]);
    fputs(table->after, out);
}

static int set_count(const struct option_row *row, unsigned *at, const char *text)
{
    if (text_number(at, text, row->low, row->high))
        return 0;
    return fail(EXIT_USAGE, "--%s %s: give a number from %u to %u", row->name, text, row->low,
                row->high);
}

static int set_rate(uint32_t *at, const char *text)
{
    return phases_rate(at, text)
               ? 0
               : fail(EXIT_USAGE, "--rate %s: give requests a second, as 500 or 10k, at most 10M",
                      text);
}

/* "10 minutes", "24 hours"; the caller frees. */
static char *duration_words(unsigned seconds)
{
    static const struct {
        unsigned seconds;
        const char *name;
    } units[] = {{60 * 60, "hour"}, {60, "minute"}, {1, "second"}};
    size_t i = 0;
    while (seconds % units[i].seconds != 0)
        i++;
    unsigned count = seconds / units[i].seconds;
    return text_format("%u %s%s", count, units[i].name, count == 1 ? "" : "s");
}

static int set_duration(const struct option_row *row, unsigned *at, const char *text)
{
    if (parse_whole_duration(text, at) && *at >= row->low && *at <= row->high)
        return 0;
    char *low = duration_words(row->low), *high = duration_words(row->high);
    fail(EXIT_USAGE, "--%s %s: give %s to %s, as 10m, 90m, 1h or 1h30m", row->name, text, low,
         high);
    free(high);
    free(low);
    return EXIT_USAGE;
}

static int set_seed(struct option_seed *seed, const char *text)
{
    seed->is_given = parse_number(text, 0, RESULT_SEED_LIMIT - 1, &seed->number);
    return seed->is_given ? 0 : fail(EXIT_USAGE, "--seed %s: give a whole number", text);
}

static bool is_single(const struct option_row *row)
{
    if (row->kind == OPTION_OWN)
        return !row->repeats;
    return row->kind != OPTION_LIST && row->kind != OPTION_PATH && row->kind != OPTION_FLAG;
}

/* Of one that holds a single value: *given is whether it has. */
static int check_once(const struct option_row *row, bool *given)
{
    bool is_again = *given && is_single(row);
    *given = true;
    return is_again ? fail(EXIT_USAGE, "--%s: given twice%s%s", row->name, row->again ? "; " : "",
                           row->again ? row->again : "")
                    : 0;
}

/* A list without a name comes from a variable that is not set;
 * as if it were not there, it would stand for all, or none. */
static int set_list(const struct option_row *row, struct strings *list, const char *text)
{
    size_t before = list->count;
    strings_split(list, text);
    return list->count > before
               ? 0
               : fail(EXIT_USAGE, "--%s \"%s\": the list is empty; name one, or leave out --%s",
                      row->name, text, row->name);
}

static int set_text(const struct option_row *row, const char **at, const char *text)
{
    *at = text;
    return *text ? 0
                 : fail(EXIT_USAGE, "--%s \"\": it is empty; give one, or leave out --%s",
                        row->name, row->name);
}

/* 0, or an exit code after saying what is wrong. */
static int set(void *options, const struct option_row *row, const char *text)
{
    void *at = (char *)options + row->offset;
    switch (row->kind) {
    case OPTION_TEXT:
        return set_text(row, at, text);
    case OPTION_LIST:
        return set_list(row, at, text);
    case OPTION_PATH: /* may hold a comma or a blank */
        strings_add(at, text);
        return 0;
    case OPTION_FLAG:
        *(bool *)at = true;
        return 0;
    case OPTION_COUNT:
        return set_count(row, at, text);
    case OPTION_RATE:
        return set_rate(at, text);
    case OPTION_SEED:
        return set_seed(at, text);
    case OPTION_DURATION:
        return set_duration(row, at, text);
    case OPTION_TIME:
        return parse_duration(text, at)
                   ? 0
                   : fail(
                         EXIT_USAGE,
                         "--%s %s: give a time such as 90s, 6m40s or 1h30m, at most 720h (30 days)",
                         row->name, text);
    case OPTION_OWN:
        return row->take(at, text);
    }
    return 0;
}

static void fill(struct option *options, const struct option_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        options[i] = (struct option){
            .name = table->rows[i].name,
            .has_arg = table->rows[i].kind == OPTION_FLAG ? no_argument : required_argument,
            .val = FIRST + (int)i,
        };
    options[table->count] = (struct option){.name = "help", .has_arg = no_argument, .val = 'h'};
    options[table->count + 1] = (struct option){0};
}

static int take(const struct option_row *row, void *options, const char *text, bool *given)
{
    int code = check_once(row, given);
    return code ? code : set(options, row, text);
}

int option_table_parse(const struct option_table *table, void *options, int argc, char **argv,
                       int *given, int *first)
{
    struct option long_options[OPTION_ROWS_MOST + 2];
    bool was_given[OPTION_ROWS_MOST] = {false};
    int code = 0, option;
    assert(table->count <= OPTION_ROWS_MOST);
    fill(long_options, table);
    *given = 0;
    /* The options of a record are parsed after those of the command line, getopt_long(3). */
    optind = 0;
    while (!code && (option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
        if (option == 'h') {
            usage(stdout, table);
            return -1;
        }
        if (option < FIRST) {
            fprintf(stderr, "backbench %s --help lists the options\n", table->command);
            return EXIT_USAGE;
        }
        int row = option - FIRST;
        code = take(&table->rows[row], options, optarg, &was_given[row]);
        ++*given;
    }
    *first = optind;
    return code;
}
