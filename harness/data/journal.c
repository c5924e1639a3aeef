/* Writing a result's folder. */
#include "data/journal.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "data/result_json.h"
#include "data/running.h"
#include "data/whole_file.h"

static bool is_want_of_room(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

/* What went wrong, and what to do about it where that is known. */
static int fail_write(char **error, const char *path, int number)
{
    const char *remedy = "";

    if (is_want_of_room(number))
        remedy = ": make room, or run from a folder on another disk";
    else if (number == EROFS || number == EACCES || number == EPERM)
        remedy = ": run from a folder you may write to";
    return text_error(error, "%s cannot be written (%s)%s", path, strerror(number), remedy);
}

static int sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    /* Some file systems have nothing to sync for a directory and say EINVAL, fsync(2). */
    int status = fsync(fd) == 0 || errno == EINVAL ? 0 : -1;
    close(fd);
    return status;
}

/* "2026-01-31T10:15:00Z" as "20260131T101500Z", and whatever a host may be called as one word of a
 * file name. */
static void append_word(char **at, const char *text, const char *dropped)
{
    for (; *text; text++)
        if (!strchr(dropped, *text))
            *(*at)++ = isalnum((unsigned char)*text) || strchr("._", *text) ? *text : '-';
}

static char *folder_name(const struct result *result)
{
    const char *host = result->host_name ? result->host_name : "unknown";
    const char *experiment = result->experiment.name;
    char *name = xcalloc(strlen(result->started_utc) + strlen(host) + strlen(experiment) + 3, 1);
    char *at = name;

    append_word(&at, result->started_utc, "-:");
    *at++ = '-';
    append_word(&at, host, "");
    *at++ = '-';
    append_word(&at, experiment, "");
    return name;
}

/* Results in a user's repository are nobody's change: a tree that
 * has only these is clean. Where it cannot be written, so be it. */
static void put_ignore(const char *parent)
{
    char *path = text_format("%s/.gitignore", parent);
    FILE *file = fopen(path, "wxe");

    if (file) {
        fputs("# Results are of one machine. Without this file git sees them.\n*\n", file);
        fclose(file);
    }
    free(path);
}

/* Two runs that start in one second get folders of their own. */
static char *make_folder(const char *parent, const char *name, char **error)
{
    enum { TRIES = 100 };
    char *path = NULL;

    if (mkdir(parent, 0777) == 0) {
        put_ignore(parent);
    } else if (errno != EEXIST) {
        fail_write(error, parent, errno);
        return NULL;
    }
    for (int i = 1; i <= TRIES; i++) {
        free(path);
        path =
            i == 1 ? text_format("%s/%s", parent, name) : text_format("%s/%s-%d", parent, name, i);
        if (mkdir(path, 0777) == 0)
            return path;
        if (errno != EEXIST)
            break;
    }
    fail_write(error, path, errno);
    free(path);
    return NULL;
}

/* Room for the rounds to come: really written, because only then a quota, a thin volume or a
 * network file system answers; and fsynced, because some answer only then. */
static int try_room(int fd)
{
    enum { ROOM_BYTES = 1 << 20, PIECE_BYTES = 1 << 16 };
    static const char zeros[PIECE_BYTES];
    int number = 0;

    for (size_t done = 0; done < ROOM_BYTES && number == 0; done += PIECE_BYTES) {
        ssize_t written = write(fd, zeros, PIECE_BYTES);
        if (written != PIECE_BYTES)
            number = written < 0 ? errno : ENOSPC;
    }
    if (number == 0 && fsync(fd) < 0)
        number = errno;
    if (ftruncate(fd, 0) < 0 && number == 0)
        number = errno;
    return number;
}

static int fail_line(const struct journal *journal, int number, char **error)
{
    char *path = text_format("%s/rounds.jsonl", journal->directory);

    fail_write(error, path, number);
    free(path);
    return -1;
}

/* One write(2), then fsync. A write that was cut short is taken back, so that the file ends with a
 * whole line. */
static int append(struct journal *journal, const char *text, size_t len, char **error)
{
    off_t before = lseek(journal->fd, 0, SEEK_END);
    ssize_t written = write(journal->fd, text, len);
    int number = written < 0 ? errno : ENOSPC;

    if (written >= 0 && (size_t)written == len) {
        if (fsync(journal->fd) == 0)
            return 0;
        number = errno;
    }
    if (ftruncate(journal->fd, before) < 0)
        number = errno;
    return fail_line(journal, number, error);
}

/* Adds one line to text and takes the reference of object. */
static void add_line(char **text, size_t *len, json_t *object)
{
    char *line = json_dumps(object, RESULT_JSON_FORM);

    assert(line && "only valid UTF-8 and finite numbers are put in");
    size_t line_len = strlen(line);
    *text = xreallocarray(*text, *len + line_len + 1, 1);
    memcpy(*text + *len, line, line_len);
    (*text)[*len + line_len] = '\n';
    *len += line_len + 1;
    free(line);
    json_decref(object);
}

