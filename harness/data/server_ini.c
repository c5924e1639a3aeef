/*
 * What the server.ini of a server that is not ours says of it: "key =
 * value" lines without sections. What the machine lacks to run it is
 * looked up here as well, so that a row can say at once how to get it.
 */
#include "data/catalog.h"

#include <libgen.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "data/ini_source.h"

enum { START_MOST_S = 600 };

struct reading {
    struct ini_source source;
    struct server_info *info;
    char *folder;
    char *name, *run, *build, *install;
    struct strings needs;
    uint32_t seen; /* a bit for each row of keys[] */
};

enum kind { KIND_TEXT, KIND_WORDS, KIND_LINES, KIND_SECONDS };

/* All there is to say, and where it goes. Lines are a key that may be repeated. */
static const struct key {
    const char *name;
    enum kind kind;
    bool of_info; /* else of the reading itself */
    bool needed;
    size_t offset;
} keys[] = {
#define INFO(member) true, false, offsetof(struct server_info, member)
#define NEED(member) true, true, offsetof(struct server_info, member)
#define HERE(member) false, false, offsetof(struct reading, member)
    {"name", KIND_TEXT, HERE(name)},
    {"model", KIND_TEXT, NEED(model)},
    {"summary", KIND_TEXT, NEED(summary)},
    {"language", KIND_TEXT, NEED(language)},
    {"homepage", KIND_TEXT, INFO(homepage)},
    {"workers_meaning", KIND_TEXT, INFO(workers_meaning)},
    {"routes", KIND_WORDS, INFO(routes)},
    {"differs", KIND_LINES, INFO(differs)},
    {"start_timeout_s", KIND_SECONDS, INFO(start_timeout_s)},
    {"run", KIND_TEXT, HERE(run)},
    {"needs", KIND_WORDS, HERE(needs)},
    {"install", KIND_TEXT, HERE(install)},
    {"build", KIND_TEXT, HERE(build)},
#undef INFO
#undef NEED
#undef HERE
};
enum { KEYS = sizeof keys / sizeof *keys };

static void fail_key(struct reading *reading, const char *name)
{
    const char *words[KEYS];

    for (unsigned i = 0; i < KEYS; i++)
        words[i] = keys[i].name;
    char *hint = text_suggest(words, KEYS, name);
    ini_source_fail(&reading->source, text_format("unknown key \"%s\": %s", name, hint));
    free(hint);
}

static void set(struct reading *reading, const struct key *key, const char *value)
{
    void *at = (char *)(key->of_info ? (void *)reading->info : reading) + key->offset;

    switch (key->kind) {
    case KIND_TEXT:
        free(*(char **)at);
        *(char **)at = xstrdup(value);
        break;
    case KIND_WORDS:
        strings_split(at, value);
        break;
    case KIND_LINES:
        strings_add(at, value);
        break;
    case KIND_SECONDS:
        if (!text_number(at, value, 1, START_MOST_S))
            ini_source_fail(&reading->source,
                            text_format("%s = %s is not a whole number from 1 to %d", key->name,
                                        value, START_MOST_S));
        break;
    }
}

static const struct key *find_key(const char *name)
{
    for (unsigned i = 0; i < KEYS; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

/* inih's callback: non-zero to go on. */
static int on_value(void *user, const char *section, const char *name, const char *value)
{
    struct reading *reading = user;
    const struct key *key = find_key(name);
    uint32_t bit = key ? UINT32_C(1) << (key - keys) : 0;

    if (reading->source.failed)
        return 0;
    if (*section)
        ini_source_fail(&reading->source,
                        text_format("there are no sections here, so no [%s]", section));
    else if (!key)
        fail_key(reading, name);
    else if (!*value)
        ini_source_fail(&reading->source, text_format("%s has no value", name));
    else if ((reading->seen & bit) && key->kind != KIND_LINES)
        ini_source_fail(&reading->source, text_format("%s is said twice", name));
    else
        set(reading, key, value);
    reading->seen |= bit;
    return !reading->source.failed;
}

/* What has a slash is a file that a build makes here; all else is a program of the system. */
static bool is_made_here(const char *need)
{
    return need[0] != '/' && strchr(need, '/') != NULL;
}

static char *find_needed(const struct reading *reading, const char *need)
{
    if (!is_made_here(need))
        return program_find_service(need);
    char *path = text_format("%s/%s", reading->folder, need);
    char *found = program_find(path);
    free(path);
    return found;
}

static char *say_missing(const struct reading *reading, const char *need)
{
    bool made_here = is_made_here(need);

    if (made_here && reading->build)
        return text_format("%s is not built; type: cd %s && %s", need, reading->folder,
                           reading->build);
    if (!made_here && reading->install)
        return text_format("%s is not installed; type: %s", need, reading->install);
    return text_format("it needs %s, which is not here", need);
}

static void look_for_needs(struct reading *reading)
{
    struct server_info *info = reading->info;

    for (size_t i = 0; i < reading->needs.count && !info->missing; i++) {
        char *found = find_needed(reading, reading->needs.items[i]);
        if (!found)
            info->missing = say_missing(reading, reading->needs.items[i]);
        if (i == 0)
            info->program = found;
        else
            free(found);
    }
}

static int check_whole(const struct reading *reading)
{
    const struct ini_source *source = &reading->source;

    for (unsigned i = 0; i < KEYS; i++)
        if (keys[i].needed && !(reading->seen & UINT32_C(1) << i))
            return text_error(source->error, "%s says no %s", source->path, keys[i].name);
    if (reading->name && strcmp(reading->name, reading->info->name) != 0)
        return text_error(source->error, "%s: name = %s, but its folder is called %s", source->path,
                          reading->name, reading->info->name);
    if (access(reading->info->path, X_OK) < 0)
        return text_error(source->error, "%s: run = %s: %s is not an executable file", source->path,
                          reading->run ? reading->run : "run", reading->info->path);
    return 0;
}

static int read_all(struct reading *reading, const char *path, char **error)
{
    if (ini_source_open(&reading->source, path, error) < 0)
        return -1;
    int status =
        ini_source_parse(&reading->source, ini_source_line, &reading->source, on_value, reading);
    ini_source_close(&reading->source);
    if (status == 0) {
        free(reading->info->path);
        reading->info->path =
            text_format("%s/%s", reading->folder, reading->run ? reading->run : "run");
        status = check_whole(reading);
    }
    return status;
}

int server_ini_read(struct server_info *info, const char *path, char **error)
{
    char folder[PATH_MAX], name[PATH_MAX];
    struct reading reading = {.info = info};

    snprintf(folder, sizeof folder, "%s", path);
    reading.folder = dirname(folder);
    snprintf(name, sizeof name, "%s", reading.folder);
    server_info_init(info, basename(name), path);
    info->external = info->described = true;
    int status = read_all(&reading, path, error);
    if (status == 0)
        look_for_needs(&reading);
    free(reading.name);
    free(reading.run);
    free(reading.build);
    free(reading.install);
    strings_release(&reading.needs);
    return status;
}
