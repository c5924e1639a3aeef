/* Curves against the number of connections, on a logarithmic axis. A server's
 * name stands at the right end of its curve; what idle connections do is a
 * hollow mark beyond it, without a line, as it is another question. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "present/format.h"
#include "present/palette.h"
#include "present/plot.h"

enum { LABEL_HEIGHT = 17, HEIGHT = 300, FRAME = 54, NAME_COLUMNS = 13, RIGHT = 112 };

static const char *const kinds[PLOT_SCALE_KINDS] = {"scale-cost", "scale-throughput",
                                                    "scale-memory"};

char *plot_scale_path(const char *folder, const struct result *result, const struct scale *scale,
                      size_t kind)
{
    char *name = plain_name(result->workloads[scale->workload].workload.name);
    char *path = text_format("%s%splots/%s-%s.svg", folder, *folder ? "/" : "", name, kinds[kind]);
    free(name);
    return path;
}

char *plot_scale_title(const struct result *result, const struct scale *scale, size_t kind)
{
    static const char *const what[] = {
        "server CPU per request against the number of connections",
        "throughput against the number of connections",
        "memory for each connection, of the process and of the kernel",
    };
    return text_format("%s: %s", result->workloads[scale->workload].workload.name, what[kind]);
}

struct canvas {
    FILE *out;
    const struct result *result;
    const struct scale *scale;
    double (*figure)(const struct scale_point *); /* NAN: there is none */
    bool is_log;                                  /* the upright axis, too */
    double low, high;                             /* its ends */
};

static double cost_us(const struct scale_point *point)
{
    return point->cost_ns.median / 1e3;
}

static double throughput_k(const struct scale_point *point)
{
    return point->throughput_rps.median / 1e3;
}

/* On a logarithmic axis there is no place for what did not grow. */
static double user_kib(const struct scale_point *point)
{
    return point->user_bytes > 0 ? point->user_bytes / 1024 : NAN;
}

static double kernel_kib(const struct scale_point *point)
{
    return point->kernel_bytes > 0 ? point->kernel_bytes / 1024 : NAN;
}

static double connections_of(const struct scale_point *point)
{
    return (double)point->connections + point->idle;
}

static unsigned colour_of(const struct canvas *c, const struct scale_curve *curve)
{
    return palette_stand_in(c->result, curve->arm);
}

/* One block a server, so that gnuplot knows one line from the next; a hole in a curve stays one. */
static void put_curves(const struct canvas *c, const char *name,
                       double (*figure)(const struct scale_point *))
{
    fprintf(c->out, "$%s << EOD\n", name);
    for (size_t i = 0; i < c->scale->curve_count; i++) {
        const struct scale_curve *curve = &c->scale->curves[i];
        for (size_t p = 0; p < c->scale->first_workers; p++) {
            const struct scale_point *point = &curve->points[p];
            double value = figure(point);
            if (point->idle > 0)
                continue;
            if (isnan(value))
                fprintf(c->out, "%.0f NaN %u\n", connections_of(point), colour_of(c, curve));
            else
                fprintf(c->out, "%.0f %.6g %u\n", connections_of(point), value,
                        colour_of(c, curve));
        }
        fputs("\n\n", c->out);
    }
    fputs("EOD\n", c->out);
}

/* An empty block would stop gnuplot: a point that is nowhere is always there. */
static void put_idle(const struct canvas *c, const char *name,
                     double (*figure)(const struct scale_point *))
{
    fprintf(c->out, "$%s << EOD\n1 NaN 0\n", name);
    for (size_t i = 0; c->scale->idle != SIZE_MAX && i < c->scale->curve_count; i++) {
        const struct scale_curve *curve = &c->scale->curves[i];
        const struct scale_point *point = &curve->points[c->scale->idle];
        if (!isnan(figure(point)))
            fprintf(c->out, "%.0f %.6g %u\n", connections_of(point), figure(point),
                    colour_of(c, curve));
    }
    fputs("EOD\n", c->out);
}

static double even(const struct canvas *c, double value)
{
    return c->is_log ? log10(value) : value;
}

/* Where a curve ends: its last figure; NAN: it has none. */
static double end_of(const struct canvas *c, const struct scale_curve *curve)
{
    double end = NAN;
    for (size_t p = 0; p < c->scale->first_workers; p++)
        if (curve->points[p].idle == 0 && !isnan(c->figure(&curve->points[p])))
            end = c->figure(&curve->points[p]);
    return end;
}

static void put_names(const struct canvas *c)
{
    struct plot_label *labels = xcalloc(c->scale->curve_count + 1, sizeof *labels);
    double bottom = even(c, c->low), top = even(c, c->high);
    size_t count = 0;
    for (size_t i = 0; i < c->scale->curve_count; i++)
        if (!isnan(end_of(c, &c->scale->curves[i])))
            labels[count++] = (struct plot_label){even(c, end_of(c, &c->scale->curves[i])), i};
    plot_push_apart(labels, count, LABEL_HEIGHT * (top - bottom) / (HEIGHT - FRAME), bottom, top);
    fputs("$names << EOD\n", c->out);
    for (size_t i = 0; i < count; i++) {
        const struct scale_curve *curve = &c->scale->curves[labels[i].which];
        double y = c->is_log ? pow(10, labels[i].y) : labels[i].y;
        fprintf(c->out, "%.6g ", y);
        plot_put_name(c->out, c->result->arms[curve->arm].id, NAME_COLUMNS);
        fprintf(c->out, " %u\n", colour_of(c, curve));
    }
    fputs("EOD\n", c->out);
    free(labels);
}

