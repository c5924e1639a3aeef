/* What a user accepts for a while, a section each; gate.c reads what gates. */
#include "data/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/ini_source.h"

#define EXAMPLE_DAY "2026-12-31"

struct reading {
    struct ini_source source;
    struct acceptances *acceptances;
};

static void fail(struct reading *reading, char *sentence)
{
    ini_source_fail(&reading->source, sentence);
}

static struct acceptance *last_of(struct acceptances *acceptances)
{
    return acceptances->count > 0 ? &acceptances->items[acceptances->count - 1] : NULL;
}

/* ---- days ---- */

static unsigned days_in(unsigned year, unsigned month)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}

/* "2026-12-31", digit for digit. */
static bool has_form_of_day(const char *text)
{
    for (size_t i = 0; i < strlen(EXAMPLE_DAY); i++)
        if (EXAMPLE_DAY[i] == '-' ? text[i] != '-' : text[i] < '0' || text[i] > '9')
            return false;
    return text[strlen(EXAMPLE_DAY)] == '\0';
}

static void take_day(struct reading *reading, struct acceptance *acceptance, const char *value)
{
    unsigned year, month, day;

    if (!has_form_of_day(value) || sscanf(value, "%4u-%2u-%2u", &year, &month, &day) != 3)
        fail(reading, text_format("until = %s is no day: write one as " EXAMPLE_DAY, value));
    else if (month < 1 || month > 12 || day < 1 || day > days_in(year, month))
        fail(reading, text_format("until = %s is a day that does not exist", value));
    else
        memcpy(acceptance->until, value, GATE_DAY_SIZE);
}

/* ---- keys ---- */

/* inih's callback: non-zero to go on. The section is known by its line. */
static int on_value(void *user, const char *section, const char *name, const char *value)
{
    static const char *const keys[] = {"until", "reason"};
    struct reading *reading = user;
    struct acceptance *last = last_of(reading->acceptances);
    bool is_day = strcmp(name, keys[0]) == 0, is_reason = strcmp(name, keys[1]) == 0;

    (void)section;
    if (reading->source.failed)
        return 0;
    if (!is_day && !is_reason) {
        char *hint = text_suggest(keys, sizeof keys / sizeof *keys, name);
        fail(reading, text_format("unknown key \"%s\": %s", name, hint));
        free(hint);
    } else if (!last)
        fail(reading, text_format("\"%s\" stands before any section: put one as "
                                  "[epoll plaintext cost] above it",
                                  name));
    else if (!*value)
        fail(reading, is_day ? text_format("until has no value: write a day as " EXAMPLE_DAY)
                             : text_format("reason says nothing: write why it is accepted"));
    else if (is_day ? last->until[0] : last->reason != NULL)
        fail(reading, text_format("%s is said twice", name));
    else if (is_day)
        take_day(reading, last, value);
    else
        last->reason = xstrdup(value);
    return !reading->source.failed;
}

/* ---- sections ---- */

static bool is_same(const struct acceptance *a, const struct acceptance *b)
{
    return a->metric == b->metric && strcmp(a->server, b->server) == 0 &&
           strcmp(a->workload, b->workload) == 0;
}

/* The last one, now that its section is over. A sentence has
 * its line, and not that of what ended it. */
static void check_last(struct reading *reading)
{
    const struct acceptance *last = last_of(reading->acceptances);
    const char *lacks = NULL;

    if (!last || reading->source.failed)
        return;
    if (!last->until[0])
        lacks = "no until: add the last day, as in until = " EXAMPLE_DAY;
    else if (!last->reason)
        lacks = "no reason: add why it is accepted, as in reason = the parser now checks UTF-8";
    if (!lacks)
        return;
    reading->source.line = last->line;
    fail(reading, text_format("[%s %s %s] has %s", last->server, last->workload,
                              metric_info(last->metric)->name, lacks));
}

static void check_first(struct reading *reading, const struct acceptance *added)
{
    for (const struct acceptance *one = reading->acceptances->items; one < added; one++)
        if (is_same(one, added)) {
            fail(reading,
                 text_format("[%s %s %s] stands twice, first on line %u", added->server,
                             added->workload, metric_info(added->metric)->name, one->line));
            return;
        }
}

