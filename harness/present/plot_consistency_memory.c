/*
 * RSS over time, all models on one axis: a line along the lowest reading of each stretch and, where
 * it has one, a band up to the highest. What is not plain load is shaded and every phase is named,
 * as far as there is room. At the right each model's name and its verdict.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/words.h"
#include "data/phases.h"
#include "present/ladder.h"
#include "present/palette.h"
#include "present/plot.h"
#include "present/plot_consistency.h"

enum {
    LABEL_HEIGHT = 35,
    HEIGHT = 180,
    HEIGHT_A_MODEL = 42,
    FRAME = 74,
    NAME_COLUMNS = 17,
    TICS_MOST = 12
};
/* Pixels, as report/consistency-memory.gp says, too: of the
 * whole, of its margins, and of a phase's name. */
enum { WIDTH = 560, LEFT = 52, RIGHT = 150, PHASE_WIDTH = 34 };
/* Where one server takes so many times what another does, a linear axis would leave no room for the
 * smaller ones. But a logarithmic one bends an even growth as if it came to an end, so where
 * anybody grows it is linear whatever the sizes. */
static const double LOGARITHMIC_FROM = 12;

struct canvas {
    FILE *out;
    const struct result *result;
    const struct consistency_row **rows;
    size_t count;
    bool is_log;
    const struct phases *phases;     /* NULL: they went through others */
    double low, high, end_s, height; /* bytes, seconds, pixels */
};

static double reach(const struct round *round, bool lowest)
{
    const struct course *course = &round->course;
    double found = NAN;
    for (size_t i = 0; i < course->count; i++)
        found = lowest ? fmin(found, consistency_reading(course->rss_low_bytes, i))
                       : fmax(found, consistency_reading(course->rss_high_bytes, i));
    return found;
}

double plot_consistency_highest(const struct round *round)
{
    return reach(round, false);
}

/* One of which nothing was read would be an empty block, which gnuplot does not count. */
static void keep_read(struct canvas *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->count; i++)
        if (!isnan(reach(c->rows[i]->round, true)) && !isnan(reach(c->rows[i]->round, false)))
            c->rows[kept++] = c->rows[i];
    c->count = kept;
}

static bool any_grows(const struct canvas *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->rows[i]->measures[CONSISTENCY_MEMORY].kind == FLATNESS_GROWING)
            return true;
    return false;
}

static void find_axes(struct canvas *c)
{
    c->low = c->high = NAN;
    for (size_t i = 0; i < c->count; i++) {
        c->low = fmin(c->low, reach(c->rows[i]->round, true));
        c->high = fmax(c->high, reach(c->rows[i]->round, false));
        c->end_s = fmax(c->end_s, plot_consistency_end_s(c->rows[i]->round));
    }
    c->is_log = c->low > 0 && c->high / c->low > LOGARITHMIC_FROM && !any_grows(c);
    c->low = c->is_log ? c->low / 1.3 : 0;
    c->high *= c->is_log ? 1.3 : 1.08;
}

/* ---- lines ---- */

/* A stretch that was not read is a gap. */
static void put_lines(const struct canvas *c)
{
    fputs("$lines << EOD\n", c->out);
    for (size_t i = 0; i < c->count; i++) {
        const struct course *course = &c->rows[i]->round->course;
        double step_s = (double)course->interval_ns / 1e9;
        bool was_known = false; /* one empty line is a gap, two would begin another model */
        for (size_t k = 0; k < course->count; k++) {
            double low = consistency_reading(course->rss_low_bytes, k),
                   high = consistency_reading(course->rss_high_bytes, k);
            if (!isnan(low))
                fprintf(c->out, "%.6g %.7g %.7g\n", ((double)k + .5) * step_s, low,
                        fmax(low, high)); /* of a number and NAN: the number */
            else if (was_known)
                fputs("\n", c->out);
            was_known = !isnan(low);
        }
        fputs(was_known ? "\n\n" : "\n", c->out);
    }
    fputs("EOD\ncolours = '", c->out);
    for (size_t i = 0; i < c->count; i++)
        fprintf(c->out, "%s%u", i ? " " : "", palette_stand_in(c->result, c->rows[i]->arm));
    fprintf(c->out, "'\nmodels = %zu\n", c->count);
}

/* ---- phases ---- */

static void put_shades(const struct canvas *c)
{
    static const struct shade {
        enum phase_kind kind;
        const char *name;
    } shades[] = {{PHASE_IDLE, "idle"}, {PHASE_BURST, "burst"}, {PHASE_CLOSE, "closed"}};
    for (size_t s = 0; s < sizeof shades / sizeof *shades; s++) {
        double from_s = 0;
        /* An empty block would stop gnuplot: a shade that is nowhere is always there. */
        fprintf(c->out, "$%s << EOD\n0 NaN\n", shades[s].name);
        for (size_t i = 0; c->phases && i < c->phases->count && from_s < c->end_s; i++) {
            const struct phase *phase = &c->phases->items[i];
            double to_s = fmin(from_s + phase->duration_s, c->end_s);
            if (phase->kind == shades[s].kind)
                fprintf(c->out, "%.6g %.6g\n", from_s, to_s);
            from_s += phase->duration_s;
        }
        fputs("EOD\n", c->out);
    }
}

struct named_phase {
    const char *name;
    double middle_s, length_s;
};

static int by_length(const void *a, const void *b)
{
    const struct named_phase *x = a, *y = b;
    if (x->length_s < y->length_s || x->length_s > y->length_s)
        return x->length_s > y->length_s ? -1 : 1;
    return x->middle_s < y->middle_s ? -1 : 1;
}

