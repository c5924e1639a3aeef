/*
 * Experiments from ini files. inih passes over a section that holds nothing, so every section's
 * head is looked at as its line goes by.
 */
#include "data/catalog.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/experiment_whole.h"
#include "data/ini_source.h"
#include "data/phases.h"
#include "data/slo.h"

/* What one file's reading needs. */
struct reading {
    struct ini_source source;
    struct experiment *experiment;
    uint64_t seen; /* a bit for each row of keys[] */
};

enum {
    WORKERS_MOST = 1024,
    CONNECTIONS_MOST = 65536,
    BLOCKS_MOST = 1000,
    WARMUP_MOST_S = 600,
    WINDOW_MOST_S = 3600,
    IDLE_MOST = 1000000,
    PER_CONNECTION_MOST = 1000000000,
    STAIRS_WINDOW_MOST_S = 10,
};

enum kind {
    KIND_TEXT,
    KIND_WORD,
    KIND_LIST,
    KIND_NUMBER,
    KIND_NUMBER_OR_AUTO,
    KIND_LEVELS,
    KIND_LEVELS_OR_AUTO,
    KIND_RATES_OR_AUTO,
    KIND_SLOS,
    KIND_PHASES,
    KIND_YES_OR_NO,
};

/* All there is to say in the file, and where it goes. */
static const struct key {
    const char *section, *name;
    enum kind kind;
    size_t offset;
    unsigned least, most;
} keys[] = {
#define AT(member) offsetof(struct experiment, member)
    {"experiment", "summary", KIND_TEXT, AT(summary), 0, 0},
    {"experiment", "reference", KIND_WORD, AT(reference), 0, 0},
    {"experiment", "servers", KIND_LIST, AT(servers), 0, 0},
    {"experiment", "workers", KIND_NUMBER, AT(workers), 1, WORKERS_MOST},
    {"experiment", "connections", KIND_NUMBER, AT(connections_per_worker), 1, CONNECTIONS_MOST},
    {"experiment", "ceilings", KIND_LIST, AT(ceilings), 0, 0},
    {"experiment", "self_check", KIND_LIST, AT(self_check), 0, 0},
    {"paired", "workloads", KIND_LIST, AT(paired.workloads), 0, 0},
    {"paired", "blocks", KIND_NUMBER, AT(paired.blocks), 1, BLOCKS_MOST},
    {"paired", "warmup_s", KIND_NUMBER, AT(paired.warmup_s), 0, WARMUP_MOST_S},
    {"paired", "window_s", KIND_NUMBER, AT(paired.window_s), 1, WINDOW_MOST_S},
    {"solo", "workloads", KIND_LIST, AT(solo.workloads), 0, 0},
    {"solo", "blocks", KIND_NUMBER, AT(solo.blocks), 1, BLOCKS_MOST},
    {"solo", "warmup_s", KIND_NUMBER, AT(solo.warmup_s), 0, WARMUP_MOST_S},
    {"solo", "window_s", KIND_NUMBER, AT(solo.window_s), 1, WINDOW_MOST_S},
    {"glance", "workloads", KIND_LIST, AT(glance.workloads), 0, 0},
    {"glance", "blocks", KIND_NUMBER, AT(glance.blocks), 1, BLOCKS_MOST},
    {"glance", "warmup_s", KIND_NUMBER, AT(glance.warmup_s), 0, WARMUP_MOST_S},
    {"glance", "window_s", KIND_NUMBER, AT(glance.window_s), 1, WINDOW_MOST_S},
    {"paced", "workloads", KIND_LIST, AT(paced.set.workloads), 0, 0},
    {"paced", "blocks", KIND_NUMBER, AT(paced.set.blocks), 1, BLOCKS_MOST},
    {"paced", "warmup_s", KIND_NUMBER, AT(paced.set.warmup_s), 0, WARMUP_MOST_S},
    {"paced", "window_s", KIND_NUMBER, AT(paced.set.window_s), 1, WINDOW_MOST_S},
    {"paced", "rate_rps", KIND_NUMBER_OR_AUTO, AT(paced.rate_rps), 1, RATE_MOST_RPS},
    {"latency", "workloads", KIND_LIST, AT(curve.set.workloads), 0, 0},
    {"latency", "blocks", KIND_NUMBER, AT(curve.set.blocks), 1, BLOCKS_MOST},
    {"latency", "warmup_s", KIND_NUMBER, AT(curve.set.warmup_s), 0, WARMUP_MOST_S},
    {"latency", "window_s", KIND_NUMBER, AT(curve.set.window_s), 1, WINDOW_MOST_S},
    {"latency", "rates", KIND_RATES_OR_AUTO, AT(curve.rates), 1, RATE_MOST_RPS},
    {"slo", "workloads", KIND_LIST, AT(slo.set.workloads), 0, 0},
    {"slo", "blocks", KIND_NUMBER, AT(slo.set.blocks), 1, BLOCKS_MOST},
    {"slo", "warmup_s", KIND_NUMBER, AT(slo.set.warmup_s), 0, WARMUP_MOST_S},
    {"slo", "window_s", KIND_NUMBER, AT(slo.set.window_s), 1, WINDOW_MOST_S},
    {"slo", "objectives", KIND_SLOS, AT(slo), 0, 0},
    {"phases", "workloads", KIND_LIST, AT(phases.set.workloads), 0, 0},
    {"phases", "blocks", KIND_NUMBER, AT(phases.set.blocks), 1, BLOCKS_MOST},
    {"phases", "warmup_s", KIND_NUMBER, AT(phases.set.warmup_s), 0, WARMUP_MOST_S},
    {"phases", "phases", KIND_PHASES, AT(phases.phases), 0, 0},
    {"phases", "rate_rps", KIND_NUMBER_OR_AUTO, AT(phases.rate_rps), 1, RATE_MOST_RPS},
    {"phases", "requests_per_connection", KIND_NUMBER, AT(phases.requests_per_connection), 1,
     PER_CONNECTION_MOST},
    {"phases", "soak", KIND_YES_OR_NO, AT(phases.soak), 0, 0},
    {"phases", "memory_only", KIND_YES_OR_NO, AT(phases.memory_only), 0, 0},
    {"connections", "workloads", KIND_LIST, AT(stairs.set.workloads), 0, 0},
    {"connections", "blocks", KIND_NUMBER, AT(stairs.set.blocks), 1, BLOCKS_MOST},
    {"connections", "window_s", KIND_NUMBER, AT(stairs.set.window_s), 1, STAIRS_WINDOW_MOST_S},
    {"connections", "levels", KIND_LEVELS, AT(stairs.connections), 1, CONNECTIONS_MOST},
    {"scale", "workloads", KIND_LIST, AT(scale.set.workloads), 0, 0},
    {"scale", "blocks", KIND_NUMBER, AT(scale.set.blocks), 1, BLOCKS_MOST},
    {"scale", "curve_blocks", KIND_NUMBER, AT(scale.curve_blocks), 1, BLOCKS_MOST},
    {"scale", "warmup_s", KIND_NUMBER, AT(scale.set.warmup_s), 0, WARMUP_MOST_S},
    {"scale", "window_s", KIND_NUMBER, AT(scale.set.window_s), 1, WINDOW_MOST_S},
    {"scale", "connections", KIND_LEVELS, AT(scale.connections), 1, CONNECTIONS_MOST},
    {"scale", "base", KIND_NUMBER, AT(scale.base), 1, CONNECTIONS_MOST},
    {"scale", "idle", KIND_NUMBER, AT(scale.idle), 0, IDLE_MOST},
    {"scale", "workers", KIND_LEVELS_OR_AUTO, AT(scale.workers), 1, WORKERS_MOST},
    {"scale", "max_connections", KIND_NUMBER, AT(scale.max_connections), 1, IDLE_MOST},
#undef AT
};
enum { KEYS = sizeof keys / sizeof *keys };
_Static_assert((int)KEYS == EXPERIMENT_KEYS, "each key has its line");

