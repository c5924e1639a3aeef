/* The gate of backbench.ini; gate_acceptances.c reads what a user accepts. */
#include "data/gate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/decimal.h"
#include "data/ini_source.h"

static const double MARGIN_LEAST = .001, MARGIN_MOST = 1;

static const char *const only_section = "gate";

enum key { KEY_METRICS, KEY_WORKLOADS, KEY_MARGIN /* + the metric */, KEYS = KEY_MARGIN + METRICS };

struct reading {
    struct ini_source source;
    struct gate *gate;
    unsigned section_line; /* 0: it is still to come */
    bool seen[KEYS];
};

void gate_init(struct gate *gate)
{
    *gate = (struct gate){0};
    for (int i = 0; i < METRICS; i++) {
        gate->gates[i] = metric_info((enum metric)i)->gates;
        gate->margins[i] = metric_info((enum metric)i)->margin;
    }
}

void gate_release(struct gate *gate)
{
    strings_release(&gate->workloads);
    *gate = (struct gate){0};
}

bool gate_takes(const struct gate *gate, enum metric metric, const char *workload)
{
    return gate->gates[metric_info(metric)->gates_with] &&
           (gate->workloads.count == 0 || strings_contain(&gate->workloads, workload));
}

static const char *key_name(int key)
{
    if (key == KEY_METRICS)
        return "metrics";
    return key == KEY_WORKLOADS ? "workloads" : metric_info((enum metric)(key - KEY_MARGIN))->name;
}

/* KEYS: it is none. */
static int find_key(const char *name)
{
    int key = 0;
    while (key < KEYS && strcmp(key_name(key), name) != 0)
        key++;
    return key;
}

static void fail_key(struct reading *reading, const char *name)
{
    const char *words[KEYS];

    for (int i = 0; i < KEYS; i++)
        words[i] = key_name(i);
    char *hint = text_suggest(words, KEYS, name);
    ini_source_fail(&reading->source,
                    text_format("unknown key \"%s\" in [%s]: %s", name, only_section, hint));
    free(hint);
}

/* What may be written instead: those that gate with no other. The caller frees. */
static char *say_unknown(const char *name)
{
    const char *words[METRICS];
    size_t count = 0;

    for (int i = 0; i < METRICS; i++)
        if (metric_info((enum metric)i)->gates_with == (enum metric)i)
            words[count++] = metric_info((enum metric)i)->name;
    char *hint = text_suggest(words, count, name);
    char *wrong = text_format("unknown metric \"%s\": %s", name, hint);
    free(hint);
    return wrong;
}

/* What is wrong with it, or NULL; the caller frees. */
static char *add_metric(struct gate *gate, const char *name)
{
    int metric = metric_find(name);
    if (metric < 0)
        return say_unknown(name);
    enum metric named = metric_info((enum metric)metric)->gates_with;
    if ((int)named != metric)
        return text_format("%s gates with %s: write that", name, metric_info(named)->name);
    gate->gates[metric] = true;
    return NULL;
}

/* Each word once, and one at least; else what is wrong, which the caller frees. */
static char *take_words(const char *key, struct strings *list, const char *value)
{
    struct strings words = {0};
    char *wrong = NULL;

    strings_split(&words, value);
    if (words.count == 0)
        wrong = text_format("%s names none", key);
    for (size_t i = 0; !wrong && i < words.count; i++)
        if (strings_contain(list, words.items[i]))
            wrong = text_format("%s names \"%s\" twice", key, words.items[i]);
        else
            strings_add(list, words.items[i]);
    strings_release(&words);
    return wrong;
}

static char *take_metrics(struct gate *gate, const char *key, const char *value)
{
    struct strings names = {0};
    char *wrong = take_words(key, &names, value);

    memset(gate->gates, 0, sizeof gate->gates);
    gate->is_named = true;
    for (size_t i = 0; !wrong && i < names.count; i++)
        wrong = add_metric(gate, names.items[i]);
    strings_release(&names);
    return wrong;
}

int gate_name_metrics(struct gate *gate, const char *names, char **error)
{
    char *wrong = take_metrics(gate, "the list", names);
    if (wrong)
        *error = wrong;
    return wrong ? -1 : 0;
}

/* Below 1 it is meant as a share, else as percent. */
static char *say_no_percentage(const char *name, const char *value)
{
    size_t len = decimal_length(value);
    if (len == 0 || value[len])
        return text_format("%s = %s is no percentage: write one as 2%%", name, value);
    double number = decimal_scaled(value, len, 0);
    return text_format("%s = %s is no percentage: write it as %.15g%%", name, value,
                       number < 1 ? decimal_scaled(value, len, 2) : number);
}

