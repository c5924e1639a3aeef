/*
 * Plots: one gnuplot process draws them all from one script of data blocks, each followed by a
 * script of the templates; then each drawing is made fit for the page. Names reach gnuplot only
 * inside quoted data columns, where nothing is evaluated.
 */
#include "present/present.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "present/format.h"
#include "present/palette.h"
#include "present/plot.h"
#include "present/plot_consistency.h"
#include "present/plot_latency.h"

extern char **environ;

enum { ROW_HEIGHT = 31, FRAME_HEIGHT = 54, NAME_COLUMNS = 13 };

const char *const plot_kinds[PLOT_KINDS] = {"cost", "throughput", "response", "memory"};

char *plot_path(const char *folder, const struct result *result, size_t workload, size_t kind)
{
    char *name = plain_name(result->workloads[workload].workload.name);
    char *path =
        text_format("%s%splots/%s-%s.svg", folder, *folder ? "/" : "", name, plot_kinds[kind]);
    free(name);
    return path;
}

/* What gnuplot could take for the end of a quoted column is replaced. */
static void put_quoted(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '`')
            putc('\'', out);
        else if (*text == '\\')
            putc('/', out);
        else
            putc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, out);
    }
    putc('"', out);
}

static void put_number(FILE *out, double value)
{
    if (isfinite(value))
        fprintf(out, " %.6g", value);
    else
        fputs(" NaN", out);
}

struct drawing {
    FILE *out;
    const struct result *result;
    const struct table *table;
    const char *folder, *templates;
    size_t kind;
};

/* Bytes of text that make at most `columns` code points. */
static size_t fitting(const char *text, size_t columns)
{
    size_t i = 0;
    while (text[i] && (columns > 0 || ((unsigned char)text[i] & 0xc0) == 0x80))
        columns -= ((unsigned char)text[i++] & 0xc0) != 0x80;
    return i;
}

void plot_put_name(FILE *out, const char *name, size_t columns)
{
    size_t length = fitting(name, columns);
    bool whole = name[length] == '\0';
    char *shown = text_format("%.*s%s", (int)(whole ? length : fitting(name, columns - 1)), name,
                              whole ? "" : "…");
    put_quoted(out, shown);
    free(shown);
}

static void put_name(const struct drawing *d, const struct row *row)
{
    putc(' ', d->out);
    plot_put_name(d->out, d->result->arms[row->arm].id, NAME_COLUMNS);
}

static void put_colour(const struct drawing *d, const struct row *row)
{
    fprintf(d->out, " %u", palette_stand_in(d->result, row->arm));
}

static void put_call(const struct drawing *d, double height)
{
    char *path = plot_path(d->folder, d->result, d->table->workload, d->kind);
    plot_put_call(d->out, d->templates, plot_kinds[d->kind], path, height);
    free(path);
}

static double larger(double a, double b)
{
    return isnan(b) || a > b ? a : b;
}

/* A unit for a whole axis: the largest that leaves the greatest value at 1 or more. */
static double time_unit(double max_ns, const char **name)
{
    *name = max_ns >= 1e6 ? "ms" : "µs";
    return max_ns >= 1e6 ? 1e6 : 1e3;
}

static bool has_cost(const struct row *row)
{
    return row->kind <= ROW_GLANCE && isfinite(row->cost_ns);
}

static bool has_throughput(const struct row *row)
{
    return row->kind <= ROW_GLANCE && isfinite(row->throughput_rps.median);
}

static bool has_response(const struct row *row)
{
    return row->kind <= ROW_GLANCE && isfinite(row->response_p50_ns.median) &&
           isfinite(row->response_p99_ns.median);
}

static size_t count_rows(const struct table *table, bool (*has)(const struct row *))
{
    size_t n = 0;
    for (size_t i = 0; i < table->count; i++)
        n += has(&table->rows[i]);
    return n;
}

static void put_limits(const struct drawing *d, size_t rows, double xmax)
{
    fprintf(d->out, "EOD\nrows = %zu\nxmax = %.6g\n", rows, xmax);
    put_call(d, FRAME_HEIGHT + ROW_HEIGHT * (double)rows);
}