static void put_tic(FILE *out, const char *between, double connections)
{
    if (connections >= 1000)
        fprintf(out, "%s\"%.0fk\" %.0f", between, connections / 1000, connections);
    else
        fprintf(out, "%s\"%.0f\" %.0f", between, connections, connections);
}

/* Where servers were measured, and nowhere else. */
static void put_axis(const struct canvas *c, double from)
{
    const char *between = "tics = '";
    double last = 1, first = 0;
    for (size_t p = 0; p < c->scale->first_workers; p++) {
        double connections = connections_of(&c->scale->levels[p]);
        if (connections < from)
            continue;
        first = first > 0 ? first : connections;
        put_tic(c->out, between, connections);
        between = ", ";
        last = connections > last ? connections : last;
    }
    fprintf(c->out, "'\nxfrom = %.6g\nxto = %.6g\nright = %d\n", first * 0.8, last * 1.25, RIGHT);
    fprintf(c->out, "yfrom = %.6g\nyto = %.6g\n", c->low, c->high);
}

static void widen(struct canvas *c, double (*figure)(const struct scale_point *), bool with_idle)
{
    for (size_t i = 0; i < c->scale->curve_count; i++)
        for (size_t p = 0; p < c->scale->first_workers; p++) {
            double value = figure(&c->scale->curves[i].points[p]);
            if (isnan(value) || (!with_idle && c->scale->levels[p].idle > 0))
                continue;
            c->high = c->high > value ? c->high : value;
            c->low = c->low > 0 && c->low < value ? c->low : value;
        }
}

/* One connection costs several times what each of many does:
 * on a linear axis it would leave no room for the others. */
static void settle_heights(struct canvas *c)
{
    widen(c, c->figure, true);
    c->low = c->is_log ? c->low / 1.15 : 0;
    c->high *= c->is_log ? 1.15 : 1.08;
}

static void draw_figure(struct canvas *c, const char *ytitle)
{
    settle_heights(c);
    fprintf(c->out, "ylog = %d\nxtitle = 'connections; %s'\n", c->is_log, ytitle);
    put_curves(c, "curves", c->figure);
    put_idle(c, "idle", c->figure);
    put_names(c);
    put_axis(c, 0);
}

static void draw_memory(struct canvas *c)
{
    widen(c, user_kib, true);
    widen(c, kernel_kib, true);
    c->low /= 1.5;
    c->high *= 1.5;
    put_curves(c, "curves", user_kib);
    put_curves(c, "kernel", kernel_kib);
    put_idle(c, "idle", user_kib);
    put_idle(c, "idlekernel", kernel_kib);
    put_names(c);
    put_axis(c, c->scale->base == SIZE_MAX ? 0
                                           : connections_of(&c->scale->levels[c->scale->base]) + 1);
}

static bool has_any(const struct scale *scale, double (*figure)(const struct scale_point *))
{
    for (size_t i = 0; i < scale->curve_count; i++)
        for (size_t p = 0; p < scale->first_workers; p++)
            if (!isnan(figure(&scale->curves[i].points[p])))
                return true;
    return false;
}

void plot_scale(FILE *out, const struct result *result, const struct scale *scale,
                const char *folder, const char *templates)
{
    static double (*const figures[])(const struct scale_point *) = {cost_us, throughput_k,
                                                                    user_kib};
    for (size_t kind = 0; kind < PLOT_SCALE_KINDS; kind++) {
        struct canvas c = {.out = out,
                           .result = result,
                           .scale = scale,
                           .figure = figures[kind],
                           .is_log = kind != PLOT_SCALE_THROUGHPUT};
        char *path = plot_scale_path(folder, result, scale, kind);
        if (has_any(scale, figures[kind])) {
            if (kind == PLOT_SCALE_MEMORY)
                draw_memory(&c);
            else
                draw_figure(&c, kind == PLOT_SCALE_COST ? "server CPU per request, µs"
                                                        : "thousand requests/s");
            fprintf(out, "curves = %zu\n", scale->curve_count);
            plot_put_call(out, templates, kind == PLOT_SCALE_MEMORY ? "scale-memory" : "scale",
                          path, HEIGHT);
        }
        free(path);
    }
}

void plot_scale_finish(const char *folder, const struct result *result, const struct scale *scale)
{
    for (size_t kind = 0; kind < PLOT_SCALE_KINDS; kind++) {
        char *path = plot_scale_path(folder, result, scale, kind);
        char *title = plot_scale_title(result, scale, kind);
        char *name = plain_name(result->workloads[scale->workload].workload.name);
        char *id = text_format("%s-%s", name, kinds[kind]);
        plot_finish(path, title, id);
        free(id);
        free(name);
        free(title);
        free(path);
    }
}