static void add(struct reading *reading, const struct strings *words, enum metric metric)
{
    struct acceptances *all = reading->acceptances;

    all->items = xreallocarray(all->items, all->count + 1, sizeof *all->items);
    all->items[all->count++] = (struct acceptance){
        .server = xstrdup(words->items[0]),
        .workload = xstrdup(words->items[1]),
        .metric = metric,
        .line = reading->source.line,
    };
    check_first(reading, last_of(all));
}

static void fail_section(struct reading *reading, const char *name, const struct strings *words)
{
    if (words->count == 2 && metric_find(words->items[1]) >= 0)
        fail(reading, text_format("[%s] names no workload: [%s * %s] is for any of them", name,
                                  words->items[0], words->items[1]));
    else
        fail(reading, text_format("[%s] is not a server, a workload and a metric: write them as "
                                  "[epoll plaintext cost], and * for any server or workload",
                                  name));
}

static void begin_section(struct reading *reading, const char *name)
{
    struct strings words = {0};

    strings_split(&words, name);
    int metric = words.count == 3 ? metric_find(words.items[2]) : -1;
    if (words.count != 3)
        fail_section(reading, name, &words);
    else if (metric < 0) {
        char *hint = metric_suggest(words.items[2]);
        fail(reading, text_format("unknown metric \"%s\": %s", words.items[2], hint));
        free(hint);
    } else
        add(reading, &words, (enum metric)metric);
    strings_release(&words);
}

static char *next_line(char *buffer, int size, void *stream)
{
    struct reading *reading = stream;
    char *line = ini_source_line(buffer, size, &reading->source);
    char *head = line ? ini_source_head(&reading->source, line) : NULL;

    if (head) {
        check_last(reading);
        begin_section(reading, head);
    }
    free(head);
    return reading->source.failed ? NULL : line;
}

static int read_source(struct reading *reading)
{
    int status = ini_source_parse(&reading->source, next_line, reading, on_value, reading);
    if (status == 0) {
        check_last(reading);
        status = reading->source.failed ? -1 : 0;
    }
    ini_source_close(&reading->source);
    return status;
}

int acceptances_read(struct acceptances *acceptances, const char *path, char **error)
{
    struct reading reading = {.acceptances = acceptances};

    *acceptances = (struct acceptances){0};
    return ini_source_open(&reading.source, path, error) < 0 ? -1 : read_source(&reading);
}

int acceptances_read_text(struct acceptances *acceptances, const char *text, const char *name,
                          char **error)
{
    struct reading reading = {.acceptances = acceptances};

    *acceptances = (struct acceptances){0};
    return ini_source_open_text(&reading.source, text, name, error) < 0 ? -1
                                                                        : read_source(&reading);
}

/* A section has three lines at least, so each can stand where it stood. No blank is put before a
 * reason: a semicolon behind one begins a comment. */
char *acceptances_text(const struct acceptances *acceptances)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    unsigned line = 1;

    for (size_t i = 0; i < acceptances->count; i++) {
        const struct acceptance *one = &acceptances->items[i];
        for (; line < one->line; line++)
            fputc('\n', out);
        fprintf(out, "[%s %s %s]\nuntil=%s\nreason=%s\n", one->server, one->workload,
                metric_info(one->metric)->name, one->until, one->reason);
        line += 3;
    }
    fclose(out);
    return text;
}

bool acceptance_is_about(const struct acceptance *acceptance, const char *server,
                         const char *workload)
{
    return (strcmp(acceptance->server, "*") == 0 || strcmp(acceptance->server, server) == 0) &&
           (strcmp(acceptance->workload, "*") == 0 || strcmp(acceptance->workload, workload) == 0);
}

void acceptances_release(struct acceptances *acceptances)
{
    for (size_t i = 0; i < acceptances->count; i++) {
        free(acceptances->items[i].server);
        free(acceptances->items[i].workload);
        free(acceptances->items[i].reason);
    }
    free(acceptances->items);
    *acceptances = (struct acceptances){0};
}