static void draw_cost(const struct drawing *d)
{
    size_t rows = count_rows(d->table, has_cost), left = rows;
    double max = 0;
    fputs("$rows << EOD\n", d->out);
    for (size_t i = 0; i < d->table->count; i++) {
        const struct row *row = &d->table->rows[i];
        if (!has_cost(row))
            continue;
        double us = row->cost_ns / 1e3, per_ratio = us / row->cost_ratio.value;
        bool interval = estimate_has_interval(&row->cost_ratio);
        double low = interval ? row->cost_ratio.low * per_ratio : us;
        double high = interval ? row->cost_ratio.high * per_ratio : us;
        char label[FIGURE_MAX];
        figure_time(label, row->cost_ns);
        fprintf(d->out, "%zu", --left);
        put_name(d, row);
        put_number(d->out, us);
        put_number(d->out, low);
        put_number(d->out, high);
        putc(' ', d->out);
        put_quoted(d->out, label);
        put_colour(d, row);
        put_number(d->out, row->kind == ROW_ROOF ? NAN : us * row->roof_share.value);
        putc('\n', d->out);
        max = larger(max, high);
    }
    put_limits(d, rows, max * 1.03);
}

static void draw_throughput(const struct drawing *d)
{
    size_t rows = count_rows(d->table, has_throughput), left = rows;
    double max = 0;
    for (size_t i = 0; i < d->table->count; i++)
        if (has_throughput(&d->table->rows[i]))
            max = larger(max, d->table->rows[i].throughput_rps.high);
    bool thousands = max >= 10000;
    double unit = thousands ? 1e3 : 1;
    fprintf(d->out, "xtitle = '%s'\n$rows << EOD\n",
            thousands ? "thousand requests/s" : "requests/s");
    for (size_t i = 0; i < d->table->count; i++) {
        const struct row *row = &d->table->rows[i];
        if (!has_throughput(row))
            continue;
        char figure[FIGURE_MAX], *label;
        figure_rate(figure, row->throughput_rps.median);
        label = text_format("%s%s", row->throughput_censored ? "≥ " : "", figure);
        fprintf(d->out, "%zu", --left);
        put_name(d, row);
        put_number(d->out, row->throughput_rps.median / unit);
        put_number(d->out, row->throughput_rps.low / unit);
        put_number(d->out, row->throughput_rps.high / unit);
        putc(' ', d->out);
        put_quoted(d->out, label);
        put_colour(d, row);
        fprintf(d->out, " %d\n", row->throughput_censored);
        free(label);
    }
    put_limits(d, rows, max / unit * 1.08);
}

static void draw_response(const struct drawing *d)
{
    size_t rows = count_rows(d->table, has_response), left = rows;
    double max = 0;
    for (size_t i = 0; i < d->table->count; i++)
        if (has_response(&d->table->rows[i]))
            max = larger(max, d->table->rows[i].response_p99_ns.median);
    const char *name;
    double unit = time_unit(max, &name);
    fprintf(d->out, "xtitle = 'closed-loop response time, %s: ● p50, ○ p99'\n$rows << EOD\n", name);
    for (size_t i = 0; i < d->table->count; i++) {
        const struct row *row = &d->table->rows[i];
        if (!has_response(row))
            continue;
        char p50[FIGURE_MAX], p99[FIGURE_MAX];
        figure_time(p50, row->response_p50_ns.median);
        figure_time(p99, row->response_p99_ns.median);
        fprintf(d->out, "%zu", --left);
        put_name(d, row);
        put_number(d->out, row->response_p50_ns.median / unit);
        put_number(d->out, row->response_p99_ns.median / unit);
        putc(' ', d->out);
        put_quoted(d->out, p50);
        putc(' ', d->out);
        put_quoted(d->out, p99);
        put_colour(d, row);
        putc('\n', d->out);
    }
    put_limits(d, rows, max / unit * 1.08);
}

static void draw_one(struct drawing *d, size_t kind, const struct plot_series *series)
{
    bool (*const has[])(const struct row *) = {has_cost, has_throughput, has_response};
    void (*const draw[])(const struct drawing *) = {draw_cost, draw_throughput, draw_response};
    d->kind = kind;
    if (kind == PLOT_MEMORY)
        plot_memory(d->out, d->result, d->table, series);
    else if (count_rows(d->table, has[kind]) > 0)
        draw[kind](d);
    else
        return;
    if (kind == PLOT_MEMORY && series->count > 0)
        put_call(d, plot_memory_height(series));
}

