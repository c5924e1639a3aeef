#include "cmd/baselines.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyse/compare.h"
#include "analyse/duel_read.h"

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static bool holds(const char *folder, const char *name)
{
    struct stat status;
    char *path = text_format("%s/%s", folder, name);
    bool is_there = stat(path, &status) == 0 && S_ISREG(status.st_mode);
    free(path);
    return is_there;
}

/* Might it be a result? */
static bool is_candidate(const char *path)
{
    struct stat status;
    if (stat(path, &status) < 0)
        return false;
    if (S_ISDIR(status.st_mode))
        return holds(path, "rounds.jsonl") || holds(path, "result.json");
    return S_ISREG(status.st_mode) && (ends_with(path, ".jsonl") || ends_with(path, ".json"));
}

/* The same run, perhaps by another path or as a copy. */
static bool is_same_run(const struct result *a, const struct result *b)
{
    return a->seed == b->seed && a->started_utc && b->started_utc &&
           strcmp(a->started_utc, b->started_utc) == 0;
}

static void add(struct baselines *baselines, const char *path, const struct result *head)
{
    char *error = NULL;
    struct result result;
    result_init(&result);
    if (result_load(&result, path, &error) < 0) {
        char *note = text_format("%s is left out: %s.", path, error);
        strings_add(&baselines->notes, note);
        free(note);
        free(error);
        result_release(&result);
        return;
    }
    if (duel_is_record(&result) || is_same_run(&result, head)) {
        result_release(&result);
        return;
    }
    baselines->results = xreallocarray(baselines->results, baselines->count + 1, sizeof result);
    baselines->results[baselines->count++] = result;
}

/* Times are written so that their order is that of text. */
static int by_start(const void *a, const void *b)
{
    const struct result *x = a, *y = b;
    return strcmp(x->started_utc ? x->started_utc : "", y->started_utc ? y->started_utc : "");
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int baselines_read(struct baselines *baselines, const char *folder, const struct result *head,
                   char **error)
{
    struct dirent **entries;
    *baselines = (struct baselines){0};
    int count = scandir(folder, &entries, visible, alphasort);
    if (count < 0)
        return text_error(error,
                          "%s cannot be read (%s): give the folder that holds earlier results",
                          folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        char *path = text_format("%s/%s", folder, entries[i]->d_name);
        if (is_candidate(path))
            add(baselines, path, head);
        free(path);
        free(entries[i]);
    }
    free(entries);
    if (baselines->count > 0)
        qsort(baselines->results, baselines->count, sizeof *baselines->results, by_start);
    return 0;
}

static bool is_earlier(const struct result *result, const struct result *head)
{
    return by_start(result, head) < 0;
}

static bool is_other_machines(const struct result *result, const struct result *head)
{
    return !compare_is_same_machine(result, head) && result->experiment.name &&
           head->experiment.name && strcmp(result->experiment.name, head->experiment.name) == 0;
}

static void move_to(struct baselines *baselines, size_t from, size_t to)
{
    struct result moved = baselines->results[from];
    memmove(baselines->results + to + 1, baselines->results + to,
            (from - to) * sizeof *baselines->results);
    baselines->results[to] = moved;
}

size_t baselines_choose(struct baselines *baselines, const struct result *head)
{
    size_t chosen = 0;
    for (size_t i = 0; i < baselines->count; i++)
        if (is_earlier(&baselines->results[i], head) &&
            compare_is_session(&baselines->results[i], head))
            move_to(baselines, i, chosen++);
    for (size_t i = baselines->count; chosen == 0 && i-- > 0;)
        if (is_earlier(&baselines->results[i], head) &&
            is_other_machines(&baselines->results[i], head))
            move_to(baselines, i, chosen++);
    return chosen;
}

void baselines_release(struct baselines *baselines)
{
    for (size_t i = 0; i < baselines->count; i++)
        result_release(&baselines->results[i]);
    free(baselines->results);
    strings_release(&baselines->notes);
    *baselines = (struct baselines){0};
}
