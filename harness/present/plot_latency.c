/* Which drawings there are, and what they have in common:
 * times on a logarithmic axis, names beside the lines. */
#include "present/plot_latency.h"

#include <math.h>
#include <stdlib.h>

#include "analyse/words.h"
#include "present/format.h"
#include "present/ladder.h"
#include "present/palette.h"
#include "present/plot.h"
#include "present/plot_strips.h"

enum { LABEL_HEIGHT = 17, FRAME = 54, NAME_COLUMNS = 13, TICS_MOST = 12, STRIP_HEIGHT = 29 };

static const char *const kinds[PLOT_LATENCY_KINDS] = {"latency-p50", "latency-p99", "latency-p999",
                                                      "latency-percentiles", "latency-over-time"};

char *plot_latency_path(const char *folder, const struct result *result,
                        const struct latency *latency, size_t kind)
{
    char *name = plain_name(result->workloads[latency->workload].workload.name);
    char *path = text_format("%s%splots/%s-%s.svg", folder, *folder ? "/" : "", name, kinds[kind]);
    free(name);
    return path;
}

char *plot_latency_title(const struct result *result, const struct latency *latency, size_t kind)
{
    static const char *const what[] = {"p50 against the rate", "p99 against the rate",
                                       "p99.9 against the rate", "response time by percentile",
                                       "p99 over the window"};
    const char *name = result->workloads[latency->workload].workload.name;
    char rate[WORDS_MAX];
    words_count(rate, latency->common_rps);
    bool at_one_rate = kind == PLOT_LATENCY_PERCENTILES || kind == PLOT_LATENCY_OVER_TIME;
    return at_one_rate ? text_format("%s at %s requests/s: %s", name, rate, what[kind])
                       : text_format("%s: %s", name, what[kind]);
}

void plot_times_put(FILE *out, struct plot_times *times, double low_ns, double high_ns)
{
    static const double ROOM = 1.15;
    struct ladder ladder;
    *times = (struct plot_times){low_ns / ROOM, high_ns * ROOM};
    ladder_make(&ladder, times->from_ns, times->to_ns, TICS_MOST);
    fprintf(out, "yfrom = %.6g\nyto = %.6g\nytimes = '", times->from_ns, times->to_ns);
    for (size_t i = 0; i < ladder.count; i++) {
        char words[WORDS_MAX];
        words_time(words, ladder.rungs[i]);
        fprintf(out, "%s\"%s\" %.6g", i ? ", " : "", words, ladder.rungs[i]);
    }
    fputs("'\n", out);
}

struct plot_endings plot_endings_of(const struct latency *latency)
{
    return (struct plot_endings){.items =
                                     xcalloc(latency->curve_count + 1, sizeof(struct plot_ending))};
}

static void put_names(FILE *out, const struct result *result, const struct plot_endings *endings,
                      const struct plot_label *labels)
{
    fputs("$names << EOD\n", out);
    for (size_t i = 0; i < endings->count; i++) {
        size_t arm = endings->items[labels[i].which].arm;
        fprintf(out, "%.6g ", pow(10, labels[i].y));
        plot_put_name(out, result->arms[arm].id, NAME_COLUMNS);
        fprintf(out, " %u\n", palette_stand_in(result, arm));
    }
    fputs("EOD\n", out);
}

/* An empty block would stop gnuplot: a point that is nowhere
 * is always there, in this one and the next. */
static void put_ends(FILE *out, const struct result *result, const struct plot_endings *endings)
{
    fputs("$ends << EOD\n1 NaN 0\n", out);
    for (size_t i = 0; i < endings->count; i++)
        fprintf(out, "%.6g %.6g %u\n", endings->items[i].x, endings->items[i].y_ns,
                palette_stand_in(result, endings->items[i].arm));
    fputs("EOD\n", out);
}

static void put_leaders(FILE *out, const struct result *result, const struct plot_endings *endings,
                        const struct plot_label *labels)
{
    fputs("$leaders << EOD\n1 NaN 0\n\n\n", out);
    for (size_t i = 0; i < endings->count; i++) {
        const struct plot_ending *ending = &endings->items[labels[i].which];
        unsigned colour = palette_stand_in(result, ending->arm);
        if (ending->x < endings->right_x)
            fprintf(out, "%.6g %.6g %u\n%.6g %.6g %u\n\n\n", ending->x, ending->y_ns, colour,
                    endings->right_x, pow(10, labels[i].y), colour);
    }
    fputs("EOD\n", out);
}

void plot_endings_put(FILE *out, const struct result *result, const struct plot_endings *endings,
                      const struct plot_times *times)
{
    struct plot_label *labels = xcalloc(endings->count + 1, sizeof *labels);
    double bottom = log10(times->from_ns), top = log10(times->to_ns);
    for (size_t i = 0; i < endings->count; i++)
        labels[i] = (struct plot_label){log10(endings->items[i].y_ns), i};
    plot_push_apart(labels, endings->count,
                    LABEL_HEIGHT * (top - bottom) / (PLOT_LATENCY_HEIGHT - FRAME), bottom, top);
    put_names(out, result, endings, labels);
    put_ends(out, result, endings);
    put_leaders(out, result, endings, labels);
    free(labels);
}

double plot_latency_over_time(FILE *out, const struct result *result, const struct latency *latency)
{
    const struct round **rounds = xcalloc(latency->curve_count + 1, sizeof *rounds);
    for (size_t i = 0; latency->common_rps > 0 && i < latency->curve_count; i++)
        rounds[i] = latency_typical(result, latency, latency->curves[i].arm);
    double height = plot_strips(out, result, rounds, latency->curve_count, STRIP_HEIGHT);
    free(rounds);
    return height;
}

static double draw(FILE *out, const struct result *result, const struct latency *latency,
                   size_t kind)
{
    if (kind == PLOT_LATENCY_PERCENTILES)
        return plot_latency_percentiles(out, result, latency);
    if (kind == PLOT_LATENCY_OVER_TIME)
        return plot_latency_over_time(out, result, latency);
    return plot_latency_rates(out, result, latency, kind);
}

void plot_latency(FILE *out, const struct result *result, const struct latency *latency,
                  const char *folder, const char *templates)
{
    for (size_t kind = 0; kind < PLOT_LATENCY_KINDS; kind++) {
        double height = draw(out, result, latency, kind);
        char *path = plot_latency_path(folder, result, latency, kind);
        if (height > 0)
            plot_put_call(out, templates,
                          kind < PLOT_LATENCY_PERCENTILES ? "latency-rate" : kinds[kind], path,
                          height);
        free(path);
    }
}

void plot_latency_finish(const char *folder, const struct result *result,
                         const struct latency *latency)
{
    for (size_t kind = 0; kind < PLOT_LATENCY_KINDS; kind++) {
        char *path = plot_latency_path(folder, result, latency, kind);
        char *title = plot_latency_title(result, latency, kind);
        char *name = plain_name(result->workloads[latency->workload].workload.name);
        char *id = text_format("%s-%s", name, kinds[kind]);
        plot_finish(path, title, id);
        free(id);
        free(name);
        free(title);
        free(path);
    }
}