static void write_script(FILE *out, const struct result *result, const struct summary *summary,
                         const char *folder, const char *templates)
{
    for (size_t t = 0; t < summary->count; t++) {
        struct drawing d = {out, result, &summary->tables[t], folder, templates, 0};
        struct plot_series series;
        plot_series_find(&series, result, d.table);
        for (size_t kind = 0; kind < PLOT_KINDS; kind++)
            draw_one(&d, kind, &series);
        plot_series_release(&series);
    }
    for (size_t i = 0; i < summary->scale_count; i++)
        plot_scale(out, result, &summary->scales[i], folder, templates);
    for (size_t i = 0; i < summary->latency_count; i++)
        plot_latency(out, result, &summary->latencies[i], folder, templates);
    for (size_t i = 0; i < summary->consistency_count; i++)
        plot_consistency(out, result, &summary->consistencies[i], folder, templates);
}

/* Status of gnuplot, -1 if it could not be started. What it complains of goes to `complaints`. */
static int run_gnuplot(FILE *script, FILE *complaints)
{
    posix_spawn_file_actions_t actions;
    char name[] = "gnuplot", *const argv[] = {name, NULL};
    pid_t pid;
    int status;
    fflush(script);
    lseek(fileno(script), 0, SEEK_SET);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(script), 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, fileno(complaints), 2);
    int failed = posix_spawnp(&pid, name, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed)
        return -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

char *plot_title(const struct result *result, size_t workload, size_t kind)
{
    static const char *const what[] = {
        "server CPU per request of each model, with its interval and the roof",
        "throughput of each model",
        "closed-loop response time of each model: not a user's latency",
        "resident set of each model over the window",
    };
    return text_format("%s: %s", result->workloads[workload].workload.name, what[kind]);
}

static void finish_all(const char *folder, const struct result *result,
                       const struct summary *summary)
{
    for (size_t t = 0; t < summary->count; t++)
        for (size_t kind = 0; kind < PLOT_KINDS; kind++) {
            size_t workload = summary->tables[t].workload;
            char *path = plot_path(folder, result, workload, kind);
            char *title = plot_title(result, workload, kind);
            char *name = plain_name(result->workloads[workload].workload.name);
            char *id = text_format("%s-%s", name, plot_kinds[kind]);
            plot_finish(path, title, id);
            free(id);
            free(name);
            free(title);
            free(path);
        }
    for (size_t i = 0; i < summary->scale_count; i++)
        plot_scale_finish(folder, result, &summary->scales[i]);
    for (size_t i = 0; i < summary->latency_count; i++)
        plot_latency_finish(folder, result, &summary->latencies[i]);
    for (size_t i = 0; i < summary->consistency_count; i++)
        plot_consistency_finish(folder, result, &summary->consistencies[i]);
}

static char *first_line(FILE *complaints)
{
    char line[200] = "";
    rewind(complaints);
    while (fgets(line, sizeof line, complaints) && strspn(line, " \t\n^") == strlen(line))
        ;
    line[strcspn(line, "\n")] = '\0';
    return xstrdup(line);
}

static int draw_all(FILE *script, FILE *complaints, char **error)
{
    int status = run_gnuplot(script, complaints);
    if (status == 0)
        return 0;
    char *line = first_line(complaints);
    *error = status == 127 || status < 0
                 ? text_format("no plots: gnuplot is not installed (sh scripts/deps installs it)")
                 : text_format("no plots: gnuplot ended with %d: %s", status, line);
    free(line);
    return -1;
}

int present_plots(const char *folder, const char *templates, const struct result *result,
                  const struct summary *summary, char **error)
{
    char *plots = text_format("%s/plots", folder);
    FILE *script = tmpfile(), *complaints = tmpfile();
    int failed = -1;
    if (mkdir(plots, 0777) < 0 && errno != EEXIST)
        *error = text_format("no plots: %s: %m", plots);
    else if (!script || !complaints)
        *error = text_format("no plots: temporary file: %m");
    else {
        write_script(script, result, summary, folder, templates);
        failed = draw_all(script, complaints, error);
        finish_all(folder, result, summary);
    }
    if (script)
        fclose(script);
    if (complaints)
        fclose(complaints);
    free(plots);
    return failed;
}
