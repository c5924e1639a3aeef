/* RSS over the window, all models on one axis. Labels stand at the right end, pushed apart where
 * lines meet. */
#include "present/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/pairs.h"
#include "present/format.h"
#include "present/palette.h"

enum { LABEL_HEIGHT = 35, HEIGHT_MIN = 230, FRAME = 54 };
/* The margin in pixels: what a column of the figures takes in
 * a wide sans serif face, and the gap before them. */
enum { COLUMN_WIDTH = 6, GAP = 16, NAME_COLUMNS = 17 };
static const double MIB = 1048576;

static bool drawable(const struct result *result, const struct round *round, const struct row *row)
{
    if (round->arm != row->arm || round->workload != row->workload || round->series.count < 2 ||
        round->memory.rss_peak_bytes == MISSING ||
        (round->role == ROLE_SOLO ? !round_is_solo_usable(result, round)
                                  : !round_is_paired_usable(result, round)))
        return false;
    for (size_t i = 0; i < round->series.count; i++)
        if (round->series.rss_bytes[i] != MISSING)
            return true;
    return false;
}

static int by_peak(const void *a, const void *b)
{
    const struct round *x = *(const struct round *const *)a, *y = *(const struct round *const *)b;
    return (x->memory.rss_peak_bytes > y->memory.rss_peak_bytes) -
           (x->memory.rss_peak_bytes < y->memory.rss_peak_bytes);
}

/* Pairs are drawn only where nothing ran alone, as in the tables. */
static size_t prefer_solo(const struct round **rounds, size_t count)
{
    size_t solo = 0;
    for (size_t i = 0; i < count; i++)
        if (rounds[i]->role == ROLE_SOLO)
            rounds[solo++] = rounds[i];
    return solo ? solo : count;
}

static const struct round *median_peak(const struct result *result, const struct row *row)
{
    const struct round **rounds = xcalloc(result->round_count + 1, sizeof *rounds);
    size_t n = 0;
    for (size_t i = 0; i < result->round_count; i++)
        if (drawable(result, &result->rounds[i], row))
            rounds[n++] = &result->rounds[i];
    n = prefer_solo(rounds, n);
    qsort(rounds, n, sizeof *rounds, by_peak);
    const struct round *middle = n ? rounds[n / 2] : NULL;
    free(rounds);
    return middle;
}

void plot_series_find(struct plot_series *series, const struct result *result,
                      const struct table *table)
{
    *series = (struct plot_series){.rounds = xcalloc(table->count + 1, sizeof *series->rounds)};
    for (size_t i = 0; i < table->count; i++) {
        const struct row *row = &table->rows[i];
        const struct round *round = NULL;
        if (row->kind == ROW_RANKED || row->kind == ROW_GLANCE)
            round = median_peak(result, row);
        if (round)
            series->rounds[series->count++] = round;
    }
}

void plot_series_release(struct plot_series *series)
{
    free(series->rounds);
    *series = (struct plot_series){0};
}

double plot_memory_height(const struct plot_series *series)
{
    double wanted = FRAME + LABEL_HEIGHT * (double)series->count;
    return wanted > HEIGHT_MIN ? wanted : HEIGHT_MIN;
}

struct point {
    double t_s, mib;
};

static struct point point_at(const struct round *round, size_t i)
{
    return (struct point){(double)round->series.t_ns[i] / 1e9,
                          (double)round->series.rss_bytes[i] / MIB};
}

static struct point first_point(const struct round *round)
{
    size_t i = 0;
    while (round->series.rss_bytes[i] == MISSING)
        i++;
    return point_at(round, i);
}

static struct point last_point(const struct round *round)
{
    size_t i = round->series.count - 1;
    while (round->series.rss_bytes[i] == MISSING)
        i--;
    return point_at(round, i);
}

/* The kernel's own high-water mark, where the samples were highest: it may have been between two of
 * them. */
static struct point peak_point(const struct round *round)
{
    struct point peak = {0, -1};
    for (size_t i = 0; i < round->series.count; i++)
        if (round->series.rss_bytes[i] != MISSING && point_at(round, i).mib > peak.mib)
            peak = point_at(round, i);
    peak.mib = (double)round->memory.rss_peak_bytes / MIB;
    return peak;
}

static void put_series(FILE *out, const struct result *result, const struct round *round)
{
    unsigned colour = palette_stand_in(result, round->arm);
    for (size_t i = 0; i < round->series.count; i++)
        if (round->series.rss_bytes[i] != MISSING)
            fprintf(out, "%.4f %.5g %u\n", point_at(round, i).t_s, point_at(round, i).mib, colour);
    fputs("\n\n", out);
}

static void put_marks(FILE *out, const struct result *result, const struct round *round)
{
    struct point start = first_point(round), peak = peak_point(round), end = last_point(round);
    fprintf(out, "%.4f %.5g %.4f %.5g %.4f %.5g %u\n", start.t_s, start.mib, peak.t_s, peak.mib,
            end.t_s, end.mib, palette_stand_in(result, round->arm));
}

static char *figures_of(const struct round *round)
{
    return text_format("%.1f → %.1f, peak %.1f", first_point(round).mib, last_point(round).mib,
                       peak_point(round).mib);
}

/* What the widest figures need beside the plot. */
static size_t margin_of(const struct plot_series *series)
{
    size_t widest = 0;
    for (size_t i = 0; i < series->count; i++) {
        char *figures = figures_of(series->rounds[i]);
        size_t columns = strlen(figures) + 1 - strlen("→");
        widest = columns > widest ? columns : widest;
        free(figures);
    }
    return GAP + COLUMN_WIDTH * widest;
}

static void put_names(FILE *out, const struct result *result, const struct plot_series *series,
                      double ymax)
{
    struct plot_label *labels = xcalloc(series->count, sizeof *labels);
    double distance = LABEL_HEIGHT * ymax / (plot_memory_height(series) - FRAME);
    for (size_t i = 0; i < series->count; i++)
        labels[i] = (struct plot_label){last_point(series->rounds[i]).mib, i};
    plot_push_apart(labels, series->count, distance, 0, ymax);
    for (size_t i = 0; i < series->count; i++) {
        const struct round *round = series->rounds[labels[i].which];
        char *figures = figures_of(round);
        fprintf(out, "%.5g ", labels[i].y);
        plot_put_name(out, result->arms[round->arm].id, NAME_COLUMNS);
        fprintf(out, " \"%s\" %u\n", figures, palette_stand_in(result, round->arm));
        free(figures);
    }
    free(labels);
}

void plot_memory(FILE *out, const struct result *result, const struct table *table,
                 const struct plot_series *series)
{
    double xmax = 0, ymax = 0;
    (void)table;
    if (series->count == 0)
        return;
    fputs("$series << EOD\n", out);
    for (size_t i = 0; i < series->count; i++) {
        put_series(out, result, series->rounds[i]);
        xmax = fmax(xmax, last_point(series->rounds[i]).t_s);
        ymax = fmax(ymax, peak_point(series->rounds[i]).mib);
    }
    ymax *= 1.12;
    fputs("EOD\n$marks << EOD\n", out);
    for (size_t i = 0; i < series->count; i++)
        put_marks(out, result, series->rounds[i]);
    fputs("EOD\n$names << EOD\n", out);
    put_names(out, result, series, ymax);
    fprintf(out, "EOD\nmodels = %zu\nxmax = %.5g\nymax = %.5g\nright = %zu\n", series->count,
            xmax > 0 ? xmax : 1, ymax > 0 ? ymax : 1, margin_of(series));
}