static const char *const sections[] = {"experiment", "paired", "solo",   "glance",      "paced",
                                       "latency",    "slo",    "phases", "connections", "scale"};
enum { SECTIONS = sizeof sections / sizeof *sections };

static void fail(struct reading *reading, char *sentence)
{
    ini_source_fail(&reading->source, sentence);
}

static bool is_section(const char *name)
{
    for (unsigned i = 0; i < SECTIONS; i++)
        if (strcmp(sections[i], name) == 0)
            return true;
    return false;
}

static void fail_section(struct reading *reading, const char *name)
{
    char *hint = text_suggest(sections, SECTIONS, name);

    fail(reading, text_format("unknown section [%s]: %s", name, hint));
    free(hint);
}

/* The nearest key of the same section. */
static void fail_key(struct reading *reading, const char *section, const char *name)
{
    const char *words[KEYS];
    size_t count = 0;

    for (unsigned i = 0; i < KEYS; i++)
        if (strcmp(keys[i].section, section) == 0)
            words[count++] = keys[i].name;
    char *hint = text_suggest(words, count, name);
    fail(reading, text_format("unknown key \"%s\" in [%s]: %s", name, section, hint));
    free(hint);
}

static const struct key *find_key(const char *section, const char *name)
{
    for (unsigned i = 0; i < KEYS; i++)
        if (strcmp(keys[i].section, section) == 0 && strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static void set_text(struct reading *reading, const struct key *key, char **text, const char *value)
{
    if (!*value) {
        fail(reading, text_format("%s has no value", key->name));
        return;
    }
    if (key->kind == KIND_WORD && strpbrk(value, " \t,")) {
        fail(reading, text_format("%s is one word, not \"%s\"", key->name, value));
        return;
    }
    free(*text);
    *text = xstrdup(value);
}

static void set_list(struct reading *reading, const struct key *key, struct strings *list,
                     const char *value)
{
    struct strings words = {0};

    strings_split(&words, value);
    for (size_t i = 0; i < words.count; i++)
        if (strings_contain(list, words.items[i]))
            fail(reading, text_format("%s names \"%s\" twice", key->name, words.items[i]));
        else
            strings_add(list, words.items[i]);
    strings_release(&words);
}

/* An ascending list of numbers, wherever it is kept. */
struct ascending {
    unsigned *items;
    size_t *count, most;
};

/* One more number of it; false after a sentence. */
static bool add_level(struct reading *reading, const struct key *key, struct ascending *levels,
                      const char *word)
{
    size_t count = *levels->count;
    unsigned number = 0;
    if (!text_number(&number, word, key->least, key->most))
        fail(reading, text_format("%s: \"%s\" is not a whole number from %u to %u", key->name, word,
                                  key->least, key->most));
    else if (count > 0 && number <= levels->items[count - 1])
        fail(reading, text_format("%s: %u does not come after %u: name each number once, the "
                                  "smallest first",
                                  key->name, number, levels->items[count - 1]));
    else if (count == levels->most)
        fail(reading, text_format("%s: more than %zu numbers", key->name, levels->most));
    else
        levels->items[(*levels->count)++] = number;
    return !reading->source.failed;
}

/* "auto" is an empty list. */
static void set_ascending(struct reading *reading, const struct key *key, struct ascending *levels,
                          const char *value)
{
    struct strings words = {0};

    *levels->count = 0;
    if (key->kind != KIND_LEVELS && strcmp(value, "auto") == 0)
        return;
    strings_split(&words, value);
    if (words.count == 0)
        fail(reading, text_format("%s has no value", key->name));
    for (size_t i = 0; i < words.count && add_level(reading, key, levels, words.items[i]);)
        i++;
    strings_release(&words);
}

/* What a module of its own reads. */
static void set_read(struct reading *reading, const struct key *key, void *at, const char *value)
{
    struct slo_set *slo = at;
    char *error = NULL;
    int status = key->kind == KIND_PHASES ? phases_read(at, value, &error)
                                          : slos_read(slo->slos, &slo->slo_count, value, &error);

    if (status < 0)
        fail(reading, text_format("%s: %s", key->name, error));
    free(error);
}

/* "auto" is 0. */
static void set_number(struct reading *reading, const struct key *key, unsigned *number,
                       const char *value)
{
    bool may_be_auto = key->kind == KIND_NUMBER_OR_AUTO;

    if (may_be_auto && strcmp(value, "auto") == 0)
        *number = 0;
    else if (!text_number(number, value, key->least, key->most))
        fail(reading, text_format("%s = %s is not a whole number from %u to %u%s", key->name, value,
                                  key->least, key->most, may_be_auto ? ", nor auto" : ""));
}

static void set_yes_or_no(struct reading *reading, const struct key *key, bool *is_so,
                          const char *value)
{
    *is_so = strcmp(value, "yes") == 0;
    if (!*is_so && strcmp(value, "no") != 0)
        fail(reading, text_format("%s = %s: write yes or no", key->name, value));
}

static void set(struct reading *reading, const struct key *key, const char *value)
{
    void *at = (char *)reading->experiment + key->offset;
    struct levels *levels = at;
    struct rates *rates = at;

    switch (key->kind) {
    case KIND_TEXT:
    case KIND_WORD:
        set_text(reading, key, at, value);
        break;
    case KIND_LIST:
        set_list(reading, key, at, value);
        break;
    case KIND_NUMBER:
    case KIND_NUMBER_OR_AUTO:
        set_number(reading, key, at, value);
        break;
    case KIND_LEVELS:
    case KIND_LEVELS_OR_AUTO:
        set_ascending(reading, key, &(struct ascending){levels->items, &levels->count, LEVELS_MOST},
                      value);
        break;
    case KIND_RATES_OR_AUTO:
        set_ascending(reading, key, &(struct ascending){rates->items, &rates->count, RATES_MOST},
                      value);
        break;
    case KIND_SLOS:
    case KIND_PHASES:
        set_read(reading, key, at, value);
        break;
    case KIND_YES_OR_NO:
        set_yes_or_no(reading, key, at, value);
        break;
    }
}

/* inih's callback: non-zero to go on. */
static int on_value(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;

    if (reading->source.failed)
        return 0;
    if (!*section) {
        fail(reading, text_format("\"%s\" stands before any [section]", name));
        return 0;
    }
    if (!is_section(section)) {
        fail_section(reading, section);
        return 0;
    }
    const struct key *key = find_key(section, name);
    if (!key) {
        fail_key(reading, section, name);
        return 0;
    }
    uint64_t bit = UINT64_C(1) << (key - keys);
    if (reading->seen & bit)
        fail(reading, text_format("%s is said twice in [%s]", name, section));
    reading->seen |= bit;
    reading->experiment->lines[key - keys] = reading->source.line;
    set(reading, key, value);
    return !reading->source.failed;
}

/* A head is looked at here because inih is silent on one without keys below it. */
static void look_at_head(struct reading *reading, const char *line)
{
    char name[64], end[2];

    if (sscanf(line, "[%63[^]]%1[]]", name, end) == 2 && !is_section(name))
        fail_section(reading, name);
}

static char *next_line(char *buffer, int size, void *stream)
{
    struct reading *reading = stream;
    char *line = ini_source_line(buffer, size, &reading->source);

    if (line)
        look_at_head(reading, line);
    return reading->source.failed ? NULL : line;
}

int experiment_read(struct experiment *experiment, const char *path, char **error)
{
    static const struct round_set round_set = {.blocks = 1, .warmup_s = 1, .window_s = 2};
    struct reading reading = {.experiment = experiment};

    *experiment = (struct experiment){
        .name = text_stem(path),
        .path = xstrdup(path),
        .reference = xstrdup("epoll"),
        .workers = 1,
        .connections_per_worker = 64,
        .paired = round_set,
        .solo = round_set,
        .glance = round_set,
        .paced = {.set = round_set},
        .curve = {.set = round_set},
        .slo = {.set = {.blocks = 3, .warmup_s = 1, .window_s = 10}},
        .phases = {.set = {.blocks = 1, .warmup_s = 1}},
        .stairs = {.set = {.blocks = 1, .window_s = 2}},
        .scale = {.set = round_set, .curve_blocks = 1, .base = 64, .max_connections = 12000},
    };
    if (ini_source_open(&reading.source, path, error) < 0)
        return -1;
    int status = ini_source_parse(&reading.source, next_line, &reading, on_value, &reading);
    ini_source_close(&reading.source);
    experiment->phases.set.window_s = phases_seconds(&experiment->phases.phases);
    return status ? status : experiment_check_whole(experiment, error);
}

static int fail_unknown(const struct experiment *experiment, const struct key *key,
                        const char *name, const struct strings *known, char **error)
{
    char *hint = text_suggest((const char *const *)known->items, known->count, name);

    text_error(error, "%s:%u: [%s] %s: there is no workload \"%s\": %s", experiment->path,
               experiment->lines[key - keys], key->section, key->name, name, hint);
    free(hint);
    return -1;
}

int experiment_check(const struct experiment *experiment, const struct strings *known, char **error)
{
    for (const struct key *key = keys; key < keys + KEYS; key++) {
        if (key->kind != KIND_LIST || strcmp(key->name, "servers") == 0)
            continue;
        const struct strings *named = (const void *)((const char *)experiment + key->offset);
        for (size_t i = 0; i < named->count; i++)
            if (!strings_contain(known, named->items[i]))
                return fail_unknown(experiment, key, named->items[i], known, error);
    }
    return 0;
}
