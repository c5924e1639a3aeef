/*
 * Experiments from ini files. inih passes over a section that holds nothing, so every section's
 * head is looked at as its line goes by.
 */
#include "data/catalog.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/experiment_keys.h"
#include "data/experiment_whole.h"
#include "data/ini_source.h"
#include "data/phases.h"
#include "data/slo.h"

/* What one file's reading needs. */
struct reading {
    struct ini_source source;
    struct experiment *experiment;
    uint64_t seen; /* a bit for each of experiment_keys[] */
};
_Static_assert(EXPERIMENT_KEYS <= 64, "each key has its bit");

static void fail(struct reading *reading, char *sentence)
{
    ini_source_fail(&reading->source, sentence);
}

static void fail_section(struct reading *reading, const char *name)
{
    char *hint = text_suggest(experiment_sections, EXPERIMENT_SECTIONS, name);

    fail(reading, text_format("unknown section [%s]: %s", name, hint));
    free(hint);
}

/* The nearest key of the same section. */
static void fail_key(struct reading *reading, const char *section, const char *name)
{
    const char *words[EXPERIMENT_KEYS];
    size_t count = 0;

    for (unsigned i = 0; i < EXPERIMENT_KEYS; i++)
        if (strcmp(experiment_keys[i].section, section) == 0)
            words[count++] = experiment_keys[i].name;
    char *hint = text_suggest(words, count, name);
    fail(reading, text_format("unknown key \"%s\" in [%s]: %s", name, section, hint));
    free(hint);
}

static void set_text(struct reading *reading, const struct experiment_key *key, char **text,
                     const char *value)
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

static void set_list(struct reading *reading, const struct experiment_key *key,
                     struct strings *list, const char *value)
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
static bool add_level(struct reading *reading, const struct experiment_key *key,
                      struct ascending *levels, const char *word)
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
static void set_ascending(struct reading *reading, const struct experiment_key *key,
                          struct ascending *levels, const char *value)
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
static void set_read(struct reading *reading, const struct experiment_key *key, void *at,
                     const char *value)
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
static void set_number(struct reading *reading, const struct experiment_key *key, unsigned *number,
                       const char *value)
{
    bool may_be_auto = key->kind == KIND_NUMBER_OR_AUTO;

    if (may_be_auto && strcmp(value, "auto") == 0)
        *number = 0;
    else if (!text_number(number, value, key->least, key->most))
        fail(reading, text_format("%s = %s is not a whole number from %u to %u%s", key->name, value,
                                  key->least, key->most, may_be_auto ? ", nor auto" : ""));
}

static void set_yes_or_no(struct reading *reading, const struct experiment_key *key, bool *is_so,
                          const char *value)
{
    *is_so = strcmp(value, "yes") == 0;
    if (!*is_so && strcmp(value, "no") != 0)
        fail(reading, text_format("%s = %s: write yes or no", key->name, value));
}

static void set(struct reading *reading, const struct experiment_key *key, const char *value)
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
    if (!experiment_is_section(section)) {
        fail_section(reading, section);
        return 0;
    }
    const struct experiment_key *key = experiment_key_find(section, name);
    if (!key) {
        fail_key(reading, section, name);
        return 0;
    }
    uint64_t bit = UINT64_C(1) << (key - experiment_keys);
    if (reading->seen & bit)
        fail(reading, text_format("%s is said twice in [%s]", name, section));
    reading->seen |= bit;
    reading->experiment->lines[key - experiment_keys] = reading->source.line;
    set(reading, key, value);
    return !reading->source.failed;
}

/* A head is looked at here because inih is silent on one without keys below it. */
static void look_at_head(struct reading *reading, const char *line)
{
    char name[64], end[2];

    if (sscanf(line, "[%63[^]]%1[]]", name, end) == 2 && !experiment_is_section(name))
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

static int fail_unknown(const struct experiment *experiment, const struct experiment_key *key,
                        const char *name, const struct strings *known, char **error)
{
    char *hint = text_suggest((const char *const *)known->items, known->count, name);

    text_error(error, "%s:%u: [%s] %s: there is no workload \"%s\": %s", experiment->path,
               experiment->lines[key - experiment_keys], key->section, key->name, name, hint);
    free(hint);
    return -1;
}

int experiment_check(const struct experiment *experiment, const struct strings *known, char **error)
{
    for (const struct experiment_key *key = experiment_keys;
         key < experiment_keys + EXPERIMENT_KEYS; key++) {
        if (key->kind != KIND_LIST || strcmp(key->name, "servers") == 0)
            continue;
        const struct strings *named = (const void *)((const char *)experiment + key->offset);
        for (size_t i = 0; i < named->count; i++)
            if (!strings_contain(known, named->items[i]))
                return fail_unknown(experiment, key, named->items[i], known, error);
    }
    return 0;
}
