/* Opening a record again, and whether its conditions still hold; see resume.h. */
#include "data/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/result_json.h"

/* ---- the record ---- */

/* How many bytes of the file are whole lines, and where the
 * last of them begins. The file is read backwards. */
static off_t whole_lines(int fd, off_t size, off_t *last)
{
    off_t newlines[2] = {-1, -1}; /* the last one, and the one before it */
    char byte;

    for (off_t at = size - 1; at >= 0 && newlines[1] < 0; at--)
        if (pread(fd, &byte, 1, at) == 1 && byte == '\n')
            newlines[newlines[0] < 0 ? 0 : 1] = at;
    *last = newlines[1] + 1;
    return newlines[0] + 1;
}

/* Of a pair that is written at once, only one arm's line is there. */
static bool is_half(const struct result *stored)
{
    if (stored->round_count == 0)
        return false;
    const struct round *last = &stored->rounds[stored->round_count - 1];
    unsigned count = 0;

    if (last->with < 0)
        return false;
    for (size_t i = 0; i < stored->round_count; i++)
        count +=
            stored->rounds[i].number == last->number && stored->rounds[i].attempt == last->attempt;
    return count == 1;
}

/* Drops the last line. */
static int cut_line(int fd)
{
    off_t last;
    off_t size = lseek(fd, 0, SEEK_END);

    whole_lines(fd, size, &last);
    return ftruncate(fd, last) == 0 && fsync(fd) == 0 ? 0 : -errno;
}

/* Is the last line the one that says that the run has ended? */
static bool ends_with_end(int fd)
{
    static const char end[] = "{\"type\":\"end\"";
    char begin[sizeof end - 1];
    off_t last;

    whole_lines(fd, lseek(fd, 0, SEEK_END), &last);
    return pread(fd, begin, sizeof begin, last) == (ssize_t)sizeof begin &&
           memcmp(begin, end, sizeof begin) == 0;
}

static void drop_last_round(struct result *stored)
{
    round_release(&stored->rounds[--stored->round_count]);
}

/* What may not stand before further rounds. The record was loaded. */
static int cut_ending(int fd, struct result *stored)
{
    off_t last, size = lseek(fd, 0, SEEK_END);
    off_t whole = whole_lines(fd, size, &last);

    if (whole < size && (ftruncate(fd, whole) < 0 || fsync(fd) < 0))
        return -errno;
    if (ends_with_end(fd))
        return cut_line(fd);
    if (!is_half(stored))
        return 0;
    drop_last_round(stored);
    return cut_line(fd);
}

static int open_locked(const char *path, char **error)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);

    if (fd < 0) {
        text_error(error, "%s cannot be opened (%s): give the folder of a run or of a duel", path,
                   strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    text_error(error, "%s is being written by another backbench: wait for its end", path);
    close(fd);
    return -1;
}

/* 0, or -1; the lock is held. */
static int load(int fd, const char *path, struct result *stored, char **error)
{
    result_release(stored);
    if (result_load(stored, path, error) < 0)
        return -1;
    stored->is_running = false; /* that was us */
    if (stored->finished_utc)
        return 0;
    int number = cut_ending(fd, stored);
    return number ? text_error(error, "%s cannot be written (%s)", path, strerror(-number)) : 0;
}

int resume_open(struct journal *journal, const char *directory, struct result *stored, char **error)
{
    char *path = text_format("%s/rounds.jsonl", directory);
    int fd;

    *journal = (struct journal){.fd = -1};
    result_init(stored);
    fd = open_locked(path, error);
    int status = fd < 0 ? -1 : load(fd, path, stored, error);
    free(path);
    if (status < 0 || stored->finished_utc) {
        if (fd >= 0)
            close(fd);
        return status;
    }
    *journal = (struct journal){.fd = fd, .directory = xstrdup(directory)};
    if (!stored->is_last_unfinished)
        return 0;
    /* what was read of it is a line of the record from now on */
    stored->is_last_unfinished = false;
    return journal_add(journal, stored, &stored->rounds[stored->round_count - 1], 1, error);
}

/* ---- its conditions ---- */

/* Where two objects differ, by their members' names; NULL: nowhere. The caller frees. */
static char *first_difference(const char *name, const json_t *now, const json_t *stored)
{
    json_t *object = (json_t *)stored; /* an iterator only reads, but jansson wants it so */

    if (json_equal(now, stored))
        return NULL;
    if (!json_is_object(now) || !json_is_object(stored))
        return xstrdup(name);
    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const char *key = json_object_iter_key(at);
        char *inner = text_format("%s%s%s", name, *name ? "." : "", key);
        char *found =
            first_difference(inner, json_object_get(now, key), json_object_iter_value(at));
        free(inner);
        if (found)
            return found;
    }
    return xstrdup(name);
}