static void take_margin(struct reading *reading, enum metric metric, const char *value)
{
    const char *name = metric_info(metric)->name;
    double share;

    if (metric == METRIC_CONSISTENCY)
        ini_source_fail(&reading->source, text_format("%s is a verdict of its own: it has no "
                                                      "margin",
                                                      name));
    else if (!decimal_percent(&share, value))
        ini_source_fail(&reading->source, say_no_percentage(name, value));
    else if (!(share >= MARGIN_LEAST && share <= MARGIN_MOST))
        ini_source_fail(&reading->source,
                        text_format("%s = %s: give a margin from 0.1%% to 100%%", name, value));
    else
        reading->gate->margins[metric] = share;
}

static void take(struct reading *reading, int key, const char *value)
{
    char *wrong = NULL;

    if (key == KEY_METRICS)
        wrong = take_metrics(reading->gate, key_name(key), value);
    else if (key == KEY_WORKLOADS)
        wrong = take_words(key_name(key), &reading->gate->workloads, value);
    else
        take_margin(reading, (enum metric)(key - KEY_MARGIN), value);
    if (wrong)
        ini_source_fail(&reading->source, wrong);
}

/* inih's callback: non-zero to go on. The section is known by its line. */
static int on_value(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    struct ini_source *source = &reading->source;
    int key = find_key(name);

    (void)section;
    if (source->failed)
        return 0;
    if (reading->section_line == 0)
        ini_source_fail(source, text_format("\"%s\" stands before any section: put [%s] above it",
                                            name, only_section));
    else if (key == KEYS)
        fail_key(reading, name);
    else if (!*value)
        ini_source_fail(source, text_format("%s has no value", name));
    else if (reading->seen[key])
        ini_source_fail(source, text_format("%s is said twice", name));
    else
        take(reading, key, value);
    if (!source->failed)
        reading->seen[key] = true;
    return !source->failed;
}

static void begin_section(struct reading *reading, const char *name)
{
    if (strcmp(name, only_section) != 0) {
        char *hint = text_suggest(&only_section, 1, name);
        ini_source_fail(&reading->source, text_format("unknown section [%s]: %s", name, hint));
        free(hint);
    } else if (reading->section_line > 0)
        ini_source_fail(&reading->source, text_format("[%s] stands twice, first on line %u", name,
                                                      reading->section_line));
    reading->section_line = reading->source.line;
}

static char *next_line(char *buffer, int size, void *stream)
{
    struct reading *reading = stream;
    char *line = ini_source_line(buffer, size, &reading->source);
    char *head = line ? ini_source_head(&reading->source, line) : NULL;

    if (head)
        begin_section(reading, head);
    free(head);
    return reading->source.failed ? NULL : line;
}

static int read_source(struct reading *reading)
{
    int status = ini_source_parse(&reading->source, next_line, reading, on_value, reading);
    ini_source_close(&reading->source);
    return status;
}

int gate_read(struct gate *gate, const char *path, char **error)
{
    struct reading reading = {.gate = gate};
    return ini_source_open(&reading.source, path, error) < 0 ? -1 : read_source(&reading);
}

int gate_read_text(struct gate *gate, const char *text, const char *name, char **error)
{
    struct reading reading = {.gate = gate};
    return ini_source_open_text(&reading.source, text, name, error) < 0 ? -1
                                                                        : read_source(&reading);
}

/* ---- the other way: no line is longer than the one that it was read from ---- */

static void write_metrics(FILE *out, const struct gate *gate)
{
    struct strings names = {0};

    for (int i = 0; i < METRICS; i++)
        if (gate->gates[i] && metric_info((enum metric)i)->gates_with == (enum metric)i)
            strings_add(&names, metric_info((enum metric)i)->name);
    assert(names.count > 0);
    char *list = strings_join(&names, " ");
    fprintf(out, "%s=%s\n", key_name(KEY_METRICS), list);
    free(list);
    strings_release(&names);
}

static void write_workloads(FILE *out, const struct gate *gate)
{
    if (gate->workloads.count == 0)
        return;
    char *list = strings_join(&gate->workloads, " ");
    fprintf(out, "%s=%s\n", key_name(KEY_WORKLOADS), list);
    free(list);
}

char *gate_text(const struct gate *gate)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fprintf(out, "[%s]\n", only_section);
    write_metrics(out, gate);
    write_workloads(out, gate);
    /* Consistency has none; 14 digits bring back whatever could be read. */
    for (int i = 0; i < METRICS; i++)
        if (i != METRIC_CONSISTENCY)
            fprintf(out, "%s=%.14g%%\n", key_name(KEY_MARGIN + i), 100 * gate->margins[i]);
    fclose(out);
    return text;
}
