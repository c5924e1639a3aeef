#include "tests/drawn/pool.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "analyse/stats.h"
#include "data/json_take.h"

enum { LINE_MOST = 16384 };
static const char *const series_names[DUEL_SERIES] = {"pairs", "check", "witness", "saturated"};

struct durations {
    double *s;
    size_t count;
};

static double real(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static void take_readings(double values[METRICS], const json_t *readings)
{
    for (int i = 0; i < METRICS; i++)
        values[i] = real(readings, metric_info((enum metric)i)->name);
}

static int series_find(const char *name)
{
    for (int i = 0; name && i < DUEL_SERIES; i++)
        if (strcmp(series_names[i], name) == 0)
            return i;
    return -1;
}

static void note_seconds(struct durations *durations, double seconds)
{
    if (isnan(seconds))
        return;
    durations->s = xreallocarray(durations->s, durations->count + 1, sizeof *durations->s);
    durations->s[durations->count++] = seconds;
}

static int take_line(struct pool *pool, struct durations durations[DUEL_SERIES], const char *line,
                     const char *where, char **error)
{
    struct taking taking = {.where = where};
    json_error_t why;
    json_t *json = json_loads(line, 0, &why);
    if (!json_is_object(json)) {
        json_decref(json);
        return text_error(error, "%s: it is no JSON object", where);
    }
    char *name = take_text(&taking, json, "series");
    const json_t *base = take_object(&taking, json, "base"),
                 *head = take_object(&taking, json, "head");
    uint32_t rate_rps = (uint32_t)take_count(&taking, json, "rate_rps", UINT32_MAX);
    int series = series_find(name);
    if (!taking.error && (series < 0 || !base || !head))
        take_fail(&taking, "it has no series that is known, no base or no head");
    if (!taking.error) {
        struct duel_block block;
        duel_block_init(&block);
        take_readings(block.base, base);
        take_readings(block.head, head);
        duel_add_block(&pool->stretches[series], &block);
        note_seconds(&durations[series], real(json, "seconds"));
        pool->rate_rps = pool->rate_rps ? pool->rate_rps : rate_rps;
    }
    free(name);
    json_decref(json);
    return take_result(&taking, error);
}

static int take_lines(struct pool *pool, struct durations durations[DUEL_SERIES], gzFile file,
                      const char *path, char **error)
{
    char line[LINE_MOST];
    int failed = 0, state;
    for (unsigned number = 1; !failed && gzgets(file, line, sizeof line); number++) {
        char *where = text_format("%s: line %u", path, number);
        failed = take_line(pool, durations, line, where, error);
        free(where);
    }
    const char *why = gzerror(file, &state);
    if (!failed && (state != Z_OK || !gzeof(file)))
        failed = text_error(error, "%s: %s", path, state == Z_ERRNO ? strerror(errno) : why);
    return failed;
}

/* "aa" of "…/aa.jsonl.gz" */
static char *scenario_of(const char *path)
{
    char *stem = text_stem(path), *end = strchr(stem, '.');
    if (end)
        *end = '\0';
    return stem;
}

int pool_read(struct pool *pool, const char *path, char **error)
{
    struct durations durations[DUEL_SERIES] = {0};
    *pool = (struct pool){.scenario = scenario_of(path)};
    gzFile file = gzopen(path, "rb");
    if (!file)
        return text_error(error, "%s: %s", path, strerror(errno));
    int failed = take_lines(pool, durations, file, path, error);
    gzclose(file);
    for (int i = 0; i < DUEL_SERIES; i++) {
        pool->seconds[i] = stats_median(durations[i].s, durations[i].count);
        free(durations[i].s);
    }
    return failed;
}

void pool_release(struct pool *pool)
{
    for (int i = 0; i < DUEL_SERIES; i++)
        free(pool->stretches[i].blocks);
    free(pool->scenario);
    *pool = (struct pool){0};
}