static int append_object(struct journal *journal, json_t *object, char **error)
{
    char *text = NULL;
    size_t len = 0;

    add_line(&text, &len, object);
    int status = append(journal, text, len, error);
    free(text);
    return status;
}

/* The record and its lock, in a folder that nobody knows of yet. */
static int open_record(struct journal *journal, const char *parent, char **error)
{
    char *path = text_format("%s/rounds.jsonl", journal->directory);
    int number = 0;

    journal->fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (journal->fd < 0 || flock(journal->fd, LOCK_EX | LOCK_NB) < 0)
        number = errno;
    else if (sync_folder(journal->directory) < 0 || sync_folder(parent) < 0)
        number = errno;
    else
        number = try_room(journal->fd);
    if (number)
        fail_write(error, path, number);
    free(path);
    return number ? -1 : 0;
}

void journal_abandon(struct journal *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal->directory);
    *journal = (struct journal){.fd = -1};
}

/* Takes back what open_record made; what is not empty stays. */
static void remove_folder(const struct journal *journal)
{
    char *path = text_format("%s/rounds.jsonl", journal->directory);

    unlink(path);
    rmdir(journal->directory);
    free(path);
}

static void set_started(struct result *result)
{
    char utc[RESULT_UTC_SIZE];

    if (result->started_utc)
        return;
    result_utc(utc, time(NULL));
    result->started_utc = xstrdup(utc);
}

int journal_open(struct journal *journal, const char *parent, struct result *result, char **error)
{
    *journal = (struct journal){.fd = -1};
    if (result->seed >= RESULT_SEED_LIMIT)
        return text_error(error, "the seed %llu is not below 2^53, which JSON numbers can hold",
                          (unsigned long long)result->seed);
    set_started(result);
    char *name = folder_name(result);
    journal->directory = make_folder(parent, name, error);
    free(name);
    if (!journal->directory)
        return -1;
    if (open_record(journal, parent, error) ||
        append_object(journal, result_header_json(result), error)) {
        remove_folder(journal);
        journal_abandon(journal);
        return -1;
    }
    free(result->directory);
    result->directory = xstrdup(journal->directory);
    return 0;
}

/* Takes the reference of object. 0 or errno. */
static int write_whole(const struct journal *journal, const char *path, json_t *object)
{
    char *text = json_dumps(object, RESULT_JSON_FORM);
    int number = whole_file_write(path, text, true);

    if (number == 0)
        sync_folder(journal->directory);
    free(text);
    json_decref(object);
    return number;
}

static void forget_unfinished(const struct journal *journal)
{
    char *path = text_format("%s/" RESULT_UNFINISHED, journal->directory);

    unlink(path);
    free(path);
}

int journal_add(struct journal *journal, const struct result *result, const struct round *rounds,
                size_t count, char **error)
{
    char *text = NULL;
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        add_line(&text, &len, result_round_json(result, &rounds[i]));
    int status = count ? append(journal, text, len, error) : 0;
    free(text);
    if (status == 0)
        forget_unfinished(journal);
    return status;
}

int journal_keep(struct journal *journal, const struct result *result, const struct round *so_far,
                 char **error)
{
    char *path = text_format("%s/" RESULT_UNFINISHED, journal->directory);
    int number = write_whole(journal, path, result_round_json(result, so_far));

    if (number)
        text_error(error, "%s cannot be written (%s); %s, and it goes on", path, strerror(number),
                   is_want_of_room(number) ? "make room" : "let it be written");
    free(path);
    return -number;
}

bool journal_has_unfinished(const char *directory)
{
    char *path = text_format("%s/" RESULT_UNFINISHED, directory);
    bool is_there = access(path, R_OK) == 0;

    free(path);
    return is_there;
}

int journal_arm(struct journal *journal, const struct arm *arm, char **error)
{
    return append_object(journal, result_arm_json(arm), error);
}

int journal_count(struct journal *journal, const struct result *result,
                  const struct result_count *count, char **error)
{
    return append_object(journal, result_count_json(result, count), error);
}

int journal_note_pids(struct journal *journal, const int *pids, size_t count, char **error)
{
    int number = running_write(journal->directory, pids, count);

    return number ? fail_write(error, journal->directory, number) : 0;
}

static int write_result(const struct journal *journal, const struct result *result, char **error)
{
    char *path = text_format("%s/result.json", journal->directory);
    int number = write_whole(journal, path, result_whole_json(result));

    if (number)
        fail_write(error, path, number);
    free(path);
    return number ? -1 : 0;
}

int journal_close(struct journal *journal, struct result *result, char **error)
{
    int status = append_object(journal, result_end_json(result), error);

    if (status == 0)
        status = write_result(journal, result, error);
    running_write(journal->directory, NULL, 0);
    journal_abandon(journal);
    return status;
}
