/* Which drawings there are, and what they have in common. */
#include "present/plot_consistency.h"

#include <stdlib.h>

#include "data/phases.h"
#include "present/format.h"
#include "present/plot.h"
#include "present/plot_strips.h"

static const char *const kinds[PLOT_CONSISTENCY_KINDS] = {"consistency-memory", "consistency-cost",
                                                          "consistency-p99"};
/* The strips are those of latency over the window. */
static const char *const scripts[PLOT_CONSISTENCY_KINDS] = {
    "consistency-memory", "consistency-cost", "latency-over-time"};

char *plot_consistency_path(const char *folder, const struct result *result,
                            const struct consistency *consistency, size_t kind)
{
    char *name = plain_name(result->workloads[consistency->workload].workload.name);
    char *path = text_format("%s%splots/%s-%s.svg", folder, *folder ? "/" : "", name, kinds[kind]);
    free(name);
    return path;
}

char *plot_consistency_title(const struct result *result, const struct consistency *consistency,
                             size_t kind)
{
    static const char *const what[] = {
        "resident set of each model through phases of load and rest",
        "server CPU per request of each model over time",
        "p99 of each model over time",
    };
    return text_format("%s: %s", result->workloads[consistency->workload].workload.name,
                       what[kind]);
}

const struct consistency_row **plot_consistency_rows(const struct result *result,
                                                     const struct consistency *consistency,
                                                     size_t *count)
{
    const struct consistency_row **rows = xcalloc(consistency->count + 1, sizeof *rows);
    *count = 0;
    for (size_t i = 0; i < consistency->count; i++) {
        const struct consistency_row *row = &consistency->rows[i];
        if (row->round && row->round->course.count > 1 && !result->arms[row->arm].server.ceiling)
            rows[(*count)++] = row;
    }
    return rows;
}

const struct phases *plot_consistency_phases(const struct consistency_row *const *rows,
                                             size_t count)
{
    const struct phases *all = count > 0 ? &rows[0]->round->phases : NULL;
    for (size_t i = 1; i < count; i++)
        if (!phases_are_alike(all, &rows[i]->round->phases))
            return NULL;
    return all;
}

double plot_consistency_end_s(const struct round *round)
{
    return (double)round->course.count * (double)round->course.interval_ns / 1e9;
}

static double draw_p99(FILE *out, const struct result *result,
                       const struct consistency *consistency)
{
    size_t count;
    const struct consistency_row **rows = plot_consistency_rows(result, consistency, &count);
    const struct round **rounds = xcalloc(count + 1, sizeof *rounds);
    for (size_t i = 0; i < count; i++)
        rounds[i] = rows[i]->round;
    double height = plot_strips(out, result, rounds, count, PLOT_CONSISTENCY_ROW);
    free(rounds);
    free(rows);
    return height;
}

void plot_consistency(FILE *out, const struct result *result, const struct consistency *consistency,
                      const char *folder, const char *templates)
{
    static double (*const draw[])(FILE *, const struct result *, const struct consistency *) = {
        plot_consistency_memory, plot_consistency_cost, draw_p99};
    for (size_t kind = 0; kind < PLOT_CONSISTENCY_KINDS; kind++) {
        double height = draw[kind](out, result, consistency);
        char *path = plot_consistency_path(folder, result, consistency, kind);
        if (height > 0)
            plot_put_call(out, templates, scripts[kind], path, height);
        free(path);
    }
}

void plot_consistency_finish(const char *folder, const struct result *result,
                             const struct consistency *consistency)
{
    for (size_t kind = 0; kind < PLOT_CONSISTENCY_KINDS; kind++) {
        char *path = plot_consistency_path(folder, result, consistency, kind);
        char *title = plot_consistency_title(result, consistency, kind);
        char *name = plain_name(result->workloads[consistency->workload].workload.name);
        char *id = text_format("%s-%s", name, kinds[kind]);
        plot_finish(path, title, id);
        free(id);
        free(name);
        free(title);
        free(path);
    }
}
