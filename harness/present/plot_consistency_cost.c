/*
 * The CPU per request over time, a row a server, each around its own median and all at the same
 * scale, so that an even server is a straight line whatever it costs. At the right that median.
 * What goes beyond the scale ends at its edge.
 */
#include <math.h>
#include <stdlib.h>

#include "analyse/stats.h"
#include "analyse/words.h"
#include "present/palette.h"
#include "present/plot.h"
#include "present/plot_consistency.h"

enum { FRAME = 54, NAME_COLUMNS = 13 };
/* How much of a row's height the scale takes, and how many of all values lie within it. */
static const double ROW_SHARE = 0.42, WITHIN = 0.98;

struct course_of_costs {
    const struct consistency_row *row;
    double *costs_ns, median_ns; /* owned */
    size_t count;
};

static double median_of(const double *costs_ns, size_t count)
{
    double *known = xcalloc(count + 1, sizeof *known);
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(costs_ns[i]))
            known[n++] = costs_ns[i];
    double median = stats_median(known, n);
    free(known);
    return median;
}

/* Those that have any; the median is that of the verdict, where there is one. */
static size_t find_courses(struct course_of_costs *courses, const struct result *result,
                           const struct consistency *consistency)
{
    size_t rows_count, count = 0;
    const struct consistency_row **rows = plot_consistency_rows(result, consistency, &rows_count);
    for (size_t i = 0; i < rows_count; i++) {
        const struct flatness *cost = &rows[i]->measures[CONSISTENCY_COST];
        struct course_of_costs course = {.row = rows[i],
                                         .costs_ns = consistency_costs_ns(rows[i]->round),
                                         .median_ns = cost->median,
                                         .count = rows[i]->round->course.count};
        if (isnan(course.median_ns))
            course.median_ns = median_of(course.costs_ns, course.count);
        if (course.median_ns > 0)
            courses[count++] = course;
        else
            free(course.costs_ns);
    }
    free(rows);
    return count;
}

/* The next round share at or above what most values need. */
static double scale_of(const struct course_of_costs *courses, size_t count)
{
    static const double scales[] = {.1, .2, .5, 1, 2, 5};
    double *off = NULL, needed;
    size_t n = 0, scale = 0;
    for (size_t c = 0; c < count; c++) {
        off = xreallocarray(off, n + courses[c].count + 1, sizeof *off);
        for (size_t i = 0; i < courses[c].count; i++)
            if (!isnan(courses[c].costs_ns[i]))
                off[n++] = fabs(courses[c].costs_ns[i] / courses[c].median_ns - 1);
    }
    needed = n > 0 ? stats_quantile(off, n, WITHIN) : 0;
    free(off);
    while (scale + 1 < sizeof scales / sizeof *scales && scales[scale] < needed)
        scale++;
    return scales[scale];
}

static void put_courses(FILE *out, const struct result *result,
                        const struct course_of_costs *courses, size_t count, double scale)
{
    fputs("$courses << EOD\n", out);
    for (size_t c = 0; c < count; c++) {
        double step_s = (double)courses[c].row->round->course.interval_ns / 1e9;
        bool was_known = false; /* one empty line is a gap, two would begin another model */
        for (size_t i = 0; i < courses[c].count; i++) {
            double off = courses[c].costs_ns[i] / courses[c].median_ns - 1;
            if (isnan(off))
                fputs(was_known ? "\n" : "", out);
            else
                fprintf(out, "%.6g %.6g %u\n", ((double)i + .5) * step_s,
                        (double)(count - 1 - c) + ROW_SHARE * fmax(-1, fmin(1, off / scale)),
                        palette_stand_in(result, courses[c].row->arm));
            was_known = !isnan(off);
        }
        fputs(was_known ? "\n\n" : "\n", out);
    }
    fputs("EOD\n", out);
}

static void put_rows(FILE *out, const struct result *result, const struct course_of_costs *courses,
                     size_t count)
{
    double end_s = 0;
    fputs("$rows << EOD\n", out);
    for (size_t c = 0; c < count; c++) {
        char figure[WORDS_MAX];
        words_time_middle(figure, &(struct spread){.median = courses[c].median_ns});
        fprintf(out, "%zu ", count - 1 - c);
        plot_put_name(out, result->arms[courses[c].row->arm].id, NAME_COLUMNS);
        fprintf(out, " \"%s\"\n", figure);
        end_s = fmax(end_s, plot_consistency_end_s(courses[c].row->round));
    }
    fprintf(out, "EOD\nrows = %zu\nxmax = %.6g\n", count, end_s);
}

double plot_consistency_cost(FILE *out, const struct result *result,
                             const struct consistency *consistency)
{
    struct course_of_costs *courses = xcalloc(consistency->count + 1, sizeof *courses);
    bool is_told = !result->experiment.phases.memory_only;
    size_t count = is_told ? find_courses(courses, result, consistency) : 0;
    if (count > 0) {
        double scale = scale_of(courses, count);
        put_courses(out, result, courses, count, scale);
        put_rows(out, result, courses, count);
        fprintf(out, "share = %g\nxtitle = 'seconds; CPU per request, median ± %.0f %%'\n",
                ROW_SHARE, 100 * scale);
    }
    for (size_t i = 0; i < count; i++)
        free(courses[i].costs_ns);
    free(courses);
    return count > 0 ? FRAME + PLOT_CONSISTENCY_ROW * (double)count : 0;
}