/* What of a server touches a number, beside what the short check found. */
static json_t *arm_conditions(const struct arm *arm)
{
    json_t *object = result_arm_essentials(arm);

    json_object_set_new(object, "program",
                        json_string(arm->sha256 ? arm->sha256 : "cannot be read"));
    return object;
}

/* Which program asked, by its hash. */
static bool is_generators(const struct fact *fact)
{
    return fact->value &&
           (strcmp(fact->key, "generator_sha256") == 0 || strcmp(fact->key, "pace_sha256") == 0);
}

static json_t *conditions_of(const struct result *result)
{
    static const char *const kept[] = {"suite", "generator", "experiment", "seed", "placement"};
    json_t *header = result_header_json(result), *conditions = json_object();

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        json_object_set(conditions, kept[i], json_object_get(header, kept[i]));
    json_object_set(conditions, "host",
                    json_object_get(json_object_get(header, "host"), "fingerprint"));
    for (size_t i = 0; i < result->fact_count; i++)
        if (is_generators(&result->facts[i]))
            json_object_set_new(conditions, result->facts[i].key,
                                json_string(result->facts[i].value));
    json_t *servers = json_object(), *workloads = json_object();
    for (size_t i = 0; i < result->arm_count; i++)
        json_object_set_new(servers, result->arms[i].id, arm_conditions(&result->arms[i]));
    for (size_t i = 0; i < result->workload_count; i++)
        json_object_set(workloads, result->workloads[i].workload.name,
                        json_array_get(json_object_get(header, "workloads"), i));
    json_object_set_new(conditions, "server", servers);
    json_object_set_new(conditions, "workload", workloads);
    json_decref(header);
    return conditions;
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Who may use which CPUs is the caller's to say, so it is told
 * which they were. NULL: the same; the caller frees. */
static char *other_cpus(const struct result *now, const struct result *stored)
{
    if (is_same(now->server_cpus, stored->server_cpus) &&
        is_same(now->load_cpus, stored->load_cpus))
        return NULL;
    if (!now->server_cpus || !now->load_cpus || !stored->server_cpus || !stored->load_cpus)
        return NULL; /* then it is said of the placement as a whole */
    return text_format("its servers had CPU %s and its load CPU %s, and now they would have CPU %s "
                       "and CPU %s: let it use those again, as with taskset -c %s,%s",
                       stored->server_cpus, stored->load_cpus, now->server_cpus, now->load_cpus,
                       stored->server_cpus, stored->load_cpus);
}

static char *difference_words(const char *what)
{
    return what ? text_format("its %s is another one now; give it back what it was begun with, or "
                              "begin a run anew",
                              what)
                : NULL;
}

char *resume_difference(const struct result *now, const struct result *stored)
{
    json_t *ours = conditions_of(now), *theirs = conditions_of(stored);
    char *sentence = other_cpus(now, stored), *found = NULL;

    if (!sentence) {
        found = first_difference("", ours, theirs);
        sentence = difference_words(found);
    }

    free(found);
    json_decref(ours);
    json_decref(theirs);
    return sentence;
}

static void swap_texts(char **a, char **b)
{
    char *swap = *a;

    *a = *b;
    *b = swap;
}

static void swap_lists(struct strings *a, struct strings *b)
{
    struct strings swap = *a;

    *a = *b;
    *b = swap;
}

/* What the short check found. */
static void adopt_arm(struct arm *now, struct arm *stored)
{
    swap_texts(&now->excluded, &stored->excluded);
    now->excluded_is_failure = stored->excluded_is_failure;
    swap_lists(&now->differences, &stored->differences);
    now->divergences = stored->divergences;
    swap_lists(&now->skipped_workloads, &stored->skipped_workloads);
    swap_lists(&now->skipped_reasons, &stored->skipped_reasons);
    now->failed_workload = stored->failed_workload;
}

/* What was counted before the record was opened again. */
static void adopt_counts(struct result *now, struct result *stored)
{
    struct result_count *counts = now->counts;
    size_t count = now->count_count;

    now->counts = stored->counts;
    now->count_count = stored->count_count;
    stored->counts = counts;
    stored->count_count = count;
}

void resume_adopt(struct result *now, struct result *stored)
{
    struct fact *facts = now->facts;
    size_t fact_count = now->fact_count;

    now->facts = stored->facts;
    now->fact_count = stored->fact_count;
    stored->facts = facts;
    stored->fact_count = fact_count;
    swap_texts(&now->directory, &stored->directory);
    swap_texts(&now->started_utc, &stored->started_utc);
    swap_lists(&now->notes, &stored->notes);
    swap_lists(&now->warnings, &stored->warnings);
    for (size_t i = 0; i < now->arm_count; i++)
        adopt_arm(&now->arms[i], &stored->arms[i]);
    for (size_t i = 0; i < stored->round_count; i++)
        result_add_round(now, &stored->rounds[i]);
    stored->round_count = 0;
    adopt_counts(now, stored);
}
