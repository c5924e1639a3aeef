/*
 * The blocks of a duel's record, a JSON line each, in the order in which they were measured: for
 * calibrate_duel.py, which keeps them. `duel_blocks RESULT...`:
 *
 *   {"run_utc": when the run began, "host": its fingerprint, "workload", "rate_rps",
 *    "series": "pairs", "check", "witness" or "saturated", "time": "first" or
 *    "fresh", "block": in its stretch, from 0, "started_utc", "monotonic_ns": of its
 *    earliest round, "base": {"cost": 12345.6, …}, "head": {…}}
 *
 * A reading that could not be used is null; of CHECK head is the base's copy.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/duel_read.h"
#include "data/json_put.h"

static const char *const series_names[DUEL_SERIES] = {"pairs", "check", "witness", "saturated"};
static const char *const time_names[DUEL_TIMES] = {"first", "fresh"};
static const enum metric metrics[] = {METRIC_COST,      METRIC_P50,       METRIC_P99,
                                      METRIC_P99_SOLO,  METRIC_MEMORY,    METRIC_MEMORY_IDLE,
                                      METRIC_SATURATED, METRIC_THROUGHPUT};

static json_t *readings_json(const double values[METRICS])
{
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
        if (!isnan(values[metrics[i]]))
            json_put(json, metric_info(metrics[i])->name, real_json(values[metrics[i]]));
    return json;
}

static void put_block(const struct result *result, const struct round *round,
                      const struct duel_workload *workload, unsigned series, unsigned time)
{
    const struct duel_stretch *stretch = &workload->stretches[series][time];
    const struct duel_block *block = &stretch->blocks[stretch->made - 1];
    json_t *json = json_object();
    json_put_text(json, "run_utc", result->started_utc);
    json_put_text(json, "host", result->host_fingerprint);
    json_put_text(json, "workload", workload->name);
    json_put_count(json, "rate_rps", round->rate_rps);
    json_put_text(json, "series", series_names[series]);
    json_put_text(json, "time", time_names[time]);
    json_put_count(json, "block", stretch->made - 1);
    json_put_text(json, "started_utc", round->started_utc);
    json_put(json, "monotonic_ns", number_json(round->monotonic_ns));
    json_put(json, "base", readings_json(block->base));
    json_put(json, "head", readings_json(block->head));
    json_dumpf(json, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(json);
}

/* The round of this block that began first: a witness's other half came before. */
static const struct round *first_of_block(const struct result *result, const struct round *last)
{
    const struct round *first = last;
    for (const struct round *round = result->rounds; round < last; round++)
        if (round->block == last->block && round->workload == last->workload &&
            round->load_kind == last->load_kind && !round->probe &&
            (last->role == ROLE_SOLO ? round->role == ROLE_SOLO : round->number == last->number) &&
            round->monotonic_ns < first->monotonic_ns)
            first = round;
    return first;
}

/* Which blocks are there once rounds up to a number are, and
 * were not before: those of its measurement. */
static void put_new(const struct result *result, const struct round *last, const struct duel *was,
                    const struct duel *is)
{
    for (size_t w = 0; w < is->count; w++)
        for (unsigned series = 0; series < DUEL_SERIES; series++)
            for (unsigned time = 0; time < DUEL_TIMES; time++)
                if (is->workloads[w].stretches[series][time].made >
                    was->workloads[w].stretches[series][time].made)
                    put_block(result, first_of_block(result, last), &is->workloads[w], series,
                              time);
}

static void read_before(struct duel *duel, const struct result *result, const struct gate *gate,
                        uint32_t before)
{
    duel_init(duel, "", gate, &(struct duel_rules){0});
    duel_read(duel, result, before);
}

static void put_blocks(const struct result *result, const struct gate *gate)
{
    struct duel was, is;
    read_before(&was, result, gate, 0);
    for (size_t i = 0; i < result->round_count; i++) {
        const struct round *round = &result->rounds[i];
        if (i + 1 < result->round_count && result->rounds[i + 1].number == round->number)
            continue;
        read_before(&is, result, gate, round->number + 1);
        put_new(result, round, &was, &is);
        duel_release(&was);
        was = is;
    }
    duel_release(&was);
}

static int read_record(const char *path, const struct gate *gate)
{
    struct result result;
    char *error = NULL;
    int failed = result_load(&result, path, &error);
    if (failed == 0 && !duel_is_record(&result))
        failed = text_error(&error, "%s: it is the record of no duel", path);
    if (failed < 0)
        fprintf(stderr, "duel_blocks: %s\n", error);
    else
        put_blocks(&result, gate);
    free(error);
    result_release(&result);
    return failed;
}

int main(int argc, char **argv)
{
    struct gate gate;
    int failed = 0;
    gate_init(&gate);
    for (int i = 1; i < argc && !failed; i++)
        failed = read_record(argv[i], &gate);
    gate_release(&gate);
    return failed ? 1 : 0;
}