/* The longest ones, where not all have room. */
static size_t find_names(const struct canvas *c, struct named_phase names[PHASES_MOST])
{
    size_t count = 0, room = (WIDTH - LEFT - RIGHT) / PHASE_WIDTH;
    double from_s = 0;
    for (size_t i = 0; c->phases && i < c->phases->count && from_s < c->end_s; i++) {
        const struct phase *phase = &c->phases->items[i];
        double to_s = fmin(from_s + phase->duration_s, c->end_s);
        names[count++] =
            (struct named_phase){phase_kind_name(phase->kind), (from_s + to_s) / 2, to_s - from_s};
        from_s += phase->duration_s;
    }
    qsort(names, count, sizeof *names, by_length);
    return count < room ? count : room;
}

static void put_phases(const struct canvas *c)
{
    struct named_phase names[PHASES_MOST];
    struct plot_label labels[PHASES_MOST];
    size_t count = find_names(c, names);
    for (size_t i = 0; i < count; i++)
        labels[i] = (struct plot_label){names[i].middle_s, i};
    plot_push_apart(labels, count, PHASE_WIDTH * c->end_s / (WIDTH - LEFT - RIGHT), 0, c->end_s);
    fputs("$phases << EOD\n", c->out);
    for (size_t i = 0; i < count; i++)
        fprintf(c->out, "%.6g %.6g %s\n", names[labels[i].which].middle_s, labels[i].y,
                names[labels[i].which].name);
    fputs("EOD\n", c->out);
}

/* ---- names ---- */

static double even(const struct canvas *c, double bytes)
{
    return c->is_log ? log10(bytes) : bytes;
}

static double end_of(const struct consistency_row *row)
{
    const struct course *course = &row->round->course;
    for (size_t i = course->count; i > 0; i--)
        if (!isnan(consistency_reading(course->rss_low_bytes, i - 1)))
            return consistency_reading(course->rss_low_bytes, i - 1);
    return NAN;
}

static void put_name(const struct canvas *c, const struct consistency_row *row, double y)
{
    const struct flatness *memory = &row->measures[CONSISTENCY_MEMORY];
    char a_day[WORDS_MAX];
    words_bytes(a_day, row->bytes_a_day);
    fprintf(c->out, "%.7g ", c->is_log ? pow(10, y) : y);
    plot_put_name(c->out, c->result->arms[row->arm].id, NAME_COLUMNS);
    if (isnan(row->bytes_a_day))
        fprintf(c->out, " \"%s\"", consistency_verdict_words(memory));
    else
        fprintf(c->out, memory->so_far ? " \"%s a day so far\"" : " \"growing, %s a day\"", a_day);
    fprintf(c->out, " %u\n", palette_stand_in(c->result, row->arm));
}

static void put_names(const struct canvas *c)
{
    struct plot_label *labels = xcalloc(c->count + 1, sizeof *labels);
    double bottom = even(c, c->low), top = even(c, c->high);
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++)
        if (!isnan(end_of(c->rows[i])))
            labels[count++] = (struct plot_label){even(c, end_of(c->rows[i])), i};
    plot_push_apart(labels, count, LABEL_HEIGHT * (top - bottom) / (c->height - FRAME), bottom,
                    top);
    fputs("$names << EOD\n", c->out);
    for (size_t i = 0; i < count; i++)
        put_name(c, c->rows[labels[i].which], labels[i].y);
    fputs("EOD\n", c->out);
    free(labels);
}

/* ---- the upright axis ---- */

static void put_tic(FILE *out, const char *between, double bytes)
{
    char words[WORDS_MAX];
    words_bytes(words, bytes);
    fprintf(out, "%s\"%s\" %.7g", between, words, bytes);
}

/* Round numbers of MiB, from 0 or by the ladder. */
static void put_axis(const struct canvas *c)
{
    static const double MIB = 1048576;
    fprintf(c->out, "ylog = %d\nyfrom = %.7g\nyto = %.7g\nxto = %.6g\nbytes = '", c->is_log, c->low,
            c->high, c->end_s);
    if (c->is_log) {
        struct ladder ladder;
        ladder_make(&ladder, c->low / MIB, c->high / MIB, TICS_MOST);
        for (size_t i = 0; i < ladder.count; i++)
            put_tic(c->out, i ? ", " : "", ladder.rungs[i] * MIB);
    } else {
        double step = pow(10, floor(log10(c->high / MIB / 4))), to = c->high / MIB;
        step *= to / step > 20 ? 5 : to / step > 8 ? 2 : 1;
        for (int i = 0; i * step <= to; i++)
            fprintf(c->out, "%s\"%.6g\" %.7g", i ? ", " : "", i * step, i * step * MIB);
    }
    fprintf(c->out, "'\nxtitle = 'seconds; resident set%s'\n",
            c->is_log ? ", logarithmic" : ", MiB");
}

double plot_consistency_memory(FILE *out, const struct result *result,
                               const struct consistency *consistency)
{
    struct canvas c = {.out = out, .result = result};
    c.rows = plot_consistency_rows(result, consistency, &c.count);
    c.phases = plot_consistency_phases(c.rows, c.count);
    keep_read(&c);
    find_axes(&c);
    if (c.count > 0 && c.high > 0) {
        c.height = HEIGHT + HEIGHT_A_MODEL * (double)c.count;
        put_lines(&c);
        put_shades(&c);
        put_phases(&c);
        put_names(&c);
        put_axis(&c);
    }
    free(c.rows);
    return c.height;
}
