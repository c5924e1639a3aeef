/*
 * Reading a result: rounds.jsonl line by line, which is the record, or result.json, which is
 * rendered from it. Only the last line can be torn, and only by the end of the writer: a line is
 * written at once, with its newline last.
 */
#include "data/result.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/result_json.h"
#include "data/running.h"

/* The file within a folder; or path itself. The caller frees. */
static char *file_of(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return xstrdup(path);
    char *rounds = text_format("%s/rounds.jsonl", path);
    if (access(rounds, F_OK) == 0)
        return rounds;
    char *whole = text_format("%s/result.json", path);
    if (access(whole, F_OK) == 0) {
        free(rounds);
        return whole;
    }
    free(whole);
    return rounds;
}

/* The folder a file stands in; the caller frees. */
static char *folder_of(const char *file)
{
    const char *slash = strrchr(file, '/');

    return slash ? text_format("%.*s", (int)(slash - file), file) : xstrdup(".");
}

static json_t *parse(const char *text, size_t len, char **error)
{
    json_error_t why;
    json_t *object = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);

    if (!object)
        text_error(error, "no JSON: %s", why.text);
    else if (!json_is_object(object)) {
        text_error(error, "no JSON object");
        json_decref(object);
        object = NULL;
    }
    return object;
}

static int take_text_line(struct result *result, const char *text, size_t len, unsigned number,
                          char **error)
{
    json_t *object = parse(text, len, error);

    if (!object)
        return -1;
    int status = number == 1 ? result_take_header(result, object, error)
                             : result_take_line(result, object, error);
    json_decref(object);
    return status;
}

/* Puts the file, and the line where there is one, before the sentence. */
static int locate(char **error, const char *file, unsigned line)
{
    char *what = *error;

    if (line)
        text_error(error, "%s:%u: %s", file, line, what);
    else
        text_error(error, "%s: %s", file, what);
    free(what);
    return -1;
}

/* One line with its newline: 1 more to come, 0 the end, -1 an error. */
static int take_next(struct result *result, const char *file, char *line, ssize_t len,
                     unsigned number, char **error)
{
    bool is_torn = line[len - 1] != '\n' && number > 1;
    if (is_torn && result->is_running)
        return 0;
    if (is_torn) {
        char *note =
            text_format("the last line of rounds.jsonl was torn (%zd bytes without an end) "
                        "and is left out: the run was cut off while writing it",
                        len);
        strings_add(&result->notes, note);
        free(note);
        return 0;
    }
    if (take_text_line(result, line, (size_t)len, number, error) == 0)
        return 1;
    return locate(error, file, number);
}

static int load_lines(struct result *result, const char *file, FILE *stream, char **error)
{
    char *line = NULL;
    size_t size = 0;
    unsigned number = 0;
    int status = 1;

    for (ssize_t len; status > 0 && (len = getline(&line, &size, stream)) > 0;)
        status = take_next(result, file, line, len, ++number, error);
    free(line);
    if (status > 0 && ferror(stream))
        return text_error(error, "%s cannot be read: %s", file, strerror(errno));
    if (number == 0)
        return text_error(error, "%s is empty: the run ended before its first line", file);
    return status < 0 ? -1 : 0;
}

/* Its own line was written after all, before the file went. */
static bool is_there(const struct result *result, const json_t *round)
{
    json_int_t number = json_integer_value(json_object_get(round, "number")),
               attempt = json_integer_value(json_object_get(round, "attempt"));

    for (size_t i = 0; i < result->round_count; i++)
        if (result->rounds[i].number == number && result->rounds[i].attempt == attempt)
            return true;
    return false;
}

static void note_unfinished(struct result *result, const char *path, const char *why)
{
    char *note = text_format("%s was not read: %s", path, why ? why : "it holds no round");

    strings_add(&result->notes, note);
    free(note);
}

static bool take_last(struct result *result, const json_t *round, const char *path)
{
    size_t before = result->round_count;
    char *error = NULL;
    bool taken = result_take_line(result, round, &error) == 0 && result->round_count == before + 1;

    if (!taken)
        note_unfinished(result, path, error);
    free(error);
    return taken;
}

/* Whatever is wrong with it, the record stands. */
static void take_unfinished(struct result *result, const char *path, FILE *stream)
{
    json_error_t why;
    json_t *round = json_loadf(stream, JSON_REJECT_DUPLICATES, &why);

    if (!round)
        note_unfinished(result, path, why.text);
    else if (!is_there(result, round) && take_last(result, round, path))
        result->is_last_unfinished = true;
    json_decref(round);
}

/* Beside rounds.jsonl, where that has no end yet. */
static void load_unfinished(struct result *result)
{
    char *path = text_format("%s/" RESULT_UNFINISHED, result->directory);
    FILE *stream = result->finished_utc ? NULL : fopen(path, "re");

    if (stream) {
        take_unfinished(result, path, stream);
        fclose(stream);
    }
    free(path);
}

static int take_rounds(struct result *result, const json_t *whole, char **error)
{
    const json_t *rounds = json_object_get(whole, "rounds");

    for (size_t i = 0; i < json_array_size(rounds); i++)
        if (result_take_round(result, json_array_get(rounds, i), error))
            return -1;
    return 0;
}

static int take_counts(struct result *result, const json_t *whole, char **error)
{
    const json_t *counts = json_object_get(whole, "counts");

    for (size_t i = 0; i < json_array_size(counts); i++)
        if (result_take_count(result, json_array_get(counts, i), error))
            return -1;
    return 0;
}

static int load_whole(struct result *result, const char *file, FILE *stream, char **error)
{
    json_error_t why;
    json_t *whole = json_loadf(stream, JSON_REJECT_DUPLICATES, &why);

    if (!whole)
        return text_error(error, "%s:%d: no JSON: %s", file, why.line, why.text);
    int status = result_take_header(result, whole, error);
    if (status == 0)
        status = take_rounds(result, whole, error);
    if (status == 0)
        status = take_counts(result, whole, error);
    json_decref(whole);
    return status ? locate(error, file, 0) : 0;
}

static bool is_lines(const char *file)
{
    size_t len = strlen(file);

    return len >= strlen(".jsonl") && strcmp(file + len - strlen(".jsonl"), ".jsonl") == 0;
}

int result_load(struct result *result, const char *path, char **error)
{
    char *file = file_of(path);
    int status;

    result_init(result);
    FILE *stream = fopen(file, "re");
    if (stream) {
        result->directory = folder_of(file);
        result->is_running = is_lines(file) && running_is_locked(result->directory);
        status = is_lines(file) ? load_lines(result, file, stream, error)
                                : load_whole(result, file, stream, error);
        fclose(stream);
        if (status == 0 && is_lines(file))
            load_unfinished(result);
        result->is_running = result->is_running && !result->finished_utc;
    } else {
        status = text_error(error, "%s cannot be read: %s%s", file, strerror(errno),
                            errno == ENOENT ? "; give the folder that a run was kept in" : "");
    }
    free(file);
    return status;
}
